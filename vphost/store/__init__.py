"""Ring 2: implementations of the journal and document ports, opened by a URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vphost.services.ports import Document, Documents, Journal, Snapshot, StoreRefused

__all__ = ["StoreDocuments", "StoreJournal", "open_store"]


class StoreJournal(Journal, Protocol):
    """The journal port, and what copying a whole store needs beyond it."""

    async def books(self) -> list[str]: ...

    async def snapshots(self, after: tuple[str, str], limit: int) -> list[Snapshot]: ...

    async def finish_copy(self) -> None: ...


class StoreDocuments(Documents, Protocol):
    """The documents port, and what copying a whole store needs beyond it."""

    async def collections(self) -> list[tuple[str, Sequence[str], Sequence[str]]]: ...

    async def restore(self, collection: str, documents: Sequence[Document]) -> None: ...


async def open_store(
    url: str, *, read_only: bool = False, for_copy: bool = False, check: bool = False
) -> tuple[StoreJournal, StoreDocuments]:
    """Open a store; closing the journal closes both.

    url: `sqlite:PATH` (the file is made when it does not exist), `mongodb://HOSTS/NAME` (or
        `mongodb+srv:`, a replica set; the database is made when it does not exist) or `memory:`
        (a new, empty store that ends with this process).
    read_only: for tools that only look; needs no lease, and the store has to exist.
    for_copy: as the target of a copy: it must not exist yet, and nobody else can open it before
        `finish_copy`.
    check: read the whole file and check its structure first; database servers do so themselves.
    Raises: StoreRefused with a sentence for the operator; StoreDown when a database server does
        not answer.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and not rest and not (read_only or for_copy):
        from vphost.store.embedded import open_embedded
        from vphost.store.embedded.layout import MEMORY
        return await open_embedded(MEMORY)
    if scheme == "sqlite" and rest:
        from vphost.store.embedded import open_embedded
        return await open_embedded(
            rest, read_only=read_only, for_copy=for_copy, check=check
        )
    if scheme in ("mongodb", "mongodb+srv"):
        from vphost.store.mongo import open_mongo
        return await open_mongo(url, read_only=read_only, for_copy=for_copy)
    raise StoreRefused(
        f"No store is known for {scheme[:20]!r}; use sqlite:PATH, mongodb://HOSTS/NAME or memory:."
    )
