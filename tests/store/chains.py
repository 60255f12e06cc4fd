"""Records that follow each other, for the tests of the stores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from vphost.rules.mode import Posting
from vphost.services.ports import Journal, Record

PAID = (Posting("world", "PLAY", -500), Posting("user:ada", "PLAY", 500))


class Chain:
    """Makes records of one book, each after the one before."""

    def __init__(self, book: str = "main", seq: int = 0, hash: str = "0" * 64) -> None:
        self.book = book
        self.seq = seq
        self.hash = hash

    def next(
        self, *, id: str | None = None, room: str = "", room_seqs: tuple[int, int] = (0, 0),
        resolves: str | None = None, postings: tuple[Posting, ...] = PAID,
        body: bytes | None = None,
    ) -> Record:
        """Return the next record; `id` and `body` are made from its number when not given."""
        seq = self.seq + 1
        text = body if body is not None else b'{"seq":%d}' % seq
        record = Record(
            id=id or f"{self.book}:{seq}", book=self.book, seq=seq, room=room,
            room_seq_first=room_seqs[0], room_seq_last=room_seqs[1], at_ms=1_700_000_000_000 + seq,
            resolves=resolves, postings=postings, body=text, prev_hash=self.hash,
            hash=hashlib.sha256(self.hash.encode() + text).hexdigest(),
        )
        self.seq, self.hash = record.seq, record.hash
        return record

    def some(self, count: int) -> list[Record]:
        """Return the next records."""
        return [self.next() for _ in range(count)]


def assert_chained(records: Iterable[Record]) -> None:
    """Check that records number from 1 and that every hash runs over the one before."""
    hash = "0" * 64
    for seq, record in enumerate(records, start=1):
        assert record.seq == seq
        assert record.prev_hash == hash
        hash = hashlib.sha256(hash.encode() + record.body).hexdigest()
        assert record.hash == hash


async def read_all(journal: Journal, book: str = "main") -> list[Record]:
    """Return all records of a book, page by page."""
    records: list[Record] = []
    while page := await journal.read(book, len(records), 1000):
        records += page
    return records
