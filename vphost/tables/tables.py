"""Tables: the documents by which rooms are found.

A table's document says who created it, how it is configured and which four characters lead to it;
what happens at it is its room's business. The document comes first and the room second: a process
that dies in between leaves a table with the status `creating`, and the next start makes its room.

An operator's table is open at once. A user's begins as a draft, unpaid and then paid, and its room
is made when its creator opens it.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from vphost.rules.mode import Json, Rejected
from vphost.services.ports import Clock, Document, Documents, Duplicate, Seeds, StaleVersion

COLLECTION = "tables"
SPENT = "spent_tokens"
"""Short tokens of removed tables, which are not used again for a while."""

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits of short tokens, without those that are easily confused (I L O 0 1)."""

TOKEN_LENGTH = 4
TOKEN_TRIES = 50
"""How many short tokens are tried; of 900,000, fifty in a row are taken only if nearly all are."""

LIFETIME_MS = 24 * 3600 * 1000
"""How long a table is open by default."""

UNPAID_MS = 24 * 3600 * 1000
"""How long a draft may stay unpaid."""
SPENT_DAYS = 90
DAY_MS = 24 * 3600 * 1000

MAX_LISTED = 100
"""Most tables on one page."""

CheckConfig: TypeAlias = Callable[[str, Mapping[str, Json]], Mapping[str, Json] | Rejected]
"""(mode, configuration as given) -> the checked configuration, or the mode's refusal."""

ChangeConfig: TypeAlias = Callable[
    [str, Mapping[str, Json], Mapping[str, Json]], Mapping[str, Json] | Rejected
]
"""(mode, checked configuration, changes as given) -> the new checked configuration, or the refusal.
"""

GAME_MODE, UNDEFINED = "game_mode", "UNDEFINED"
"""Field of a configuration with the game mode; its value until one has been chosen."""
CreateRoom: TypeAlias = Callable[[str, str, Mapping[str, Json]], Awaitable[None]]
"""(room id, mode, configuration); a room that exists is left as it is.

The configuration is the checked one with `host` (user id), `opened_at_ms` and `expires_at_ms`
(epoch ms; the latter None for a table that does not expire).
"""

RetireRoom: TypeAlias = Callable[[str], Awaitable[bool]]
"""Room id -> whether the room was over and has been closed for good."""


MayGo: TypeAlias = Callable[[str], Awaitable[bool]]
"""Table id -> whether it may be removed."""


class Status(str, Enum):
    """The status of a table.

    UNPAID, PAID: a draft without a room. CREATING: it is being opened. EXPIRED: its time is over,
    and its room plays the last hand or waits for the end. CLOSED: all money is back and the room is
    closed; its hands can still be read.
    """

    UNPAID = "unpaid"
    PAID = "paid"
    CREATING = "creating"
    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"


class TableKind(str, Enum):
    """Who may enter. PRIVATE: those who have joined. PUBLIC: anybody, and it is in the lobby."""

    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; times are epoch ms by the wall clock."""

    #: A UUID; also the id of its room.
    id: str
    #: Four characters.
    short_token: str
    #: The creator's user id.
    host: str
    #: Of its room.
    mode: str
    #: Checked by the mode, money in minor units. If there is a room, the room has the one in force.
    config: Mapping[str, Json]
    status: Status
    created_at: int
    #: None for a draft.
    opened_at: int | None
    #: None for a draft, and for a table that does not expire.
    expires_at: int | None
    kind: TableKind = TableKind.PUBLIC
    #: What its creator asked for at the beginning; None for an operator's table.
    wanted: Mapping[str, Json] | None = None
    #: Of the document.
    version: int = 1

    @property
    def is_draft(self) -> bool:
        """Whether it has not been opened yet."""
        return self.status in (Status.UNPAID, Status.PAID)


class Tables:
    """The tables of the store. on_paid: functions called with the id of a table that was paid."""

    def __init__(
        self, documents: Documents, clock: Clock, seeds: Seeds,
        check_config: CheckConfig, create_room: CreateRoom | None,
        retire_room: RetireRoom | None = None, change_config: ChangeConfig | None = None, *,
        sure_ms: Callable[[], int] | None = None,
    ) -> None:
        """create_room, retire_room: None for a tool without rooms; the next start makes rooms, and
        a table without one closes when it expires. change_config: None for a tool that changes
        none. sure_ms: the wall clock for what cannot be undone; by default the wall clock."""
        self._documents = documents
        self._clock = clock
        self._seeds = seeds
        self._check_config = check_config
        self._change_config = change_config
        self._create_room = create_room
        self._retire_room = retire_room
        self._sure_ms = sure_ms or clock.calendar_ms
        self.on_paid: list[Callable[[str], object]] = []

    async def open(self) -> None:
        """Declare the collections; call once before anything else.

        Tables of a version without private ones are put into the lobby.
        """
        await self._documents.declare(
            COLLECTION, unique=["short_token"], indexed=["status", "host", "listed"]
        )
        await self._documents.declare(SPENT, unique=(), indexed=["day"])
        async for document in self._all(Status.OPEN):
            if "kind" not in document.body and "listed" not in document.body:
                await self._documents.replace(
                    COLLECTION, document.id, document.version, {**document.body, "listed": 1}
                )

    async def create(
        self, host: str, mode: str, config: Mapping[str, Json], *,
        lifetime_ms: int | None = LIFETIME_MS,
    ) -> Table | Rejected:
        """Create a table and its room, open to whoever has its token.

        lifetime_ms: until it expires; None for never.
        Refusals: those of the mode's configuration check; `busy` when no short token was free.
        """
        checked = self._check_config(mode, config)
        if isinstance(checked, Rejected):
            return checked
        now_ms = self._clock.calendar_ms()
        document = await self._insert("", {
            "host": host, "mode": mode, "config": dict(checked), "listed": 1,
            "status": Status.CREATING.value, "created_at": now_ms, "opened_at": now_ms,
            "expires_at": None if lifetime_ms is None else now_ms + lifetime_ms,
        })
        if document is None:
            return Rejected("busy")
        if self._create_room is None:
            return _from_document(document)
        return await self._furnish(document)

    async def _insert(self, table_id: str, body: Mapping[str, Json]) -> Document | None:
        """Store a new table under an id ("": a random one) and a free short token.

        An id that exists is returned as it is. Returns: None when no short token was free.
        """
        for _ in range(TOKEN_TRIES):
            seed = self._seeds.draw()
            token = short_token(seed[16:])
            if await self._documents.get(SPENT, token) is not None:
                continue
            id = table_id or str(uuid.UUID(bytes=seed[:16], version=4))
            try:
                return await self._documents.insert(COLLECTION, id, {**body, "short_token": token})
            except Duplicate:
                known = await self._documents.get(COLLECTION, table_id) if table_id else None
                if known is not None:
                    return known
        return None

    # -- drafts ----------------------------------------------------------------------------

    async def draft(
        self, table_id: str, host: str, mode: str, wanted: Mapping[str, Json], kind: TableKind
    ) -> Table | Rejected:
        """Create a table that is not paid yet, once per id.

        wanted: the configuration, money in major units. Refusals: as of `create`.
        """
        checked = self._check_config(mode, wanted)
        if isinstance(checked, Rejected):
            return checked
        document = await self._insert(table_id, {
            "host": host, "mode": mode, "config": dict(checked), "wanted": dict(wanted),
            "kind": kind.value, "status": Status.UNPAID.value,
            "created_at": self._clock.calendar_ms(), "opened_at": None, "expires_at": None,
        })
        return Rejected("busy") if document is None else _from_document(document)

    async def mark_paid(self, table_id: str) -> Table | None:
        """Mark a table as paid, once. Returns None when there is no such table."""
        while (document := await self._documents.get(COLLECTION, table_id)) is not None:
            if document.body["status"] != Status.UNPAID.value:
                return _from_document(document)
            with suppress(StaleVersion):
                paid = await self._set_status(document, Status.PAID)
                for hook in self.on_paid:
                    hook(table_id)
                return paid
        return None

    async def configure(
        self, table: Table, version: int, before: Mapping[str, Json],
        changes: Mapping[str, Json], kind: TableKind,
    ) -> Table | Rejected:
        """Change the document; without a difference nothing is written.

        before: the checked configuration in force. changes: as their owner wrote them.
        Refusals: as of `create`. Raises: StaleVersion.
        """
        assert self._change_config is not None, "only a host changes settings"
        checked = self._change_config(table.mode, before, changes)
        if isinstance(checked, Rejected):
            return checked
        wanted = {**before, **checked}
        # A document of an older version lacks settings that `before` has with their defaults.
        same = wanted == dict(before)
        return await self.put(table, version, table.config if same else wanted, kind)

    async def put(
        self, table: Table, version: int, config: Mapping[str, Json], kind: TableKind
    ) -> Table:
        """Store a checked configuration. Raises: StaleVersion."""
        if config == table.config and kind is table.kind and version == table.version:
            return table
        return await self._change(table, version, {"config": dict(config), "kind": kind.value})

    async def open_draft(
        self, table: Table, version: int, lifetime_ms: int = LIFETIME_MS
    ) -> Table:
        """Open a paid draft: its time begins and its room is made. Raises: StaleVersion.

        When an earlier opening was interrupted, it is completed with the times it had then.
        """
        assert table.status in (Status.PAID, Status.CREATING), "it is paid and not open"
        if table.status is Status.PAID:
            now_ms = self._clock.calendar_ms()
            listed = {"listed": 1} if table.kind is TableKind.PUBLIC else {}
            await self._change(table, version, {
                **listed, "status": Status.CREATING.value, "opened_at": now_ms,
                "expires_at": now_ms + lifetime_ms,
            })
        document = await self._documents.get(COLLECTION, table.id)
        assert document is not None, "opened tables are never removed"
        return await self._furnish(document)

    async def remove(self, table: Table, version: int) -> None:
        """Remove a draft; its short token is not used for a while. Raises: StaleVersion."""
        assert table.is_draft, "what has been opened stays"
        with suppress(Duplicate):
            await self._documents.insert(
                SPENT, table.short_token, {"day": self._clock.calendar_ms() // DAY_MS}
            )
        await self._documents.delete(COLLECTION, table.id, version)

    async def drop_unpaid(self, may_go: MayGo) -> list[str]:
        """Remove drafts that have been unpaid for too long; returns their ids.

        may_go: asked for each of them, since somebody may be paying for it just now.
        """
        dropped = []
        oldest = self._clock.calendar_ms() - UNPAID_MS
        async for document in self._all(Status.UNPAID):
            if document.body["created_at"] <= oldest and await may_go(document.id):
                with suppress(StaleVersion):
                    await self.remove(_from_document(document), document.version)
                    dropped.append(document.id)
        await self._forget_spent()
        return dropped

    async def _forget_spent(self) -> None:
        """Release short tokens for use again."""
        today = self._clock.calendar_ms() // DAY_MS
        for day in range(today - 2 * SPENT_DAYS, today - SPENT_DAYS):
            while found := await self._documents.find(SPENT, {"day": day}, "", MAX_LISTED):
                for one in found:
                    with suppress(StaleVersion):
                        await self._documents.delete(SPENT, one.id, one.version)

    async def _change(self, table: Table, version: int, fields: Mapping[str, Json]) -> Table:
        document = await self._documents.get(COLLECTION, table.id)
        if document is None:
            raise StaleVersion(table.id)
        return _from_document(await self._documents.replace(
            COLLECTION, table.id, version, {**document.body, **fields}
        ))

    # -- opened ----------------------------------------------------------------------------

    async def finish_creating(self) -> int:
        """Make the rooms of tables whose creation was interrupted; returns how many there were."""
        finished = 0
        while documents := await self._page(Status.CREATING, "", MAX_LISTED):
            for document in documents:
                await self._furnish(document)
            finished += len(documents)
        return finished

    async def find(self, token: str) -> Table | None:
        """Return a table by its id or its short token, ignoring case."""
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

    async def list_public(self, after_id: str, limit: int) -> list[Table]:
        """Return open tables of the lobby ordered by id, after an id."""
        found = await self._documents.find(
            COLLECTION, {"status": Status.OPEN.value, "listed": 1}, after_id, limit
        )
        return [_from_document(one) for one in found]

    async def list_all(
        self, after_id: str, limit: int, status: Status | None = None
    ) -> list[Table]:
        """Return tables ordered by id, after an id. status: only these."""
        where = {} if status is None else {"status": status.value}
        found = await self._documents.find(COLLECTION, where, after_id, limit)
        return [_from_document(one) for one in found]

    async def list_of(self, host: str, after_id: str, limit: int) -> list[Table]:
        """Return a user's own tables ordered by id, after an id."""
        found = await self._documents.find(COLLECTION, {"host": host}, after_id, limit)
        return [_from_document(one) for one in found]

    def is_expired(self, table: Table) -> bool:
        """Return whether a table's time is over."""
        return table.expires_at is not None and table.expires_at <= self._sure_ms()

    async def close_expired(self) -> int:
        """Close the tables whose time, and whose room, is over; returns how many.

        Rooms end by themselves: a table is EXPIRED until its room has ended.
        """
        async for document in self._all(Status.OPEN):
            if self.is_expired(_from_document(document)):
                with suppress(StaleVersion):
                    await self._set_status(document, Status.EXPIRED)
        closed = 0
        async for document in self._all(Status.EXPIRED):
            if self._retire_room is None or await self._retire_room(document.id):
                with suppress(StaleVersion):
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
            "expires_at_ms": table.expires_at, **_chosen(table),
        })
        return await self._set_status(document, Status.OPEN)

    async def _set_status(self, document: Document, status: Status) -> Table:
        body = {**document.body, "status": status.value}
        return _from_document(
            await self._documents.replace(COLLECTION, document.id, document.version, body)
        )


def _chosen(table: Table) -> dict[str, Json]:
    """Return the field that tells a room that its game mode was chosen while it was a draft."""
    first = {} if table.wanted is None else table.wanted
    was_chosen = first.get(GAME_MODE) == UNDEFINED != table.config.get(GAME_MODE)
    return {"is_mode_chosen": True} if was_chosen else {}


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
        kind=TableKind(body.get("kind", TableKind.PUBLIC.value)), wanted=body.get("wanted"),
        version=document.version,
    )
