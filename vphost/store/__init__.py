"""Ring 2: implementations of the journal and document ports, opened by a URL."""

from __future__ import annotations

from vphost.services.ports import Documents, Journal, StoreRefused
from vphost.store.embedded import open_embedded
from vphost.store.embedded.layout import MEMORY

__all__ = ["open_store"]


async def open_store(url: str, *, read_only: bool = False) -> tuple[Journal, Documents]:
    """Open a store; closing the journal closes both.

    url: `sqlite:PATH` (the file is made when it is not there) or `memory:` (a new, empty store
        of this process that goes with it).
    read_only: for tools that only look; needs no lease, and the file has to be there.
    Raises: StoreRefused with a sentence for the operator.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and not rest and not read_only:
        return await open_embedded(MEMORY)
    if scheme == "sqlite" and rest:
        return await open_embedded(rest, read_only=read_only)
    if scheme in ("mongodb", "mongodb+srv"):
        raise StoreRefused("This release has no MongoDB store yet; use sqlite:PATH.")
    raise StoreRefused(f"No store is known for {url!r}; use sqlite:PATH or memory:.")
