"""Documents that are changed together: each is read once, changed in memory, and written once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from vphost.rules.mode import Json
from vphost.services.ports import Document, Documents, Duplicate, StaleVersion, StoreDown

AT_ONCE = 256
"""How many documents are read or written side by side, in one transaction of the store."""


class Open:
    """Documents of one collection while they are changed; each is written once."""

    def __init__(self, documents: Documents, collection: str) -> None:
        self._documents = documents
        self._collection = collection
        self._found: dict[str, Document | None] = {}
        self._bodies: dict[str, Mapping[str, Json]] = {}
        self._changed: dict[str, None] = {}

    async def read(self, ids: Iterable[str]) -> None:
        """Read documents that will be asked for, many at once. Raises: StoreDown."""
        wanted = [id for id in ids if id not in self._found]
        await _side_by_side(self._read, wanted)

    async def _read(self, id: str) -> None:
        self._found[id] = await self._documents.get(self._collection, id)

    async def body(self, id: str, new: Callable[[], dict[str, Any]]) -> Mapping[str, Json]:
        """Return a document's body as it is now, a new one where there is none."""
        if id not in self._bodies:
            if id not in self._found:
                await self._read(id)
            found = self._found[id]
            self._bodies[id] = new() if found is None else found.body
        return self._bodies[id]

    def change(self, id: str, body: Mapping[str, Json]) -> None:
        """Change a body that was asked for."""
        self._bodies[id] = body
        self._changed[id] = None

    async def write(self) -> None:
        """Write what changed. Raises: StoreDown, also when somebody else wrote meanwhile."""
        await _side_by_side(self._write, list(self._changed))

    async def _write(self, id: str) -> None:
        found = self._found[id]
        try:
            if found is None:
                await self._documents.insert(self._collection, id, self._bodies[id])
            else:
                await self._documents.replace(
                    self._collection, id, found.version, self._bodies[id]
                )
        except (StaleVersion, Duplicate) as error:
            raise StoreDown(f"{self._collection} {id}: {type(error).__name__}") from None


async def _side_by_side(
    work: Callable[[str], Awaitable[None]], ids: Sequence[str]
) -> None:
    """Do the same for many ids, some at a time; raise the first error once those have ended."""
    for place in range(0, len(ids), AT_ONCE):
        outcomes = await asyncio.gather(
            *map(work, ids[place:place + AT_ONCE]), return_exceptions=True
        )
        for error in outcomes:
            if error is not None:
                raise error
