"""All bets of one pool, in the order in which they came: an immutable log of packed records.

A hundred thousand objects would be slow to forget: the loop would stand still while a settled pool
is let go, and every collection would look at them all. So 32 bets at a time lie in one `bytes`, and
become `Bet`s when they are read. A bet also knows the place of the same user's bet before it, so
that a user's bets are found without a second index of them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from plugins.pools.rules.betting_types import Bet
from plugins.pools.rules.intmap import IntMap

RECORD = Struct("<iHqqi")
"""User, target's place in the pool, minor units, epoch ms, place of the user's bet before or -1."""
CHUNK = 32
NONE_BEFORE = -1


class BetLog:
    """An immutable sequence of bets; a bet's place is its number from 0."""

    __slots__ = ("_targets", "_chunks", "_count")

    def __init__(
        self, targets: tuple[str, ...] = (), chunks: IntMap[bytes] = IntMap(), count: int = 0
    ) -> None:
        """targets: those of the pool, at most 65,536."""
        self._targets = targets
        self._chunks = chunks
        self._count = count

    def with_bet(
        self, user: int, target: str, amount_minor: int, placed_at_ms: int, before: int | None
    ) -> BetLog:
        """Return the log with one more bet. before: place of the user's newest bet until now."""
        number = self._count // CHUNK
        chunk = self._chunks.get(number, b"") + RECORD.pack(
            user, self._targets.index(target), amount_minor, placed_at_ms,
            NONE_BEFORE if before is None else before,
        )
        return BetLog(self._targets, self._chunks.with_item(number, chunk), self._count + 1)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> Bet:
        user, target, amount, at_ms, _ = self._record(place)
        return Bet(str(place), user, self._targets[target], amount, at_ms)

    def before(self, place: int) -> int | None:
        """Return the place of the same user's bet before one, None for their first."""
        before: int = self._record(place)[4]
        return None if before == NONE_BEFORE else before

    def _record(self, place: int) -> tuple[int, ...]:
        if not 0 <= place < self._count:
            raise IndexError(place)
        return RECORD.unpack_from(self._chunks[place // CHUNK], place % CHUNK * RECORD.size)

    def __iter__(self) -> Iterator[Bet]:
        """Yield all bets, oldest first."""
        targets, place = self._targets, 0
        for chunk in self._chunks.values():
            for user, target, amount, at_ms, _ in RECORD.iter_unpack(chunk):
                yield Bet(str(place), user, targets[target], amount, at_ms)
                place += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BetLog) and (
            (self._targets, self._count, self._chunks)
            == (other._targets, other._count, other._chunks)
        )

    def __hash__(self) -> int:
        return hash((self._targets, self._count, self._chunks))

    def __repr__(self) -> str:
        return f"BetLog({list(self)!r})"
