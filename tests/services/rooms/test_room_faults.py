"""A failing store, and modes that raise: what is unsure is settled, what is wrong is contained."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import ANSWER_LOST, REFUSED, Fault, MemoryDocuments, MemoryJournal
from tests.services.process import Boot, accepted, ask, code, done, until
from vphost.services.journal.commits import Accepted
from vphost.services.ports import BadRecord, Fenced, Record, StoreDown

TROUBLE = "the store fails|the store answers again|doubted commits settled"


async def test_a_short_failure_is_not_noticed_by_who_asks(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    room = await (await boot()).room()
    journal.fail_next(REFUSED, ANSWER_LOST)
    assert (await done(room, "a")).room_seq_first == 1
    assert [record.id for record in journal.records] == ["r1:system:create", "r1:ann:a"]


async def test_a_store_that_stays_down_is_said_and_everything_is_taken_back(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    room, other = await process.room("r1"), await process.room("r2")
    journal.down = True
    outcomes = await asyncio.gather(
        *(ask(room, f"c{n}") for n in range(5)), *(ask(other, f"c{n}") for n in range(5))
    )
    assert {code(outcome) for outcome in outcomes} == {"store_down"}
    assert process.writer.troubled and code(await ask(room, "d")) == "store_down"
    journal.down = False
    await until(lambda: not process.writer.refusing)
    assert room.state.total == 0 and not room.line.pending and not other.line.pending
    assert (await done(room, "c0")).answer == {"total": 1}
    assert not process.writer.troubled


async def test_a_doubted_commit_that_was_written_is_applied(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    room = await process.room()
    heard: list[str] = []
    room.add_listener(lambda commit: heard.append(commit.id))
    journal.fail_next(ANSWER_LOST)
    journal.faults.extend([REFUSED] * 200)
    assert code(await ask(room, "a", amount=7)) == "store_down"
    await until(lambda: not process.writer.refusing)
    assert room.state.total == 7 and room.seq == 1
    await until(lambda: heard == ["r1:ann:a"])
    journal.faults.clear()
    again = await ask(room, "a", amount=7)
    assert isinstance(again, Accepted) and again.repeated
    assert (await done(room, "b")).answer == {"total": 8}


async def test_of_a_doubted_write_the_part_that_is_there_counts(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    room = await process.room()
    journal.hold()
    first = asyncio.create_task(ask(room, "first"))
    await journal.waiting.wait()
    asks = [asyncio.create_task(ask(room, f"c{n}")) for n in range(6)]
    await asyncio.sleep(0)
    journal.fail_next(Fault(None, None), Fault(StoreDown("cut"), 4))
    journal.faults.extend([REFUSED] * 200)
    journal.release()
    assert isinstance(await first, Accepted)
    assert {code(await one) for one in asks} == {"store_down"}
    await until(lambda: not process.writer.refusing)
    assert room.state.total == 5 and room.seq == 5 and len(journal.records) == 6
    journal.faults.clear()
    repeats = [await ask(room, f"c{n}") for n in range(6)]
    assert [accepted(outcome).repeated for outcome in repeats] == [True] * 4 + [False] * 2
    assert room.state.total == 7


async def test_a_write_that_hangs_is_waited_for_and_then_counts(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    room = await process.room()
    journal.hold()
    assert code(await ask(room, "a", amount=3)) == "store_down"
    assert code(await ask(room, "b")) == "store_down"
    assert process.writer.refusing and room.state.total == 0
    journal.release()
    await until(lambda: not process.writer.refusing)
    assert room.state.total == 3
    assert accepted(await ask(room, "a", amount=3)).repeated


async def test_reserved_money_comes_back_when_the_write_is_lost(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    room = await process.room()
    await process.ledger.transact("d", deposit("ann", 100), {})
    journal.down = True
    assert code(await ask(room, "in", "pay_in", amount=100)) == "store_down"
    balances = process.ledger.balances
    assert balances.available("user:ann", "PLAY") == 0
    journal.down = False
    await until(lambda: not process.writer.refusing)
    assert balances.available("user:ann", "PLAY") == 100
    await done(room, "in", "pay_in", amount=100)
    assert process.ledger.balance("user:ann", "PLAY") == 0


async def test_another_owner_stops_this_process(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("fenced")
    process = await boot()
    room = await process.room()
    journal.fail_next(Fault(Fenced("another"), 0))
    assert code(await ask(room, "a")) == "store_down"
    assert process.fenced == 1
    assert code(await ask(room, "b")) == "store_down" and room.state.total == 0


async def test_other_bytes_at_a_doubted_place_stop_this_process(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    expect_log("fenced")
    process = await boot()
    room = await process.room()
    rival = await boot(journal=journal.cut(1))
    await done(rival.get("r1"), "rival")
    journal.fail_next(*[REFUSED] * 200)
    refused = asyncio.create_task(ask(room, "a"))
    await until(lambda: process.writer.troubled)
    journal.records = rival.journal.records
    assert code(await refused) == "store_down"
    await until(lambda: process.fenced == 1)
    assert room.state.total == 0


async def test_a_commit_that_the_store_never_takes_is_lost_alone_in_time(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("refuses a commit for good")
    expect_log("doubted commits settled")
    process = await boot()
    room = await process.room()
    journal.fail_next(Fault(BadRecord("no"), 0))
    assert code(await ask(room, "a")) == "store_down"
    await until(lambda: not process.writer.refusing)
    assert (await done(room, "b")).answer == {"total": 1}


@pytest.mark.parametrize("op", ["fail_evolve", "cheat", "no_json"])
async def test_a_mode_that_raises_stops_its_room_only(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog, op: str
) -> None:
    expect_log("room quarantined")
    process = await boot()
    room, other = await process.room("r1"), await process.room("r2")
    await done(room, "before")
    outcomes = await asyncio.gather(ask(room, "ok"), ask(room, "bad", op), ask(room, "late"))
    assert isinstance(outcomes[0], Accepted)
    assert [code(outcome) for outcome in outcomes[1:]] == ["room_quarantined"] * 2
    assert room.quarantined and room.state.total == 2
    assert accepted(await ask(room, "before")).repeated
    await done(other, "a")
    assert [record.op for record in map(decoded, journal.records)].count(op) == 0


async def test_a_decide_that_raises_refuses_its_command_only(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    room = await (await boot()).room()
    await done(room, "before")
    said = expect_log("a command failed in its mode")
    outcomes = await asyncio.gather(ask(room, "ok"), ask(room, "bad", "fail"), ask(room, "late"))
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, False, True]
    assert code(outcomes[1]) == "internal_error"
    assert not room.quarantined and room.state.total == 3
    assert "mode='toy'" in said[0] and "room='r1'" in said[0] and "op='fail'" in said[0]
    assert "toy_mode.py:" in said[0] and "decide raised RuntimeError" in said[0]


async def test_a_commit_beyond_the_largest_document_is_refused(boot: Boot) -> None:
    room = await (await boot()).room()
    assert code(await ask(room, "a", "huge")) == "too_large"
    await done(room, "b")


async def test_repeats_are_answered_from_memory_while_the_store_is_down(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails")
    process = await boot()
    room = await process.room()
    await done(room, "a")
    journal.down = True
    assert code(await ask(room, "b")) == "store_down"
    assert accepted(await ask(room, "a")).repeated


async def test_a_room_created_twice_is_one_room(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot()
    rooms = await asyncio.gather(*(process.room("r1", start=n) for n in range(5)))
    assert len({id(room) for room in rooms}) == 1
    assert rooms[0].state.total == 0 and len(journal.records) == 1


async def test_creating_a_room_while_the_store_is_down_can_be_done_again(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    journal.faults.extend([REFUSED] * 200)
    with pytest.raises(StoreDown):
        await process.room("r1", start=4)
    journal.faults.clear()
    await until(lambda: not process.writer.refusing)
    room = await process.room("r1", start=4)
    assert room.state.total == 4 and (await done(room, "a")).answer == {"total": 5}


async def test_a_doubted_creation_that_was_written_makes_the_room(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log(TROUBLE)
    process = await boot()
    journal.fail_next(ANSWER_LOST, *[REFUSED] * 200)
    with pytest.raises(StoreDown):
        await process.room("r1", start=4)
    await until(lambda: process.rooms.get("r1"))
    journal.faults.clear()
    assert (await done(process.get("r1"), "a")).answer == {"total": 5}


async def test_a_room_that_began_and_was_not_written_begins_after_a_restart(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments
) -> None:
    process = await boot()
    await documents.insert("rooms", "r1", {"mode": "toy", "open": 1})
    await process.kill()
    again = await boot()
    assert again.rooms.get("r1") is None
    await done(await again.room("r1"), "a")


def deposit(user: str, amount: int):  # type: ignore[no-untyped-def]
    from vphost.rules import books

    return books.move(books.WORLD, books.user(user), "PLAY", amount)


def decoded(record: Record):  # type: ignore[no-untyped-def]
    from vphost.services.journal.commit_codec import decode

    return decode(record, None)
