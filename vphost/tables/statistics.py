"""Statistics of finished hands, counted from the commits.

A running host and a rebuild work the same way: commits are read in order after a cursor, and each
finished hand is counted into the documents of its users, of its game and then of its table. Every
document stores, in the same write, up to which hand it has counted. So the cursor may lag behind:
after a crash the hands since then are read again, and none is lost or counted twice.

A running host counts from memory what the writer has just written. It reads the journal after a
start, and when memory cannot hold everything that waits. Counting shares the event loop with those
who play, so it works in short slices, which grow when much waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from vphost.rules.mode import Event, Json, Rejected
from vphost.rules.poker.statistics import book as book
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.feed import Feed, Lag
from vphost.services.journal.sealing import Sealer
from vphost.services.operators.operations import Added, Answer
from vphost.services.ports import Documents, Journal, Record, StoreDown
from vphost.tables.open_documents import Open

TABLES, USERS, CURSOR = "stats_tables", "stats_users", "stats_cursor"
GAMES = "stats_games"
PLACE = "place"
PAGE = 4_000
"""How many commits are counted into the documents together."""
READ = 200
"""How many commits are read at once, from memory or from the journal."""
SLICE_S, LONGEST_SLICE_S = 0.005, 0.1
"""Shortest and longest slice of counting in one turn of the loop."""
SHARE, FULL_SHARE_AT = 0.5, 2_000
"""Most seconds of counting for each second that everything else gets, and how many commits have to
wait for that share to be used."""
GATHER_S, LONGEST_GATHER_S = 1.0, 3.0
"""How long hands are gathered before they are counted together. It is longer when writing takes
long: each document is written once, however many hands it counts."""
RESTS = 1
"""Gathering lasts so many times as long as the last write, within these bounds."""
LAG_MS, LAG_COMMITS = 10_000, 1_000
"""When counting is behind by both, it is logged."""
RETRY_S, FAILED_S = 2.0, 60.0
ROOMS_MAX = 5_000
"""How many rooms are kept in memory between hands."""
CURSOR_EVERY = 1_000
"""After how many commits the cursor is moved."""
log = structlog.get_logger("vphost.statistics")


class HandReader(Protocol):
    """Reads finished hands out of the events of one room; a mode has `hand_reader()` for it."""

    users: dict[int, str]
    in_hand: bool

    def read(self, event: Event) -> book.Finished | None:
        """Read the next event; return the hand that it ended.

        A reader whose hands count unseen cards (`Finished.counts_unseen`) has an attribute
        `released` that says after each event what becomes of these: True: the game has ended,
        and they may be told; False: they never are; None: nothing yet.
        """
        ...


@dataclass(slots=True)
class Reading:
    """The reader of one room. began, began_ms: seq and time of the running hand's first commit."""

    reader: HandReader
    began: int = 0
    began_ms: int = 0


@dataclass(slots=True)
class Batch:
    """What was found in a page of commits.

    found: in order, (mark, room, finished hand or release, duration in ms); a release says what
    becomes of figures that a table has held back. users: room -> all its players, for rooms with
    new ones. hands: how many finished.
    """

    found: list[tuple[book.Mark, str, book.Finished | book.Release, int]] = field(
        default_factory=list
    )
    users: dict[str, dict[int, str]] = field(default_factory=dict)
    hands: int = 0


class Statistics:
    """Counts hands and answers with counters."""

    def __init__(
        self, journal: Journal, documents: Documents, sealer: Sealer, book_name: str,
        makers: Mapping[str, Callable[[], HandReader]], page: int = PAGE,
    ) -> None:
        """makers: mode -> function that makes a reader for one of its rooms. page: how many
        commits are counted together."""
        self._page = page
        self._feed: Feed[Record] = Feed(self._read_journal)
        self._lag_said_ms = 0
        self._wrote_s = 0.0
        self._slice_s = SLICE_S
        self._journal = journal
        self._documents = documents
        self._sealer = sealer
        self._book = book_name
        self._makers = makers
        self._marks = tuple(b'"mode":"%b"' % name.encode() for name in makers)
        self._after: int | None = None
        self._saved = 0
        self._rooms: dict[str, Reading] = {}
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()

    async def open(self) -> None:
        """Declare the collections; call once before anything else."""
        for collection in (TABLES, GAMES, USERS, CURSOR):
            await self._documents.declare(collection, unique=[], indexed=[])

    # -- what was counted ------------------------------------------------------------------

    async def table(self, room: str) -> Mapping[str, Json]:
        """Return a table's document (see `statistics/book.py`), empty for one without hands."""
        found = await self._documents.get(TABLES, room)
        return book.new_table() if found is None else found.body

    async def user(self, user: str) -> Mapping[str, Json]:
        """Return a user's document, empty for one without hands."""
        found = await self._documents.get(USERS, user)
        return book.new_user() if found is None else found.body

    async def game(self, room: str, game_id: str) -> Mapping[str, Json]:
        """Return the document of one game of a table, empty for one without hands."""
        found = await self._documents.get(GAMES, game_key(room, game_id))
        return book.new_game() if found is None else found.body

    # -- counting --------------------------------------------------------------------------

    def take(self, records: Sequence[Record]) -> None:
        """Queue commits that have just become durable; called for all, in order of the book."""
        for record in records:
            is_wanted = self._is_of_a_hand(record)
            self._feed.take(record, is_wanted)
            if is_wanted:
                self._wake.set()

    def lag(self) -> Lag:
        """Return how far counting is behind the commits of games."""
        return Lag(0, 0) if self._after is None else self._feed.lag(self._after)

    async def run(self) -> None:
        """Count for ever; after a failure of the store, try again later."""
        while True:
            try:
                await self.catch_up()
            except StoreDown as error:
                log.warning("statistics_wait", error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            except Exception as error:  # Games go on; an operator has to look at this.
                log.error("statistics_failed", error=repr(error), exc_info=error)
                await asyncio.sleep(FAILED_S)
                continue
            await self._wake.wait()
            await asyncio.sleep(min(max(GATHER_S, RESTS * self._wrote_s), LONGEST_GATHER_S))
            self._wake.clear()

    async def catch_up(self) -> int:
        """Count everything that is durable now; return how many hands were counted.

        Raises: StoreDown, after which the next call begins again from what is stored.
        """
        async with self._lock:
            return await self._catch_up()

    async def rebuild(self) -> int:
        """Drop everything counted and count the whole journal; return the hands.

        Raises: StoreDown; the next `catch_up` then continues the rebuild.
        """
        async with self._lock:
            self._forget()
            for collection in (CURSOR, TABLES, GAMES, USERS):
                while found := await self._documents.find(collection, {}, "", READ):
                    for one in found:
                        await self._documents.delete(collection, one.id, one.version)
            return await self._catch_up()

    async def close(self) -> None:
        """Move the cursor, so that the next start need not read again."""
        async with self._lock:
            if self._after is not None:
                with suppress(StoreDown):
                    await self._save_cursor()

    def operations(self) -> Mapping[str, Added]:
        """Return what an operator may ask for, by name."""
        return {"stats.rebuild": self._op_rebuild}

    async def _op_rebuild(self, args: Mapping[str, Json]) -> Answer:
        if args:
            return Rejected("bad_message", {"field": next(iter(args))[:64]})
        await self.open()
        return {"hands": await self.rebuild()}

    def _forget_rooms(self) -> None:
        """Forget rooms between two hands when there are too many; they are easily read again."""
        if len(self._rooms) > ROOMS_MAX:
            self._rooms = {
                room: reading for room, reading in self._rooms.items() if reading.reader.in_hand
            }

    def _forget(self) -> None:
        self._after, self._saved = None, 0
        self._rooms.clear()

    async def _catch_up(self) -> int:
        hands, upto = 0, self._feed.newest or None
        try:
            after = await self._resume() if self._after is None else self._after
            while True:
                batch = Batch()
                reached = await self._collect(batch, after, upto)
                if reached == after:
                    return hands
                await self._write(batch)
                self._forget_rooms()
                after = self._after = reached
                hands += batch.hands
                self._log_lag()
                if after - self._saved >= CURSOR_EVERY:
                    await self._save_cursor()
        except BaseException:
            self._forget()
            raise

    async def _collect(self, batch: Batch, after: int, upto: int | None) -> int:
        """Give the next commits, at most a page, to the readers; return the seq reached.

        upto: the last seq of interest, None for everything in the journal.
        """
        loop = asyncio.get_running_loop()
        began_s, count = loop.time(), 0
        while count < self._page:
            records, reached = await self._feed.next(after, min(self._page, READ), upto)
            if reached == after:
                break
            for record in records:
                await self._feed_reader(record, batch)
                began_s = await self._give_way(began_s)
            after, count = reached, count + max(1, len(records))
        return after

    async def _give_way(self, began_s: float) -> float:
        """Yield to the loop when a slice is over; return when the present slice began."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if now_s - began_s < self._slice_s:
            return began_s
        await asyncio.sleep(0)
        again_s = loop.time()
        share = SHARE * min(1.0, self._feed.waiting / FULL_SHARE_AT)
        self._slice_s = min(max(SLICE_S, share * (again_s - now_s)), LONGEST_SLICE_S)
        return again_s

    async def _read_journal(self, after: int, limit: int) -> tuple[list[Record], int]:
        records = await self._journal.read(self._book, after, limit)
        wanted = [record for record in records if self._is_of_a_hand(record)]
        return wanted, records[-1].seq if records else after

    def _is_of_a_hand(self, record: Record) -> bool:
        """Return whether a commit is of a mode that plays hands; a look at its bytes is enough."""
        return bool(record.room) and any(mark in record.body for mark in self._marks)

    def _log_lag(self) -> None:
        """Log when counting is behind, again when the lag has doubled, and when it is over."""
        lag = self.lag()
        if lag.commits >= LAG_COMMITS and lag.ms >= max(LAG_MS, 2 * self._lag_said_ms):
            log.warning("statistics_behind", commits=lag.commits, seconds=lag.ms // 1000)
            self._lag_said_ms = lag.ms
        elif self._lag_said_ms and lag.ms < LAG_MS // 2:
            log.info("statistics_caught_up")
            self._lag_said_ms = 0

    async def _resume(self) -> int:
        """Load the cursor, and read the hands that were running there again."""
        found = await self._documents.get(CURSOR, PLACE)
        after = 0 if found is None else int(found.body["after"])
        running = {} if found is None else found.body["running"]
        for room, began in running.items():
            seq = began - 1
            while records := await self._journal.read_room(room, seq, READ):
                for record in records:
                    seq = record.seq
                    if seq <= after:
                        await self._feed_reader(record, Batch())
                if seq >= after:
                    break
        self._after = self._saved = after
        return after

    async def _feed_reader(self, record: Record, batch: Batch) -> None:
        """Give a commit to its room's reader."""
        if not self._is_of_a_hand(record):
            return
        reading = self._rooms.get(record.room)
        if reading is None:
            known = (await self.table(record.room))["users"]
            users = {int(player): user for player, user in known.items()}
        else:
            users = dict(reading.reader.users)
        try:
            self._read(record, users, batch)
        except Exception as error:  # A hand that cannot be read must not harm any other.
            log.error("hand_not_counted", room=record.room, seq=record.seq, error=repr(error))
            self._rooms.pop(record.room, None)

    def _read(self, record: Record, users: dict[int, str], batch: Batch) -> None:
        """Read one commit. users: the known players of its room, for a new reader."""
        stored = decode(record, self._sealer)
        make = self._makers.get(stored.mode)
        if make is None:
            return
        reading = self._rooms.get(record.room)
        if reading is None:
            reading = self._rooms[record.room] = Reading(make())
            reading.reader.users.update(users)
        reader = reading.reader
        for place, event in enumerate(stored.events):
            was_in_hand = reader.in_hand
            hand = reader.read(event)
            released: bool | None = getattr(reader, "released", None)
            if reader.in_hand and not was_in_hand:
                reading.began, reading.began_ms = record.seq, record.at_ms
            mark = (record.seq, place)
            if hand is not None:
                took_ms = max(0, record.at_ms - reading.began_ms)
                batch.found.append((mark, record.room, hand, took_ms))
                batch.hands += 1
            if released is not None:
                batch.found.append((mark, record.room, book.Release(released), 0))
        if reader.users != users:
            batch.users[record.room] = dict(reader.users)

    async def _write(self, batch: Batch) -> None:
        """Add a batch to the documents. The tables' are written last, because a table's mark says
        that its hand has been counted everywhere."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        tables, users = Open(self._documents, TABLES), Open(self._documents, USERS)
        games = Open(self._documents, GAMES)
        await _read_all(batch, tables, users, games)
        for room, numbered in batch.users.items():
            body = await tables.body(room, book.new_table)
            known = {str(player): user for player, user in numbered.items()}
            tables.change(room, {**body, "users": {**body["users"], **known}})
        slice_began_s = loop.time()
        for mark, room, found, took_ms in batch.found:
            if isinstance(found, book.Release):
                await _release(found, mark, room, tables, users)
            else:
                await _add(found, mark, room, took_ms, tables, users, games)
            slice_began_s = await self._give_way(slice_began_s)
        for opened in (users, games, tables):
            await opened.write()
        self._wrote_s = loop.time() - began_s

    async def _save_cursor(self) -> None:
        assert self._after is not None
        running = {
            room: reading.began for room, reading in self._rooms.items() if reading.reader.in_hand
        }
        cursor = Open(self._documents, CURSOR)
        await cursor.body(PLACE, dict)
        cursor.change(PLACE, {"after": self._after, "running": running})
        await cursor.write()
        self._saved = self._after


async def _read_all(batch: Batch, tables: Open, users: Open, games: Open) -> None:
    """Read the documents that a batch is added to, concurrently."""
    hands = [(room, found) for _, room, found, _ in batch.found
             if isinstance(found, book.Finished)]
    await tables.read({room: None for _, room, _, _ in batch.found} | dict.fromkeys(batch.users))
    await users.read({user: None for _, hand in hands for user in hand.users if user})
    await games.read({game_key(room, hand.game_id): None for room, hand in hands})


async def _add(
    hand: book.Finished, mark: book.Mark, room: str, took_ms: int,
    tables: Open, users: Open, games: Open,
) -> None:
    """Add a hand to all documents that have not counted it yet."""
    table = await tables.body(room, book.new_table)
    if book.mark_of(table) >= mark:
        return
    for place, (player, user) in enumerate(zip(hand.players, hand.users)):
        if not user:
            continue
        body = await users.body(user, book.new_user)
        if book.mark_of(body) < mark:
            is_first = book.is_first_hand(table, hand, player)
            users.change(user, book.user_with(body, hand, place, mark, took_ms, is_first))
    key = game_key(room, hand.game_id)
    game = await games.body(key, book.new_game)
    if book.mark_of(game) < mark:
        games.change(key, book.game_with(game, hand, mark, took_ms))
    tables.change(room, book.table_with(table, hand, mark, took_ms))


async def _release(
    release: book.Release, mark: book.Mark, room: str, tables: Open, users: Open
) -> None:
    """Add to the users' documents what their table has held back, or drop it."""
    table = await tables.body(room, book.new_table)
    held = table.get("unseen", {})
    if not held or book.mark_of(table) >= mark:
        return
    if release.is_shown:
        for user, kinds in held.items():
            body = await users.body(user, book.new_user)
            if book.mark_of(body) < mark:
                users.change(user, book.released_user(body, kinds, mark))
    tables.change(room, book.released_table(table, mark))


def game_key(room: str, game_id: str) -> str:
    """Return the id of the document of one game."""
    return f"{room}.{game_id}"
