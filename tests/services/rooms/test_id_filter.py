"""Fresh ids cost no look into the store, and a repeated one is never taken for fresh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.services.process import accepted, ask, done, until
from vphost.services.rooms.id_filter import FIRST_BYTES, IdFilter
from vphost.services.rooms.room_context import RoomLimits

EAGER = RoomLimits(recent_commits=2, snapshot_every=10)


def test_no_id_that_was_added_is_fresh() -> None:
    ids = IdFilter(20_000)
    for number in range(20_000):
        ids.add(f"r:ann:{number}")
    assert all(f"r:ann:{number}" in ids for number in range(20_000))
    wrong = sum(f"r:bob:{number}" in ids for number in range(5_000))
    assert wrong < 5_000 * 0.1, "few fresh ids are looked up"


def test_the_memory_of_a_filter_is_bounded() -> None:
    ids = IdFilter(2_000)
    for number in range(10_000):
        ids.add(f"{number}")
    assert len(ids.dump()) <= 2_000 * 2.5 + 2 * FIRST_BYTES
    assert all(f"{number}" in ids for number in range(10_000))


def test_a_filter_comes_back_as_it_was() -> None:
    ids = IdFilter(5_000)
    for number in range(3_000):
        ids.add(f"{number}")
    assert IdFilter.load(ids.dump(), 5_000).dump() == ids.dump()
    for broken in (b"", bytes(8), ids.dump()[:-1], ids.dump() + b"x"):
        with pytest.raises(ValueError):
            IdFilter.load(broken, 5_000)


async def test_a_room_of_many_ids_asks_no_store(boot: Any, journal: Any) -> None:
    room = await (await boot(limits=EAGER)).room()
    for number in range(5_000):
        await done(room, f"c{number}")
    assert journal.finds < 5_000 * 0.05


async def test_a_room_from_a_snapshot_asks_no_store(boot: Any, journal: Any) -> None:
    first = await boot(limits=EAGER)
    room = await first.room()
    for number in range(35):
        await done(room, f"c{number}")
    await until(lambda: ("room", "r1") in {(s.kind, s.key) for s in snapshots(journal)})
    await first.kill()
    again = await boot(limits=EAGER)
    room, journal.finds = again.get("r1"), 0
    for number in range(35):
        assert accepted(await ask(room, f"c{number}")).repeated
    found, journal.finds = journal.finds, 0
    assert found >= 20, "repeats are in the journal"
    for number in range(50):
        await done(room, f"d{number}")
    assert journal.finds <= 2


async def test_an_old_snapshot_without_ids_is_made_up_for(boot: Any, journal: Any) -> None:
    first = await boot(limits=EAGER)
    room = await first.room()
    for number in range(35):
        await done(room, f"c{number}")
    await until(lambda: ("room", "r1") in {(s.kind, s.key) for s in snapshots(journal)})
    await first.kill()
    for key, snapshot in list(journal.snapshots.items()):
        if snapshot.kind == "room":
            body = orjson.loads(snapshot.body)
            del body["ids"]
            journal.snapshots[key] = replace(snapshot, body=orjson.dumps(body))
    again = await boot(limits=EAGER)
    room = again.get("r1")
    await done(room, "d")
    await until(lambda: room.line.recent.knows_ids)
    journal.finds = 0
    for number in range(35):
        assert accepted(await ask(room, f"c{number}")).repeated
    assert journal.finds >= 20
    journal.finds = 0
    for number in range(50):
        await done(room, f"e{number}")
    assert journal.finds <= 2


def snapshots(journal: Any) -> list[Any]:
    return list(journal.snapshots.values())
