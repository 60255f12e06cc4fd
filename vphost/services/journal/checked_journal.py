"""A journal that checks what it reads back before anybody relies on it.

A disk may return other bytes than were written, and a database with a damaged index may lose a row,
without any error. So every commit that is read is checked against its place in the hash chain, and
the columns beside its body (postings, numbers) against the body. A host reads through this; tools
that verify a whole store read the journal directly, so that they can report everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TypeVar

import orjson
import structlog

from vphost.rules.mode import Posting
from vphost.services.journal.commit_codec import chain_hash
from vphost.services.ports import Head, Journal, Lease, Record, Snapshot, StoreDamaged

LOG = structlog.get_logger("vphost.journal")
FAULTS_MAX = 100
"""How many different faults are logged; each is logged once."""
R = TypeVar("R")


class CheckedJournal:
    """`ports.Journal` over another one. Reads also raise: StoreDamaged."""

    def __init__(self, raw: Journal) -> None:
        self.raw = raw
        self._damaged: set[str] = set()

    @property
    def damaged(self) -> int:
        """How many different faults were found."""
        return len(self._damaged)

    async def append(self, records: Sequence[Record]) -> None:
        """As the port."""
        await self.raw.append(records)

    async def head(self, book: str) -> Head:
        """As the port."""
        return await self.raw.head(book)

    async def find(self, commit_id: str) -> Record | None:
        """As the port."""
        record = await self._watch(self.raw.find(commit_id))
        if record is not None:
            self._check(record, record.id == commit_id)
        return record

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]:
        """As the port; no commit may be missing in between."""
        records = await self._watch(self.raw.read(book, after_seq, limit))
        seq, prev_hash = after_seq, None
        for record in records:
            follows = record.seq == seq + 1 and prev_hash in (None, record.prev_hash)
            self._check(record, follows and record.book == book)
            seq, prev_hash = record.seq, record.hash
        return records

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        """As the port; the room's event numbers have to follow one another."""
        records = await self._watch(
            self.raw.read_room(room, after_seq, limit, after_room_seq)
        )
        room_seq: int | None = None
        for record in records:
            follows = room_seq is None or after_room_seq > 0 or (
                record.room_seq_first == room_seq + 1
            )
            self._check(record, follows and record.room == room)
            room_seq = record.room_seq_last
        return records

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """As the port."""
        await self.raw.save_snapshot(snapshot)

    async def snapshot(self, kind: str, key: str) -> Snapshot | None:
        """As the port."""
        return await self.raw.snapshot(kind, key)

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        """As the port."""
        return await self.raw.take_lease(book, lease, stale_after_ms)

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        """As the port."""
        await self.raw.heartbeat(book, epoch, now_ms)

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None:
        """As the port."""
        await self.raw.release_lease(book, epoch, now_ms)

    async def read_lease(self, book: str) -> Lease | None:
        """As the port."""
        return await self.raw.read_lease(book)

    async def close(self) -> None:
        """As the port."""
        await self.raw.close()

    def _check(self, record: Record, is_in_place: bool) -> None:
        fault = fault_of(record) if is_in_place else "it does not follow the one before"
        if fault is None:
            return
        self._note(f"commit {record.seq}: {fault}")
        raise StoreDamaged(f"the journal is damaged: commit {record.seq}: {fault}")

    async def _watch(self, reading: Awaitable[R]) -> R:
        """Return what is read; log it when the store itself finds damage."""
        try:
            return await reading
        except StoreDamaged as error:
            self._note(str(error))
            raise

    def _note(self, fault: str) -> None:
        if fault not in self._damaged and len(self._damaged) < FAULTS_MAX:
            self._damaged.add(fault)
            LOG.critical("the store is damaged", why=fault)


def raw_journal(journal: Journal) -> Journal:
    """Return the journal without checks, straight from its store."""
    return journal.raw if isinstance(journal, CheckedJournal) else journal


def fault_of(record: Record) -> str | None:
    """Return what is wrong with a commit that was read back; None when nothing is."""
    if chain_hash(record.prev_hash, record.body) != record.hash:
        return "it has another hash"
    try:
        fields = orjson.loads(record.body)
        said = (
            fields["id"], fields["book"], fields["seq"], fields["room"], *fields["room_seqs"],
            fields["at_ms"], fields["resolves"],
        )
        postings = tuple(
            Posting(*one) for event in fields["events"] for one in event["postings"]
        )
    except (ValueError, KeyError, TypeError):
        return None  # Perhaps of a newer format, which decoding reports better.
    beside = (
        record.id, record.book, record.seq, record.room, record.room_seq_first,
        record.room_seq_last, record.at_ms, record.resolves,
    )
    return None if said == beside and postings == record.postings else (
        "its body and its columns differ"
    )
