"""Ring 2: implementations of the journal and document ports, opened by a URL."""

from __future__ import annotations

from vphost.services.ports import Documents, Journal, StoreRefused

__all__ = ["open_store"]


async def open_store(url: str, *, read_only: bool = False) -> tuple[Journal, Documents]:
    """Open a store; closing the journal closes both.

    url: `sqlite:PATH` (the file is made when it is not there), `mongodb://HOSTS/NAME` (or
        `mongodb+srv:`, a replica set; the database is made when it is not there) or `memory:` (a
        new, empty store of this process that goes with it).
    read_only: for tools that only look; needs no lease, and the store has to be there.
    Raises: StoreRefused with a sentence for the operator; StoreDown when a database server does
    not answer. (Drivers are imported when they are needed.)
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and not rest and not read_only:
        from vphost.store.embedded import open_embedded
        from vphost.store.embedded.layout import MEMORY
        return await open_embedded(MEMORY)
    if scheme == "sqlite" and rest:
        from vphost.store.embedded import open_embedded
        return await open_embedded(rest, read_only=read_only)
    if scheme in ("mongodb", "mongodb+srv"):
        from vphost.store.mongo import open_mongo
        return await open_mongo(url, read_only=read_only)
    raise StoreRefused(
        f"No store is known for {scheme[:20]!r}; use sqlite:PATH, mongodb://HOSTS/NAME or memory:."
    )
