"""How much of the store's own group-commit rate the journal keeps, on both stores.

Many rooms give their commits to the writer at once, which places, hashes and appends them as in a
host. In turns with that, the same records are written through the bare driver into the same tables
or collections, with the same rules and the same group sizes, made ready beforehand: that is what
the store itself can do. A ratio is taken within one run only.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw

from tests.mongo_server import MongoServer
from vphost.rules.mode import Posting
from vphost.services.journal.commit_codec import ZERO_HASH, Draft
from vphost.services.journal.journal import Writer
from vphost.services.ports import Head, Journal, Record
from vphost.store import open_store
from vphost.store.embedded.journal import COLUMNS, PLACES, POSTINGS, _postings_text
from vphost.store.embedded.layout import connect as connect_file
from vphost.store.mongo.layout import MongoPlace, connect
from vphost.store.mongo.records import encoded

ROOMS = 64
COMMITS = 8_000
ROUNDS = 9
BODY_BYTES = 900
"""About what one action of a six-seat table takes."""
FLOOR = 0.7
MOVED = (Posting("room:r:stack:1", "PLAY", -200), Posting("room:r:pot", "PLAY", 200))


@dataclass
class Pace:
    """Commits a second, one number a round: through the journal, and by the bare driver."""

    journal: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def row(self, store: str) -> dict[str, Any]:
        """Return the figures; the ratio is the middle one of the rounds' own."""
        ratios = [ours / theirs for ours, theirs in zip(self.journal, self.own, strict=True)]
        return {
            "measured": "journal against the store's own group commit", "store": store,
            "rooms": ROOMS, "commits_a_round": COMMITS, "rounds": ROUNDS, "floor": FLOOR,
            "journal_per_s": round(statistics.median(self.journal)),
            "own_per_s": round(statistics.median(self.own)),
            "ratio": round(statistics.median(ratios), 2),
            "ratio_low": round(min(ratios), 2), "ratio_high": round(max(ratios), 2),
        }


def records(book: str, count: int) -> list[Record]:
    """Return chained records of one book."""
    made, prev_hash = [], ZERO_HASH
    for seq in range(1, count + 1):
        body = b'{"seq":%d,"filler":"%s"}' % (seq, b"x" * BODY_BYTES)
        digest = sha256(prev_hash.encode() + body).hexdigest()
        made.append(Record(
            f"{book}:{seq}", book, seq, "r", seq, seq, 1_700_000_000_000, None, MOVED, body,
            prev_hash, digest,
        ))
        prev_hash = digest
    return made


class Room:
    """A room with one commit on its way at all times; it hears of it by a call, as in a host."""

    __slots__ = ("draft", "_writer", "_coming", "_done")

    def __init__(
        self, writer: Writer, coming: Iterator[Draft], done: Callable[[], None]
    ) -> None:
        """coming: drafts of all rooms; done: called when none is left for this one."""
        self._writer = writer
        self._coming = coming
        self._done = done
        self.go()

    def go(self) -> None:
        """Give the next commit."""
        draft = next(self._coming, None)
        if draft is None:
            self._done()
        else:
            self.draft = draft
            self._writer.submit(self)

    def written(self, record: Record) -> None:
        assert record.id == self.draft.id
        self.go()

    def doubted(self) -> None:
        raise AssertionError("the store is fine")

    lost = doubted


def drafts(book: str, count: int) -> list[Draft]:
    """Return commits that have no place in their book yet."""
    after = b',"filler":"%s"}' % (b"x" * BODY_BYTES)
    return [
        Draft(f"{book}:{n}", book, "r", n, n, 1_700_000_000_000, None, MOVED, b'{"seq":', after)
        for n in range(1, count + 1)
    ]


async def through_journal(journal: Journal, book: str) -> float:
    """Return commits a second with ROOMS that each wait for their own."""
    writer, coming = Writer(journal, book, lambda: None), iter(drafts(book, COMMITS))
    writer.start(Head(0, ZERO_HASH))
    left, over = ROOMS, asyncio.Event()

    def done() -> None:
        nonlocal left
        left -= 1
        if not left:
            over.set()

    began_s = time.perf_counter()
    for _ in range(ROOMS):
        Room(writer, coming, done)
    await over.wait()
    seconds = time.perf_counter() - began_s
    assert writer.head.seq == COMMITS
    await writer.close()
    return COMMITS / seconds


async def by_hand(
    groups: list[Any], count: int, write: Callable[[Any], Awaitable[object]]
) -> float:
    """Return commits a second, one group after the other."""
    began_s = time.perf_counter()
    for group in groups:
        await write(group)
    return count / (time.perf_counter() - began_s)


def cut(items: list[Any], size: int) -> list[list[Any]]:
    """Return items in groups of a size."""
    return [items[start:start + size] for start in range(0, len(items), size)]


async def embedded(folder: Path) -> Pace:
    """Measure SQLite: statements of many rows in one transaction each."""
    pace = Pace()
    path = str(folder / "bench.sqlite")
    journal, _ = await open_store(f"sqlite:{path}")
    for turn in range(ROUNDS):
        pace.journal.append(await through_journal(journal, f"j{turn}"))
        bare = connect_file(path, read_only=False)
        rows = [
            (*one[:POSTINGS], _postings_text(one), *one[POSTINGS + 1:])
            for one in records(f"d{turn}", COMMITS)
        ]
        groups = cut(rows, ROOMS)

        async def write(group: list[Any], bare: apsw.Connection = bare) -> None:
            places = ", ".join([PLACES] * len(group))
            bare.execute("BEGIN IMMEDIATE")
            bare.execute(
                f"INSERT INTO commits ({COLUMNS}) VALUES {places}",
                [value for row in group for value in row],
            )
            bare.execute("COMMIT")

        pace.own.append(await by_hand(groups, COMMITS, write))
        bare.close()
    await journal.close()
    return pace


async def mongo(folder: Path) -> Pace:
    """Measure MongoDB: ordered `insert_many`, `w: majority, j: true`."""
    pace = Pace()
    server = MongoServer(folder / "mongo")
    try:
        server.start()
        url = server.url("bench")
        journal, _ = await open_store(url)
        client = connect(url, MongoPlace(url))
        commits = client["bench"]["commits"]
        for turn in range(ROUNDS):
            pace.journal.append(await through_journal(journal, f"j{turn}"))
            documents = [encoded(one) for one in records(f"d{turn}", COMMITS)]
            pace.own.append(await by_hand(cut(documents, ROOMS), COMMITS, commits.insert_many))
        await client.close()
        await journal.close()
    finally:
        server.kill()
    return pace


def main() -> list[dict[str, Any]]:
    """Measure both stores; one row each."""
    folder = Path(tempfile.mkdtemp(prefix="vphost-bench-"))
    try:
        return [
            asyncio.run(embedded(folder)).row("sqlite"), asyncio.run(mongo(folder)).row("mongodb")
        ]
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    measured = main()
    for row in measured:
        print(json.dumps(row))
    sys.exit(0 if all(row["ratio"] >= FLOOR for row in measured) else 1)
