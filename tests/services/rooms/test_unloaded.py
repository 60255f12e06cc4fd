"""A start reads all rooms and folds each when it is asked for, or when its turn comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryJournal
from tests.services.process import Boot, ManualClock, accepted, ask, code, done, three_rooms, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules.mode import Command, Decision, Event, Send
from vphost.services.journal.commit_codec import (
    ZERO_HASH, chain_hash, draft, has_sends, is_of_our_format,
)
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.verify import verify
from vphost.services.ports import Record, StoreRefused
from vphost.services.rooms import loading, unloaded
from vphost.services.rooms.loading import RESUMES_MAX
from vphost.services.rooms.room_context import RoomLimits


class CountingMode(ToyMode):
    """Counts what it folds, by room."""

    def __init__(self) -> None:
        self.folded: dict[str, int] = {}

    def evolve(self, state: Toy, event: Event):  # type: ignore[no-untyped-def]
        self.folded[state.room] = self.folded.get(state.room, 0) + 1
        return super().evolve(state, event)


async def test_only_what_is_asked_for_is_folded(boot: Boot) -> None:
    await three_rooms(boot)
    mode = CountingMode()
    again = await boot(modes={"toy": mode}, clock=ManualClock(1_010_000), wakes=False)
    assert len(again.rooms) == 3 and list(again.rooms) == [] and mode.folded == {}
    room = again.get("r2")
    assert room.state.total == 5 and mode.folded == {"r2": 2}
    assert again.get("r2") is room and list(again.rooms) == [room]
    assert again.rooms.get("r9") is None and len(again.rooms) == 3
    assert await again.rooms.create("r3", "toy", {}) is again.get("r3")


async def test_who_comes_first_is_decided_after_the_time_was_given_back(
    boot: Boot, journal: MemoryJournal
) -> None:
    await three_rooms(boot)
    clock = ManualClock(1_010_000)
    again = await boot(clock=clock, last_alive_ms=1_002_000, wakes=False)
    clock.now += 50_000
    commit = await done(again.get("r1"), "b")
    state = again.get("r1").state
    assert state.moved_ms == 58_000 and state.deadline == 1_088_000
    last = [orjson.loads(record.body) for record in journal.records[-2:]]
    assert [one["op"] for one in last] == ["resume", "add"] and commit.seq == last[1]["seq"]
    assert last[0]["events"][0]["data"] == {"ms": 58_000, "restarted": True}
    again.rooms.begin_waking()
    await again.rooms.all_back()
    assert [again.get(id).state.moved_ms for id in ("r1", "r2", "r3")] == [58_000] * 3


async def test_all_wake_though_nobody_asks_and_their_timers_ring(boot: Boot) -> None:
    await three_rooms(boot, in_ms=3_000)
    clock = ManualClock(1_010_000)
    again = await boot(clock=clock, last_alive_ms=1_000_000)
    assert len(list(again.rooms)) == len(again.rooms) == 3
    assert not any(room.state.ticks for room in again.rooms)
    clock.now += 3_000
    await until(lambda: all(room.state.ticks == 1 for room in again.rooms))


async def test_more_rooms_than_may_resume_at_once_come_back(boot: Boot) -> None:
    process = await boot()
    count = 2 * RESUMES_MAX + 3
    for n in range(count):
        await done(await process.room(f"r{n}"), "t", "timer", in_ms=90_000)
    await process.kill()
    again = await boot(clock=ManualClock(1_007_000), last_alive_ms=1_000_000)
    assert [room.state.moved_ms for room in again.rooms] == [7_000] * count


async def test_a_large_room_is_folded_at_the_start(
    boot: Boot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_rooms(boot)
    process = await boot(clock=ManualClock(1_010_000))
    for n in range(20):
        await done(process.get("r2"), f"n{n}")
    await process.kill()
    monkeypatch.setattr(unloaded, "KEPT_BYTES", 4_000)
    again = await boot(clock=ManualClock(1_010_000), wakes=False)
    (large,) = list(again.rooms)
    assert large.id == "r2" and large.state.total == 25 and len(again.rooms) == 3
    assert accepted(await ask(large, "n3")).repeated
    assert (await done(large, "new")).answer == {"total": 26}
    assert [one.room_seq_first for one in await large.since(0, 50) or ()] == list(range(1, 24))


@pytest.mark.parametrize("kept", [0, 1_500, 10**6])
async def test_a_room_is_the_same_however_it_is_folded(
    boot: Boot, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """With and without a snapshot, in one go and in parts, for every length of the journal."""
    limits = RoomLimits(recent_commits=4, recent_ids=9, snapshot_every=5)
    process = await boot(limits=limits, book_snapshot_every=7)
    room, other = await process.room("r1"), await process.room("r2")
    totals = {1: 0}
    for n in range(13):
        commit = await done(room, f"c{n}", ("add", "deal", "note")[n % 3])
        totals[commit.seq] = room.state.total
        await done(other, f"c{n}")
    await until(lambda: {("ledger", "main"), ("room", "r1")} <= journal.snapshots.keys())
    monkeypatch.setattr(unloaded, "KEPT_BYTES", kept)
    for length in range(2, len(journal.records) + 1):
        again = await boot(journal=journal.cut(length), limits=limits, wakes=False)
        found = again.get("r1")
        assert found.state.total == totals[max(seq for seq in totals if seq <= length)]
        assert found.line.book_seq == max(seq for seq in totals if seq <= length)
        await again.kill()


async def test_a_send_wakes_its_target(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot()
    one, two = await process.room("r1"), await process.room("r2")
    await done(one, "s", "send", target="room:r2", what="get", count=2)
    await until(lambda: two.state.got == ("s/0", "s/1"))
    await process.kill()
    again = await boot(journal=journal.cut(3), wakes=False)
    await until(lambda: [room.id for room in again.rooms] == ["r2"])
    await until(lambda: again.get("r2").state.got == ("s/0", "s/1"))


async def test_rooms_that_sleep_are_neither_drained_nor_changed(
    boot: Boot, journal: MemoryJournal
) -> None:
    await three_rooms(boot)
    clock = ManualClock(1_010_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    await done(process.get("r1"), "b")
    length = len(journal.records)
    await process.rooms.drain(1_000)
    late = process.get("r2")
    assert late.state.total == 5 and code(await ask(late, "b")) == "draining"
    await process.rooms.close()
    assert {one.room for one in journal.records[length:]} <= {"r1"}
    assert process.rooms.get("r3") is None
    clock.now += 5_000
    again = await boot(clock=clock, last_alive_ms=1_010_000)
    assert again.get("r3").state.moved_ms == 15_000
    assert (await verify(journal, "main")).ok


async def test_waking_stops_when_the_host_drains(
    boot: Boot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_rooms(boot)
    monkeypatch.setattr(loading, "TURN_S", 0)
    process = await boot(clock=ManualClock(1_010_000), wakes=False)
    process.rooms.begin_waking()
    await asyncio.sleep(0)
    await process.rooms.drain(1_000)
    await process.rooms.all_back()
    assert len(list(process.rooms)) < 3 and all(room.frozen for room in process.rooms)
    await process.rooms.close()


async def test_rooms_wake_while_the_store_is_down_and_go_on_after_it(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|doubted commits settled|the store answers again")
    await three_rooms(boot)
    clock = ManualClock(1_010_000)
    process = await boot(clock=clock, last_alive_ms=1_000_000, wakes=False)
    journal.down = True
    assert code(await ask(process.get("r1"), "b")) == "store_down"
    process.rooms.begin_waking()
    await until(lambda: len(list(process.rooms)) == 3)
    clock.now += 4_000
    journal.down = False
    await until(lambda: all(room.state.moved_ms == 14_000 for room in process.rooms))
    await done(process.get("r3"), "b")


async def test_a_room_that_cannot_be_folded_is_quarantined_when_it_wakes(
    boot: Boot, expect_log: ExpectLog
) -> None:
    await three_rooms(boot)

    class Newer(ToyMode):
        def evolve(self, state: Toy, event: Event):  # type: ignore[no-untyped-def]
            if state.room == "r1":
                raise KeyError("gone")
            return super().evolve(state, event)

    again = await boot(modes={"toy": Newer()}, wakes=False)
    await done(again.get("r2"), "b")
    expect_log("room quarantined")
    assert code(await ask(again.get("r1"), "b")) == "room_quarantined"
    assert again.get("r3").state.total == 5


@pytest.mark.parametrize("snapshotted", [False, True])
@pytest.mark.parametrize("key_id", ["k1", "k2"])
async def test_a_missing_or_wrong_key_refuses_before_any_room_is_folded(
    boot: Boot, journal: MemoryJournal, key_id: str, snapshotted: bool
) -> None:
    process = await boot(limits=RoomLimits(snapshot_every=2), book_snapshot_every=2)
    await done(await process.room(), "a", "deal")
    await until(lambda: ("room", "r1") in journal.snapshots)
    await until(lambda: ("ledger", "main") in journal.snapshots)
    await process.kill()
    if not snapshotted:
        journal.snapshots.clear()
    with pytest.raises(StoreRefused, match="key" if key_id == "k2" else "changed"):
        await boot(sealer=Sealer({key_id: bytes(31) + b"\1"}), wakes=False)


@pytest.mark.parametrize("op", ["add", "send"])
async def test_a_commit_of_a_newer_format_refuses(
    boot: Boot, journal: MemoryJournal, op: str
) -> None:
    process = await boot()
    await done(await process.room(), "a", op, target="job:none", what="get")
    await process.kill()
    newest = journal.records[-1]
    newer = newest.body.replace(b'"format":1', b'"format":2')
    record = newest._replace(body=newer, hash=chain_hash(newest.prev_hash, newer))
    with pytest.raises(StoreRefused, match="commit 2.* format 2"):
        await boot(journal=MemoryJournal(records=[journal.records[0], record]), wakes=False)


async def test_a_key_is_proved_by_what_it_opened_not_by_its_name(
    boot: Boot, journal: MemoryJournal
) -> None:
    """Neither a snapshot that nobody reads nor a field of a mode's own counts as opened."""

    class Sealing(ToyMode):
        def _note(self, state: Toy, command: Command, now_ms: int):  # type: ignore[no-untyped-def]
            return Decision((Event("noted", {"sealed": "k1.zz"}),))

    process = await boot(limits=RoomLimits(snapshot_every=2), modes={"toy": Sealing()})
    await done(await process.room("r1"), "a")
    await until(lambda: ("room", "r1") in journal.snapshots)
    await done(await process.room("r2"), "a", "note")
    await done(process.get("r2"), "b", "deal")
    await process.kill()
    newer = replace(journal.snapshots["room", "r1"], mode_version=2)
    for snapshots in ({}, {("room", "r1"): newer}):
        with pytest.raises(StoreRefused, match="was changed"):
            await boot(
                journal=MemoryJournal(journal.records, dict(snapshots)), modes={"toy": Sealing()},
                sealer=Sealer({"k1": bytes(31) + b"\1"}), wakes=False,
            )


NASTY = {
    "": [], "sends": [], "format": 2, "id": "x", "seq": 7, "user": "u",
    "text": '],"format":1,"id":"","sends":[],"seq":1,"user":"',
}


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("data", [{}, NASTY, {"room_seqs": [1, 1], **NASTY}])
def test_what_a_commit_holds_is_seen_without_decoding_it(data: dict[str, Any], count: int) -> None:
    sends = [Send(f"s{n}", "room:r", "op", {"sends": [], **data}) for n in range(count)]
    drafted = draft(
        id="i", book="b", room="r", room_seq_first=1, room_seq_last=1, mode="m", mode_version=1,
        user=str(NASTY["text"]), op="o", at_ms=1, events=[Event("e", data)], sends=sends,
        answer=data, resolves=None, sealer=Sealer({"k": bytes(32)}),
    )
    record: Record = drafted.place(5, ZERO_HASH)
    assert has_sends(record.body) == bool(count)
    assert is_of_our_format(record.body) == (not count), "with sends only decoding tells"


@pytest.mark.parametrize("data", [{"a": [], "format": 1, "id": "i"}, {"format": 1, "sends": []}])
def test_a_newer_commit_does_not_pass_for_one_of_ours_by_its_data(data: dict[str, Any]) -> None:
    drafted = draft(
        id="i", book="b", room="r", room_seq_first=1, room_seq_last=1, mode="m", mode_version=1,
        user="u", op="o", at_ms=1, events=[Event("e", data)], sends=[], answer=data,
        resolves=None, sealer=Sealer({"k": bytes(32)}),
    )
    body = drafted.place(1, ZERO_HASH).body
    newer = body.replace(b'}],"format":1,"id":"i",', b'}],"format":2,"id":"i",')
    assert newer != body and is_of_our_format(body) and not is_of_our_format(newer)
