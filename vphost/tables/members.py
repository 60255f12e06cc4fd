"""Players of tables: who has joined which table, even before it has a room.

A membership is a document; what the player does at the table is the room's business. When both
know that a player has gone, the later one counts: the room, unless the player has joined again
since and not come back yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vphost.rules.mode import Json
from vphost.services.ports import Clock, Document, Documents, Duplicate, StaleVersion

COLLECTION = "players"
PAGE = 100
MEMBERS_MAX = 500
"""Most memberships of one table, including those of players who have gone."""

HERE, LEFT, KICKED = "here", "left", "kicked"
_AFTER_ALL = ".~"
"""Sorts after every member of a table, in the order of their keys."""


@dataclass(frozen=True, slots=True)
class Member:
    """One user at one table."""

    #: The player's id for programs, unique among all tables.
    number: int
    #: Ids of the table and of the user, and the username when they joined.
    table: str
    user: str
    username: str
    #: HERE, LEFT or KICKED.
    state: str
    #: Their id in the video conference, None while unknown.
    jitsi_id: str | None
    #: Epoch ms, wall clock.
    joined_at: int
    #: Of the document.
    version: int
    #: How long they sat at the table, known once it is over.
    seated_ms: int = 0

    @property
    def key(self) -> str:
        """The document's id; it orders players by table."""
        return member_key(self.table, self.user)


def member_key(table: str, user: str) -> str:
    """Return the id of the document of a user at a table."""
    return f"{table}.{user}"


def player_number(table: str, user: str, attempt: int = 0) -> int:
    """Return the number of a user at a table, for REST and for the table's messages.

    It is derived from both, so that somebody who comes to a public table and joins it later keeps
    the number. It does not reveal how many players there are, and every client can hold it exactly.
    attempt: 0, and counted up while somebody else has the number already.
    """
    digest = hashlib.sha256(f"{member_key(table, user)}.{attempt}".encode()).digest()
    return int.from_bytes(digest[:6], "big") + 1


class Members:
    """The memberships of the store."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(
            COLLECTION, unique=["number"], indexed=["table", "user"]
        )

    async def get(self, table: str, user: str) -> Member | None:
        """Return a user's membership of a table."""
        found = await self._documents.get(COLLECTION, member_key(table, user))
        return None if found is None else _from_document(found)

    async def numbered(self, number: int) -> Member | None:
        """Return a membership by its number."""
        found = await self._documents.find(COLLECTION, {"number": number}, "", 1)
        return _from_document(found[0]) if found else None

    async def number(self, table: str, user: str) -> int:
        """Return the number that a user has at a table, or will have once they join it."""
        member = await self.get(table, user)
        return player_number(table, user) if member is None else member.number

    async def join(self, table: str, user: str, username: str) -> Member | None:
        """Make a user a member, also again after leaving or being kicked.

        Returns None when the table has no room for more.
        """
        attempt = -1
        while True:
            attempt += 1
            known = await self.get(table, user)
            if known is not None:
                with suppress(StaleVersion):
                    return known if known.state == HERE else await self.change(known, state=HERE)
                continue
            if len(await self._of_table(table, "", MEMBERS_MAX)) >= MEMBERS_MAX:
                return None
            with suppress(Duplicate):
                return _from_document(await self._documents.insert(
                    COLLECTION, member_key(table, user), {
                        "number": player_number(table, user, attempt), "table": table, "user": user,
                        "username": username, "state": HERE, "jitsi_id": None,
                        "joined_at": self._clock.calendar_ms(),
                    },
                ))

    async def change(self, member: Member, **fields: Json) -> Member:
        """Change some fields of a membership. Raises: StaleVersion."""
        body = {
            "number": member.number, "table": member.table, "user": member.user,
            "username": member.username, "state": member.state, "jitsi_id": member.jitsi_id,
            "joined_at": member.joined_at,
            **({"seated_ms": member.seated_ms} if member.seated_ms else {}), **fields,
        }
        return _from_document(
            await self._documents.replace(COLLECTION, member.key, member.version, body)
        )

    async def part(self, member: Member, state: str) -> None:
        """Store that somebody has gone, whoever else changes the membership meanwhile.

        A player who was kicked cannot turn that into having left.
        """
        current: Member | None = member
        while current is not None and current.state not in (state, KICKED):
            try:
                await self.change(current, state=state)
                return
            except StaleVersion:
                current = await self.get(member.table, member.user)

    async def of_table(self, table: str, after_user: str = "") -> AsyncIterator[Member]:
        """Yield the members of a table ordered by user, after a user, including former ones."""
        after = member_key(table, after_user) if after_user else ""
        while found := await self._of_table(table, after, PAGE):
            for document in found:
                yield _from_document(document)
            after = found[-1].id

    async def of_user(self, user: str, after_table: str = "") -> AsyncIterator[Member]:
        """Yield a user's memberships ordered by table, after a table, including former ones."""
        after = after_table + _AFTER_ALL if after_table else ""
        while found := await self._documents.find(COLLECTION, {"user": user}, after, PAGE):
            for document in found:
                yield _from_document(document)
            after = found[-1].id

    async def forget(self, table: str) -> None:
        """Drop the memberships of a table that was removed."""
        while found := await self._of_table(table, "", PAGE):
            for document in found:
                with suppress(StaleVersion):
                    await self._documents.delete(COLLECTION, document.id, document.version)

    async def _of_table(self, table: str, after: str, limit: int) -> list[Document]:
        return await self._documents.find(COLLECTION, {"table": table}, after, limit)


def _from_document(document: Document) -> Member:
    body: Any = document.body
    return Member(
        number=body["number"], table=body["table"], user=body["user"],
        username=body["username"], state=body["state"], jitsi_id=body["jitsi_id"],
        joined_at=body["joined_at"], version=document.version,
        seated_ms=body.get("seated_ms", 0),
    )
