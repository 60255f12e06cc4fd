"""Which command ids a room has certainly never committed, in bounded memory.

A Bloom filter in slices, each twice as large as the one before: "not in it" is certain, "in it" has
to be looked up in the journal. Ids are never removed, and one too many does no harm. Beyond the
number of ids that it is made for it fills up, and more fresh ids are looked up.
"""

from __future__ import annotations

from hashlib import blake2b

FIRST_BYTES = 1_024
HASHES = 7
BITS_PER_ID = 10
"""With this many, about one in a hundred fresh ids is looked up."""


class IdFilter:
    """A set of commit ids that never forgets one, but may claim to contain others."""

    def __init__(self, ids_max: int) -> None:
        """ids_max: how many it is made for; it uses at most 2.5 bytes for each, and 2 KiB."""
        self._bytes_max = ids_max * BITS_PER_ID // 8
        self._slices = [bytearray(FIRST_BYTES)]
        self._in_last = 0

    def __contains__(self, id: str) -> bool:
        """Return False only for an id that was never added."""
        first, second = _hashes(id)
        return any(_has(bits, first, second) for bits in self._slices)

    def add(self, id: str) -> None:
        """Add an id for good."""
        if id in self:
            return
        bits = self._slices[-1]
        is_full = self._in_last * BITS_PER_ID >= len(bits) * 8
        if is_full and sum(map(len, self._slices)) < self._bytes_max:
            bits = bytearray(2 * len(bits))
            self._slices.append(bits)
            self._in_last = 0
        first, second = _hashes(id)
        for number in range(HASHES):
            place = (first + number * second) % (len(bits) * 8)
            bits[place >> 3] |= 1 << (place & 7)
        self._in_last += 1

    def dump(self) -> bytes:
        """Return the filter as bytes: the number of ids in the last slice, then all slices."""
        return self._in_last.to_bytes(8, "big") + b"".join(self._slices)

    @classmethod
    def load(cls, dumped: bytes, ids_max: int) -> IdFilter:
        """Return the filter that was dumped. Raises: ValueError."""
        filled = cls(ids_max)
        filled._in_last, rest = int.from_bytes(dumped[:8], "big"), dumped[8:]
        filled._slices, size = [], FIRST_BYTES
        while rest:
            filled._slices.append(bytearray(rest[:size]))
            rest, size = rest[size:], 2 * size
        if not filled._slices or len(filled._slices[-1]) != size // 2:
            raise ValueError("no filter of ids")
        return filled


def _hashes(id: str) -> tuple[int, int]:
    digest = blake2b(id.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1


def _has(bits: bytearray, first: int, second: int) -> bool:
    size = len(bits) * 8
    for number in range(HASHES):
        place = (first + number * second) % size
        if not bits[place >> 3] & 1 << (place & 7):
            return False
    return True
