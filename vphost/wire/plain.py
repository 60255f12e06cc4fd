"""The codec for protocols that consist of nothing but their schemas, such as a plugin's own mode.

Requests `{"op": NAME, ..., "request_id"?}` are checked by `<prefix>/in/NAME.json`; events are
`{"event", "timestamp", "payload"}` with `room` and `seq` in the payload. Units are converted as the
`x-unit` notes of the schemas say, as in the table protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from vphost.rules.codes import CODES
from vphost.rules.mode import HOST_OPERATIONS, Event, Json, Labels, Rejected
from vphost.rules.money import BadAmount
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.schemas import BASE, NAME_MAX, SchemaError, SchemaSet
from vphost.wire.shape import INWARD, OUTWARD, Shape, compile_shape, describe
from vphost.wire.strict_json import NotJson, parse

OP, REQUEST_ID = "op", "request_id"
LOOK = "look"
"""The operation, known to every plain protocol, that asks for the view (or `since` a number)."""
PLAIN_IN, PLAIN_OUT = "plain/in/", "plain/out/"


class PlainCodec:
    """Implements `codec.Codec` for one schema prefix."""

    def __init__(self, schemas: SchemaSet, prefix: str) -> None:
        """Raises: KeyError when no schemas are registered under the prefix; SchemaError when an
        incoming message has the name of an operation that only the host itself may give to rooms.
        """
        self._schemas = schemas
        self.out_folder = f"{prefix}/out/"
        for name in schemas.names(f"{prefix}/in/"):
            if name in HOST_OPERATIONS or name == LOOK:
                raise SchemaError(f"{prefix}/in/{name}.json: {name} is the host's own operation")
        self._in = {name: f"{prefix}/in/{name}.json" for name in schemas.names(f"{prefix}/in/")}
        self._in[LOOK] = f"{PLAIN_IN}{LOOK}.json"
        self._inward = {op: self._shape(place, INWARD) for op, place in self._in.items()}
        self._outward = {
            name: self._shape(f"{prefix}/out/{name}.json", OUTWARD, "payload")
            for name in schemas.names(f"{prefix}/out/")
        }
        if not self._outward:
            raise KeyError(prefix)

    @property
    def events(self) -> frozenset[str]:
        """The names of the events that can be sent."""
        return frozenset(self._outward)

    def _shape(
        self, place: str, units: Mapping[str, Shape], inside: str | None = None
    ) -> Shape | None:
        node = describe(self._schemas, BASE + place, self._schemas.document(place))
        return compile_shape(node if inside is None else node.fields[inside], units)

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal; raises nothing."""
        try:
            body = parse(frame)
        except NotJson as error:
            op = error.rest.get(OP)
            is_known = isinstance(op, str) and op in self._in
            return BadMessage(
                error.code, str(error), op if is_known else None,
                _id_of(error.rest.get(REQUEST_ID)), error.field,
            )
        if not isinstance(body, dict) or not isinstance(body.get(OP), str):
            return BadMessage("bad_message", "A message is an object with op.", field=OP)
        op, request_id = body[OP], _id_of(body.get(REQUEST_ID))
        place = self._in.get(op)
        if place is None:
            return BadMessage(
                "unknown_action", "There is no such op.", op[:NAME_MAX], request_id, OP
            )
        fault = self._schemas.explain(place, body)
        if fault is not None:
            return BadMessage("bad_message", fault.text, op, request_id, fault.field)
        shape = self._inward[op]
        try:
            shaped = body if shape is None else shape(body, labels.decimals)
        except BadAmount as error:
            return BadMessage(
                "bad_amount", f"{error.field}: {error}.", op, request_id, error.field
            )
        args = {key: value for key, value in shaped.items() if key not in (OP, REQUEST_ID)}
        return Request(op, args, request_id, is_query=op == LOOK, raw=op)

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the frame of one event as a player gets it (None: as everybody else does)."""
        own = event.own(player)
        return self._frame(context, event.name, {**event.data, **own})

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        """Return one frame for each part of the view."""
        return [self._frame(context, name, payload) for name, payload in view.items()]

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        """Return the event `error`, which all plain protocols share."""
        known = CODES.get(rejected.code)
        text = known.text if known is not None else rejected.code
        return self._own_frame(context, "error", {
            "code": rejected.code, "error": str(rejected.detail.get("detail") or text)[:500],
            "op": request.op, "request_id": request.request_id,
            "field": rejected.detail.get("field"),
        })

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        """Return `auth_error`, or a notice for which the prefix has a schema; else empty bytes."""
        if request is not None:
            fields = {**fields, "request_id": request.request_id}
        if name in self._outward:
            return self._frame(context, name, fields)
        return self._own_frame(context, name, fields) if name == "auth_error" else b""

    def _frame(self, context: FrameContext, name: str, payload: Mapping[str, Json]) -> bytes:
        shape = self._outward[name]
        shaped = payload
        if shape is not None:
            shaped = shape(payload, context.labels.decimals)
        return self._own_frame(context, name, {**shaped, "seq": context.seq})

    def _own_frame(self, context: FrameContext, name: str, payload: Mapping[str, Json]) -> bytes:
        body = {"event": name, "timestamp": context.at_ms / 1000,
                "payload": {"room": context.room, **payload}}
        return orjson.dumps(body, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _id_of(given: Json) -> str | None:
    """Return a request id as text: 1, 1.0 and "1" are the same id when a schema allows numbers."""
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return str(given)
    return given if isinstance(given, str) else None


def _plain(value: Any) -> Any:
    """Convert read-only mappings, which orjson does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON: {type(value).__name__}")
