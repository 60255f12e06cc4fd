"""JSON from strangers: one meaning or none.

Two passes. orjson is the gate: it refuses everything that is not strictly JSON (NaN, numbers beyond
a double, lone surrogates, bytes that are not UTF-8, a byte order mark, depth beyond 1024) in a
fraction of a microsecond. But it keeps the last of two equal keys and turns 0.1 into a binary
fraction, so the standard library reads the frame again, refusing repeated keys and keeping decimals
exact. Both together take about 2 us for an action, which is cheaper than a mistake.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

from vphost.rules.mode import Json

FRAME_MAX = 65_536
"""Longest frame that is parsed, bytes (characters of a text frame)."""
DEPTH_MAX = 16
"""Deepest nesting of objects and lists; no message of ours has more than 4."""
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
_DIGITS_MAX = 19


class NotJson(ValueError):
    """A frame that is refused before its meaning is looked at. code: a key of codes.CODES."""

    def __init__(self, reason: str, code: str = "bad_message") -> None:
        super().__init__(reason)
        self.code = code


def parse(frame: str | bytes, longest: int = FRAME_MAX) -> Json:
    """Return a frame's JSON value; a number with a fraction as a Decimal, any other as an int.

    longest: most bytes (characters of a text frame); the body of a REST call may have more.
    Raises: NotJson, whose text says what is wrong without repeating the frame.
    """
    if len(frame) > longest:
        raise NotJson(f"The message is longer than {longest} bytes.", "too_large")
    try:
        orjson.loads(frame)
        text = frame if isinstance(frame, str) else frame.decode()
        value = _DECODER.decode(text)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("The message is not valid JSON.") from None
    if text.count("[") + text.count("{") > DEPTH_MAX and _is_deeper(value, DEPTH_MAX):
        raise NotJson(f"The message is nested deeper than {DEPTH_MAX} levels.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("The message has the same field twice.")
    return found


def _integer(text: str) -> int:
    if len(text) > _DIGITS_MAX + 1:
        raise NotJson("The message has a number that is too large.")
    value = int(text)
    if not INTEGER_MIN <= value <= INTEGER_MAX:
        raise NotJson("The message has a number that is too large.")
    return value


def _fraction(text: str) -> int | Decimal:
    """Return a number; 20.0 and 2e1 become the integer 20, however they are written."""
    value = Decimal(text)
    if value.is_zero():
        return 0
    if abs(value.adjusted()) >= _DIGITS_MAX:
        raise NotJson("The message has a number that is too large or too small.")
    whole = int(value)
    return whole if whole == value else value


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is no number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _is_deeper(value: Json, levels: int) -> bool:
    """Return whether lists and objects are nested deeper than a number of levels."""
    layer = [value]
    for _ in range(levels):
        nested: list[Json] = []
        for item in layer:
            if isinstance(item, dict):
                nested.extend(item.values())
            elif isinstance(item, list):
                nested.extend(item)
            else:
                continue
        layer = [item for item in nested if isinstance(item, dict | list)]
        if not layer:
            return False
    return True
