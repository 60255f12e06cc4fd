"""The only writer of a book.

All rooms hand their drafts to it. It gives them their places (seq, hash) in order of arrival and
appends everything that waits in one write, so that many rooms share one fsync.

When the store fails, the outcome of the running write is unknown. The same records are tried again
for a while. Then their callers get `store_down`, the entries of that write are *in doubt* (their
rooms refuse commands) and everything after them is taken back. As soon as the store answers, the
writer reads what is really stored: entries that are found are applied, the others taken back.
Nothing gets a place before that is settled, and a write that hangs is waited for: a second one is
never started beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from vphost.services.journal.commit_codec import Draft
from vphost.services.ports import BadRecord, Duplicate, Fenced, Head, Journal, Record, StoreDown

LOG = structlog.get_logger("vphost.journal")


class Entry(Protocol):
    """A draft whose author is told the outcome by these calls. None of them may raise."""

    draft: Draft

    def written(self, record: Record) -> None:
        """It is durable. Called in the order of the book."""
        ...

    def doubted(self) -> None:
        """Its outcome is unknown; `written` or `lost` follows when the store answers again."""
        ...

    def lost(self) -> None:
        """It is not in the journal and never will be."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the writer retries.

    first_wait_ms, longest_wait_ms: pauses between attempts, doubling. give_up_ms: from the start of
    a write until its callers get `store_down`.
    """

    first_wait_ms: int = 20
    longest_wait_ms: int = 1_000
    give_up_ms: int = 3_000


class Writer:
    """Orders the commits of all rooms and makes them durable, many in one write."""

    def __init__(
        self, journal: Journal, book: str, on_fenced: Callable[[], None], *,
        patience: Patience = Patience(), batch_limit: int = 256, queue_limit: int = 10_000,
    ) -> None:
        """on_fenced: called once when another process owns the book; this one then has to stop.

        batch_limit: most records of one write. queue_limit: entries that may wait (see `full`).
        """
        self.book = book
        self._journal = journal
        self._on_fenced = on_fenced
        self._patience = patience
        self._batch_limit = batch_limit
        self._queue_limit = queue_limit
        self._queue: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._head = Head(0, "")
        self._task: asyncio.Task[None] | None = None
        self._in_doubt = False
        self._stopped = False
        self._troubled = False
        self.on_trouble: list[Callable[[], None]] = []
        self.on_recovered: list[Callable[[], None]] = []
        self.after_write: list[Callable[[int], None]] = []
        self.on_durable: list[Callable[[Sequence[Record]], None]] = []
        """Called with the written records, in order, after their authors have been told."""

    def start(self, head: Head) -> None:
        """Begin to write. head: the newest commit of the book."""
        assert self._task is None, "started twice"
        self._head = head
        self._idle.set()
        self._task = asyncio.create_task(self._run(), name=f"writer {self.book}")

    @property
    def head(self) -> Head:
        """The newest commit that is known to be durable."""
        return self._head

    @property
    def troubled(self) -> bool:
        """Whether the store is failing at the moment (the readiness check then answers 503)."""
        return self._troubled

    @property
    def refusing(self) -> bool:
        """Whether entries are refused now: the writer is in doubt, fenced or closed."""
        return self._in_doubt or self._stopped

    @property
    def full(self) -> bool:
        """Whether so many entries wait that commands should be refused with `busy`."""
        return len(self._queue) >= self._queue_limit

    def submit(self, entry: Entry) -> None:
        """Queue an entry, which will be told the outcome. While `refusing` it is lost at once."""
        if self._in_doubt or self._stopped:
            entry.lost()
            return
        if not self._queue:
            self._idle.clear()
            self._wake.set()
        self._queue.append(entry)

    async def close(self) -> None:
        """Write what waits, for at most `give_up_ms`, and stop."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self._patience.give_up_ms / 1000)
        self._stopped = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._lose_queue()

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                while self._queue:
                    await self._write_batch()
                self._wake.clear()
                self._idle.set()
        except Fenced as error:
            LOG.critical("fenced: another process owns the book", book=self.book, why=str(error))
            self._give_up()
        except Exception:
            LOG.critical("the writer failed", book=self.book, exc_info=True)
            self._give_up()

    def _give_up(self) -> None:
        self._stopped = True
        self._troubled = True
        self._lose_queue()
        self._idle.set()
        self._on_fenced()

    async def _write_batch(self) -> None:
        queue = self._queue
        batch = [queue.popleft() for _ in range(min(len(queue), self._batch_limit))]
        records: list[Record] = []
        seq, prev_hash = self._head.seq, self._head.hash
        for entry in batch:
            seq += 1
            record = entry.draft.place(seq, prev_hash)
            prev_hash = record.hash
            records.append(record)
        try:
            durable = await self._insist(batch, records)
        except Fenced:
            for entry in batch:
                entry.doubted()
            raise
        if durable:
            self._head = Head(records[durable - 1].seq, records[durable - 1].hash)
        for entry, record in zip(batch, records[:durable], strict=False):
            entry.written(record)
        for follow in self.on_durable:
            follow(records[:durable])
        for entry in batch[durable:]:
            entry.lost()
        was_in_doubt, self._in_doubt = self._in_doubt, False
        if was_in_doubt or self._troubled:
            self._recovered()
        for hook in self.after_write:
            hook(self._head.seq)

    async def _insist(self, batch: list[Entry], records: list[Record]) -> int:
        """Append until it has worked, or retries have ended and the journal shows the outcome.

        Returns: how many of the records are durable; they are a prefix.
        """
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + self._patience.give_up_ms / 1000
        wait_ms = self._patience.first_wait_ms
        while True:
            if await self._try_append(batch, records, give_up_s):
                return len(records)
            if self._in_doubt or loop.time() >= give_up_s:
                break
            await asyncio.sleep(min(wait_ms / 1000, max(give_up_s - loop.time(), 0)))
            wait_ms = min(wait_ms * 2, self._patience.longest_wait_ms)
        self._doubt(batch)
        return await self._settle(records)

    async def _try_append(
        self, batch: list[Entry], records: list[Record], give_up_s: float
    ) -> bool:
        """Append once and wait for the end of it; callers are answered when it takes too long.

        Returns: whether all records are durable.
        """
        hanging = asyncio.get_running_loop().call_at(give_up_s, self._hangs, batch)
        try:
            await self._journal.append(records)
        except StoreDown as error:
            self._trouble(str(error))
            return False
        except (BadRecord, Duplicate) as error:
            LOG.error("the store refuses a commit for good", book=self.book, why=str(error))
            self._doubt(batch)
            return False
        finally:
            hanging.cancel()
        return True

    def _hangs(self, batch: list[Entry]) -> None:
        """Answer the callers of a write that takes too long; its end is still awaited."""
        self._trouble("the store hangs")
        self._doubt(batch)

    async def _settle(self, records: list[Record]) -> int:
        """Return how many of the records in doubt are in the journal. Raises: Fenced."""
        wait_ms = self._patience.first_wait_ms
        while True:
            try:
                there = await self._journal.read(self.book, records[0].seq - 1, len(records) + 1)
                break
            except StoreDown:
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(wait_ms * 2, self._patience.longest_wait_ms)
        ours = [record.hash for record in records[:len(there)]]
        if [record.hash for record in there] != ours:
            raise Fenced("the journal holds other commits at our places")
        LOG.warning("doubted commits settled", durable=len(there), lost=len(records) - len(there))
        return len(there)

    def _doubt(self, batch: list[Entry]) -> None:
        if self._in_doubt:
            return
        self._in_doubt = True
        for entry in batch:
            entry.doubted()
        self._lose_queue()

    def _lose_queue(self) -> None:
        lost = list(self._queue)
        self._queue.clear()
        for entry in lost:
            entry.lost()

    def _trouble(self, why: str) -> None:
        if self._troubled:
            return
        self._troubled = True
        LOG.warning("the store fails", book=self.book, why=why)
        for hook in self.on_trouble:
            hook()

    def _recovered(self) -> None:
        """Call the hooks: commits are accepted again, also after one that was refused for good."""
        if self._troubled:
            self._troubled = False
            LOG.warning("the store answers again", book=self.book)
        for hook in self.on_recovered:
            hook()
