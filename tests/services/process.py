"""The services of one process over a store, started and killed as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from tests.services.memory_store import MemoryDocuments, MemoryJournal
from tests.services.toy_mode import ToyMode
from vphost.rules.mode import Command, Rejected
from vphost.services.journal.commits import Accepted, Commit, Outcome
from vphost.services.journal.journal import Patience, Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import Documents, Journal
from vphost.services.rooms.room import Room
from vphost.services.rooms.room_context import RoomLimits
from vphost.services.rooms.rooms import Rooms

SEALER = Sealer({"k1": bytes(32)})
QUICK = Patience(first_wait_ms=1, longest_wait_ms=4, give_up_ms=40)
BOOK = "main"


class ManualClock:
    """Game time that moves when told."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def at_least(self, moment_ms: int) -> None:
        self.now = max(self.now, moment_ms)

    def calendar_ms(self) -> int:
        return self.now


class CountingSeeds:
    """32 bytes that count up."""

    def __init__(self) -> None:
        self._next = 0

    def draw(self) -> bytes:
        self._next += 1
        return self._next.to_bytes(32, "big")


class Process:
    """Everything between the store and the sockets."""

    def __init__(
        self, journal: Journal, documents: Documents, *, clock: Any = None,
        limits: RoomLimits = RoomLimits(), patience: Patience = QUICK, sealer: Sealer = SEALER,
        book_snapshot_every: int = 10_000, modes: dict[str, Any] | None = None,
        bounds: dict[str, int] | None = None, wakes: bool = True,
        plugins: dict[str, str] | None = None,
    ) -> None:
        """wakes: `start` wakes all rooms and waits for them."""
        self.wakes = wakes
        self.journal: Any = journal
        self.documents = documents
        self.clock = clock or ManualClock()
        self.fenced = 0
        self.writer = Writer(
            journal, BOOK, self._on_fenced, patience=patience, **bounds or {}
        )
        self.ledger = Ledger(self.writer, journal, self.clock, sealer, {("house:x", "PLAY"): 50})
        self.rooms = Rooms(
            modes=modes or {"toy": ToyMode()}, journal=journal, documents=documents,
            writer=self.writer, ledger=self.ledger, clock=self.clock, seeds=CountingSeeds(),
            sealer=sealer, limits=limits, book_snapshot_every=book_snapshot_every,
            plugins=plugins,
        )

    def _on_fenced(self) -> None:
        self.fenced += 1

    async def start(self, last_alive_ms: int | None = None) -> Process:
        await self.rooms.recover(last_alive_ms)
        if self.wakes:
            self.rooms.begin_waking()
            await self.rooms.all_back()
        return self

    async def kill(self) -> None:
        """Stop every task where it stands; nothing is flushed, nobody is answered."""
        tasks = [
            task for task in asyncio.all_tasks()
            if task is not asyncio.current_task() and task.get_name().startswith(
                ("writer", "room", "snapshots", "watch", "sends", "create", "waking")
            )
        ]
        for room in self.rooms:
            room.freeze()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def room(self, room_id: str = "r1", **config: Any) -> Room:
        return await self.rooms.create(room_id, "toy", config)

    def get(self, room_id: str) -> Room:
        """Return a room that has to be there; one that sleeps wakes."""
        room = self.rooms.get(room_id)
        assert room is not None, room_id
        return room


class Boot(Protocol):
    """The fixture `boot`: start a process over the test's store, with `Process`'s settings."""

    async def __call__(self, last_alive_ms: int | None = None, **settings: Any) -> Process: ...


async def ask(
    room: Room, id: str, op: str = "add", user: str = "ann", **args: Any
) -> Outcome:
    """Give a command."""
    return await room.submit(Command(id, user, op, args))


async def done(room: Room, id: str, op: str = "add", user: str = "ann", **args: Any) -> Commit:
    """Give a command that has to be committed."""
    return committed(await ask(room, id, op, user, **args))


def accepted(outcome: Outcome) -> Accepted:
    """Return the answer to a command that has to be accepted."""
    assert isinstance(outcome, Accepted), outcome
    return outcome


def committed(outcome: Outcome) -> Commit:
    """Return the commit of a command that has to have one."""
    commit = accepted(outcome).commit
    assert commit is not None, outcome
    return commit


def code(outcome: Outcome) -> str:
    """Return the code of a refusal."""
    assert isinstance(outcome, Rejected), outcome
    return outcome.code


async def three_rooms(boot: Boot, in_ms: int = 30_000) -> None:
    """Leave r1 to r3 in the store, each with two commits after its first."""
    process = await boot(clock=ManualClock(1_000_000))
    for room in ("r1", "r2", "r3"):
        await process.room(room)
        await done(process.get(room), "a", amount=5)
        await done(process.get(room), "t", "timer", in_ms=in_ms)
    await process.kill()


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something has become true."""
    end = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < end, "waited too long"
        await asyncio.sleep(0.001)


def memory() -> tuple[MemoryJournal, MemoryDocuments]:
    """Return an empty store."""
    return MemoryJournal(), MemoryDocuments()
