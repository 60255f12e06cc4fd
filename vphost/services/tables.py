"""Tables: the documents by which rooms are found.

A table's document says who made it, how it is configured and which four characters lead to it;
what happens at it is its room's. The document comes first and the room second: a process that dies
between the two leaves a table in the state `creating`, and the next start makes its room.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from vphost.rules.mode import Json, Rejected
from vphost.services.ports import Clock, Document, Documents, Duplicate, Seeds

COLLECTION = "tables"

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits of short tokens; none that is easily taken for another (I L O 0 1)."""

TOKEN_LENGTH = 4
TOKEN_TRIES = 50
"""How many short tokens are tried; with 900,000 of them, 50 in a row taken mean a full house."""

LIFETIME_MS = 24 * 3600 * 1000
"""How long a table is open when nothing else is said."""

MAX_LISTED = 100
"""Most tables on one page."""

CheckConfig: TypeAlias = Callable[[str, Mapping[str, Json]], Mapping[str, Json] | Rejected]
"""(mode, configuration as given) -> as the mode stores it, or the mode's refusal."""

CreateRoom: TypeAlias = Callable[[str, str, Mapping[str, Json]], Awaitable[None]]
"""(room id, mode, configuration); a room that exists is left as it is.

The configuration is the checked one with `host` (user id), `opened_at_ms` and `expires_at_ms`
(epoch ms; the latter None for a table that does not expire).
"""

RetireRoom: TypeAlias = Callable[[str], Awaitable[bool]]
"""Room id -> whether its room is over, unloaded, and not loaded by any later start."""


class Status(str, Enum):
    """How far a table has come.

    EXPIRED: its time is over, and its room plays its last hand or says goodbye. CLOSED: all money
    is back and its room is unloaded; its hands stay readable.
    """

    CREATING = "creating"
    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. id: UUID, also the id of its room. host: user id. Moments: epoch ms, wall clock.

    expires_at: None for a table that does not expire. config: checked by the mode, money in
    minor units, as it was at creation; the room has the one in force.
    """

    id: str
    short_token: str
    host: str
    mode: str
    config: Mapping[str, Json]
    status: Status
    created_at: int
    opened_at: int
    expires_at: int | None


class Tables:
    """The tables of the store."""

    def __init__(
        self, documents: Documents, clock: Clock, seeds: Seeds,
        check_config: CheckConfig, create_room: CreateRoom | None,
        retire_room: RetireRoom | None = None,
    ) -> None:
        """create_room, retire_room: None for a tool without rooms; the next start makes them, and
        a table that has no room to wait for closes when it expires."""
        self._documents = documents
        self._clock = clock
        self._seeds = seeds
        self._check_config = check_config
        self._create_room = create_room
        self._retire_room = retire_room

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(COLLECTION, unique=["short_token"], indexed=["status"])

    async def create(
        self, host: str, mode: str, config: Mapping[str, Json], *,
        lifetime_ms: int | None = LIFETIME_MS,
    ) -> Table | Rejected:
        """Make a table and its room, open to whoever has its token.

        lifetime_ms: until it expires; None: never.
        Refusals: those of the mode's configuration check; `busy` when no short token was free.
        """
        checked = self._check_config(mode, config)
        if isinstance(checked, Rejected):
            return checked
        for _ in range(TOKEN_TRIES):
            seed = self._seeds.draw()
            now_ms = self._clock.calendar_ms()
            body = {
                "short_token": short_token(seed[16:]), "host": host, "mode": mode,
                "config": dict(checked), "status": Status.CREATING.value,
                "created_at": now_ms, "opened_at": now_ms,
                "expires_at": None if lifetime_ms is None else now_ms + lifetime_ms,
            }
            table_id = str(uuid.UUID(bytes=seed[:16], version=4))
            try:
                document = await self._documents.insert(COLLECTION, table_id, body)
            except Duplicate:
                continue
            if self._create_room is None:
                return _from_document(document)
            return await self._furnish(document)
        return Rejected("busy")

    async def finish_creating(self) -> int:
        """Make the rooms of tables whose creation was cut off; returns how many there were."""
        finished = 0
        while documents := await self._page(Status.CREATING, "", MAX_LISTED):
            for document in documents:
                await self._furnish(document)
            finished += len(documents)
        return finished

    async def find(self, token: str) -> Table | None:
        """Return a table by its id or its short token, whatever the case."""
        if not token.isascii():
            return None
        if len(token) == TOKEN_LENGTH:
            found = await self._documents.find(
                COLLECTION, {"short_token": token.upper()}, after_id="", limit=1
            )
            return _from_document(found[0]) if found else None
        if len(token) != 36:
            return None
        document = await self._documents.get(COLLECTION, token.lower())
        return _from_document(document) if document else None

    async def list_open(self, after_id: str, limit: int) -> list[Table]:
        """Return open tables ordered by id, after an id ("" for the first page).

        limit: 1 to MAX_LISTED.
        """
        assert 1 <= limit <= MAX_LISTED, "a page has a bound"
        return [_from_document(one) for one in await self._page(Status.OPEN, after_id, limit)]

    async def close_expired(self) -> int:
        """Close the tables whose time is over and whose rooms are; returns how many.

        Rooms end by themselves: a table is EXPIRED until its room has said goodbye.
        """
        async for document in self._all(Status.OPEN):
            expires_at = document.body["expires_at"]
            if expires_at is not None and expires_at <= self._clock.calendar_ms():
                await self._set_status(document, Status.EXPIRED)
        closed = 0
        async for document in self._all(Status.EXPIRED):
            if self._retire_room is None or await self._retire_room(document.id):
                await self._set_status(document, Status.CLOSED)
                closed += 1
        return closed

    async def _all(self, status: Status) -> AsyncIterator[Document]:
        """Yield the tables of a status as they are found, page by page."""
        after_id = ""
        while documents := await self._page(status, after_id, MAX_LISTED):
            after_id = documents[-1].id
            for document in documents:
                yield document

    async def _page(self, status: Status, after_id: str, limit: int) -> list[Document]:
        return await self._documents.find(COLLECTION, {"status": status.value}, after_id, limit)

    async def _furnish(self, document: Document) -> Table:
        """Make the room of a new table and open the table."""
        create_room = self._create_room
        assert create_room is not None, "only a host makes rooms"
        table = _from_document(document)
        await create_room(table.id, table.mode, {
            **table.config, "host": table.host, "opened_at_ms": table.opened_at,
            "expires_at_ms": table.expires_at,
        })
        return await self._set_status(document, Status.OPEN)

    async def _set_status(self, document: Document, status: Status) -> Table:
        body = {**document.body, "status": status.value}
        return _from_document(
            await self._documents.replace(COLLECTION, document.id, document.version, body)
        )


def short_token(seed: bytes) -> str:
    """Return four characters of the alphabet. seed: at least 16 random bytes."""
    number = int.from_bytes(seed[:16], "big")
    token = ""
    for _ in range(TOKEN_LENGTH):
        number, index = divmod(number, len(ALPHABET))
        token += ALPHABET[index]
    return token


def _from_document(document: Document) -> Table:
    body: Mapping[str, Any] = document.body
    return Table(
        id=document.id, short_token=body["short_token"], host=body["host"], mode=body["mode"],
        config=body["config"], status=Status(body["status"]), created_at=body["created_at"],
        opened_at=body["opened_at"], expires_at=body["expires_at"],
    )
