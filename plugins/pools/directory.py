"""The plugin's own documents: integer ids of users, sources with their admins, which games exist.

Nothing here is money or part of a game: those are in rooms. A user's integer id is given once and
never changes, because results and presence name users by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from vphost.plugin_api import Document, Documents, Duplicate, StaleVersion

PEOPLE, SOURCES, OPENERS, GAMES = "people", "sources", "openers", "games"
PAGE = 1_000
SOURCES_MAX = 1_000
"""Sources of one admin that are listed."""
TRIES = 20


async def declare(documents: Documents) -> None:
    """Make the collections known; needed once by everybody who uses them."""
    await documents.declare(PEOPLE, unique=("number",), indexed=())
    await documents.declare(SOURCES, unique=(), indexed=("open",))
    await documents.declare(OPENERS, unique=(), indexed=())
    await documents.declare(GAMES, unique=(), indexed=())


class Directory:
    """What the living plugin looks up. `games` maps every game to its source."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._numbers: dict[str, int] = {}
        self._last = 0
        self._lock = asyncio.Lock()
        self.games: dict[str, str] = {}

    async def open(self) -> None:
        """Read who has an integer id and which games there are."""
        await declare(self._documents)
        for person in await self._all(PEOPLE):
            self._numbers[person.id] = person.body["number"]
            self._last = max(self._last, person.body["number"])
        for game in await self._all(GAMES):
            self.games[game.id] = game.body["source"]

    async def _all(self, collection: str) -> list[Document]:
        found: list[Document] = []
        while True:
            after = found[-1].id if found else ""
            page = await self._documents.find(collection, {}, after, PAGE)
            found += page
            if len(page) < PAGE:
                return found

    async def number(self, user: str) -> int:
        """Return a user's integer id; it is assigned when it is first asked for."""
        known = self._numbers.get(user)
        if known is not None:
            return known
        async with self._lock:
            if user not in self._numbers:
                await self._documents.insert(PEOPLE, user, {"number": self._last + 1})
                self._last += 1
                self._numbers[user] = self._last
        return self._numbers[user]

    def user_of(self, number: int) -> str:
        """Return whose integer id it is; "" for nobody's."""
        return next((user for user, one in self._numbers.items() if one == number), "")

    # -- sources -----------------------------------------------------------------------------

    async def may_open(self, user: str) -> bool:
        """Say whether the operator has let a user open sources."""
        return await self._documents.get(OPENERS, user) is not None

    async def open_source(
        self, source: str, name: str, description: str | None, admin: str
    ) -> Document:
        """Add a source and return it; one of this id is left as it is."""
        try:
            return await self._documents.insert(SOURCES, source, {
                "name": name, "description": description, "admins": [admin], "open": 1,
                "closing": 0,
            })
        except Duplicate:
            found = await self.source(source)
            assert found is not None, "sources are never deleted"
            return found

    async def source(self, source: str) -> Document | None:
        """Return a source."""
        return await self._documents.get(SOURCES, source)

    async def change_source(self, source: str, **fields: Any) -> None:
        """Change fields of a source, whoever else changes it meanwhile."""
        for _ in range(TRIES):
            found = await self._documents.get(SOURCES, source)
            assert found is not None, "sources are never deleted"
            try:
                await self._documents.replace(
                    SOURCES, source, found.version, {**found.body, **fields}
                )
                return
            except StaleVersion:
                continue

    async def open_sources(self) -> list[Document]:
        """Return all sources that are not closed."""
        found: list[Document] = []
        while True:
            after = found[-1].id if found else ""
            page = await self._documents.find(SOURCES, {"open": 1}, after, PAGE)
            found += page
            if len(page) < PAGE:
                return found

    def games_of(self, source: str) -> Iterator[str]:
        """Yield the games of a source."""
        return (game for game, of in tuple(self.games.items()) if of == source)

    async def asked_for(self, game: str) -> str:
        """Return the digest of the request that made a game; "" for none, and of older games."""
        if game not in self.games:
            return ""
        found = await self._documents.get(GAMES, game)
        return "" if found is None else str(found.body.get("asked", ""))

    async def add_game(self, game: str, source: str, asked: str = "") -> None:
        """Note a game before its room is created; one that is there is left as it is.

        asked: digest of the request that makes it, "" for none.
        """
        try:
            await self._documents.insert(GAMES, game, {"source": source, "asked": asked})
        except Duplicate:
            pass
        self.games[game] = source


def is_admin(source: Document, user: str) -> bool:
    """Say whether a user governs a source."""
    admins: list[str] = source.body["admins"]
    return user in admins


def described(source: Document) -> Mapping[str, Any]:
    """Return a source as the wire lists it."""
    return {"source_name": source.body["name"], "description": source.body["description"]}
