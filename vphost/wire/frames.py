"""The parts of every JSON frame to a client: `{"event", "timestamp", "payload"}`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from vphost.rules.mode import Json
from vphost.wire.shape import OUTWARD, Node, Shape, compile_shape


def payload_shape(payload: Node, made_here: Sequence[str]) -> Shape:
    """Return the function that copies a payload and converts its units to the wire's.

    made_here: fields that the codec writes itself, already in the wire's units.
    """
    rest = Node(
        payload.unit, {n: node for n, node in payload.fields.items() if n not in made_here},
        payload.others, payload.items,
    )
    return compile_shape(rest, OUTWARD) or _copy


def payload_shift(payload: Node, calendar: Collection[str]) -> Shape | None:
    """Return the function (payload, ms) that shifts the payload's moments of game time.

    calendar: names of fields whose moments are by the wall clock already.
    Returns: None when the payload has no moment of game time.
    """
    return compile_shape(_without(payload, calendar), {"time": lambda moment, ms: moment + ms})


def _without(node: Node, names: Collection[str]) -> Node:
    return Node(
        node.unit,
        {n: _without(child, names) for n, child in node.fields.items() if n not in names},
        None if node.others is None else _without(node.others, names),
        None if node.items is None else _without(node.items, names),
    )


def frame(name: str, at_ms: int, payload: Mapping[str, Json]) -> bytes:
    """Return an encoded frame. at_ms: epoch ms."""
    return orjson.dumps(
        {"event": name, "timestamp": at_ms / 1000, "payload": payload},
        default=_plain, option=orjson.OPT_NON_STR_KEYS,
    )


def _copy(value: Json, decimals: int) -> Json:
    return dict(value)


def _plain(value: Any) -> Any:
    """Convert read-only mappings, which orjson does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON: {type(value).__name__}")
