"""All live rooms of a book, and what they share.

Call `recover` first, then `create`, `get` and `begin_waking`; at the end `drain` and `close`. The
journal, the documents and the lease belong to the caller, who also closes them.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog

from vphost.rules import books
from vphost.rules.mode import SYSTEM, Json, Mode, Rejected
from vphost.services.calendar import Calendar
from vphost.services.journal.commit_codec import commit_id, json_of
from vphost.services.journal.commits import Commit
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import (
    Clock, Documents, Duplicate, Journal, Seeds, StaleVersion, StoreDown, StoreRefused,
)
from vphost.services.rooms.border import Wire
from vphost.services.rooms.lines import Lines
from vphost.services.rooms.loading import Loading
from vphost.services.rooms.missed import Missed
from vphost.services.rooms.outbox import Handler, Outbox
from vphost.services.rooms.recovery import COLLECTION, Recovery
from vphost.services.rooms.room import Room
from vphost.services.rooms.room_context import QUARANTINED, RoomContext, RoomLimits
from vphost.services.rooms.snapshots import Snapshots
from vphost.services.rooms.stall_detector import StallDetector
from vphost.services.rooms.unloaded import Revival, fold_whole

LOG = structlog.get_logger("vphost.rooms")
ROOM_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
"""No colons, which separate the parts of account names and commit ids that contain a room's id."""
HEAVY_THREADS = 2
SHORTEST_OUTAGE_MS = 1_000
"""After a shorter outage of the store, there is no time worth giving back to players."""
WATCH_PERIOD_MS = 1_000
GAP_MS = 5_000
"""When the process has stood still for longer, players get the time back."""
BOOK_SNAPSHOT_EVERY = 10_000


class BadRoom(ValueError):
    """A room cannot be created: its id or configuration is invalid, or another mode has the id."""


class Rooms:
    """The registry of rooms, and what they share: writer, ledger, clock, sends."""

    def __init__(
        self, *, modes: Mapping[str, Mode[Any]], journal: Journal, documents: Documents,
        writer: Writer, ledger: Ledger, clock: Clock, seeds: Seeds, sealer: Sealer,
        limits: RoomLimits = RoomLimits(), book_snapshot_every: int = BOOK_SNAPSHOT_EVERY,
        plugins: Mapping[str, str] | None = None,
    ) -> None:
        """modes: by name. The writer must not be started yet; `recover` starts it.

        plugins: mode -> the plugin that provides it, for messages; may be filled later.
        """
        self.modes = modes
        self.watch = StallDetector(clock, GAP_MS)
        self.calendar = Calendar(clock)
        self.lines = Lines()
        self._journal = journal
        self._documents = documents
        self._writer = writer
        self._ledger = ledger
        self._clock = clock
        self._sealer = sealer
        self._limits = limits
        self._rooms: dict[str, Room] = {}
        self._loading = Loading(documents, writer.book, self._register, self._fold_whole)
        self._creating: dict[str, asyncio.Task[Room]] = {}
        self._observers: list[Callable[[Commit], None]] = []
        self._followers: list[Callable[[Commit], None]] = []
        self._executor = ThreadPoolExecutor(HEAVY_THREADS, thread_name_prefix="decide")
        self.missed = Missed(journal, writer.book, sealer, self._rooms.get)
        self._outbox = Outbox(writer.book, self.get)
        self._snapshots = Snapshots(
            journal, sealer, ledger, self._outbox, self._rooms.get,
            book_every=book_snapshot_every, room_every=limits.snapshot_every,
        )
        self._around = RoomContext(
            journal=journal, writer=writer, ledger=ledger, clock=clock, seeds=seeds,
            sealer=sealer, executor=self._executor, watch=self.watch, calendar=self.calendar,
            lines=self.lines,
            durable=self._durable,
            committed=self._committed, began=self._began, wants_snapshot=self._snapshots.want,
            full=self._is_full, limits=limits, plugins={} if plugins is None else plugins,
        )
        self._progress = asyncio.Event()
        self._recovered = False
        self._revival = Revival(
            modes=modes, sealer=sealer, recent=limits.recent_commits,
            make_room=lambda room_id, mode: Room(room_id, mode, self._around),
        )
        self.observer_failures = 0
        writer.on_trouble.append(self._outage_began)
        writer.on_recovered.append(self._outage_ended)
        writer.after_write.append(self._snapshots.note_written)
        self.watch.on_gap.append(self._stood_still)
        self.watch.on_look.append(self.calendar.look)
        self.calendar.on_jump.append(self._clock_jumped)
        self._noting: asyncio.Task[None] | None = None

    # -- the registry ----------------------------------------------------------------------

    def get(self, room_id: str) -> Room | None:
        """Return an open room; an existing room is loaded on first access."""
        room = self._rooms.get(room_id)
        if room is None and room_id in self._loading:
            return self._loading.wake(room_id)
        return room

    def check_frames(self, wire: Wire) -> None:
        """Check the modes' output against the schemas of their protocols from now on."""
        self._around.wire = wire

    async def find(self, room_id: str) -> Room | None:
        """Return an open room, waiting for it if it is being folded from its first commit."""
        room = self.get(room_id)
        if room is None and room_id in self._loading:
            await self._loading.wait_for(room_id)
            room = self._rooms.get(room_id)
        return room

    def is_awake(self, room_id: str) -> bool:
        """Return whether a room can be accessed without loading it first."""
        return room_id not in self._loading

    def __iter__(self) -> Iterator[Room]:
        """Iterate over the loaded rooms; nothing can happen in the others."""
        return iter(list(self._rooms.values()))

    def __len__(self) -> int:
        """Return how many rooms are open, loaded or not."""
        return len(self._rooms) + len(self._loading)

    async def create(self, room_id: str, mode_name: str, config: Mapping[str, Json]) -> Room:
        """Create a room and return it; an existing one is returned as it is.

        Raises: KeyError when there is no such mode; BadRoom when the id is invalid, or the room
        exists and is of another mode; StoreDown; StoreRefused when the room exists but could not be
        recovered; ModeFault when the room that the mode makes cannot be committed.
        """
        if not ROOM_ID.fullmatch(room_id):
            raise BadRoom(
                f"{room_id[:80]!r} is not a room id: letters, digits, - and _, at most 64"
            )
        if (there := await self.find(room_id)) is not None:
            return _of_mode(there, self.modes[mode_name])
        creating = self._creating.get(room_id)
        if creating is None:
            creating = asyncio.create_task(
                self._create(room_id, self.modes[mode_name], config), name=f"create {room_id}"
            )
            self._creating[room_id] = creating
            creating.add_done_callback(partial(self._end_creating, room_id))
        return _of_mode(await asyncio.shield(creating), self.modes[mode_name])

    def _end_creating(self, room_id: str, task: asyncio.Task[Room]) -> None:
        del self._creating[room_id]
        if not task.cancelled():
            task.exception()  # Retrieved here too: all callers may have given up waiting.

    async def _create(
        self, room_id: str, mode: Mode[Any], config: Mapping[str, Json]
    ) -> Room:
        now_ms = self._clock.now_ms()
        room = Room(room_id, mode, self._around)
        try:
            given = json_of(dict(config))
        except (TypeError, ValueError) as error:
            raise BadRoom(f"the configuration of room {room_id} is not JSON: {error}") from error
        room.line.try_out(given, now_ms)
        try:
            await self._documents.insert(COLLECTION, room_id, {"mode": mode.name, "open": 1})
        except Duplicate:
            if await self._journal.find(commit_id(room_id, SYSTEM, "create")) is not None:
                raise StoreRefused(f"room {room_id} exists and could not be recovered") from None
        outcome = await room.begin(given, now_ms)
        if isinstance(outcome, Rejected):
            raise StoreDown(f"room {room_id} was not created: {outcome.code}")
        return room

    def _began(self, room: Room) -> None:
        """Register and start a room whose first commit is durable."""
        self._rooms[room.id] = room
        room.start()

    async def retire(self, room_id: str) -> bool:
        """Close a room that is over and holds no money; no later start loads it again.

        Its commits stay in the journal. A room is over when the mode's label `is_over` says so.
        Returns: whether the room is retired; False while it is not over, is busy, holds money, or
            is quarantined, which an operator has to look at.
        Raises: StoreDown, in which case nothing has changed.
        """
        document = await self._documents.get(COLLECTION, room_id)
        if document is None or room_id in self._creating:
            return False
        room = self.get(room_id)
        if room is None:
            return not document.body["open"]
        if room.quarantined or not room.idle or not room.labels.is_over:
            return False
        if self._ledger.balances.holds_any(books.of_room(room_id)):
            LOG.error("a room that is over holds money", room=room_id)
            return False
        with contextlib.suppress(StaleVersion):
            await self._documents.replace(
                COLLECTION, room_id, document.version, {**document.body, "open": 0}
            )
        room.retire()
        self._rooms.pop(room_id, None)
        await room.close()
        return True

    async def revive(self, room_id: str) -> Room | Rejected:
        """Fold a quarantined room from its first commit and restart it, with its sockets.

        Nothing is lost by the stop: everything that the room did is committed. Refusals:
        not_found, action_not_available (it is not quarantined, or commits are still being written),
        room_quarantined (it cannot be folded; the log says why). Raises: StoreDown, StoreRefused.
        """
        document = await self._documents.get(COLLECTION, room_id)
        if document is None or not document.body["open"]:
            return Rejected("not_found", {"room": room_id[:64]})
        old = await self.find(room_id)
        if old is not None and (not old.quarantined or old.line.pending or self._writer.refusing):
            return Rejected("action_not_available", {"room": room_id})
        folded = await self._fold_whole(room_id)
        if folded is None or folded.quarantined:
            return QUARANTINED
        if old is None:
            if room_id not in self._rooms:
                self._loading.let_go_on(folded)
        elif old.quarantined:
            old.revive(folded.line)
        self._outbox.deliver_to(room_id)
        return self._rooms[room_id]

    async def _fold_whole(self, room_id: str) -> Room | None:
        return await fold_whole(room_id, self._journal, self._revival)

    def observe(self, observer: Callable[[Commit], None]) -> None:
        """Call a function with each commit of any room, after broadcast and sends.

        An observer that raises is logged, counted (`observer_failures`), and still called next
        time.
        """
        self._observers.append(observer)

    def follow(self, follower: Callable[[Commit], None]) -> None:
        """Call a function with each commit of any room as soon as it is durable, in the order of
        the book and before the broadcast. It should only store the commit, and must not raise."""
        self._followers.append(follower)

    def register_job(self, service: str, handler: Handler) -> None:
        """Deliver sends to `job:<service>` to a handler, which raises StoreDown to be called again.

        After a restart a job may come again, with the same send id.
        """
        self._outbox.register_job(service, handler)

    # -- start and end ---------------------------------------------------------------------

    async def recover(self, last_alive_ms: int | None) -> None:
        """Rebuild the ledger and read all rooms, so that running games can go on.

        Each room is loaded on first access, or when its turn comes after `begin_waking`, and then
        gets back the time that it was away.
        last_alive_ms: when the previous owner of the book was last seen, in game time; None when
            there was none.
        Raises: StoreRefused when the journal is damaged or a key is missing; StoreDown.
        """
        await self._loading.begin_mark(last_alive_ms)
        await self._documents.declare(COLLECTION, unique=(), indexed=("open", "mode"))
        found = await Recovery(
            book=self._writer.book, journal=self._journal, documents=self._documents,
            ledger=self._ledger, outbox=self._outbox, revival=self._revival,
        ).run()
        self._clock.at_least(max(found.last_at_ms, last_alive_ms or 0))
        await self.calendar.open(self._documents, self._writer.book, last_alive_ms)
        await self.lines.open(self._documents, self._writer.book, found.head.seq)
        self._writer.start(found.head)
        self._recovered = True
        self._snapshots.start(found.book_seq)
        self.watch.start(WATCH_PERIOD_MS)
        self._loading.take(found.rooms)
        self._outbox.start()

    def begin_waking(self) -> None:
        """Begin to load all remaining rooms one by one; active players take precedence."""
        self._loading.begin()

    async def all_back(self) -> None:
        """Wait until every room is loaded and has got back the time that it was away."""
        await self._loading.wait()

    def _register(self, room: Room) -> None:
        self._rooms[room.id] = room

    async def drain(self, bound_ms: int) -> None:
        """Start no more hands, let running ones end within a time limit, and refuse the rest.

        Modes that know the command `drain` stop starting hands; a room between two hands is frozen.
        Returns when all rooms are frozen, at the latest after bound_ms. Call `close` next.
        """
        self._loading.stop()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + bound_ms / 1000
        if asked := [room.drain() for room in self]:
            await asyncio.wait(asked, timeout=bound_ms / 1000)
        while not self._freeze_quiet() and loop.time() < end_s:
            self._progress.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._progress.wait(), max(end_s - loop.time(), 0))
        for room in self:
            room.freeze()

    def _freeze_quiet(self) -> bool:
        """Freeze the rooms where nothing is running; return whether all are frozen now."""
        waiting = [room for room in self if not room.frozen]
        for room in waiting:
            if room.idle and room.at_boundary():
                room.freeze()
        return all(room.frozen for room in waiting)

    async def close(self) -> None:
        """Stop all tasks; pending commands are answered `draining`. The store stays open.

        Commits under way are written first; quiet rooms get a last snapshot.
        """
        await self._loading.close()
        await self.watch.close()
        if self._noting is not None:
            await asyncio.gather(self._noting, return_exceptions=True)
        for room in self:
            room.freeze()
        await self._outbox.close()
        await self._writer.close()
        await asyncio.gather(*(room.close() for room in self))
        await self._snapshots.close()
        if self._recovered and not self._writer.troubled:
            await self._last_snapshots()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _last_snapshots(self) -> None:
        for room in self:
            if room.since_snapshot and not room.quarantined:
                self._snapshots.want(room.id)
        self._snapshots.want_book(self._writer.head.seq)
        await self._snapshots.flush()

    # -- called by rooms and writer --------------------------------------------------------

    def _is_full(self) -> bool:
        return self._writer.full or self._outbox.full

    def _durable(self, commit: Commit) -> None:
        self._outbox.note(commit.sends)
        for follower in self._followers:
            follower(commit)

    def _committed(self, commit: Commit) -> None:
        self._progress.set()
        if commit.sends:
            self._outbox.deliver(commit.sends)
        for observer in self._observers:
            try:
                observer(commit)
            except Exception:
                self.observer_failures += 1
                LOG.exception("an observer failed", room=commit.room, seq=commit.seq)

    def _outage_began(self) -> None:
        now_ms = self._clock.now_ms()
        for room in self:
            room.pause(now_ms)

    def _outage_ended(self) -> None:
        for room in self:
            room.unpause(SHORTEST_OUTAGE_MS)

    def _clock_jumped(self) -> None:
        self._noting = asyncio.create_task(
            self.calendar.try_save(self._documents, self._writer.book), name="clock"
        )
        for room in self:
            room.clock_jumped()

    def _stood_still(self, since_ms: int) -> None:
        LOG.warning("the process stood still", ms=self._clock.now_ms() - since_ms)
        for room in self:
            room.pause(since_ms)
            room.resume()


def _of_mode(room: Room, mode: Mode[Any]) -> Room:
    """Return the room if it is of a mode. Raises: BadRoom when it is of another one."""
    if room.mode is not mode:
        raise BadRoom(f"room {room.id} exists, of mode {room.mode.name}, not of {mode.name}")
    return room


__all__ = ["BadRoom", "Room", "Rooms"]
