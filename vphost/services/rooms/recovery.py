"""From the store to rooms that can be loaded: snapshots, then the commits after them.

One scan of the book, from the ledger's snapshot on, feeds all rooms, balances and sends, and checks
the hash chain on the way. Rooms whose own snapshot is older first read their part up to there. With
a journal that does not fit together the host refuses to start; a room whose mode cannot fold its
own commits is quarantined when it is loaded (`unloaded.py`), and the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from vphost.rules.mode import SYSTEM
from vphost.services.journal.commit_codec import (
    ZERO_HASH, chain_hash, decode, has_sends, is_of_our_format,
)
from vphost.services.ledger.balances import net_of
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import Documents, Head, Journal, Record, StoreRefused
from vphost.services.rooms.outbox import Outbox
from vphost.services.rooms.unloaded import Revival, UnloadedRoom

COLLECTION = "rooms"
PAGE = 2_000
AT_ONCE = 100


@dataclass(slots=True)
class Recovered:
    """What was found. head: newest commit. book_seq: place of the ledger's snapshot.

    last_at_ms: the latest time of any commit that was looked at, in game time.
    """

    rooms: dict[str, UnloadedRoom] = field(default_factory=dict)
    head: Head = Head(0, ZERO_HASH)
    book_seq: int = 0
    last_at_ms: int = 0


class Recovery:
    """Reads all open rooms of a book; rebuilds its ledger and its sends."""

    def __init__(
        self, *, book: str, journal: Journal, documents: Documents, ledger: Ledger,
        outbox: Outbox, revival: Revival,
    ) -> None:
        self._book = book
        self._journal = journal
        self._documents = documents
        self._ledger = ledger
        self._outbox = outbox
        self._revival = revival
        self._found = Recovered()
        self._sends_seq = 0

    async def run(self) -> Recovered:
        """Read everything. Raises: StoreRefused when the journal is damaged; StoreDown."""
        found = self._found
        found.head = await self._journal.head(self._book)
        await self._list_rooms()
        base = await self._load_book()
        await self._in_chunks(self._load_room)
        if base:
            await self._in_chunks(lambda room: self._read_older(room, base))
        await self._scan(base)
        found.last_at_ms = max(found.last_at_ms, await self._moment(found.head.seq))
        found.rooms = {id: room for id, room in found.rooms.items() if not room.is_empty}
        await self._in_chunks(self._know_moment)
        return found

    async def _list_rooms(self) -> None:
        after = ""
        while True:
            page = await self._documents.find(COLLECTION, {"open": 1}, after, PAGE)
            for document in page:
                self._found.rooms[document.id] = UnloadedRoom(document.id, self._revival)
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def _load_book(self) -> int:
        """Load ledger and sends. Returns: the seq after which the scan has to begin."""
        ledger = await self._journal.snapshot("ledger", self._book)
        sends = await self._journal.snapshot("sends", self._book)
        if ledger is None or sends is None:
            return 0
        if max(ledger.seq, sends.seq) > self._found.head.seq:
            raise StoreRefused("the journal ends before its own snapshot; commits are missing")
        self._ledger.load(ledger)
        self._outbox.load(sends)
        self._found.book_seq = ledger.seq
        self._sends_seq = sends.seq
        return min(ledger.seq, sends.seq)

    async def _in_chunks(self, work: Callable[[UnloadedRoom], Awaitable[None]]) -> None:
        """Do something for all rooms, at most AT_ONCE at a time."""
        rooms = list(self._found.rooms.values())
        for start in range(0, len(rooms), AT_ONCE):
            await asyncio.gather(*(work(room) for room in rooms[start:start + AT_ONCE]))

    async def _load_room(self, room: UnloadedRoom) -> None:
        snapshot = await self._journal.snapshot("room", room.room_id)
        if snapshot is not None:
            room.load(snapshot)

    async def _read_older(self, room: UnloadedRoom, base: int) -> None:
        """Read a room's commits between its snapshot and the place where the scan begins."""
        while room.after_seq < base:
            page = await self._journal.read_room(room.room_id, room.after_seq, PAGE)
            for record in page:
                if record.seq > base:
                    return
                self._check(record)
                self._give(room, record)
            if len(page) < PAGE:
                return

    async def _know_moment(self, room: UnloadedRoom) -> None:
        """Look up the time of a room's newest commit when only its snapshot was read."""
        if not room.at_ms:
            room.at_ms = await self._moment(room.after_seq)

    async def _moment(self, seq: int) -> int:
        """Return when a commit of the book was decided, epoch ms; 0 for seq 0."""
        if not seq:
            return 0
        [record] = await self._journal.read(self._book, seq - 1, 1)
        self._check(record)
        return record.at_ms

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
                self._check(record)
                self._take(record)
                seq, prev_hash = record.seq, record.hash
            await asyncio.sleep(0)
        if prev_hash != self._found.head.hash:
            raise StoreRefused("the journal is damaged at its end")

    def _check(self, record: Record) -> None:
        """Check a commit's hash and format. Raises: StoreRefused."""
        if chain_hash(record.prev_hash, record.body) != record.hash:
            raise StoreRefused(f"the journal is damaged: commit {record.seq} has another hash")
        try:
            if not is_of_our_format(record.body):
                decode(record, None)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreRefused(f"commit {record.seq} cannot be read: {error}") from error

    def _take(self, record: Record) -> None:
        """Apply one commit of the scan to the ledger, the sends and its room."""
        if record.seq > self._found.book_seq and record.postings:
            self._ledger.balances.apply(net_of(record.postings))
        self._found.last_at_ms = max(self._found.last_at_ms, record.at_ms)
        prefix = f"{record.room}:{SYSTEM}:"
        if record.id.startswith(prefix):
            self._outbox.forget(record.id[len(prefix):])
        if record.seq > self._sends_seq and has_sends(record.body):
            self._outbox.note(decode(record, None).sends)
        room = self._found.rooms.get(record.room)
        if room is not None and record.seq > room.after_seq:
            self._give(room, record)

    def _give(self, room: UnloadedRoom, record: Record) -> None:
        self._found.last_at_ms = max(self._found.last_at_ms, record.at_ms)
        room.take(record)
