"""Commit, then tell: nothing of an event leaves the host before its append has returned."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import ExpectLog
from tests.journeys.living_table import Guest, LivingTable, living_table
from tests.machine.faulty_journal import ANSWER_LOST, REFUSED, Fault
from tests.web.web_edge import Raw
from vphost.services.ports import StoreDown


async def until_asked(living: LivingTable) -> None:
    """Wait until the journal has been asked to append, which does not return."""
    async with asyncio.timeout(10):
        while not living.journal.waiting:
            await asyncio.sleep(0.001)


async def no_word(guests: list[Guest]) -> None:
    """Ask for the state and for nonsense; the answers come, and no event before them."""
    for guest in guests:
        await guest.say("dance")
        message = await guest.hear()
        assert message["event"] == "action_error", message
        assert message["payload"]["code"] == "unknown_action"


async def test_while_the_append_hangs_nobody_hears_anything(tmp_path: Path) -> None:
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two):
        guests = [await living.enter(one, "host"), await living.enter(two, "ann")]
        await living.start(guests)
        seq, actor = living.room.seq, guests[living.whose_turn()]
        living.journal.hold()
        await actor.say("action_fold", request_id="f")
        await until_asked(living)
        await no_word(guests)
        assert living.room.seq == seq
        living.journal.heal()
        for guest in guests:
            ack = await guest.until("action_ack", action="action_fold")
            assert ack["seq"] == seq + 1 <= living.journal.acknowledged[living.table]


@pytest.mark.parametrize("fault", [REFUSED, ANSWER_LOST, Fault(StoreDown("cut"), 1)])
async def test_an_append_that_fails_once_is_told_when_it_is_sure(
    tmp_path: Path, fault: Fault, expect_log: ExpectLog
) -> None:
    expect_log("the store (fails|answers again)")
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two):
        guests = [await living.enter(one, "host"), await living.enter(two, "ann")]
        await living.start(guests)
        actor = guests[living.whose_turn()]
        told_at: list[int] = []
        living.room.add_listener(
            lambda commit: told_at.append(living.journal.acknowledged[living.table])
        )
        living.journal.faults.append(fault)
        await actor.say("action_fold", request_id="f")
        for guest in guests:
            ack = await guest.until("action_ack", action="action_fold")
            assert ack["seq"] <= told_at[0]


async def test_an_append_that_never_works_is_refused_and_told_to_nobody(
    tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("the store|doubted|stood")
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two):
        guests = [await living.enter(one, "host"), await living.enter(two, "ann")]
        await living.start(guests)
        seq, actor = living.room.seq, guests[living.whose_turn()]
        living.journal.down = True
        await actor.say("action_fold", request_id="f")
        error = await actor.hear()
        assert (error["event"], error["payload"]["code"]) == ("action_error", "store_down")
        await no_word(guests)
        assert living.room.seq == seq
        living.journal.heal()
        async with asyncio.timeout(10):
            while living.app.house.writer.troubled:
                await asyncio.sleep(0.001)
        await actor.say("action_fold", request_id="f")
        for guest in guests:
            await guest.until("action_ack", action="action_fold")
