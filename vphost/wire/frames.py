"""What every JSON frame to a client is made of: `{"event", "timestamp", "payload"}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vphost.rules.mode import Json
from vphost.wire.shape import OUTWARD, Node, Shape, compile_shape


def payload_shape(payload: Node, made_here: Sequence[str]) -> Shape:
    """Return the function that copies a payload with its units turned into the wire's.

    made_here: fields that the codec writes itself, in the wire's units.
    """
    rest = Node(
        payload.unit, {n: node for n, node in payload.fields.items() if n not in made_here},
        payload.others, payload.items,
    )
    return compile_shape(rest, OUTWARD) or _copy


def frame(name: str, at_ms: int, payload: Mapping[str, Json]) -> bytes:
    """Return an encoded frame. at_ms: epoch ms."""
    return orjson.dumps(
        {"event": name, "timestamp": at_ms / 1000, "payload": payload},
        default=_plain, option=orjson.OPT_NON_STR_KEYS,
    )


def _copy(value: Json, decimals: int) -> Json:
    return dict(value)


def _plain(value: Any) -> Any:
    """Let orjson write read-only mappings."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON: {type(value).__name__}")
