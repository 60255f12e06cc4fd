"""A whole host in this process: store, writer, rooms, cash mode, codec, hubs and connections.

Only the bytes of the network are left out: a `Wire` takes the frames that a socket would carry.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from plugins.cash.rules.seating import CashGame
from tests.machine.faulty_journal import FaultyJournal
from tests.machine.virtual_time import Outside, VirtualClock
from tests.rules.poker.table.cash_table import CODEC, ROOM
from vphost.app import GOODBYE_S
from vphost.rules.mode import Rejected
from vphost.rules.poker.table.leaving import PARTINGS
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.rooms.room import Room
from vphost.services.rooms.room_context import RoomLimits
from vphost.services.rooms.rooms import Rooms
from vphost.tables.modes import table_modes
from vphost.web.connection import Connection
from vphost.web.registry import Sockets
from vphost.web.site import Caller, Limits, Site
from vphost.wire.endpoints import SocketProtocol

BOOK = "main"
SEALER = Sealer({"k1": bytes(range(32))})
LIMITS = RoomLimits(mailbox=64, in_flight=4, recent_commits=5, recent_ids=40, snapshot_every=9)
EDGE = Limits(
    messages_per_s=1e9, message_burst=10**9, broken_frames=10**9, replayed_events=9_000,
)


class KnownSeeds:
    """32 bytes that nobody could guess, and that the test knows."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []

    def draw(self) -> bytes:
        """Return the next seed."""
        self.drawn.append(sha256(b"machine %d" % len(self.drawn)).digest())
        return self.drawn[-1]


class Wire:
    """The transport of one socket. heard: called with each frame when it is sent.

    deaf: the peer reads nothing any more, and the buffer is full.
    """

    def __init__(self, heard: Callable[[Mapping[str, Any]], None]) -> None:
        self._heard = heard
        self.dropped = False
        self.deaf = False
        self.closed: tuple[int, str] | None = None

    def send(self, frame: bytes) -> bool:
        """Take encoded frames; False when the peer is gone."""
        if self.deaf:
            self.dropped = True
        if self.dropped or self.closed is not None:
            return False
        for payload in payloads_of(frame):
            self._heard(json.loads(payload))
        return True

    def close(self, code: int, reason: str) -> None:
        """Note why the host closes it."""
        self.closed = self.closed or (code, reason)


def payloads_of(data: bytes) -> Iterator[bytes]:
    """Yield the texts of unmasked final text frames, one after the other. Source: RFC 6455, 5.2."""
    while data:
        assert data[0] == 0x81
        length, start = data[1], 2
        if length == 126:
            length, start = struct.unpack("!H", data[2:4])[0], 4
        elif length == 127:
            length, start = struct.unpack("!Q", data[2:10])[0], 10
        assert len(data) >= start + length, "half a frame"
        yield data[start:start + length]
        data = data[start + length:]


class TableHost:
    """One process over a store; it is dropped where it stands by `kill`."""

    def __init__(
        self, journal: FaultyJournal, documents: Outside, clock: VirtualClock, seeds: KnownSeeds,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.fenced = 0
        self.writer = Writer(journal, BOOK, self._on_fenced)
        self.ledger = Ledger(self.writer, journal, clock, SEALER, {})
        self.rooms = Rooms(
            modes=table_modes([CashGame()]), journal=journal, documents=documents,
            writer=self.writer, ledger=self.ledger, clock=clock, seeds=seeds, sealer=SEALER,
            limits=LIMITS, book_snapshot_every=25,
        )
        self.protocol = SocketProtocol(
            "table", "/ws/tables/", CODEC, let_in, partings=PARTINGS
        )
        self.site = Site(
            limits=EDGE, sockets=Sockets(), identify=identify, find_room=self.find_room,
            now_ms=clock.now_ms, is_troubled=lambda: self.writer.troubled, static=Path(),
            is_ready=True,
            is_live=is_live,
        )
        self.site.sockets.add_protocol(self.protocol)

    def _on_fenced(self) -> None:
        self.fenced += 1

    @property
    def room(self) -> Room:
        """The table."""
        room = self.rooms.get(ROOM)
        assert room is not None
        return room

    async def find_room(self, token: str) -> Room | None:
        """Return the table by its id."""
        return self.rooms.get(token)

    def connect(self, user: str, since: int | None, wire: Wire) -> Connection:
        """Open a socket for a user, as the handshake would."""
        connection = Connection(self.site, self.protocol, self.room, wire)  # type: ignore[arg-type]
        connection.open(user, since)
        return connection

    def hears(self, connection: Connection) -> bool:
        """Return whether a socket hears the room now, with nothing held back for it."""
        place = self.site.sockets.hub("table", self.room).members.get(connection)
        return place is not None and place.held is None

    def sockets_of(self, user: str) -> int:
        """Return how many sockets of a user hear the table."""
        return len(self.site.sockets.in_room("table", ROOM, user))

    @property
    def says_goodbye(self) -> bool:
        """Whether somebody's going has still to be told to the table."""
        return any(task.get_name() == "goodbye" for task in self.site.tasks)

    async def stop(self, drain_ms: int) -> None:
        """End as on SIGTERM."""
        self.site.is_draining = True
        await self.rooms.drain(drain_ms)
        self.site.close_sockets(1012, "restart")
        if tasks := tuple(self.site.tasks):
            await asyncio.wait(tasks, timeout=GOODBYE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.rooms.close()

    async def kill(self) -> None:
        """Stop every task where it stands; nothing is flushed, nobody is answered."""
        for room in self.rooms:
            room.freeze()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def let_in(user: str, room: str) -> Rejected | None:
    """Let everybody in."""
    return None


async def identify(token: str) -> Caller | Rejected:
    """A token is the user's own name; finding out takes a turn of the loop."""
    await asyncio.sleep(0)
    return Caller(token, token)


async def is_live(user: str, session: str) -> bool:
    """Nobody's session ends; finding out takes a turn of the loop."""
    await asyncio.sleep(0)
    return True
