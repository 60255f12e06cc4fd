"""Lots of a draw: orders of more things than a byte counts, and several draws out of one seed.

`vphost.rules.rng` draws below 256, which is a deck; an event has up to a thousand players. Each
purpose has a stream of its own, so that a change to one draw leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TypeVar

from vphost.rules.rng import byte_stream

LOTS_MAX = 1 << 16
"""Most things in one draw: two bytes decide."""

T = TypeVar("T")


def stream_for(purpose: str, seed: bytes) -> Iterator[int]:
    """Return the endless bytes of one purpose of a seed.

    seed: 32 bytes. purpose: a name that no other draw of the same seed has.
    """
    assert len(seed) == 32, "a seed has 32 bytes"
    return byte_stream(sha256(purpose.encode() + b"\x00" + seed).digest())


def draw_below(bound: int, stream: Iterator[int]) -> int:
    """Draw a whole number 0 <= x < bound, each equally likely; bound 1..LOTS_MAX.

    Two bytes at or above the largest multiple of the bound are thrown away.
    """
    assert 1 <= bound <= LOTS_MAX, "two bytes decide"
    limit = LOTS_MAX - LOTS_MAX % bound
    while True:
        value = next(stream) << 8 | next(stream)
        if value < limit:
            return value % bound


def draw_order(items: Sequence[T], stream: Iterator[int]) -> tuple[T, ...]:
    """Return the items in an order drawn by lot, every order equally likely.

    items: at most LOTS_MAX. Source: Fisher and Yates' shuffle, from the last place down.
    """
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = draw_below(last + 1, stream)
        result[last], result[other] = result[other], result[last]
    return tuple(result)
