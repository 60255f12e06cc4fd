"""The composition root of `store copy`: a whole host from one store to another.

The source is owned meanwhile, so that no host runs on it. The target cannot be opened by anybody
else before everything has been copied and read back: an interrupted copy is refused at every later
start, with a message that says so, and has to be made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from vphost.config.settings import BOOK
from vphost.services.clock import SystemClock
from vphost.services.journal.lease import HEARTBEAT_S
from vphost.services.ledger.verify import verify
from vphost.services.ports import (
    Document, Fenced, Journal, Lease, Snapshot, StoreDown, StoreRefused,
)
from vphost.store import StoreDocuments, StoreJournal, open_store
from vphost.wiring.offline import OWNER, owned, store_exists

PAGE = 200
"""Records, documents or snapshots read at once."""


@dataclass(slots=True)
class Copied:
    """What was copied and read back. books: name -> number of commits and newest hash."""

    books: dict[str, tuple[int, str]] = field(default_factory=dict)
    documents: int = 0
    snapshots: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """An open store."""

    journal: StoreJournal
    documents: StoreDocuments


async def copy_store(source_url: str, target_url: str) -> Copied:
    """Copy a store into one that does not exist yet, and read it back.

    Raises: StoreRefused when the source has a living owner or is damaged, or there is something
    at the target; StoreDown.
    """
    if not store_exists(source_url):
        raise StoreRefused("there is nothing at the source")
    async with _opened(source_url, read_only=True):
        pass  # It exists. (Opening it for writing would create it.)
    async with _opened(source_url) as source, owned(source.journal) as previous:
        async with _opened(target_url, for_copy=True) as target:
            copied = Copied()
            async with _kept(source.journal, previous):
                await _copy_books(source, target)
                await _copy_documents(source, target, copied)
                await _copy_snapshots(source, target, copied)
                await _verify_books(source, target, copied)
            if previous is not None:
                await _leave_lease(target, previous)
            await target.journal.finish_copy()
    return copied


@asynccontextmanager
async def _opened(
    url: str, *, read_only: bool = False, for_copy: bool = False
) -> AsyncIterator[Store]:
    journal, documents = await open_store(url, read_only=read_only, for_copy=for_copy)
    try:
        yield Store(journal, documents)
    finally:
        await journal.close()


@asynccontextmanager
async def _kept(journal: Journal, previous: Lease | None) -> AsyncIterator[None]:
    """Keep the lease of the source; raises when it was lost, as the copy may be inconsistent."""
    epoch = previous.epoch + 1 if previous else 1
    clock = SystemClock()

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await journal.heartbeat(BOOK, epoch, clock.now_ms())

    beating = asyncio.create_task(beat(), name="copy-heartbeat")
    try:
        yield
        await journal.heartbeat(BOOK, epoch, clock.now_ms())
    except Fenced:
        raise StoreRefused("another process took the source meanwhile") from None
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _copy_books(source: Store, target: Store) -> None:
    """Append every record unchanged."""
    for book in await source.journal.books():
        seq = 0
        while page := await source.journal.read(book, seq, PAGE):
            await target.journal.append(page)
            seq = page[-1].seq


async def _verify_books(source: Store, target: Store, copied: Copied) -> None:
    """Read everything back: the hash chain shows whether every byte of every record is there."""
    for book in await source.journal.books():
        head = await source.journal.head(book)
        report = await verify(target.journal, book)
        if not report.ok or report.head != head.hash:
            faults = "; ".join(report.faults[:3])
            raise StoreRefused(f"book {book} of the source does not verify: {faults}")
        copied.books[book] = (report.commits, report.head)


async def _copy_documents(source: Store, target: Store, copied: Copied) -> None:
    for name, unique, indexed in await source.documents.collections():
        await source.documents.declare(name, unique, indexed)
        await target.documents.declare(name, unique, indexed)
        after = ""
        while page := await source.documents.find(name, {}, after, PAGE):
            await target.documents.restore(name, page)
            _same(page, await target.documents.find(name, {}, after, PAGE))
            copied.documents += len(page)
            after = page[-1].id


async def _copy_snapshots(source: Store, target: Store, copied: Copied) -> None:
    after = ("", "")
    while page := await source.journal.snapshots(after, PAGE):
        for snapshot in page:
            await target.journal.save_snapshot(snapshot)
        _same(page, await target.journal.snapshots(after, PAGE))
        copied.snapshots += len(page)
        after = (page[-1].kind, page[-1].key)


def _same(
    given: list[Document] | list[Snapshot], found: list[Document] | list[Snapshot]
) -> None:
    if given != found:
        raise StoreDown("The target returns something other than what was written.")


async def _leave_lease(target: Store, previous: Lease) -> None:
    """Leave the lease as the last host left it: running games have stood still since then."""
    claim = Lease(
        epoch=0, owner=OWNER, pid=previous.pid, host=previous.host,
        heartbeat_ms=previous.heartbeat_ms, control=previous.control,
    )
    await target.journal.take_lease(BOOK, claim, stale_after_ms=0)
    await target.journal.release_lease(BOOK, 1, previous.heartbeat_ms)
