"""Numbers from a seed, without bias and the same on every machine.

The stream is SHA-512 over the seed and a counter: enough for a deck out of one 32-byte seed, and
it can be computed again by anyone who learns the seed after the hand. Whole numbers below a bound
are drawn by rejection, because taking a remainder would favour the small ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha512
from typing import TypeVar

SEED_BYTES = 32

T = TypeVar("T")


def byte_stream(seed: bytes) -> Iterator[int]:
    """Yield bytes 0..255 from a seed without end: SHA-512(seed + 8-byte counter), block by block.

    seed: exactly 32 bytes.
    """
    assert len(seed) == SEED_BYTES, "a seed has 32 bytes"
    counter = 0
    while True:
        yield from sha512(seed + counter.to_bytes(8, "big")).digest()
        counter += 1


def below(bound: int, stream: Iterator[int]) -> int:
    """Draw a whole number 0 <= x < bound, each equally likely; bound 1..256.

    Bytes at or above the largest multiple of the bound are thrown away.
    """
    assert 1 <= bound <= 256, "one byte decides"
    limit = 256 - 256 % bound
    while True:
        value = next(stream)
        if value < limit:
            return value % bound


def shuffled(items: Sequence[T], seed: bytes) -> tuple[T, ...]:
    """Return the items in an order drawn from the seed, every order equally likely.

    items: at most 256. Source: Fisher and Yates' shuffle, from the last place down.
    """
    result = list(items)
    stream = byte_stream(seed)
    for last in range(len(result) - 1, 0, -1):
        other = below(last + 1, stream)
        result[last], result[other] = result[other], result[last]
    return tuple(result)
