"""From the store to living rooms: snapshots, then the commits after them, in few large reads.

One scan of the book from the ledger's snapshot on feeds all rooms, balances and sends, and checks
the hash chain on its way. Rooms whose own snapshot is older read their part up to there first. A
journal that does not fit together refuses to start; a room whose mode cannot fold its own commits
is quarantined, and the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from vphost.rules.mode import SYSTEM, Mode
from vphost.services.encoding import ZERO_HASH, Stored, chain_hash, decode
from vphost.services.ledger import Ledger
from vphost.services.line import Damaged
from vphost.services.ports import (
    Documents, Head, Journal, Record, Snapshot, StoreRefused,
)
from vphost.services.balances import net_of
from vphost.services.room import Room
from vphost.services.sealing import CannotUnseal, Sealer
from vphost.services.sends import Courier
from vphost.services.snapshots import commits_until_next, snapshot_state

LOG = structlog.get_logger("vphost.recovery")
COLLECTION = "rooms"
PAGE = 2_000
AT_ONCE = 100


@dataclass(slots=True)
class Replay:
    """A room on its way back. room: None until the first commit or snapshot names the mode.

    after_seq: commits up to here are folded, or not wanted. newest: for the room's memory.
    """

    room_id: str
    newest: deque[Stored]
    room: Room | None = None
    after_seq: int = 0
    failed: bool = False


@dataclass(slots=True)
class Recovered:
    """What was found. head: newest commit. book_seq: place of the ledger's snapshot."""

    rooms: dict[str, Room] = field(default_factory=dict)
    head: Head = Head(0, ZERO_HASH)
    book_seq: int = 0
    last_at_ms: int = 0


class Recovery:
    """Rebuilds all open rooms of a book, its ledger and its sends."""

    def __init__(
        self, *, book: str, journal: Journal, documents: Documents, ledger: Ledger,
        courier: Courier, sealer: Sealer, modes: Mapping[str, Mode[Any]],
        make_room: Callable[[str, Mode[Any]], Room], recent: int,
    ) -> None:
        """recent: newest commits that a room remembers."""
        self._book = book
        self._journal = journal
        self._documents = documents
        self._ledger = ledger
        self._courier = courier
        self._sealer = sealer
        self._modes = modes
        self._make_room = make_room
        self._recent = recent
        self._replays: dict[str, Replay] = {}
        self._found = Recovered()

    async def run(self) -> Recovered:
        """Read everything. Raises: StoreRefused when the journal is damaged; StoreDown."""
        found = self._found
        found.head = await self._journal.head(self._book)
        await self._list_rooms()
        base = await self._load_book()
        await self._in_chunks(self._load_room)
        if base:
            await self._in_chunks(lambda replay: self._read_older(replay, base))
        await self._scan(base)
        for replay in self._replays.values():
            self._finish(replay)
        return found

    async def _list_rooms(self) -> None:
        after = ""
        while True:
            page = await self._documents.find(COLLECTION, {"open": 1}, after, PAGE)
            for document in page:
                self._replays[document.id] = Replay(document.id, deque(maxlen=self._recent))
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def _load_book(self) -> int:
        """Load ledger and sends. Returns: the place from which everything has to be read."""
        ledger = await self._journal.snapshot("ledger", self._book)
        sends = await self._journal.snapshot("sends", self._book)
        if ledger is None or sends is None:
            return 0
        if max(ledger.seq, sends.seq) > self._found.head.seq:
            raise StoreRefused("the journal ends before its own snapshot; commits are missing")
        self._ledger.load(ledger)
        self._courier.load(sends)
        self._found.book_seq = ledger.seq
        self._sends_seq = sends.seq
        return min(ledger.seq, sends.seq)

    _sends_seq = 0

    async def _in_chunks(self, work: Callable[[Replay], Any]) -> None:
        """Do something for all rooms, a bounded number at once."""
        replays = list(self._replays.values())
        for start in range(0, len(replays), AT_ONCE):
            await asyncio.gather(*(work(replay) for replay in replays[start:start + AT_ONCE]))

    async def _load_room(self, replay: Replay) -> None:
        snapshot = await self._journal.snapshot("room", replay.room_id)
        if snapshot is None:
            return
        replay.after_seq = snapshot.seq
        try:
            self._load_state(replay, snapshot)
        except CannotUnseal as error:
            raise StoreRefused(f"room {replay.room_id}: {error}") from error
        except Exception:
            self._fail(replay)

    def _load_state(self, replay: Replay, snapshot: Snapshot) -> None:
        room = self._room_of(replay, snapshot.mode)
        if room is not None:
            state = snapshot_state(snapshot, room.mode, self._sealer)
            room.line.load(state, snapshot.room_seq, snapshot.seq)
            room.snapshot_due = commits_until_next(snapshot, room.snapshot_due)

    def _room_of(self, replay: Replay, mode_name: str) -> Room | None:
        if replay.room is None:
            mode = self._modes.get(mode_name)
            if mode is None:
                LOG.error("no such mode, room left out", room=replay.room_id, mode=mode_name)
                replay.failed = True
                return None
            replay.room = self._make_room(replay.room_id, mode)
        return replay.room

    async def _read_older(self, replay: Replay, base: int) -> None:
        """Feed the room's commits between its snapshot and the place where the scan begins."""
        while replay.after_seq < base:
            page = await self._journal.read_room(replay.room_id, replay.after_seq, PAGE)
            for record in page:
                if record.seq > base:
                    return
                self._check_hash(record)
                self._feed(replay, record)
            if len(page) < PAGE:
                return

    async def _scan(self, base: int) -> None:
        prev_hash: str | None = ZERO_HASH
        seq = base
        if base:
            before = await self._journal.read(self._book, base - 1, 1)
            prev_hash = before[0].hash if before else None
        while seq < self._found.head.seq:
            for record in await self._journal.read(self._book, seq, PAGE):
                if record.seq != seq + 1 or record.prev_hash != prev_hash:
                    raise StoreRefused(f"the journal is damaged: {record.seq} follows {seq}")
                self._check_hash(record)
                self._take(record)
                seq, prev_hash = record.seq, record.hash
            await asyncio.sleep(0)
        if prev_hash != self._found.head.hash:
            raise StoreRefused("the journal is damaged at its end")

    def _check_hash(self, record: Record) -> None:
        if chain_hash(record.prev_hash, record.body) != record.hash:
            raise StoreRefused(f"the journal is damaged: commit {record.seq} has another hash")

    def _take(self, record: Record) -> None:
        """Count one commit of the scan everywhere it matters."""
        if record.seq > self._found.book_seq and record.postings:
            self._ledger.balances.apply(net_of(record.postings))
        self._found.last_at_ms = max(self._found.last_at_ms, record.at_ms)
        prefix = f"{record.room}:{SYSTEM}:"
        if record.id.startswith(prefix):
            self._courier.forget(record.id[len(prefix):])
        replay = self._replays.get(record.room)
        if replay is not None and record.seq > replay.after_seq and not replay.failed:
            stored = self._feed(replay, record)
        elif record.seq > self._sends_seq and b'"sends":[]' not in record.body:
            stored = decode(record, None)
        else:
            return
        if stored is not None and record.seq > self._sends_seq:
            self._courier.note(stored.sends)

    def _feed(self, replay: Replay, record: Record) -> Stored | None:
        """Fold one commit into its room."""
        try:
            stored = decode(record, self._sealer)
        except CannotUnseal as error:
            raise StoreRefused(f"commit {record.seq}: {error}") from error
        replay.after_seq = record.seq
        room = self._room_of(replay, stored.mode)
        if room is not None and not room.quarantined:
            try:
                room.line.replay(stored)
                replay.newest.append(stored)
            except Exception:
                self._fail(replay)
        return stored

    def _fail(self, replay: Replay) -> None:
        """Stop a room that cannot be folded; called while the exception is handled."""
        if replay.room is None:
            LOG.exception("room left out", room=replay.room_id)
        else:
            replay.room.quarantine("replay")
        replay.failed = True

    def _finish(self, replay: Replay) -> None:
        room = replay.room
        if room is None or room.line.state is None:
            return
        try:
            room.line.remember(replay.newest)
        except Exception:
            self._fail(replay)
        self._found.last_at_ms = max(self._found.last_at_ms, room.line.at_ms)
        self._found.rooms[room.id] = room


__all__ = ["COLLECTION", "Damaged", "Recovered", "Recovery"]
