"""Units on the wire, compiled from the schemas' `x-unit` notes.

A schema notes that a place holds `money`, a `time` or a `duration`. This module compiles the notes
into a chain of small functions once, at start, so that a message costs a few calls and no walk over
a schema. The same compiler serves both directions; only the functions differ:

- outward: minor units -> decimal string (a number in a configuration), epoch ms -> float seconds,
  ms -> float seconds, bool -> "true"/"false", hundredths of a percent -> a number, these in a
  configuration;
- inward: number or decimal string -> minor units, "true" -> True.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from vphost.rules.mode import Json
from vphost.rules.money import BadAmount, to_major, to_minor
from vphost.wire.schemas import BASE, Schema, SchemaError, SchemaSet

Shape: TypeAlias = Callable[[Json, int], Json]
"""(value, decimals of the currency) -> the value in the other side's units; never called with None.

Objects and lists are not changed in place; a converted copy is returned."""

_SAME = ("allOf", "oneOf", "anyOf")
_DEPTH_MAX = 32


def _money_out(value: Json, decimals: int) -> Json:
    return to_major(value, decimals)


def _money_number_out(value: Json, decimals: int) -> Json:
    whole, rest = divmod(value, 10**decimals)
    return value / 10**decimals if rest else whole


def _percent_out(value: Json, decimals: int) -> Json:
    whole, rest = divmod(value, 100)
    return value / 100 if rest else whole


def _seconds_out(value: Json, decimals: int) -> Json:
    return value / 1000


def _boolean_out(value: Json, decimals: int) -> Json:
    return "true" if value else "false"


def _money_in(value: Json, decimals: int) -> Json:
    return to_minor(value if isinstance(value, Decimal | int) else str(value), decimals)


def _boolean_in(value: Json, decimals: int) -> Json:
    return value is True or value == "true"


OUTWARD: Mapping[str, Shape] = {
    "money": _money_out, "money_number": _money_number_out, "time": _seconds_out,
    "duration": _seconds_out, "boolean": _boolean_out, "percent": _percent_out,
}
INWARD: Mapping[str, Shape] = {
    "money": _money_in, "money_number": _money_in, "boolean": _boolean_in,
}


def outward(schemas: SchemaSet, place: str) -> Shape:
    """Return the function that converts a whole document of a schema to the wire's units."""
    node = describe(schemas, BASE + place, schemas.document(place))
    return compile_shape(node, OUTWARD) or (lambda value, decimals: value)


@dataclass(slots=True)
class Node:
    """The units of one place and below, merged from all its `$ref`s and alternatives."""

    unit: str | None = None
    fields: dict[str, Node] = field(default_factory=dict)
    others: Node | None = None
    items: Node | None = None

    def merge(self, other: Node, place: str) -> None:
        """Merge another description of the same place into this one. Raises: SchemaError."""
        if self.unit and other.unit and self.unit != other.unit:
            raise SchemaError(f"{place}: two units, {self.unit} and {other.unit}")
        self.unit = self.unit or other.unit
        for name, node in other.fields.items():
            self.fields.setdefault(name, Node()).merge(node, f"{place}.{name}")
        for part in ("others", "items"):
            mine, theirs = getattr(self, part), getattr(other, part)
            if mine is not None and theirs is not None:
                mine.merge(theirs, place)
            else:
                setattr(self, part, mine or theirs)


def describe(schemas: SchemaSet, base: str, schema: Schema, depth: int = 0) -> Node:
    """Return the units of a (sub)schema. base: the `$id` to which its `$ref`s are relative."""
    if depth > _DEPTH_MAX:
        raise SchemaError(f"{base}: nested too deep for its units")
    node = Node(unit=schema.get("x-unit"))
    if "$ref" in schema:
        target, referred = schemas.resolve(base, schema["$ref"])
        node.merge(describe(schemas, target, referred, depth + 1), target)
    for keyword in _SAME:
        for alternative in schema.get(keyword, ()):
            node.merge(describe(schemas, base, alternative, depth + 1), base)
    for name, child in schema.get("properties", {}).items():
        described = describe(schemas, base, child, depth + 1)
        node.fields.setdefault(name, Node()).merge(described, f"{base} {name}")
    for keyword, part in (("additionalProperties", "others"), ("items", "items")):
        child = schema.get(keyword)
        if isinstance(child, Mapping):
            setattr(node, part, describe(schemas, base, child, depth + 1))
    return node


def compile_shape(node: Node, units: Mapping[str, Shape]) -> Shape | None:
    """Return the function that converts a place, None when nothing in it has a unit."""
    if node.unit is not None:
        return units.get(node.unit)
    inner = {
        name: shape for name, child in node.fields.items()
        if (shape := compile_shape(child, units)) is not None
    }
    others = None if node.others is None else compile_shape(node.others, units)
    items = None if node.items is None else compile_shape(node.items, units)
    if others is not None:
        return _object(inner, others, frozenset(node.fields))
    if inner and items is not None:
        return _either(_fields(inner), _list(items))
    if inner:
        return _fields(inner)
    return None if items is None else _list(items)


def _fields(inner: Mapping[str, Shape]) -> Shape:
    pairs = tuple(inner.items())

    def shape(value: Json, decimals: int) -> Json:
        shaped = dict(value)
        for name, change in pairs:
            found = shaped.get(name)
            if found is not None:
                try:
                    shaped[name] = change(found, decimals)
                except BadAmount as error:
                    raise error.inside(name) from None
        return shaped

    return shape


def _object(inner: Mapping[str, Shape], others: Shape, known: frozenset[str]) -> Shape:
    def shape(value: Json, decimals: int) -> Json:
        shaped = {}
        for key, found in value.items():
            change = inner.get(key) if key in known else others
            shaped[str(key)] = found if change is None or found is None else change(found, decimals)
        return shaped

    return shape


def _list(items: Shape) -> Shape:
    def shape(value: Json, decimals: int) -> Json:
        shaped = []
        for index, found in enumerate(value):
            try:
                shaped.append(None if found is None else items(found, decimals))
            except BadAmount as error:
                raise error.inside(index) from None
        return shaped

    return shape


def _either(of_object: Shape, of_list: Shape) -> Shape:
    def shape(value: Json, decimals: int) -> Json:
        return (of_object if isinstance(value, Mapping) else of_list)(value, decimals)

    return shape
