"""Snapshots: at boundaries only, off the hot path, sealed, and never needed."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import orjson
import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryJournal
from tests.services.process import SEALER, Boot, done, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.services.ports import Snapshot, StoreDown
from vphost.services.rooms.room_context import RoomLimits
from vphost.services.rooms.snapshots import ASK_AGAIN_COMMITS, BYTES_PER_COMMIT, snapshot_state

LIMITS = RoomLimits(snapshot_every=20)


async def test_a_room_is_snapshotted_after_so_many_commits(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot(limits=LIMITS)).room()
    for n in range(18):
        await done(room, f"c{n}")
    assert ("room", "r1") not in journal.snapshots
    await done(room, "d", "deal")
    await until(lambda: ("room", "r1") in journal.snapshots)
    snapshot = journal.snapshots["room", "r1"]
    assert (snapshot.seq, snapshot.room_seq, snapshot.mode) == (20, 19, "toy")
    assert snapshot_state(snapshot, room.mode, SEALER) == room.state
    assert room.state.cards.encode() not in snapshot.body


async def test_a_hand_is_never_snapshotted_but_the_instant_after_it_is(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot(limits=LIMITS)).room()
    await done(room, "o", "open")
    for n in range(40):
        await done(room, f"c{n}")
    assert ("room", "r1") not in journal.snapshots
    shut, _ = await asyncio.gather(done(room, "s", "shut"), done(room, "again", "open"))
    await until(lambda: ("room", "r1") in journal.snapshots)
    assert journal.snapshots["room", "r1"].seq == shut.seq == room.line.book_seq - 1


async def test_a_large_room_is_asked_rarely_and_dumped_on_a_thread(
    boot: Boot, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    room = await (await boot(limits=LIMITS)).room()
    room.snapshot_due = 21
    await done(room, "o", "open")
    plain = room.mode.dump

    def noted(state: Toy) -> Any:
        threads.append(threading.current_thread().name)
        return plain(state)

    monkeypatch.setattr(room.mode, "dump", noted)
    for n in range(20 + 2 * ASK_AGAIN_COMMITS):
        await done(room, f"c{n}")
    await until(lambda: len(threads) >= 2)
    assert len(threads) <= 4 and "MainThread" not in threads
    await done(room, "s", "shut")
    # A dump that began in the hand may end now, and the count begin anew; so play on.
    async with asyncio.timeout(5):
        for n in itertools.count():
            if ("room", "r1") in journal.snapshots:
                break
            await done(room, f"e{n}")


async def test_a_snapshot_that_cannot_be_written_costs_nothing(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("a snapshot was not written")
    process = await boot(limits=LIMITS, book_snapshot_every=5)
    plain, failures = journal.save_snapshot, [StoreDown("full")]

    async def failing(snapshot: Snapshot) -> None:
        if failures:
            raise failures.pop()
        await plain(snapshot)

    monkeypatch.setattr(journal, "save_snapshot", failing)
    room = await process.room()
    for n in range(30):
        await done(room, f"c{n}")
    await until(lambda: ("ledger", "main") in journal.snapshots and not failures)
    await process.kill()
    assert (await boot(limits=LIMITS)).get("r1").state.total == 30


async def test_a_mode_that_cannot_dump_stops_its_room_only(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("room quarantined")

    class Broken(ToyMode):
        def dump(self, state: Toy):  # type: ignore[no-untyped-def]
            if state.room == "r1":
                raise RuntimeError("a bug in dump")
            return super().dump(state)

    process = await boot(limits=LIMITS, modes={"toy": Broken()})
    bad, good = await process.room("r1"), await process.room("r2")
    for n in range(19):
        await done(bad, f"c{n}")
        await done(good, f"c{n}")
    await until(lambda: bad.quarantined and ("room", "r2") in journal.snapshots)
    assert not good.quarantined


async def test_the_ledger_is_snapshotted_after_so_many_commits(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot(book_snapshot_every=10)
    room = await process.room()
    for n in range(25):
        await done(room, f"c{n}")
    await until(lambda: journal.snapshots.get(("ledger", "main")) is not None
                and journal.snapshots["ledger", "main"].seq >= 20)
    assert orjson.loads(journal.snapshots["ledger", "main"].body)["accounts"] == []


async def test_a_large_room_is_snapshotted_more_rarely(boot: Boot, journal: MemoryJournal) -> None:
    """A snapshot of a megabyte costs as much as a thousand commits and comes that often."""

    class Large(ToyMode):
        def dump(self, state: Toy):  # type: ignore[no-untyped-def]
            plain = super().dump(state)
            return None if plain is None else {**plain, "ballast": "x" * 100 * BYTES_PER_COMMIT}

        def load(self, room_id: str, dumped: Any):  # type: ignore[no-untyped-def]
            del dumped["ballast"]
            return super().load(room_id, dumped)

    process = await boot(limits=LIMITS, modes={"toy": Large()})
    room = await process.room()
    for n in range(19):
        await done(room, f"c{n}")
    await until(lambda: ("room", "r1") in journal.snapshots and room.snapshot_due > 20)
    assert 100 <= room.snapshot_due <= 150
    for n in range(room.snapshot_due - 1):
        await done(room, f"d{n}")
    assert journal.snapshots["room", "r1"].seq == 20
    await done(room, "e")
    await until(lambda: journal.snapshots["room", "r1"].seq > 20)
    await process.kill()
    again = await boot(limits=LIMITS, modes={"toy": Large()})
    assert 100 <= again.get("r1").snapshot_due <= 150
