"""Sends reach their target once, in order, also over a kill."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryDocuments, MemoryJournal
from tests.services.process import Boot, done, until
from vphost.rules.mode import Send
from vphost.services.ports import StoreDown
from vphost.services.rooms.room_context import RoomLimits


async def test_a_send_acts_in_the_other_room(boot: Boot) -> None:
    process = await boot()
    one, two = await process.room("r1"), await process.room("r2")
    await done(one, "s", "send", target="room:r2", what="get", count=3)
    await until(lambda: two.state.got == ("s/0", "s/1", "s/2"))
    await until(lambda: process.rooms._outbox.pending == 0)


async def test_a_send_to_itself_acts_after_its_own_commit(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    await done(room, "s", "send", target="room:r1", what="get")
    await until(lambda: room.state.got == ("s/0",))


@pytest.mark.parametrize("checkpoint", [False, True])
async def test_after_a_kill_anywhere_every_send_has_acted_once(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, checkpoint: bool
) -> None:
    process = await boot(book_snapshot_every=2 if checkpoint else 10_000)
    one, two = await process.room("r1"), await process.room("r2")
    for n in range(3):
        await done(one, f"s{n}", "send", target="room:r2", what="get", count=2)
    await until(lambda: len(two.state.got) == 6)
    await process.kill()
    for length in range(2, len(journal.records) + 1):
        again = await boot(journal=journal.cut(length))
        sent = [one.id for one in journal.records[:length] if ":ann:s" in one.id]
        wanted = {f"{id.rsplit(':', 1)[1]}/{n}" for id in sent for n in range(2)}
        await until(lambda: len(again.get("r2").state.got) >= len(wanted))
        await until(lambda: again.rooms._outbox.pending == 0)
        got = again.get("r2").state.got
        assert set(got) == wanted and len(got) == len(wanted)
        await again.kill()


async def test_a_send_waits_while_its_target_is_busy(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot(limits=RoomLimits(mailbox=1, in_flight=1))
    one, two = await process.room("r1"), await process.room("r2")
    await done(one, "s", "send", target="room:r2", what="get", count=5)
    await until(lambda: len(two.state.got) == 5)


async def test_a_refused_send_is_said_and_does_not_hold_up_the_next(
    boot: Boot, expect_log: ExpectLog
) -> None:
    expect_log("a send was refused")
    process = await boot()
    one, two = await process.room("r1"), await process.room("r2")
    await done(one, "s", "send", target="room:r2", what="unheard_of")
    await done(one, "t", "send", target="room:r2", what="get")
    await until(lambda: two.state.got == ("t/0",))
    await until(lambda: process.rooms._outbox.pending == 0)


async def test_a_send_to_no_room_is_said_and_kept(boot: Boot, expect_log: ExpectLog) -> None:
    expect_log("a send has no target")
    process = await boot()
    await done(await process.room(), "s", "send", target="room:none", what="get")
    await until(lambda: not process.rooms._outbox._tasks)
    assert process.rooms._outbox.pending == 1


async def test_a_job_is_asked_again_until_it_is_done(boot: Boot, expect_log: ExpectLog) -> None:
    expect_log("a job failed")
    process = await boot()
    seen: list[Send] = []
    answers = [StoreDown("mail server away"), RuntimeError("bug"), None]

    async def mail(send: Send) -> None:
        seen.append(send)
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    process.rooms.register_job("mail", mail)
    await done(await process.room(), "s", "send", target="job:mail", what="welcome")
    await until(lambda: process.rooms._outbox.pending == 0)
    assert [send.id for send in seen] == ["s/0"] * 3 and seen[0].op == "welcome"


async def test_a_job_waits_for_its_handler_even_over_a_restart(boot: Boot) -> None:
    process = await boot(book_snapshot_every=2)
    room = await process.room()
    await done(room, "s", "send", target="job:mail", what="welcome")
    for n in range(5):
        await done(room, f"c{n}")
    await until(lambda: ("sends", "main") in process.journal.snapshots)
    await process.kill()
    again = await boot()
    seen: list[str] = []

    async def mail(send: Send) -> None:
        seen.append(send.id)

    await asyncio.sleep(0)
    again.rooms.register_job("mail", mail)
    await until(lambda: again.rooms._outbox.pending == 0)
    assert seen == ["s/0"]
