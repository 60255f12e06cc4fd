"""Ticks, pauses, and a process that stood still."""

from __future__ import annotations

import asyncio
import time

from tests.conftest import ExpectLog
from tests.services.memory_store import REFUSED, MemoryJournal
from tests.services.process import Boot, ManualClock, ask, done, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules.mode import Command, Decision
from vphost.services.clock import SystemClock
from vphost.services.journal.commit_codec import decode
from vphost.services.rooms import timers
from vphost.services.rooms.timers import Alarm


async def test_a_tick_comes_when_the_mode_wants_it(boot: Boot, journal: MemoryJournal) -> None:
    clock = ManualClock()
    room = await (await boot(clock=clock)).room()
    await done(room, "t", "timer", in_ms=10)
    clock.now += 10
    await until(lambda: room.state.ticks == 1)
    assert journal.records[-1].id.startswith("r1:system:tick:")
    assert room.state.deadline is None


async def test_a_moved_deadline_moves_the_tick(boot: Boot) -> None:
    clock = ManualClock()
    room = await (await boot(clock=clock)).room()
    await done(room, "t", "timer", in_ms=5)
    await done(room, "u", "timer", in_ms=1_000_000)
    clock.now += 10
    await asyncio.sleep(0.03)
    assert room.state.ticks == 0


async def test_an_alarm_that_changes_nothing_rings_ever_slower() -> None:
    rings: list[float] = []
    alarm = Alarm(SystemClock(), lambda: rings.append(time.monotonic()))
    alarm.set(SystemClock().now_ms())
    await until(lambda: len(rings) == 3)
    alarm.stop()
    first, second = rings[1] - rings[0], rings[2] - rings[1]
    assert first >= timers.FIRST_REST_MS / 1000 * 0.9 and second >= first * 1.5


async def test_a_mode_with_a_stuck_clock_does_not_spin(boot: Boot, journal: MemoryJournal) -> None:
    clock = ManualClock()
    asked = 0

    class Counting(ToyMode):
        def _tick(self, state: Toy, command: Command, now_ms: int) -> Decision:
            nonlocal asked
            asked += 1
            return super()._tick(state, command, now_ms)

    room = await (await boot(clock=clock, modes={"toy": Counting()})).room()
    await done(room, "s", "stick")
    await until(lambda: asked >= 1)
    await asyncio.sleep(0.25)
    assert asked <= 3 and len(journal.records) == 2


async def test_after_a_standstill_players_get_their_time_back_before_any_tick(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the process stood still")
    clock = ManualClock()
    process = await boot(clock=clock)
    rooms = [await process.room(f"r{n}") for n in range(3)]
    for room in rooms:
        await done(room, "t", "timer", in_ms=20_000)
    process.rooms.watch.beat()
    clock.now += 60_000
    late = await asyncio.gather(*(done(room, "act") for room in rooms))
    for room, commit in zip(rooms, late):
        assert room.state.moved_ms == 60_000 and room.state.ticks == 0
        assert room.state.deadline == 1_080_000
        assert room.line.recent.since(1) == [commit]
    moved = [event for one in journal.records for event in decode(one, None).events
             if event.name == "_moved"]
    assert [event.data for event in moved] == [{"ms": 60_000, "restarted": False}] * 3


async def test_a_short_stall_is_the_players_own(boot: Boot) -> None:
    clock = ManualClock()
    process = await boot(clock=clock)
    room = await process.room()
    await done(room, "t", "timer", in_ms=20_000)
    process.rooms.watch.beat()
    clock.now += 2_000
    await done(room, "act")
    assert room.state.moved_ms == 0


async def test_an_outage_of_the_store_costs_the_players_nothing(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|the store answers again|doubted commits settled|stood still")
    clock = ManualClock()
    process = await boot(clock=clock)
    room = await process.room()
    await done(room, "t", "timer", in_ms=5)
    journal.down = True
    waiting = asyncio.create_task(ask(room, "a"))
    await until(lambda: process.writer.troubled)
    clock.now += 30_000
    await waiting
    await asyncio.sleep(0.15)
    journal.down = False
    await until(lambda: room.state.moved_ms == 30_000)
    process.rooms.watch.beat()
    await done(room, "b")
    assert room.state.ticks == 0 and room.state.moved_ms == 30_000
    clock.now += 5
    await until(lambda: room.state.ticks == 1)


async def test_a_hiccup_of_the_store_moves_nothing(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|the store answers again")
    process = await boot()
    room = await process.room()
    await done(room, "t", "timer", in_ms=50_000)
    journal.fail_next(REFUSED)
    await done(room, "a")
    await done(room, "b")
    assert room.state.moved_ms == 0 and not process.writer.troubled


async def test_system_time_never_goes_back_and_can_be_moved_forward() -> None:
    clock = SystemClock()
    before = clock.now_ms()
    assert abs(before - clock.calendar_ms()) < 1_000
    clock.at_least(before - 10_000)
    assert clock.now_ms() < before + 1_000
    clock.at_least(before + 60_000)
    assert before + 60_000 <= clock.now_ms() < before + 61_000
