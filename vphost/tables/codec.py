"""The table protocol's codec: frames in, requests out; events and views in, frames out.

It is driven by the schemas under `schemas/table`: fields with money or time are found there once,
at start, so a new field needs a line in its schema and none here. What every payload has
(`table_token`, `channel`, `order`, `seq`, the feed's line) is added here; modes never write it.
Source: table protocol, "Frames", "Events".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vphost.rules.codes import CODES, Code
from vphost.rules.mode import Event, Json, Labels, Rejected
from vphost.rules.poker.table import events
from vphost.rules.poker.table.leaving import PARTINGS
from vphost.rules.poker.turns import in_added_chips
from vphost.tables.feed import ACTIONS, TELLERS, retell, shown_amount
from vphost.wire.actions import Actions
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.frames import frame, payload_shape, payload_shift
from vphost.wire.schemas import BASE, SchemaSet
from vphost.wire.shape import Node, Shape, describe

IN, OUT = "table/in/", "table/out/"
QUERIES = frozenset({"initialize_state", "ping"})
TO_TABLE, TO_PLAYER = "T", "P"
GOODBYE = "force_disconnect_user"
"""What a player who is sent away, or leaves, gets in place of an event of PARTINGS."""
START_ERROR = "unable_to_start_game"
STARTERS = frozenset({"game_start", "next_hand"})
NO_TABLE = "00000000-0000-0000-0000-000000000000"
"""The table in a message to somebody who asked for one that does not exist."""
MADE_HERE = ("feed_message", "feed_messages", "duration")
"""Fields of a payload that are written here, in the wire's units."""
CALENDAR = ("table_expiration", "timestamp")
"""Fields with moments by the wall clock; all other moments are game time."""


class TableCodec:
    """Implements `codec.Codec` for the table protocol."""

    out_folder = OUT

    def __init__(self, schemas: SchemaSet, codes: Mapping[str, Code] = CODES) -> None:
        """codes: the known refusals, including those of plugins."""
        self._actions = Actions(schemas, IN, QUERIES)
        self._codes = codes
        self._shapes: dict[str, Shape] = {}
        self._shifts: dict[str, Shape | None] = {}
        self._nested: dict[str, frozenset[str]] = {}
        for name in schemas.names(OUT):
            place = f"{OUT}{name}.json"
            node = describe(schemas, BASE + place, schemas.document(place)).fields["payload"]
            self._nested[name] = frozenset(_events_in(node))
            self._shapes[name] = payload_shape(node, MADE_HERE)
            self._shifts[name] = payload_shift(node, CALENDAR)

    @property
    def actions(self) -> frozenset[str]:
        """The names of the actions that can be decoded."""
        return self._actions.names

    @property
    def events(self) -> frozenset[str]:
        """The names of the messages that can be sent."""
        return frozenset(self._shapes)

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal; raises nothing."""
        return self._actions.decode(frame, labels)

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the frame of one event as a player gets it (None: as everybody else does)."""
        name, data, channel = event.name, event.data, TO_TABLE
        own = event.own(player)
        if own:
            channel = TO_PLAYER
            if name in PARTINGS and "reason" in own:
                name, data = GOODBYE, {"player": data["player"]}
            data = {**data, **own}
        decimals = context.labels.decimals
        game_mode = context.labels.game_mode
        if name == events.ACTION_ACK:
            data = _with_words(data)
        elif name == events.TURN:
            data = in_added_chips(data)
        payload = self._shapes[name](self._by_the_wall(name, data, context), decimals)
        teller = TELLERS.get(name)
        _add_common(payload, context, channel)
        payload["seq"] = context.seq
        payload["feed_message"] = None if teller is None else teller(data, decimals, game_mode)
        return frame(name, context.at_ms, payload)

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        """Return the frames that bring a viewer up to date: `game_state`, then `private_data`."""
        return [
            self._view_frame(context, order, name, data)
            for order, (name, data) in enumerate(view.items())
        ]

    def _view_frame(self, context: FrameContext, order: int, name: str, data: Json) -> bytes:
        decimals = context.labels.decimals
        game_mode = context.labels.game_mode
        data = dict(data)
        if name == "private_data":
            data["winners"] = data.get("game_end")
            data["state_config_updated"] = _config_event(data.get("state_config"))
        for part in self._nested[name]:
            data[part] = _nested(part, data.get(part), context)
        payload = self._shapes[name](self._by_the_wall(name, data, context), decimals)
        here = FrameContext(context.room, None, order, context.at_ms, context.labels)
        _add_common(payload, here, TO_TABLE if name == "game_state" else TO_PLAYER)
        if name == "game_state":
            payload["seq"] = context.seq
            payload["feed_messages"] = retell(data.get("feed_messages", []), decimals, game_mode)
        return frame(name, context.at_ms, payload)

    def _by_the_wall(
        self, name: str, data: Mapping[str, Json], context: FrameContext
    ) -> Mapping[str, Json]:
        """Return data with its deadlines converted to the wall clock."""
        shift = self._shifts[name] if context.shift_ms else None
        if shift is None:
            return data
        shifted: Mapping[str, Json] = shift(data, context.shift_ms)
        return shifted

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        """Return the answer to a refused request."""
        facts = dict(rejected.detail)
        said = str(facts.pop("detail", "") or "")
        known = self._codes.get(rejected.code)
        text = known.text if known is not None else rejected.code.replace("_", " ") + "."
        args = request.args if isinstance(request, Request) else {}
        starts = rejected.code == "not_enough_players" and request.op in STARTERS
        fields: dict[str, Json] = {
            "error": text, "error_representation": said or text, "code": rejected.code,
            "action": request.op, "request_id": request.request_id,
            "player": None if starts else player,
            "amount": args.get("amount"), "detail": facts,
        }
        if "total" in args:
            fields["total"] = args["total"]
        name = START_ERROR if starts else "action_error"
        return self._answer(context, name, fields, TO_TABLE if starts else TO_PLAYER)

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        """Return a frame to one socket that is not an event, such as `user_connected`.

        Returns: empty bytes when the protocol has no such frame.
        """
        if name not in self._shapes:
            return b""
        if name == "user_connected" and context.room and context.line:
            fields = {**fields, "line": context.line}
        if not context.room:
            context = replace(context, room=NO_TABLE)
        if request is not None:
            fields = {**fields, "request_id": request.request_id}
        return self._answer(context, name, fields, TO_PLAYER)

    def _answer(
        self, context: FrameContext, name: str, fields: Mapping[str, Json], channel: str
    ) -> bytes:
        shape = self._shapes[name]
        payload = shape(fields, context.labels.decimals)
        _add_common(payload, context, channel)
        return frame(name, context.at_ms, payload)


def _events_in(payload: Node) -> Iterator[str]:
    """Yield the fields of a payload that contain an earlier event, or a list of them."""
    for name, node in payload.fields.items():
        if "event" in node.fields or (node.items is not None and "event" in node.items.fields):
            yield name


def _with_words(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the data of `action_ack` with the words for the avatar, unless the mode gave them."""
    if "action_repr_name" in data:
        return data
    return {
        **data, "action_repr_name": ACTIONS[data["action"]][0],
        "action_repr_value": shown_amount(data),
    }


def _add_common(payload: dict[str, Json], context: FrameContext, channel: str) -> None:
    """Add what every payload has. Source: table protocol, "Frames"; 1.0.76, 1.0.89."""
    player = payload.setdefault("player", None)
    payload["table_token"] = context.room
    payload["channel"] = channel
    payload["order"] = context.order
    payload["feed_message"] = None
    payload["telemetry_trace_id"] = None
    payload["duration"] = None
    payload["player_id"] = player
    payload["player_name"] = None if player is None else payload.get("username")


def _nested(part: str, data: Json, context: FrameContext) -> Json:
    """Return an earlier event inside `private_data` with what its payload had."""
    if data is None:
        return None
    if isinstance(data, list | tuple):
        return [_nested(part, one, context) for one in data]
    return {
        "event": _nested_name(part, data), "timestamp": context.at_ms, "player": None,
        **data, "table_token": context.room, "channel": TO_TABLE, "order": 0,
    }


def _config_event(config: Json) -> Json:
    return None if config is None else {"config": config}


def _nested_name(part: str, data: Mapping[str, Json]) -> str:
    if part == "winners":
        return events.GAME_END
    if part != "timed_event_scenario":
        return part
    return events.HEADS_UP_SHOWDOWN if len(data["players"]) == 2 else events.ALL_IN_SCENARIO
