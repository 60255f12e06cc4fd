"""The clocks of rooms that come back: everybody gets his time, once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import REFUSED, Fault, MemoryDocuments, MemoryJournal
from tests.services.process import Boot, ManualClock, Process, ask, code, done, three_rooms, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules.mode import Command, Decision, Rejected
from vphost.services.journal.journal import Patience
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.verify import verify
from vphost.services.ports import BadRecord, Record, StoreDown, StoreRefused
from vphost.services.rooms import loading
from vphost.services.rooms.loading import MARKS
from vphost.services.rooms.room import Room
from vphost.services.rooms.room_context import RoomLimits


def moved(process: Process) -> dict[str, int]:
    """Return what each room was given back, ms."""
    return {room.id: room.state.moved_ms for room in process.rooms}


async def test_a_second_end_before_all_are_awake_takes_no_time_from_anybody(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments
) -> None:
    await three_rooms(boot)
    clock = ManualClock(1_000_000)
    for woken in ("r1", "r2"):
        alive_ms = clock.now
        clock.now += 10_000
        process = await boot(clock=clock, last_alive_ms=alive_ms, wakes=False)
        await done(process.get(woken), f"b-{woken}")
        await process.kill()
    clock.now += 10_000
    again = await boot(clock=clock, last_alive_ms=1_020_000)
    assert [again.get(id).state.moved_ms for id in ("r1", "r2", "r3")] == [30_000] * 3
    assert await documents.get(MARKS, "main") is None
    await again.kill()
    clock.now += 1_000
    last = await boot(clock=clock, last_alive_ms=1_030_000)
    assert {room.state.moved_ms for room in last.rooms} == {31_000}


@pytest.mark.parametrize("is_done", [False, True])
async def test_the_mark_is_forgotten_though_the_store_fails_at_first(
    boot: Boot, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """is_done: the first answer was lost, its deed was not."""
    await three_rooms(boot)
    monkeypatch.setattr(loading, "LOOK_AGAIN_S", 0.001)
    forget, fails = documents.delete, 2

    async def delete(collection: str, id: str, version: int) -> None:
        nonlocal fails
        fails -= 1
        if fails < 0 or fails == 1 and is_done:
            await forget(collection, id, version)
        if fails >= 0:
            raise StoreDown("gone")

    monkeypatch.setattr(documents, "delete", delete)
    await boot(clock=ManualClock(1_010_000))
    assert fails == -1 and await documents.get(MARKS, "main") is None


@pytest.mark.parametrize("orderly", [False, True])
async def test_a_room_known_by_its_snapshot_only_gets_its_time_back_once(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, orderly: bool
) -> None:
    await three_rooms(boot)
    clock = ManualClock(1_000_000 + 3_600_000)
    process = await boot(
        clock=clock, last_alive_ms=1_000_000, wakes=False, limits=RoomLimits(snapshot_every=2)
    )
    await done(process.get("r1"), "b")
    await until(lambda: ("room", "r1") in journal.snapshots)
    if orderly:
        await process.rooms.drain(1_000)
        await process.rooms.close()
    await process.kill()
    assert await documents.get(MARKS, "main") is not None
    clock.now += 1_000
    again = await boot(clock=clock, last_alive_ms=clock.now - 1_000)
    assert moved(again) == dict.fromkeys(("r1", "r2", "r3"), 3_601_000)


async def test_a_start_that_is_refused_takes_no_time_from_anybody(
    boot: Boot, documents: MemoryDocuments
) -> None:
    """It had the lease, so the next one hears that somebody was alive then."""
    await three_rooms(boot)
    process = await boot(clock=ManualClock(1_000_000))
    await done(process.get("r1"), "d", "deal")
    await process.kill()
    clock = ManualClock(1_600_000)
    with pytest.raises(StoreRefused):
        await boot(clock=clock, last_alive_ms=1_000_000, sealer=Sealer({"other": bytes(32)}))
    clock.now += 1_000
    again = await boot(clock=clock, last_alive_ms=1_600_000)
    assert set(moved(again).values()) == {601_000}
    assert await documents.get(MARKS, "main") is None


async def test_a_mark_goes_also_when_there_is_nothing_to_wake_any_more(
    boot: Boot, documents: MemoryDocuments
) -> None:
    process = await boot()
    await done(await process.room(), "f", "finish")
    await process.kill()
    clock = ManualClock(1_010_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    await until(lambda: process.get("r1").idle)
    assert await process.rooms.retire("r1")
    await process.kill()
    assert await documents.get(MARKS, "main") is not None
    again = await boot(clock=clock, last_alive_ms=1_010_000)
    assert len(again.rooms) == 0 and await documents.get(MARKS, "main") is None


async def test_the_mark_stays_until_the_time_given_back_is_durable(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, expect_log: ExpectLog
) -> None:
    expect_log("the store fails")
    await three_rooms(boot)
    clock = ManualClock(1_060_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    journal.down = True
    assert code(await ask(process.get("r1"), "b")) == "store_down"
    process.rooms.begin_waking()
    await until(lambda: len(list(process.rooms)) == 3 and not process.rooms._loading._resuming)
    assert moved(process) == {"r1": 0, "r2": 0, "r3": 0}
    assert await documents.get(MARKS, "main") is not None
    await process.kill()
    journal.down = False
    clock.now += 1_000
    again = await boot(clock=clock, last_alive_ms=1_060_500)
    assert set(moved(again).values()) == {61_000}


async def test_a_resume_lost_behind_a_commit_refused_for_good_is_decided_again(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, expect_log: ExpectLog
) -> None:
    expect_log("refuses a commit for good|doubted commits settled")
    await three_rooms(boot, in_ms=500)
    clock = ManualClock(1_060_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    other = await process.room("x")
    journal.hold()
    bad = asyncio.ensure_future(ask(other, "bad"))
    await journal.waiting.wait()
    journal.fail_next(Fault(BadRecord("no"), 0))
    room = process.get("r1")
    await until(lambda: room.line.pending)
    journal.release()
    assert code(await bad) == "store_down"
    process.rooms.begin_waking()
    await process.rooms.all_back()
    assert not room.is_paused and room.state.moved_ms == 60_000
    assert await documents.get(MARKS, "main") is None
    clock.now += 500
    await until(lambda: room.state.ticks == 1)


async def test_a_room_that_wakes_in_a_hiccup_of_the_store_gets_its_time_once(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|the store answers again")
    await three_rooms(boot)
    process = await boot(clock=ManualClock(1_060_000), last_alive_ms=1_000_000, wakes=False)
    journal.fail_next(REFUSED)
    first = asyncio.ensure_future(ask(process.get("r1"), "b"))
    await until(lambda: process.writer.troubled)
    await done(process.get("r2"), "b")
    await first
    await until(lambda: all(room.idle for room in process.rooms))
    assert moved(process) == {"r1": 60_000, "r2": 60_000}


async def at_a_standstill(
    boot: Boot, journal: MemoryJournal
) -> tuple[Process, ManualClock, Room]:
    """Return a process, its clock and a room with two resumes that the store keeps back.

    The first is of the start, after 60 s; the second of a standstill of 6 s while that was written.
    """
    await three_rooms(boot)
    clock = ManualClock(1_060_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    process.rooms.watch.beat()
    journal.hold()
    room = process.get("r1")
    await journal.waiting.wait()
    clock.now += 6_000
    process.rooms.watch.beat()
    await until(lambda: len(room.line.pending) == 2)
    return process, clock, room


async def test_a_standstill_while_a_resume_is_on_its_way_is_given_back_too(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the process stood still")
    process, clock, room = await at_a_standstill(boot, journal)
    journal.release()
    await until(lambda: room.idle)
    assert room.state.moved_ms == 66_000 and not room.is_paused


async def test_an_owner_of_before_cannot_remove_the_mark(
    boot: Boot, documents: MemoryDocuments, expect_log: ExpectLog
) -> None:
    expect_log("fenced")
    await three_rooms(boot)
    clock = ManualClock(1_060_000)
    old = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    clock.now += 20_000
    new = await boot(clock=clock, last_alive_ms=1_060_000, wakes=False)
    await done(new.get("r1"), "b")
    old.rooms.begin_waking()
    await until(lambda: old.fenced)
    await old.rooms._loading._forget_mark()
    assert await documents.get(MARKS, "main") is not None
    await old.kill()
    await new.kill()
    last = await boot(clock=clock, last_alive_ms=1_080_000)
    assert set(moved(last).values()) == {80_000}


@pytest.mark.parametrize("turns", [None, 0, 1, 2, 3, 4])
async def test_of_resumes_that_overlap_each_gives_its_own_part(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog, turns: int | None
) -> None:
    """The first is written while the second is on its way and a third is asked for.

    turns: of the loop before the third is asked for; None: by a hiccup of the store instead.
    """
    expect_log("the process stood still|the store fails|the store answers again")
    process, clock, room = await at_a_standstill(boot, journal)
    if turns is None:
        journal.fail_next(REFUSED)
        journal.release()
    else:
        clock.now += 6_000
        journal.release()
        for _ in range(turns):
            await asyncio.sleep(0)
        process.rooms.watch.beat()
    await until(lambda: room.idle and not room.is_paused)
    assert room.state.moved_ms == clock.now - 1_000_000


async def test_the_mark_stays_while_a_resume_is_on_its_way(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, expect_log: ExpectLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pause that is forgotten because the store hiccuped does not hide the resume before it."""
    expect_log("refuses a commit|doubted commits|the store fails|the store (hangs|answers again)")
    monkeypatch.setattr(loading, "LOOK_AGAIN_S", 0.001)
    await three_rooms(boot)
    clock = ManualClock(1_060_000)
    process = await boot(
        clock=clock, last_alive_ms=1_000_000, wakes=False, bounds={"batch_limit": 1},
        patience=Patience(first_wait_ms=1, longest_wait_ms=4, give_up_ms=60_000),
    )
    other = await process.room("x")
    journal.hold()
    bad = asyncio.ensure_future(ask(other, "bad"))
    await journal.waiting.wait()
    journal.fail_next(Fault(BadRecord("no"), 0), REFUSED)
    rooms = [process.get(id) for id in ("r1", "r2", "r3")]
    await until(lambda: all(room.line.pending for room in rooms))
    process.rooms.begin_waking()
    append = journal.append
    calls, shut = 0, asyncio.Event()

    async def append_two(records: Sequence[Record]) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            await shut.wait()
        await append(records)

    monkeypatch.setattr(journal, "append", append_two)
    journal.release()
    await bad
    await until(lambda: calls == 3)
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert await documents.get(MARKS, "main") is not None
    await process.kill()
    monkeypatch.setattr(journal, "append", append)
    clock.now += 1_000
    again = await boot(clock=clock, last_alive_ms=1_060_000)
    assert {moved(again)[id] for id in ("r1", "r2", "r3")} == {61_000}


@pytest.mark.parametrize("refusal", ["draining", "busy", "store_down", "not_now"])
async def test_a_mode_that_refuses_a_resume_has_answered_it(
    boot: Boot, documents: MemoryDocuments, refusal: str
) -> None:
    asked = 0

    class Unwilling(ToyMode):
        def _resume(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
            nonlocal asked
            asked += 1
            return Rejected(refusal)

    await three_rooms(boot)
    again = await boot(clock=ManualClock(1_010_000), modes={"toy": Unwilling()})
    assert asked == 3 and not any(room.is_paused for room in again.rooms)
    assert await documents.get(MARKS, "main") is None


@pytest.mark.parametrize("snapshot_every", [2, 99])
@pytest.mark.parametrize("seed", range(12))
async def test_random_starts_and_ends_give_nobody_too_little_or_more_than_has_passed(
    boot: Boot, journal: MemoryJournal, snapshot_every: int, seed: int
) -> None:
    dice, limits = random.Random(seed), RoomLimits(snapshot_every=snapshot_every)
    clock = ManualClock(1_000_000)
    process = await boot(clock=clock, limits=limits)
    for n in range(4):
        await done(await process.room(f"r{n}"), "t", "timer", in_ms=10**9)
    await process.kill()
    alive_ms, away_ms = clock.now, 0
    for turn in range(5):
        ms = dice.randrange(1, 50) * 1_000
        clock.now, away_ms = clock.now + ms, away_ms + ms
        process = await boot(
            clock=clock, last_alive_ms=alive_ms, limits=limits,
            wakes=turn == 4 or dice.random() < 0.3,
        )
        if turn == 4:
            break
        for n in range(dice.randrange(4)):
            await done(process.get(f"r{dice.randrange(4)}"), f"c{turn}.{n}")
        clock.now += dice.randrange(3) * 1_000
        alive_ms = clock.now
        if dice.random() < 0.5:
            await process.rooms.drain(200)
            await process.rooms.close()
        await process.kill()
    assert all(away_ms <= ms <= clock.now - 1_000_000 for ms in moved(process).values())
    assert len(moved(process)) == 4 and (await verify(journal, "main")).ok
