"""Players of tables: who has joined which table, also before it has a room.

A membership is a document; what its player does at the table belongs to the room. Where both say
that a player has left, the room counts, unless the player has joined again and not come back yet.
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
"""Most memberships of one table, those of players who have left included."""

HERE, LEFT, KICKED = "here", "left", "kicked"
_AFTER_ALL = ".~"
"""Behind every member of a table, in the order of their keys."""


@dataclass(frozen=True, slots=True)
class Member:
    """One user at one table."""

    #: Their id for programs, unique.
    number: int
    table: str
    user: str
    username: str
    #: HERE, LEFT or KICKED.
    state: str
    jitsi_id: str | None
    #: Epoch ms, wall clock.
    joined_at: int
    #: Of the document.
    version: int
    #: How long they sat at the table, known once it is over.
    seated_ms: int = 0

    @property
    def key(self) -> str:
        """The key in the order of all players: by table."""
        return member_key(self.table, self.user)


def member_key(table: str, user: str) -> str:
    """Return the id of the document of a user at a table."""
    return f"{table}.{user}"


def player_number(table: str, user: str, attempt: int = 0) -> int:
    """Return the number of a user at a table, for REST and for the table's messages.

    It follows from both, so that a user who comes to a public table and joins it later keeps it. It
    says nothing of how many there are, and is exact in every client. attempt: 0, more for the next
    choice when somebody has that number already.
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
        """Make a user a member, again if they had left or were kicked.

        None: the table has no place for more.
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
        """Note that a player has gone, whoever else changes the membership meanwhile.

        A player who was kicked stays kicked, even if they leave afterwards.
        """
        current: Member | None = member
        while current is not None and current.state not in (state, KICKED):
            try:
                await self.change(current, state=state)
                return
            except StaleVersion:
                current = await self.get(member.table, member.user)

    async def of_table(self, table: str, after_user: str = "") -> AsyncIterator[Member]:
        """Yield the members of a table ordered by user, after a user; also those who have left."""
        after = member_key(table, after_user) if after_user else ""
        while found := await self._of_table(table, after, PAGE):
            for document in found:
                yield _from_document(document)
            after = found[-1].id

    async def of_user(self, user: str, after_table: str = "") -> AsyncIterator[Member]:
        """Yield a user's memberships ordered by table, after a table; also those that are over."""
        after = after_table + _AFTER_ALL if after_table else ""
        while found := await self._documents.find(COLLECTION, {"user": user}, after, PAGE):
            for document in found:
                yield _from_document(document)
            after = found[-1].id

    async def forget(self, table: str) -> None:
        """Drop the memberships of a table that no longer exists."""
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
