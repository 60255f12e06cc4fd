"""The orderly end: running hands finish, nobody waits for ever, the next start is quick."""

from __future__ import annotations

import asyncio

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryJournal
from tests.services.process import Boot, accepted, ask, code, done, until
from vphost.services.journal.commits import Accepted
from vphost.services.ledger.verify import verify


async def test_a_quiet_room_is_frozen_and_a_running_hand_is_finished(boot: Boot) -> None:
    process = await boot()
    quiet, playing = await process.room("r1"), await process.room("r2")
    await done(playing, "o", "open")
    draining = asyncio.create_task(process.rooms.drain(5_000))
    await until(lambda: quiet.frozen)
    assert code(await ask(quiet, "a")) == "draining"
    assert not playing.frozen and not draining.done()
    await done(playing, "a")
    await done(playing, "s", "shut")
    await asyncio.wait_for(draining, 1)
    assert code(await ask(playing, "b")) == "draining"
    assert accepted(await ask(playing, "a")).repeated


async def test_a_hand_that_does_not_end_is_left_after_the_bound(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    await done(room, "o", "open")
    await process.rooms.drain(30)
    assert room.frozen and room.state.busy
    await process.rooms.close()
    again = await boot()
    assert again.get("r1").state.busy
    await done(again.get("r1"), "s", "shut")


async def test_a_drained_room_plays_on_after_the_restart(boot: Boot) -> None:
    process = await boot()
    await process.room()
    await process.rooms.drain(1_000)
    await process.rooms.close()
    again = await boot()
    room = again.get("r1")
    assert not room.state.draining
    await done(room, "o", "open")


async def test_close_writes_what_is_on_its_way_and_answers_everybody(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot()
    room = await process.room()
    journal.hold()
    asks = [asyncio.create_task(ask(room, f"c{n}")) for n in range(100)]
    await journal.waiting.wait()
    closing = asyncio.create_task(process.rooms.close())
    await asyncio.sleep(0)
    journal.release()
    await asyncio.wait_for(closing, 2)
    outcomes = await asyncio.gather(*asks)
    acknowledged = [one for one in outcomes if isinstance(one, Accepted)]
    assert all(isinstance(one, Accepted) or one.code == "draining" for one in outcomes)
    assert len(acknowledged) == room.state.total == len(journal.records) - 1 > 0


async def test_close_leaves_snapshots_and_no_task(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot()
    await done(await process.room(), "a", amount=9)
    await process.rooms.close()
    assert journal.snapshots["room", "r1"].seq == journal.snapshots["ledger", "main"].seq == 2
    names = [task.get_name() for task in asyncio.all_tasks() if task != asyncio.current_task()]
    assert names == []
    assert (await boot()).get("r1").state.total == 9
    assert (await verify(journal, "main")).ok


async def test_close_while_the_store_is_down_ends_in_time(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails")
    process = await boot()
    room = await process.room()
    journal.down = True
    waiting = asyncio.create_task(ask(room, "a"))
    await until(lambda: process.writer.troubled)
    await asyncio.wait_for(process.rooms.close(), 2)
    assert code(await waiting) in ("store_down", "draining")
