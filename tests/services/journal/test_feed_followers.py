"""A follower gets everything in order, from memory or from the journal, however slow it is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from vphost.services.journal.feed import Feed, Lag


@dataclass(frozen=True)
class Item:
    """Something in a book."""

    seq: int

    @property
    def at_ms(self) -> int:
        """One a second."""
        return self.seq * 1_000


class Book:
    """A journal whose every third commit is of no interest, with a feed."""

    def __init__(self, bound: int | None, written: int = 0) -> None:
        self.written = written
        self.reads = 0
        self.feed: Feed[Item] = Feed(self.read, bound)

    async def read(self, after: int, limit: int) -> tuple[list[Item], int]:
        """Read from the journal."""
        self.reads += 1
        last = min(after + limit, self.written)
        return self.wanted(after, last), max(after, last)

    @staticmethod
    def wanted(after: int, last: int) -> list[Item]:
        """Return what is of interest between two places."""
        return [Item(seq) for seq in range(after + 1, last + 1) if seq % 3]

    def write(self, number: int) -> None:
        """Make so many commits durable."""
        for _ in range(number):
            self.written += 1
            self.feed.take(Item(self.written), bool(self.written % 3))

    async def follow(self, after: int, limit: int = 7) -> tuple[list[Item], int]:
        """Ask until nothing follows."""
        found: list[Item] = []
        while True:
            items, reached = await self.feed.next(after, limit, self.feed.newest or None)
            assert len(items) <= limit
            if reached == after:
                return found, after
            found, after = found + items, reached


async def test_who_keeps_up_never_reads_the_journal() -> None:
    book = Book(bound=10)
    book.feed.begin(0)
    after, found = 0, list[Item]()
    for _ in range(20):
        book.write(9)
        items, after = await book.follow(after)
        found += items
    assert found == book.wanted(0, 180) and after == 180
    assert book.reads == 0


async def test_who_is_too_slow_reads_what_memory_lost() -> None:
    book = Book(bound=10)
    book.feed.begin(0)
    book.write(100)
    assert await book.follow(0) == (book.wanted(0, 100), 100)
    reads = book.reads
    assert reads > 0
    book.write(9)
    assert await book.follow(100) == (book.wanted(100, 109), 109)
    assert book.reads == reads, "memory goes on where the journal ended"


async def test_what_was_before_the_first_commit_is_read() -> None:
    book = Book(bound=10, written=50)
    assert await book.follow(0) == (book.wanted(0, 50), 50)
    book.write(5)
    assert await book.follow(50) == (book.wanted(50, 55), 55)


async def test_who_begins_again_reads_again() -> None:
    book = Book(bound=10)
    book.feed.begin(0)
    book.write(9)
    assert await book.follow(0) == (book.wanted(0, 9), 9)
    assert await book.follow(4) == (book.wanted(4, 9), 9)


async def test_the_lag_is_told_in_commits_and_time() -> None:
    book = Book(bound=10)
    book.feed.begin(0)
    assert book.feed.lag(0) == Lag(0, 0)
    book.write(6)
    assert book.feed.lag(0) == Lag(4, 5_000)
    book.write(100)
    items, reached = await book.feed.next(0, 7, book.feed.newest)
    lag = book.feed.lag(reached)
    assert lag.commits == 106 - reached and lag.ms == 1_000 * (106 - items[-1].seq)
    _, after = await book.follow(reached)
    assert book.feed.lag(after) == Lag(0, 0)


@pytest.mark.parametrize("bound", [1, 3, None])
@given(steps=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9), st.booleans())))
async def test_any_pace_gets_everything_once(
    bound: int | None, steps: list[tuple[int, int, bool]]
) -> None:
    book = Book(bound)
    book.feed.begin(0)
    found, after = list[Item](), 0
    for number, limit, asks in steps:
        book.write(number)
        if asks:
            items, after = await book.feed.next(after, limit, book.feed.newest)
            found += items
    rest, after = await book.follow(after)
    assert found + rest == book.wanted(0, book.written)
    assert after == book.written
