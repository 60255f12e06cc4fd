"""JSON from strangers: one meaning or none.

Two passes. orjson is the gate: it refuses everything that is not strictly JSON (NaN, numbers beyond
a double, lone surrogates, bytes that are not UTF-8, a byte order mark, depth beyond 1024) in a
fraction of a microsecond. But it keeps the last of two equal keys and turns 0.1 into a binary
fraction, so the standard library reads the frame again, refusing repeated keys and keeping decimals
exact. Both together take about 2 us for an action, which is cheaper than a mistake.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from vphost.rules.mode import EMPTY, Json

FRAME_MAX = 65_536
"""Longest frame that is parsed, bytes (characters of a text frame)."""
DEPTH_MAX = 16
"""Deepest nesting of objects and lists; no message of ours has more than 4."""
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
_DIGITS_MAX = 19
FIELD_MAX = 64
"""Longest path of a wrong field that is told, characters."""
TWICE = "The message has the same field twice."


class NotJson(ValueError):
    """A frame that is refused before its meaning is looked at.

    code: a key of codes.CODES. field: the wrong one as a path with dots, "" when no single field is
    wrong. rest: a frame that is an object, without its wrong fields, so that an answer can echo
    what it is about.
    """

    def __init__(
        self, reason: str, code: str = "bad_message", field: str = "",
        rest: Mapping[str, Json] = EMPTY,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.field = field
        self.rest = rest


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
    except (ValueError, RecursionError):
        raise _explain(frame) from None
    if text.count("[") + text.count("{") > DEPTH_MAX and _is_deeper(value, DEPTH_MAX):
        raise NotJson(f"The message is nested deeper than {DEPTH_MAX} levels.")
    return value


def _explain(frame: str | bytes) -> NotJson:
    """Return what is wrong with a refused frame: the first wrong field, if it can be told."""
    try:
        value = _LENIENT.decode(frame if isinstance(frame, str) else frame.decode())
    except (ValueError, RecursionError):
        return NotJson("The message is not valid JSON.")
    found = _first_wrong(value)
    if found is None:
        return NotJson("The message is not valid JSON.")
    field, wrong = found
    rest = {
        name: given for name, given in value.items() if not isinstance(given, NotJson)
    } if isinstance(value, dict) else EMPTY
    return NotJson(str(wrong), wrong.code, field[:FIELD_MAX], rest)


def _first_wrong(value: Json) -> tuple[str, NotJson] | None:
    """Return path and fault of the first value that stands for a fault; None when there is none.

    What is nested deeper than any message may be is not looked at.
    """
    waiting: list[tuple[tuple[str, ...], Json]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, NotJson):
            return ".".join(path), item
        if len(path) > DEPTH_MAX:
            continue
        parts = list(item.items()) if isinstance(item, dict) else (
            list(enumerate(item)) if isinstance(item, list) else [])
        waiting += [((*path, str(name)), part) for name, part in reversed(parts)]
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson(TWICE)
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


def _mark(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reader of numbers that gives a fault in place of the number."""
    def marked(text: str) -> Any:
        try:
            return read(text)
        except NotJson as fault:
            return fault
    return marked


def _marked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object in which a fault stands for a field that is there twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = NotJson(TWICE) if name in found else value
    return found


_LENIENT = json.JSONDecoder(
    object_pairs_hook=_marked_object, parse_int=_mark(_integer), parse_float=_mark(_fraction),
    parse_constant=_mark(_constant),
)
"""Reads a frame that was refused once more, to tell where it is wrong."""


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
