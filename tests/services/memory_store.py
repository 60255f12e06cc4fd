"""A journal and documents in memory that keep the ports' promises and fail on command.

`fail_next` queues what the next appends do instead of just working; `hold` keeps them back until
`release`. The store outlives the services of a test, as a disk outlives a process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from vphost.rules.books import unbalanced
from vphost.services.ports import (
    Document, Duplicate, Fenced, Head, Lease, Record, Snapshot, StaleVersion, StoreDown,
)

ZEROS = "0" * 64


@dataclass(frozen=True, slots=True)
class Fault:
    """What one append does: keep `written` of the records (None: all), then raise, or work."""

    error: Exception | None
    written: int | None = 0


REFUSED = Fault(StoreDown("refused"), 0)
ANSWER_LOST = Fault(StoreDown("no answer"), None)


@dataclass
class MemoryJournal:
    """`ports.Journal` for one book."""

    records: list[Record] = field(default_factory=list)
    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    down: bool = False
    appends: list[int] = field(default_factory=list)
    finds: int = 0

    def __post_init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = asyncio.Event()

    def fail_next(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def hold(self) -> None:
        """Keep appends back from now on."""
        self._open.clear()
        self.waiting.clear()

    def release(self) -> None:
        """Let appends go on."""
        self._open.set()

    async def append(self, records: Sequence[Record]) -> None:
        self.waiting.set()
        await self._open.wait()
        await asyncio.sleep(0)
        if self.down:
            raise StoreDown("down")
        fault = self.faults.popleft() if self.faults else Fault(None, None)
        for record in records[:fault.written]:
            self._insert(record)
        if fault.error is not None:
            raise fault.error
        self.appends.append(len(records))

    def _insert(self, record: Record) -> None:
        if record.seq <= len(self.records):
            if self.records[record.seq - 1] != record:
                raise Fenced(f"{record.seq} is taken")
            return
        if any(there.id == record.id for there in self.records):
            raise Duplicate("id")
        assert record.seq == len(self.records) + 1, "a gap"
        assert record.prev_hash == (self.records[-1].hash if self.records else ZEROS)
        assert not unbalanced(record.postings)
        self.records.append(record)

    async def head(self, book: str) -> Head:
        self._check()
        if not self.records:
            return Head(0, ZEROS)
        return Head(self.records[-1].seq, self.records[-1].hash)

    async def find(self, commit_id: str) -> Record | None:
        self._check()
        self.finds += 1
        await asyncio.sleep(0)
        return next((one for one in self.records if one.id == commit_id), None)

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]:
        self._check()
        return self.records[after_seq:after_seq + limit]

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        self._check()
        found = [
            one for one in self.records
            if one.room == room and one.seq > after_seq and one.room_seq_last > after_room_seq
        ] if after_room_seq else [
            one for one in self.records if one.room == room and one.seq > after_seq
        ]
        return found[:limit]

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        self._check()
        self.snapshots[snapshot.kind, snapshot.key] = snapshot

    async def snapshot(self, kind: str, key: str) -> Snapshot | None:
        self._check()
        return self.snapshots.get((kind, key))

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        raise NotImplementedError

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        self._check()

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None:
        self._check()

    async def read_lease(self, book: str) -> Lease | None:
        return None

    async def close(self) -> None:
        pass

    def _check(self) -> None:
        if self.down:
            raise StoreDown("down")

    def cut(self, length: int) -> MemoryJournal:
        """Return a journal with only the first records: what a kill after them leaves."""
        return MemoryJournal(
            records=self.records[:length],
            snapshots={k: s for k, s in self.snapshots.items() if s.seq <= length},
        )


class MemoryDocuments:
    """`ports.Documents`."""

    def __init__(self) -> None:
        self._all: dict[str, dict[str, Document]] = {}
        self._unique: dict[str, tuple[str, ...]] = {}

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None:
        self._all.setdefault(collection, {})
        self._unique[collection] = tuple(unique)

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        documents = self._all[collection]
        if id in documents:
            raise Duplicate("id")
        documents[id] = Document(id, 1, orjson.loads(orjson.dumps(body)))
        return documents[id]

    async def get(self, collection: str, id: str) -> Document | None:
        return self._all[collection].get(id)

    async def find(
        self, collection: str, where: Mapping[str, str | int], after_id: str, limit: int
    ) -> list[Document]:
        found = [
            one for one in self._all[collection].values()
            if one.id > after_id and all(one.body.get(k) == v for k, v in where.items())
        ]
        return sorted(found, key=lambda one: one.id)[:limit]

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        there = self._all[collection].get(id)
        if there is None or there.version != version:
            raise StaleVersion(id)
        self._all[collection][id] = replace(there, version=version + 1, body=dict(body))
        return self._all[collection][id]

    async def delete(self, collection: str, id: str, version: int) -> None:
        there = self._all[collection].get(id)
        if there is None or there.version != version:
            raise StaleVersion(id)
        del self._all[collection][id]
