"""The wire of the betting pools: numeric operation and response codes.

`schemas/pools/ops.json` is the only list of numbers. Requests are checked by `pools/in/<name>`,
and what leaves is as `pools/out/<name>` says. Amounts leave as numbers with the currency's
decimals, written digit by digit: a double would lie about large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from plugins.pools.codes import TEXTS
from plugins.pools.moments import millis
from vphost.plugin_api import (
    BadMessage, Event, FrameContext, Json, Labels, NotJson, Rejected, Request, SchemaSet,
    parse_json,
)
from vphost.rules.codes import CODES
from vphost.rules.money import to_major

REQUEST_ID_MAX = 64
DECIMALS = 2
PRICE_DECIMALS = 4
LOGON, AUTHENTICATE = "logon", "authenticate"
MONEY = frozenset({
    "amount", "total_amount", "returned_amount", "takeout", "breakage", "minus", "staked",
    "returned", "current_balance", "available_balance", "exposure", "points", "winners", "losers",
})
"""Fields that hold minor units, or a mapping to minor units."""
PRICES = frozenset({"minimum_price", "to_win_if_backed"})
RULES, DISTRIBUTION = "rules", "distribution"
AS_THEY_ARE = frozenset({"targets", "actions", "opcodes", "response_codes"})
"""Fields without money whose keys people chose: one may well be called `amount`."""
ERROR_FIELDS = ("pool_ids", "field", "limit", "start_at")


class PoolsCodec:
    """Implements the host's `Codec`, and `answer` for the plugin's own service."""

    out_folder = "pools/out/"

    def __init__(
        self, schemas: SchemaSet, numbers: Mapping[str, Mapping[str, int]],
        now_ms: Callable[[], int],
    ) -> None:
        """numbers: `op` and `res`, name -> code. now_ms: the time of answers."""
        self._schemas = schemas
        self._names = {code: name for name, code in numbers["op"].items()}
        self._codes = dict(numbers["res"])
        self._now_ms = now_ms
        self._times = {name: _times(schemas, name) for name in numbers["op"]}
        self._is_valid = {
            name: schemas.validator(f"pools/in/{name}.json").is_valid for name in numbers["op"]
        }

    @property
    def events(self) -> frozenset[str]:
        """The names of the messages that can be sent."""
        return frozenset(self._codes)

    # -- in --------------------------------------------------------------------------------

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal; raises nothing."""
        try:
            body = parse_json(frame)
        except NotJson as error:
            return BadMessage(error.code, str(error), *_echo(error.rest), error.field)
        if type(body) is not dict:
            return BadMessage("bad_message", "A message has to be an object.")
        code = body.get("op")
        request_id = _request_id(body.get("header"))
        if type(code) is not int:
            return BadMessage("bad_message", "op has to be a number.", None, request_id, "op")
        name = self._names.get(code)
        if name is None:
            return BadMessage("unknown_op", TEXTS["unknown_op"], str(code), request_id, "op")
        if not self._is_valid[name](body):
            return self._refused(name, code, body, request_id)
        body = {**body, **self._times_of(name, body)}
        args = {key: value for key, value in body.items() if key not in ("op", "header")}
        op = AUTHENTICATE if name == LOGON else name
        key = None if request_id is None else str(request_id)
        return Request(op, args, key, raw=(code, request_id))

    def _times_of(self, name: str, body: Mapping[str, Json]) -> dict[str, int]:
        """Return a request's moments in milliseconds. Source: pools protocol, "Times"."""
        return {
            field: millis(body[field]) for field in self._times[name]
            if body.get(field) is not None
        }

    def _refused(self, name: str, code: int, body: Json, request_id: Any) -> BadMessage:
        fault = self._schemas.explain(f"pools/in/{name}.json", body)
        assert fault is not None, "the quick validator refused what the slow one accepts"
        is_money = fault.path[:1] == ("amount",) and fault.keyword != "required"
        return BadMessage(
            "bad_amount" if is_money else "bad_message", fault.text, str(code), request_id,
            fault.field,
        )

    # -- out -------------------------------------------------------------------------------

    def answer(
        self, name: str, fields: Mapping[str, Json], decimals: int = DECIMALS,
        request_id: Json = None,
    ) -> bytes:
        """Return a frame. fields: as the schema of the response, money in minor units."""
        return self._frame(name, fields, decimals, self._now_ms(), request_id)

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the frame of one event; there are no secrets in this protocol."""
        decimals = context.labels.decimals
        return self._frame(event.name, event.data, decimals, context.at_ms, None)

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        """Return nothing: who wants to know asks."""
        return ()

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        """Return the error (res 666) with the number of the operation that was asked for."""
        op, request_id = _echoed(request)
        detail = rejected.detail
        text = detail.get("detail") or text_of(rejected.code)
        fields = {
            "text": str(text)[:500], "code": rejected.code, "op": op,
            **{name: detail[name] for name in ERROR_FIELDS if name in detail},
        }
        return self.answer("error", fields, request_id=request_id)

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        """Return `logon_fail` for a socket that may not go on; the rest is silent here."""
        if name != "auth_error":
            return b""
        return self.answer("logon_fail", {
            "text": str(fields["detail"])[:500], "code": fields["code"],
        }, request_id=None if request is None else _echoed(request)[1])

    def _frame(
        self, name: str, fields: Mapping[str, Json], decimals: int, at_ms: int, request_id: Json
    ) -> bytes:
        header = {"t": at_ms} if request_id is None else {"t": at_ms, "request_id": request_id}
        body = _outward(fields, decimals)
        return orjson.dumps({"response_header": header, "res": self._codes[name], **body})


def text_of(code: str) -> str:
    """Return what a code says to people."""
    if code in TEXTS:
        return TEXTS[code]
    return CODES[code].text if code in CODES else code


def _echoed(request: Request | BadMessage) -> tuple[int | None, Json]:
    """Return op and id of a request, as far as they can be echoed."""
    if isinstance(request, Request):
        op, request_id = request.raw
    else:
        op, request_id = None if request.op is None else int(request.op), request.request_id
    return (op if op is not None and 0 <= op < 2**53 else None), request_id


def _echo(rest: Mapping[str, Json]) -> tuple[str | None, Any]:
    """Return op and request id of what is left of a frame that the strict reader refused."""
    op = rest.get("op")
    return str(op) if type(op) is int else None, _request_id(rest.get("header"))


def _times(schemas: SchemaSet, name: str) -> tuple[str, ...]:
    """Return the fields of an operation that hold moments."""
    properties = schemas.document(f"pools/in/{name}.json")["properties"]
    return tuple(
        field for field, schema in properties.items()
        if str(schema.get("$ref", "")).rpartition("/")[2] in ("moment_in", "moment_in_or_null")
    )


def _request_id(header: Json) -> Any:
    """Return the client's own id of a request, None when there is none that can be echoed."""
    given = header.get("request_id") if isinstance(header, dict) else None
    if type(given) is str and 0 < len(given) <= REQUEST_ID_MAX:
        return given
    return given if type(given) is int and 0 <= given < 2**53 else None


def _outward(fields: Mapping[str, Json], decimals: int, is_rules: bool = False) -> dict[str, Any]:
    """Return fields with money and prices as the wire writes them."""
    shaped: dict[str, Any] = {}
    for name, value in fields.items():
        if name in AS_THEY_ARE:
            shaped[name] = value
        elif name == DISTRIBUTION:
            shaped[name] = {key: _outward(one, decimals) for key, one in value.items()}
        elif name in PRICES or (is_rules and name == "breakage"):
            shaped[name] = _digits(value, PRICE_DECIMALS)
        elif name in MONEY:
            if isinstance(value, Mapping):
                shaped[name] = {key: _digits(one, decimals) for key, one in value.items()}
            else:
                shaped[name] = _digits(value, decimals)
        elif isinstance(value, Mapping):
            shaped[name] = _outward(value, decimals, name == RULES)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            shaped[name] = [_outward(one, decimals) for one in value]
        else:
            shaped[name] = value
    return shaped


def _digits(value: Json, decimals: int) -> Any:
    """Return minor units as a JSON number of major units; a text is left as it is."""
    if isinstance(value, str):
        return value
    return orjson.Fragment(to_major(value, decimals))
