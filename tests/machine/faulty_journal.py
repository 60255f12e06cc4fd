"""A journal around a real one that fails as a test wants, and knows what was acknowledged."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from tests.services.memory_store import ANSWER_LOST, REFUSED, Fault
from vphost.services.ports import Head, Journal, Lease, Record, Snapshot, StoreDown

__all__ = ["ANSWER_LOST", "REFUSED", "Fault", "FaultyJournal"]


class FaultyJournal:
    """Passes everything on to a real journal, unless told otherwise.

    faults: what the next appends do. down: everything fails. acknowledged: room -> the newest
    event number whose append has returned, or that was read back.
    """

    def __init__(self, inner: Journal) -> None:
        self.inner = inner
        self.faults: deque[Fault] = deque()
        self.down = False
        self.acknowledged: dict[str, int] = {}
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = False
        """Whether an append hangs now."""

    @property
    def held(self) -> bool:
        """Whether appends hang."""
        return not self._open.is_set()

    def hold(self) -> None:
        """Let appends hang from now on."""
        self._open.clear()

    def heal(self) -> None:
        """Work again."""
        self.down = False
        self.faults.clear()
        self._open.set()

    def _check(self) -> None:
        if self.down:
            raise StoreDown("the test took the store away")

    def _note(self, records: Sequence[Record]) -> None:
        for record in records:
            known = self.acknowledged.get(record.room, 0)
            self.acknowledged[record.room] = max(known, record.room_seq_last)

    async def append(self, records: Sequence[Record]) -> None:
        """Append, or fail before, after, or in the middle of it."""
        self.waiting = True
        try:
            await self._open.wait()
        finally:
            self.waiting = False
        self._check()
        fault = self.faults.popleft() if self.faults else Fault(None, None)
        if kept := records[:fault.written]:
            await self.inner.append(kept)
        if fault.error is not None:
            raise fault.error
        self._note(records)

    async def head(self, book: str) -> Head:
        self._check()
        found: Head = await self.inner.head(book)
        return found

    async def find(self, commit_id: str) -> Record | None:
        self._check()
        found: Record | None = await self.inner.find(commit_id)
        return found

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]:
        self._check()
        found: list[Record] = await self.inner.read(book, after_seq, limit)
        self._note(found)
        return found

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        self._check()
        found: list[Record] = await self.inner.read_room(
            room, after_seq, limit, after_room_seq=after_room_seq
        )
        return found

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        self._check()
        await self.inner.save_snapshot(snapshot)

    async def snapshot(self, kind: str, key: str) -> Snapshot | None:
        self._check()
        found: Snapshot | None = await self.inner.snapshot(kind, key)
        return found

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        return await self.inner.take_lease(book, lease, stale_after_ms)

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        await self.inner.heartbeat(book, epoch, now_ms)

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None:
        await self.inner.release_lease(book, epoch, now_ms)

    async def read_lease(self, book: str) -> Lease | None:
        return await self.inner.read_lease(book)

    async def close(self) -> None:
        await self.inner.close()
