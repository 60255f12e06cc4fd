"""Random starts, ends, outages and standstills: no clock loses time or gets more than passed."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import Collector
from tests.services.memory_store import ANSWER_LOST, REFUSED, Fault, MemoryDocuments, MemoryJournal
from tests.services.process import Boot, ManualClock, Process, ask, done, until
from vphost.services.ledger.verify import verify
from vphost.services.ports import BadRecord
from vphost.services.rooms.loading import MARKS
from vphost.services.rooms.room_context import RoomLimits

ROOMS = [f"r{n}" for n in range(4)]
START_MS = 1_000_000
STEPS = 14
LINES = "the store |doubted commits|stood still|a snapshot was not written"
"""What may be logged; which of it comes is chance."""


@dataclass
class Trial:
    """One process after another over one store."""

    boot: Callable[..., Any]
    journal: MemoryJournal
    dice: random.Random
    limits: RoomLimits
    clock: ManualClock = field(default_factory=lambda: ManualClock(START_MS))
    asked: list[asyncio.Future[Any]] = field(default_factory=list)

    async def start(self, alive_ms: int) -> Process:
        process: Process = await self.boot(
            clock=self.clock, last_alive_ms=alive_ms, limits=self.limits, wakes=False
        )
        process.rooms.watch.beat()
        return process

    def give(self, process: Process) -> None:
        """Ask some room for something; it wakes."""
        room = process.get(self.dice.choice(ROOMS))
        assert room is not None
        self.asked.append(asyncio.ensure_future(ask(room, f"c{len(self.asked)}")))

    async def step(self, process: Process) -> None:
        """Do something."""
        journal, dice = self.journal, self.dice
        match dice.randrange(10):
            case 0 | 1:
                self.give(process)
            case 2:
                journal.fail_next(*[REFUSED] * dice.randrange(1, 6))
            case 3:
                journal.fail_next(dice.choice((ANSWER_LOST, Fault(BadRecord("no"), 0))))
            case 4:
                journal.down = not journal.down
            case 5:
                journal.hold()
            case 6:
                journal.release()
            case 7:
                self.clock.now += dice.randrange(6, 20) * 1_000
                process.rooms.watch.beat()
            case 8:
                self.clock.now += dice.randrange(3_000)
                process.rooms.watch.beat()
            case _:
                await asyncio.sleep(dice.choice((0, 0, 0.001, 0.02)))

    async def calm(self, process: Process) -> None:
        """Let the store work, and wait until nobody's time has still to be given back."""
        self.journal.down = False
        self.journal.faults.clear()
        self.journal.release()
        self.give(process)
        await until(lambda: not process.writer.troubled and not process.writer.refusing and all(
            room.idle and not room.is_paused for room in process.rooms
        ))


@pytest.mark.parametrize("snapshot_every", [2, 99])
@pytest.mark.parametrize("seed", range(20))
async def test_no_sequence_takes_time_or_gives_it_twice(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, log_collector: Collector,
    seed: int, snapshot_every: int,
) -> None:
    log_collector.expected.append((re.compile(LINES), ["any"]))
    trial = Trial(
        boot, journal, random.Random(seed), RoomLimits(snapshot_every=snapshot_every)
    )
    clock, dice, away_ms = trial.clock, trial.dice, 0
    process = await trial.start(START_MS)
    for id in ROOMS:
        await done(await process.room(id), "t", "timer", in_ms=10**9)
    for turn in range(5):
        await process.kill()
        alive_ms, gone_ms = clock.now, dice.randrange(1, 50) * 1_000
        clock.now, away_ms = clock.now + gone_ms, away_ms + gone_ms
        process = await trial.start(alive_ms)
        if turn == 4 or dice.random() < 0.3:
            process.rooms.begin_waking()
        for _ in range(dice.randrange(STEPS)):
            await trial.step(process)
        await trial.calm(process)
        if turn < 4 and dice.random() < 0.4:
            await process.rooms.drain(100)
            await process.rooms.close()
    await process.rooms.all_back()
    assert await documents.get(MARKS, "main") is None
    for room in process.rooms:
        assert away_ms <= room.state.moved_ms <= clock.now - START_MS, room.id
    assert [room.id for room in sorted(process.rooms, key=lambda room: room.id)] == ROOMS
    assert (await verify(journal, "main")).ok
    await asyncio.gather(*trial.asked)
