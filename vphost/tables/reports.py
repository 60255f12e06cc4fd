"""Reports of finished games: made once from the journal, kept, mailed once to each reader.

The commit that ends a game contains a send to `job:report`, which cannot be lost. The job reads the
room's commits since the end of the previous game, has the mode's reader add up the postings, gets
the counted hands from the statistics and stores both as one document. Then it orders a letter for
everybody who has a confirmed mail address. Every step may be repeated after a crash: the id of a
game's document is the place of its last commit, that of a letter its document and reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog

from vphost.rules.mode import Json, Rejected, Send
from vphost.rules.money import Currency
from vphost.rules.report import Form, GameReader, Report
from vphost.services.accounts.accounts import Accounts
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.sealing import Sealer
from vphost.services.mail_queue import MailQueue
from vphost.services.ports import (
    Attachment, Document, Documents, Duplicate, Journal, Letter, StaleVersion, StoreDown,
)
from vphost.services.rooms.room import Room
from vphost.tables import report_csv, report_html, report_text
from vphost.tables.open_documents import Open
from vphost.tables.statistics import Statistics
from vphost.tables.tables import Table, Tables

REPORTS, PLACES = "reports", "report_places"
KIND = "report"
"""Kind of the letters, and name of the job."""
PAGE = 200
BREATHER = 8
"""After how many commits the event loop gets a turn."""
ROOMS_MAX = 5_000
"""For how many rooms memory keeps how far they have been read."""
CSV = "text/csv"
log = structlog.get_logger("vphost.reports")


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of sending a report.

    ended_ms: when the game ended. recipients: to how many it was sent, now or before.
    without_address: how many readers have no confirmed mail address. already_sent: nobody got it
    now.
    """

    game_id: str
    ended_ms: int
    recipients: int
    without_address: int
    already_sent: bool


@dataclass(slots=True)
class RoomProgress:
    """How far a room has been read. seq: of its last commit that was read. room_seq: the room's
    newest event number at that time, -1 for an unloaded room, None when not everything was read."""

    reader: GameReader
    seq: int
    room_seq: int | None = None


class Reports:
    """The reports of the store."""

    def __init__(
        self, *, kinds: Mapping[str, Report], journal: Journal, documents: Documents,
        sealer: Sealer, statistics: Statistics, tables: Tables, accounts: Accounts, post: MailQueue,
        find_room: Callable[[str], Room | None], currencies: Mapping[str, Currency],
    ) -> None:
        """kinds: by the mode's name."""
        self._kinds = kinds
        self._journal = journal
        self._documents = documents
        self._sealer = sealer
        self._statistics = statistics
        self._tables = tables
        self._accounts = accounts
        self._post = post
        self._find_room = find_room
        self._currencies = currencies
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._progress: dict[str, RoomProgress] = {}

    async def open(self) -> None:
        """Declare the collections; call once before anything else."""
        await self._documents.declare(REPORTS, unique=(), indexed=("pending", "game"))
        await self._documents.declare(PLACES, unique=(), indexed=())

    # -- sending ---------------------------------------------------------------------------

    async def job(self, send: Send) -> None:
        """Handle a commit's send: a game of `room` has ended. Raises: StoreDown."""
        table = await self._tables.find(str(send.args["room"]))
        if table is None:
            log.warning("report_of_no_table", room=send.args["room"])
            return
        async with self._lock(table.id):
            await self._follow(table)

    async def send(self, table: Table) -> Sent | Rejected:
        """Mail the report of a table's last game to everybody who has not got it yet.

        Refusals: no_report. Raises: StoreDown.
        """
        async with self._lock(table.id):
            await self._follow(table)
            newest = await self._newest(table.id)
            return Rejected("no_report") if newest is None else await self._mail(newest)

    async def _mail(self, report: Document) -> Sent:
        """Order the letters that have not been ordered, then store who gets one."""
        mailed, new, without = list(report.body["mailed"]), 0, 0
        for user in readers(report.body):
            if not await self._address(user):
                without += user not in mailed
            elif user not in mailed:
                await self._post.order(
                    f"{report.id}.{user}", KIND, {"report": report.id, "user": user}
                )
                mailed.append(user)
                new += 1
        if new or report.body["pending"] is not None:
            await self._replace(report, {**report.body, "mailed": mailed, "pending": None})
        facts = report.body["facts"]
        return Sent(facts["game_id"], facts["ended_ms"], len(mailed), without, not new)

    async def _address(self, user_id: str) -> str:
        """Return the address for letters to a user, "" when there is none."""
        user = await self._accounts.by_id(user_id)
        is_reached = user is not None and user.is_confirmed and not user.disabled
        return user.email if user is not None and is_reached else ""

    async def compose(self, order_id: str, args: Mapping[str, Json]) -> Letter | None:
        """Return a letter; None when its reader has lost the address since it was ordered."""
        report = await self._documents.get(REPORTS, args["report"])
        to = await self._address(args["user"])
        form = None if report is None else self.form(report.body, args["user"])
        if report is None or form is None or not to:
            return None
        attached = Attachment(
            file_name(report.body), CSV, report_csv.render(form.sheet).encode()
        )
        return Letter(
            order_id, to, " ".join(form.subject.split()), report_text.render(form),
            report_html.render(form), (attached,) if args["user"] == report.body["host"] else (),
        )

    # -- reading ---------------------------------------------------------------------------

    async def of_game(self, table: Table, game_id: str, is_running: bool) -> Json | None:
        """Return a table's report of a game, "" for the last game that has ended.

        is_running: a game is being played, and nothing new can have ended.
        """
        if not is_running:
            async with self._lock(table.id):
                await self._follow(table)
        if not game_id:
            newest = await self._newest(table.id)
            return None if newest is None else newest.body
        for one in await self._documents.find(REPORTS, {"game": game_id}, "", PAGE):
            if one.body["room"] == table.id:
                return one.body
        return None

    def form(self, report: Mapping[str, Json], user: str) -> Form | None:
        """Return the host's form for the host, for others their own; None for non-readers."""
        kind, facts = self._kinds.get(report["mode"]), report["facts"]
        if kind is None or user not in readers(report):
            return None
        code = facts["currency"]
        currency = self._currencies.get(code, Currency(code, 0, f"{code} "))
        make = kind.host_form if user == report["host"] else kind.player_form
        return make(facts, user, currency)

    async def _newest(self, room: str) -> Document | None:
        place = await self._documents.get(PLACES, room)
        return None if place is None else await self._documents.get(REPORTS, place.body["last"])

    # -- making ----------------------------------------------------------------------------

    def _lock(self, room: str) -> asyncio.Lock:
        return self._locks.setdefault(room, asyncio.Lock())

    async def _follow(self, table: Table) -> None:
        """Make the reports of all games that have ended, and mail those that have not been.

        Each commit of a room is read once per process, however often reports are asked for.
        """
        kind, room = self._kinds.get(table.mode), self._find_room(table.id)
        if kind is None:
            return
        room_seq = -1 if room is None else room.seq
        progress = self._progress.pop(table.id, None) or await self._resumed(table, kind)
        if progress.room_seq != room_seq:
            await self._read_on(table, progress)
            for one in await self._documents.find(REPORTS, {"pending": table.id}, "", PAGE):
                await self._mail(one)
            progress.room_seq = room_seq
        if len(self._progress) >= ROOMS_MAX:
            self._progress.clear()
        self._progress[table.id] = progress

    async def _resumed(self, table: Table, kind: Report) -> RoomProgress:
        """Return the progress right after the last game whose report was made."""
        place = await self._documents.get(PLACES, table.id)
        if place is None:
            return RoomProgress(kind.reader({}), 0)
        return RoomProgress(kind.reader(place.body["kept"]), int(place.body["after"]))

    async def _read_on(self, table: Table, progress: RoomProgress) -> None:
        """Read a room's next commits. Raises: StoreDown, after which `progress` is unusable."""
        while records := await self._journal.read_room(table.id, progress.seq, PAGE):
            for number, record in enumerate(records):
                ended = []
                stored = decode(record, self._sealer)
                for event in stored.events:
                    facts = progress.reader.read(event, stored.wall_ms)
                    if facts is not None:
                        ended.append(facts)
                progress.seq = record.seq
                if ended:
                    assert len(ended) == 1, "a commit ends one game"
                    last = await self._keep(table, record.seq, ended[0])
                    await self._note(table.id, record.seq, progress.reader.kept(), last)
                if not number % BREATHER:
                    await asyncio.sleep(0)

    async def _keep(self, table: Table, seq: int, facts: Mapping[str, Json]) -> str:
        """Store the report of a game; return its id."""
        await self._statistics.catch_up()
        counted = await self._statistics.game(table.id, facts["game_id"])
        lines = [
            {**line, **counted["players"].get(
                str(line["player"]), {"played_ms": 0, "counters": {}}
            )} for line in facts["lines"]
        ]
        report = f"{table.id}.{seq:016d}"
        with suppress(Duplicate):
            await self._documents.insert(REPORTS, report, {
                "room": table.id, "game": facts["game_id"], "mode": table.mode,
                "host": table.host, "pending": table.id, "mailed": [],
                "facts": {**facts, "lines": lines, "hands": counted["hands"]},
            })
        return report

    async def _note(self, room: str, seq: int, kept: Mapping[str, Json], last: str) -> None:
        """Store how far a room has been read. Call it only after its last report is stored."""
        places = Open(self._documents, PLACES)
        await places.body(room, dict)
        places.change(room, {"after": seq, "kept": dict(kept), "last": last})
        await places.write()

    async def _replace(self, report: Document, body: Mapping[str, Json]) -> None:
        try:
            await self._documents.replace(REPORTS, report.id, report.version, body)
        except StaleVersion:
            raise StoreDown(f"{REPORTS} {report.id}: changed by somebody else") from None


def readers(report: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the users who get a report, the host first, each once."""
    lines = (str(line["user"]) for line in report["facts"]["lines"])
    return tuple(dict.fromkeys((str(report["host"]), *lines)))


def file_name(report: Mapping[str, Json]) -> str:
    """Return the file name of a report's table, in plain ASCII."""
    return f"report-{report['game'][:8]}.csv"
