"""A killed process: the next one has every acknowledged commit, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryDocuments, MemoryJournal
from tests.services.process import (
    Boot, ManualClock, Process, accepted, ask, code, committed, done, until,
)
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules import books
from vphost.rules.mode import Event
from vphost.services.journal.commit_codec import chain_hash
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.verify import verify
from vphost.services.ports import Record, StoreRefused
from vphost.services.rooms.room_context import RoomLimits

SMALL = RoomLimits(recent_commits=8, recent_ids=16, snapshot_every=5)


async def test_a_kill_after_any_commit_loses_nothing_before_it(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments
) -> None:
    process = await boot(limits=SMALL, book_snapshot_every=7)
    room, other = await process.room("r1", start=3), await process.room("r2")
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 500), {"by": "op"})
    states: dict[int, Toy] = {}
    room.add_listener(lambda commit: states.__setitem__(commit.seq, room.state))
    for n in range(12):
        op = ("add", "note", "pay_in", "deal", "timer")[n % 5]
        await done(room, f"c{n}", op, amount=7, in_ms=900_000)
        await done(other, f"c{n}")
    await until(lambda: len(states) == 12)
    await until(lambda: {("ledger", "main"), ("room", "r1")} <= journal.snapshots.keys())
    for length in range(2, len(journal.records) + 1):
        for keep in (True, False):
            cut = journal.cut(length)
            if not keep:
                cut.snapshots.clear()
            again = await boot(journal=cut, limits=SMALL)
            newest = max((seq for seq in states if seq <= length), default=None)
            if newest is not None:
                found = again.get("r1").state
                assert found == replace(
                    states[newest], moved_ms=found.moved_ms, deadline=found.deadline
                )
            assert (await verify(cut, "main")).balances == again.ledger.balances.durable()
            await again.kill()


async def test_after_a_restart_the_same_id_gets_the_first_answer(boot: Boot) -> None:
    process = await boot(limits=SMALL)
    room = await process.room()
    for n in range(30):
        await done(room, f"c{n}")
    await process.kill()
    again = (await boot(limits=SMALL)).get("r1")
    for n in (0, 15, 29):
        outcome = await ask(again, f"c{n}")
        assert accepted(outcome).repeated and committed(outcome).answer == {"total": n + 1}
    assert again.state.total == 30
    assert [one.room_seq_first for one in await again.since(0, 50) or ()] == list(range(1, 31))
    assert (await done(again, "next")).room_seq_first == 31


async def test_after_a_restart_other_contents_are_refused(boot: Boot) -> None:
    process = await boot(limits=SMALL)
    room = await process.room()
    for n in range(30):
        await done(room, f"c{n}", amount=n)
    await process.kill()
    again = (await boot(limits=SMALL)).get("r1")
    for n in (0, 15, 29):
        assert code(await ask(again, f"c{n}", amount=n + 1)) == "id_reused"
        assert accepted(await ask(again, f"c{n}", amount=n)).repeated


async def test_a_commit_without_a_digest_is_repeated_by_its_operation(
    boot: Boot, journal: MemoryJournal
) -> None:
    """Older versions stored none."""
    process = await boot()
    await done(await process.room(), "a", amount=5)
    await process.kill()
    record = journal.records[-1]
    fields = orjson.loads(record.body)
    del fields["asked"]
    body = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    journal.records[-1] = record._replace(body=body, hash=chain_hash(record.prev_hash, body))
    again = (await boot()).get("r1")
    assert accepted(await ask(again, "a", amount=6)).repeated
    assert code(await ask(again, "a", "shut")) == "id_reused"


async def test_secrets_survive_a_restart(boot: Boot) -> None:
    process = await boot()
    commit = await done(await process.room(), "a", "deal")
    await process.kill()
    again = (await boot()).get("r1")
    assert again.view(1)["state"]["cards"] == commit.events[0].hidden["deck"]
    assert [one.events for one in await again.since(0, 5) or ()] == [commit.events]


async def test_game_clocks_stand_still_while_the_process_is_away(boot: Boot) -> None:
    clock = ManualClock(1_000_000)
    process = await boot(clock=clock)
    room = await process.room()
    await done(room, "t", "timer", in_ms=30_000)
    clock.now += 10_000
    await process.kill()
    clock.now += 60_000
    again = await boot(clock=clock, last_alive_ms=1_010_000)
    state = again.get("r1").state
    assert state.moved_ms == 60_000 and state.deadline == 1_090_000
    assert orjson.loads(again.journal.records[-1].body)["events"][0]["data"]["restarted"] is True


async def test_without_a_heartbeat_the_last_commit_says_when_it_died(boot: Boot) -> None:
    clock = ManualClock(1_000_000)
    process = await boot(clock=clock)
    await done(await process.room(), "t", "timer", in_ms=30_000)
    await process.kill()
    clock.now += 5_000
    again = await boot(clock=clock, last_alive_ms=900_000)
    assert again.get("r1").state.moved_ms == 5_000


async def test_a_wall_clock_set_back_between_two_processes_does_not_turn_time_back(
    boot: Boot
) -> None:
    process = await boot(clock=ManualClock(1_000_000))
    await done(await process.room(), "t", "timer", in_ms=30_000)
    await process.kill()
    clock = ManualClock(400_000)
    again = await boot(clock=clock, last_alive_ms=999_000)
    assert clock.now == 1_000_000
    commit = await done(again.get("r1"), "a")
    assert commit.at_ms >= 1_000_000


async def test_a_recovered_timer_rings(boot: Boot) -> None:
    clock = ManualClock()
    process = await boot(clock=clock)
    await done(await process.room(), "t", "timer", in_ms=20)
    await process.kill()
    again = await boot(clock=clock)
    clock.now += 20
    await until(lambda: again.get("r1").state.ticks == 1)


async def test_closed_rooms_are_not_loaded_but_their_money_counts(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments
) -> None:
    process = await boot()
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 500), {})
    await done(await process.room(), "in", "pay_in", amount=70)
    await documents.replace("rooms", "r1", 1, {"mode": "toy", "open": 0})
    await process.kill()
    again = await boot()
    assert again.rooms.get("r1") is None
    assert again.ledger.balance("room:r1:pot", "PLAY") == 70


async def test_a_room_that_cannot_be_folded_is_quarantined_and_others_live(
    boot: Boot, expect_log: ExpectLog
) -> None:
    expect_log("room quarantined")
    process = await boot()
    await done(await process.room("r1"), "a")
    await done(await process.room("r2"), "a")
    await process.kill()

    class Newer(ToyMode):
        def evolve(self, state: Toy, event: Event):  # type: ignore[no-untyped-def]
            if state.room == "r1":
                raise KeyError("gone")
            return super().evolve(state, event)

    again = await boot(modes={"toy": Newer()})
    assert again.get("r1").quarantined
    assert code(await ask(again.get("r1"), "b")) == "room_quarantined"
    await done(again.get("r2"), "b")


async def test_a_room_of_an_unknown_mode_is_left_out(boot: Boot, expect_log: ExpectLog) -> None:
    expect_log("no such mode")
    process = await boot()
    await done(await process.room("r1"), "a")
    await process.kill()
    again = await boot(modes={"other": ToyMode()})
    assert again.rooms.get("r1") is None
    with pytest.raises(StoreRefused):
        await again.rooms.create("r1", "other", {})


def altered(journal: MemoryJournal, place: int, **changes: Any) -> MemoryJournal:
    """Return a journal with one record changed behind everybody's back."""
    records = list(journal.records)
    records[place] = records[place]._replace(**changes)
    return MemoryJournal(records=records)


async def test_a_start_that_failed_leaves_the_store_as_it_was(
    journal: MemoryJournal, documents: MemoryDocuments, boot: Boot
) -> None:
    process = await boot()
    room = await process.room()
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 500), {})
    await done(room, "a")
    await process.kill()
    broken = altered(journal, 2, body=b"{}")
    failed = Process(broken, documents)
    with pytest.raises(StoreRefused):
        await failed.start()
    await failed.rooms.close()
    assert broken.snapshots == {}


@pytest.mark.parametrize("how", ["body", "missing", "swapped", "tail"])
async def test_a_damaged_journal_refuses_to_start(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments, how: str
) -> None:
    process = await boot()
    room = await process.room()
    for n in range(5):
        await done(room, f"c{n}")
    await process.kill()
    records = journal.records
    if how == "body":
        broken = altered(journal, 3, body=records[3].body.replace(b'"amount":1', b'"amount":9'))
    elif how == "missing":
        broken = MemoryJournal(records=[*records[:3], *records[4:]])
    elif how == "swapped":
        broken = MemoryJournal(records=[*records[:3], records[4], records[3], records[5]])
    else:
        broken = altered(journal, 5, hash="f" * 64)
    with pytest.raises(StoreRefused):
        await boot(journal=broken)
    assert not (await verify(broken, "main")).ok


async def test_a_missing_key_refuses_to_start_and_verifying_needs_none(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot()
    await done(await process.room(), "a", "deal")
    await process.kill()
    with pytest.raises(StoreRefused, match="k1"):
        await boot(sealer=Sealer({"k2": bytes(31) + b"\1"}))
    assert (await verify(journal, "main")).ok


async def test_an_old_key_still_opens(boot: Boot) -> None:
    process = await boot()
    await done(await process.room(), "a", "deal")
    await process.kill()
    again = await boot(sealer=Sealer({"k1": bytes(32), "k2": bytes(31) + b"\1"}))
    assert again.get("r1").state.cards


async def test_a_snapshot_of_a_newer_mode_quarantines_nothing_else(
    boot: Boot, expect_log: ExpectLog
) -> None:
    expect_log("room left out|quarantined")
    newer = ToyMode()
    newer.version = 2
    process = await boot(limits=SMALL, modes={"toy": newer})
    for n in range(12):
        await done(await process.room("r1"), f"c{n}")
    await until(lambda: ("room", "r1") in process.journal.snapshots)
    newer.version = 1
    await process.room("r2")
    await process.kill()
    again = await boot()
    assert again.rooms.get("r2") is not None
    left = again.rooms.get("r1")
    assert left is None or left.quarantined


async def test_verify_sees_every_lie(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot(book_snapshot_every=3)
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 500), {})
    room = await process.room()
    for n in range(4):
        await done(room, f"c{n}", "pay_in", amount=10)
    await until(lambda: ("ledger", "main") in journal.snapshots)
    report = await verify(journal, "main")
    assert report.ok and report.sums == {"PLAY": 0} and report.rooms == {"r1": 4}
    assert report.balances == {
        ("user:ann", "PLAY"): 460, ("room:r1:pot", "PLAY"): 40, ("world", "PLAY"): -500,
    }
    snapshot = journal.snapshots["ledger", "main"]
    accounts = orjson.loads(snapshot.body)
    accounts["accounts"][0][2] += 1
    journal.snapshots["ledger", "main"] = replace(snapshot, body=orjson.dumps(accounts))
    assert "snapshot at" in (await verify(journal, "main")).faults[0]


async def test_verify_sees_an_account_below_zero(journal: MemoryJournal, boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    process.ledger.balances.load({("user:ann", "PLAY"): 1_000})
    await done(room, "a", "pay_in", amount=10)
    report = await verify(journal, "main")
    assert report.fault_count == 1 and "user:ann falls to -10" in report.faults[0]


async def test_verify_compares_the_columns_with_the_body(
    journal: MemoryJournal, boot: Boot
) -> None:
    process = await boot()
    await done(await process.room(), "a")
    record: Record = journal.records[1]
    for changes in ({"at_ms": 5}, {"room_seq_last": 7}, {"id": "x"}, {"resolves": "h"}):
        journal.records[1] = record._replace(**changes)
        assert not (await verify(journal, "main")).ok
    journal.records[1] = record
    assert (await verify(journal, "main")).ok


async def test_a_thousand_rooms_come_back_quickly(documents: MemoryDocuments) -> None:
    journal = MemoryJournal()
    process = await Process(journal, documents).start()
    rooms = [await process.room(f"r{n}") for n in range(200)]
    for n in range(5):
        await asyncio.gather(*(done(room, f"c{n}", "deal") for room in rooms))
    await process.kill()
    loop = asyncio.get_running_loop()
    start = loop.time()
    again = await Process(journal, documents).start()
    assert len(again.rooms) == 200 and loop.time() - start < 3
    await again.kill()
