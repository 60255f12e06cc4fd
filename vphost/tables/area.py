"""The tables of a host as one value: implements `web.area.Area`.

Tables of any mode have a document, a short token and a place in the lobby. What belongs to poker
alone (people's own tables, their players, statistics, reports, payments) is served only when a
game mode for poker tables is installed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.table.finished import HandReader
from vphost.rules.poker.table.mode import TableMode
from vphost.rules.report import Report
from vphost.services.accounts.accounts import Accounts
from vphost.services.journal.feed import Lag
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.mail_queue import Composer, MailQueue
from vphost.services.operators.audit import Audit
from vphost.services.operators.operations import Added
from vphost.services.ports import Clock, Documents, Journal, Payments, Seeds
from vphost.services.rooms.outbox import Handler
from vphost.services.rooms.rooms import Rooms
from vphost.services.throttle import Rate
from vphost.tables.audited import note_kick
from vphost.tables.bots import Bots
from vphost.tables.checkout import Checkout
from vphost.tables.codec import TableCodec
from vphost.tables.demo import start_bots
from vphost.tables.hands import Hands
from vphost.tables.lobby import Lobby
from vphost.tables.members import Members
from vphost.tables.operations import table_operations
from vphost.tables.reports import KIND as REPORT, Reports
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.tables.rest.site import TableSite
from vphost.tables.statistics import Statistics
from vphost.tables.table_service import TableService
from vphost.tables.tables import ChangeConfig, CheckConfig, Tables
from vphost.web.area import Edge
from vphost.wire.codec import Codec
from vphost.wire.rest import Resource, bound
from vphost.wire.schemas import SchemaSet
from vphost.wire.shape import outward

JOINS_PER_S, JOINS_AT_ONCE = 0.2, 30
"""How often one user, and one address, may try short tokens."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The services and ports that the tables of a host are built on."""

    journal: Journal
    documents: Documents
    clock: Clock
    seeds: Seeds
    sealer: Sealer
    #: Name of the book that the journal's commits are in.
    book: str
    writer: Writer
    rooms: Rooms
    accounts: Accounts
    audit: Audit
    post: MailQueue
    payments: Payments
    #: By code.
    currencies: Mapping[str, Currency]
    check_config: CheckConfig
    change_config: ChangeConfig
    #: By mode: what makes a reader of its finished hands, and the reports of its games.
    hand_readers: Mapping[str, Callable[[], HandReader]]
    reports: Mapping[str, Report]
    #: Mode -> the protocol that it speaks; those that are installed.
    protocols: Mapping[str, str]
    #: The game modes of poker tables that are installed.
    game_modes: Collection[str]


class TablesArea:
    """The services of tables, opened, started and closed together."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        rooms, documents, clock = ground.rooms, ground.documents, ground.clock
        self.tables = Tables(
            documents, clock, ground.seeds, ground.check_config, self._create_room,
            self._retire_room, ground.change_config, sure_ms=rooms.calendar.sure_ms,
        )
        self.checkout = Checkout(documents, clock, self.tables, ground.payments)
        self.hosting = TableService(
            tables=self.tables, members=Members(documents, clock), find_room=rooms.get,
            currencies=ground.currencies, mode=TableMode.name, game_modes=ground.game_modes,
            checkout=self.checkout,
        )
        self.statistics = Statistics(
            ground.journal, documents, ground.sealer, ground.book, ground.hand_readers
        )
        self.reports = Reports(
            kinds=ground.reports, journal=ground.journal, documents=documents,
            sealer=ground.sealer, statistics=self.statistics, tables=self.tables,
            accounts=ground.accounts, post=ground.post, find_room=rooms.get,
            currencies=ground.currencies,
        )
        self.lobby = Lobby(self.hosting, rooms, clock)
        self.jobs: Mapping[str, Handler] = {REPORT: self.reports.job}
        self.composers: Mapping[str, Composer] = {REPORT: self.reports.compose}
        self._counting: asyncio.Task[None] | None = None
        self._bots: Bots | None = None

    @property
    def has_poker(self) -> bool:
        """Whether a game mode for poker tables is installed."""
        return bool(self._ground.game_modes)

    async def _create_room(self, room_id: str, mode: str, given: Mapping[str, Json]) -> None:
        await self._ground.rooms.create(room_id, mode, given)

    async def _retire_room(self, room_id: str) -> bool:
        await self.hosting.settle(room_id)
        return await self._ground.rooms.retire(room_id)

    # -- its life --------------------------------------------------------------------------

    async def open(self) -> None:
        """Declare the collections and check the payment provider. Raises: PortUnusable."""
        await self.tables.open()
        await self.hosting.members.open()
        await self.checkout.open()
        await self.statistics.open()
        await self.reports.open()
        self._ground.rooms.observe(partial(note_kick, self._ground.audit))
        if not self.checkout.is_free:
            self.tables.on_paid.append(self._note_paid)

    def _note_paid(self, table: str) -> None:
        self._ground.audit.note("host", "table.paid", f"table:{table}")

    async def start(self) -> None:
        """Finish rooms and payments that an earlier process began, then begin to count hands."""
        await self.tables.finish_creating()
        await self.checkout.recover()
        self._ground.writer.on_durable.append(self.statistics.take)
        self._counting = asyncio.create_task(self.statistics.run(), name="statistics")

    async def start_demo(self, users: Mapping[str, str]) -> None:
        """Let bots play at the demo's table, if poker is installed. Raises: DemoRefused."""
        if self.has_poker:
            ground = self._ground
            self._bots = await start_bots(
                ground.accounts, self.tables, ground.rooms, ground.seeds.draw, users
            )

    async def keep_house(self) -> None:
        """Close expired tables."""
        await self.tables.close_expired()

    async def clean(self) -> None:
        """Drop unpaid drafts and old payments."""
        await self.hosting.clean()
        await self.checkout.clean()

    async def stop(self) -> None:
        """Stop the bots and the counting."""
        if self._bots is not None:
            await self._bots.stop()
        while self._counting is not None and not self._counting.done():
            self._counting.cancel()
            await asyncio.wait([self._counting], timeout=1)

    async def close(self) -> None:
        """Release what `open` acquired."""
        await self.statistics.close()
        await self.checkout.close()

    # -- what it provides ------------------------------------------------------------------

    def codecs(self, schemas: SchemaSet) -> Mapping[str, Codec]:
        """Return the codec of the table protocol."""
        return {"table": TableCodec(schemas)} if self.has_poker else {}

    def resources(self, edge: Edge) -> Sequence[Resource]:
        """Return the REST of tables, ready to serve."""
        site = self._site(edge)
        return [*bound(site, LOBBY), *(bound(site, POKER) if self.has_poker else ())]

    def _site(self, edge: Edge) -> TableSite:
        ground, now_ms = self._ground, self._ground.clock.now_ms
        return TableSite(
            hosting=self.hosting, lobby=self.lobby, checkout=self.checkout,
            statistics=self.statistics, reports=self.reports,
            hands=Hands(ground.journal, ground.hand_readers),
            accounts=ground.accounts, audit=ground.audit, rooms=ground.rooms,
            sockets=edge.sockets, currencies=ground.currencies,
            config_out=outward(edge.schemas, "table/config.json"),
            join_rate=Rate(JOINS_PER_S, JOINS_AT_ONCE, now_ms),
            lets_guests_in=edge.lets_guests_in, note_look=edge.note_look,
            protocol_of=lambda mode: ground.protocols.get(mode, mode),
            now_ms=now_ms, shift_ms=ground.rooms.calendar.shift_ms,
        )

    def operations(self) -> Mapping[str, Added]:
        """Return the operations `table.add` and `stats.rebuild`."""
        own = table_operations(self._ground.accounts, self.tables)
        return {**own, **self.statistics.operations()}

    def lags(self) -> Mapping[str, Lag]:
        """Return how far the statistics are behind."""
        return {"statistics": self.statistics.lag()}

    async def admit(self, user: str, room: str) -> Rejected | None:
        """Return None when a user may open a socket at a table, otherwise the refusal."""
        return await self.hosting.admit(user, room)

    async def player_number(self, room: str, user: str) -> int | None:
        """Return the id that a user's player has or gets at a table; None for other rooms."""
        return await self.hosting.player_number(room, user)

    async def room_named(self, name: str) -> str | None:
        """Return the room of a table's id or short token, ignoring case."""
        table = await self.tables.find(name)
        return None if table is None else table.id

    async def profile(self, user: str) -> Mapping[str, Json]:
        """Return what a user last paid with, for their profile."""
        return {"payment_method": await self.checkout.card(user)}
