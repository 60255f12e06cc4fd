"""The commits of a book in order: from memory, and from the journal when memory is not enough.

A follower (statistics, a plugin that observes) may be slower than the players for a while. Memory
holds the newest commits that it wants, up to a bound; a follower that is further behind reads the
journal until it has caught up with memory. So nothing is lost, however slow a follower is, and one
that keeps up never reads from the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

BOUND = 10_000
"""How many items are kept in memory."""


class Placed(Protocol):
    """Something with a place in the book, at a moment of game time: a record, a commit."""

    @property
    def seq(self) -> int: ...

    @property
    def at_ms(self) -> int: ...


T = TypeVar("T", bound=Placed)
Read: TypeAlias = Callable[[int, int], Awaitable[tuple[list[T], int]]]
"""(after, limit) -> the wanted ones among the journal's next commits, and the seq of the last
commit that was looked at, `after` itself when there are no more. Raises: StoreDown."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a follower is behind. ms: from the last processed commit to the newest."""

    commits: int
    ms: int


class Feed(Generic[T]):
    """The queue from the writer to one follower, the only one that may call `next`."""

    def __init__(self, read: Read[T], bound: int | None = BOUND) -> None:
        """bound: of the items in memory; None to keep everything."""
        self._read = read
        self._bound = bound
        self._items: deque[T] = deque()
        self._complete_after: int | None = None
        self._given_ms: int | None = None
        self._newest_ms = 0
        self.newest = 0
        """Seq of the newest durable commit that is known here, 0 before the first."""

    def begin(self, after: int) -> None:
        """Keep everything that comes after a place of the book from now on."""
        self._complete_after = self.newest = after

    def take(self, item: T, is_wanted: bool) -> None:
        """Add the next durable commit. Call it for all of them, in the order of the book.

        is_wanted: whether the follower is to get it.
        """
        if self._complete_after is None:
            self._complete_after = item.seq - 1
        self.newest, self._newest_ms = item.seq, item.at_ms
        if not is_wanted:
            return
        if self._bound is not None and len(self._items) >= self._bound:
            self._complete_after = self._items.popleft().seq
        self._items.append(item)

    def is_in_memory(self, after: int) -> bool:
        """Return whether memory holds everything wanted after a place of the book."""
        return self._complete_after is not None and after >= self._complete_after

    async def next(self, after: int, limit: int, upto: int | None) -> tuple[list[T], int]:
        """Return the wanted items after a place, and the seq up to which these are all.

        upto: the last seq that is wanted now, None for all. The second value is `after` when
        nothing follows. Raises: StoreDown.
        """
        if self.is_in_memory(after):
            found, known = self._from_memory(after, limit, upto)
        else:
            found, known = await self._read(after, limit)
            if upto is not None and known > upto:
                found, known = [item for item in found if item.seq <= upto], max(upto, after)
        if found:
            self._given_ms = found[-1].at_ms
        return found, known

    def _from_memory(self, after: int, limit: int, upto: int | None) -> tuple[list[T], int]:
        items, found = self._items, list[T]()
        known = self.newest if upto is None else min(upto, self.newest)
        while items and items[0].seq <= known:
            if len(found) >= limit:
                known = found[-1].seq
                break
            item = items.popleft()
            self._complete_after = item.seq
            if item.seq > after:
                found.append(item)
        return found, max(known, after)

    @property
    def waiting(self) -> int:
        """How many items wait in memory."""
        return len(self._items)

    def lag(self, after: int) -> Lag:
        """Return how far a follower is behind that has processed everything up to a place."""
        waiting = len(self._items) if self.is_in_memory(after) else max(0, self.newest - after)
        if not waiting:
            return Lag(0, 0)
        since_ms = self._items[0].at_ms if self.is_in_memory(after) else self._given_ms
        return Lag(waiting, 0 if since_ms is None else max(0, self._newest_ms - since_ms))
