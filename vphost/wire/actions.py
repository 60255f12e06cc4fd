"""From a client's JSON object to a request: one compiled reader per action.

The action's name is looked at first, so that a refusal is about the action that was meant. A field
that belongs to another action of the protocol is ignored (`amount` in `action_fold`), one that
belongs to none is refused. Amounts become integers of minor units here; when the amount is what is
wrong, the refusal is `bad_amount` and names the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vphost.rules.mode import Json, Labels
from vphost.rules.money import BadAmount
from vphost.wire.codec import BadMessage, Request
from vphost.wire.schemas import BASE, NAME_MAX, Fault, Schema, SchemaSet
from vphost.wire.shape import INWARD, Node, compile_shape, describe
from vphost.wire.strict_json import NotJson, parse

ENVELOPE = frozenset({"action", "timestamp", "request_id"})
"""Fields of every frame that are not arguments of its action."""
WRAPPERS = ("payload", "data")
"""Arguments that some actions wrap; a wrapped list becomes the argument `changes`."""
CHANGES = "changes"
REQUEST_ID_MAX = 64


class ActionReader:
    """Reads the frames of one action."""

    def __init__(self, schemas: SchemaSet, place: str, op: str, is_query: bool) -> None:
        """place: the schema's path below /schemas/v1/."""
        self.op = op
        self.is_query = is_query
        self._schemas = schemas
        self._place = place
        document = schemas.document(place)
        self._is_valid: Callable[[Any], bool] = schemas.validator(place).is_valid
        node = describe(schemas, BASE + place, document)
        self._shape = compile_shape(node, INWARD)
        self._money = frozenset(_money_paths(node))
        self._wrapper = next((w for w in WRAPPERS if w in document["properties"]), None)
        self._wraps_list = self._wrapper is not None and _is_list(document, self._wrapper)
        self.fields = frozenset(document["properties"])
        self.others: frozenset[str] = frozenset()
        """Fields of the protocol's other actions: ignored, since clients send one shape for all."""

    def read(
        self, body: dict[str, Json], decimals: int, request_id: str | None
    ) -> Request | BadMessage:
        """Check a frame of this action and return its request; amounts become minor units.

        decimals: of the room's currency.
        """
        if not self.fields.issuperset(body):
            body = {name: value for name, value in body.items() if name not in self.others}
        if not self._is_valid(body):
            return self._refused(body, request_id)
        try:
            shaped = body if self._shape is None else self._shape(body, decimals)
        except BadAmount as error:
            return BadMessage(
                "bad_amount", f"{error.field}: {error}.", self.op, request_id, error.field
            )
        return Request(
            self.op, self._arguments(shaped), request_id, is_query=self.is_query, raw=self.op
        )

    def _arguments(self, shaped: Mapping[str, Json]) -> dict[str, Json]:
        args = {name: value for name, value in shaped.items() if name not in ENVELOPE}
        if self._wrapper is None:
            return args
        wrapped = args.pop(self._wrapper)
        return {**args, CHANGES: wrapped} if self._wraps_list else {**args, **wrapped}

    def _refused(self, body: dict[str, Json], request_id: str | None) -> BadMessage:
        fault = self._schemas.explain(self._place, body)
        assert fault is not None, "the quick validator refused what the slow one accepts"
        code = "bad_amount" if self._is_about_money(fault) else "bad_message"
        return BadMessage(code, fault.text, self.op, request_id, fault.field)

    def _is_about_money(self, fault: Fault) -> bool:
        path = tuple("*" if isinstance(part, int) else part for part in fault.path)
        return path in self._money and fault.keyword not in ("required", "oneOf")


class Actions:
    """All actions of a protocol: a folder of schemas, one per action."""

    def __init__(self, schemas: SchemaSet, folder: str, queries: frozenset[str]) -> None:
        """folder: below /schemas/v1/, such as `table/in/`. queries: actions answered from a view
        without a commit."""
        self._readers = {
            name: ActionReader(schemas, f"{folder}{name}.json", name, name in queries)
            for name in schemas.names(folder)
        }
        every = frozenset().union(*(reader.fields for reader in self._readers.values()))
        for reader in self._readers.values():
            reader.others = every - reader.fields

    @property
    def names(self) -> frozenset[str]:
        """The names of the actions."""
        return frozenset(self._readers)

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal; raises nothing."""
        try:
            body = parse(frame)
        except NotJson as error:
            action = error.rest.get("action")
            is_known = isinstance(action, str) and action in self._readers
            return BadMessage(
                error.code, str(error), action if is_known else None, _id_of(error.rest),
                error.field,
            )
        if type(body) is not dict:
            return BadMessage("bad_message", "A message has to be an object.")
        action = body.get("action")
        request_id = _id_of(body)
        if type(action) is not str:
            return BadMessage(
                "bad_message", "action has to be a text.", None, request_id, "action"
            )
        reader = self._readers.get(action)
        if reader is None:
            return BadMessage(
                "unknown_action", "There is no such action.", action[:NAME_MAX], request_id,
                "action",
            )
        return reader.read(body, labels.decimals, request_id)


def _id_of(body: Mapping[str, Json]) -> str | None:
    """Return the request id of a frame, None when there is none that can be echoed."""
    given = body.get("request_id")
    return given if type(given) is str and 0 < len(given) <= REQUEST_ID_MAX else None


def _money_paths(node: Node, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all amounts in a frame; "*" stands for an index."""
    if node.unit == "money":
        return [path]
    found = [
        place for name, child in node.fields.items()
        for place in _money_paths(child, (*path, name))
    ]
    return found if node.items is None else found + _money_paths(node.items, (*path, "*"))


def _is_list(document: Schema, wrapper: str) -> bool:
    return bool(document["properties"][wrapper].get("type") == "array")
