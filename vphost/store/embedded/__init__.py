"""The embedded store: one SQLite file, safe against a killed process and a power cut.

One thread writes and one reads, each on its own connection; WAL lets a reader see the newest
durable state without waiting for a writer. A store in memory has one connection for both.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from vphost.store.embedded.documents import EmbeddedDocuments
from vphost.store.embedded.journal import EmbeddedJournal
from vphost.store.embedded.layout import APPLICATION_ID, MEMORY, UNFINISHED_ID, check_whole, connect
from vphost.store.embedded.lease import Leases
from vphost.store.embedded.threads import DatabaseThread


async def open_embedded(
    path: str, *, read_only: bool = False, for_copy: bool = False, check: bool = False
) -> tuple[EmbeddedJournal, EmbeddedDocuments]:
    """Open a store file, made when it does not exist; closing the journal closes both.

    for_copy: as the target of a copy: it must not exist yet, and nobody else can open it before
        `EmbeddedJournal.finish_copy`.
    check: read the whole file and check its structure first.
    Raises: StoreRefused.
    """
    if path != MEMORY:
        # Through two symbolic links one file would have two lock files, and so two owners.
        path = os.path.realpath(path)
    if check and path != MEMORY and Path(path).exists() and Path(path).stat().st_size:
        await asyncio.to_thread(check_whole, path)
    identity = UNFINISHED_ID if for_copy else APPLICATION_ID
    first = await asyncio.to_thread(connect, path, read_only=read_only, identity=identity)
    writer = DatabaseThread("store-writer", first, together=not read_only)
    reader = writer
    if path != MEMORY and not read_only:
        second = await asyncio.to_thread(connect, path, read_only=True, identity=identity)
        reader = DatabaseThread("store-reader", second, together=False)
    lock_path = None if path == MEMORY else Path(path + ".lock")
    journal = EmbeddedJournal(writer, reader, Leases(lock_path))
    return journal, EmbeddedDocuments(writer, reader)
