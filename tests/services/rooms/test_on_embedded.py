"""The same promises over the real file: what was acknowledged is in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.services.process import Process, accepted, ask, committed, done, until
from vphost.rules import books
from vphost.services.journal.journal import Patience
from vphost.services.ledger.verify import verify
from vphost.services.rooms.room_context import RoomLimits
from vphost.store import open_store

LIMITS = RoomLimits(recent_commits=4, recent_ids=8, snapshot_every=5)


async def opened(path: Path) -> Process:
    """Return a process over a store file."""
    journal, documents = await open_store(f"sqlite:{path}")
    return await Process(
        journal, documents, limits=LIMITS, book_snapshot_every=20, patience=Patience()
    ).start()


async def dropped(process: Process) -> None:
    """Stop a process without any orderly end of the services."""
    await process.kill()
    await process.journal.close()


async def test_rooms_and_money_come_back_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "store"
    totals = [0] * 5
    acknowledged: list[tuple[int, str]] = []
    for life in range(4):
        process = await opened(path)
        rooms = [await process.room(f"r{n}") for n in range(5)]
        assert [room.state.total for room in rooms] == totals
        for place, id in acknowledged:
            assert accepted(await ask(rooms[place], id)).repeated
        await process.ledger.transact(
            f"d{life}", books.move("world", "user:ann", "PLAY", 100), {}
        )
        burst = [
            asyncio.create_task(done(room, f"{life}-{n}"))
            for n in range(10) for room in rooms
        ]
        await asyncio.gather(*burst)
        await asyncio.gather(*(done(room, f"{life}-p", "pay_in", amount=3) for room in rooms))
        acknowledged += [(place, f"{life}-{n}") for place in range(5) for n in range(10)]
        totals = [total + 10 for total in totals]
        report = await verify(process.journal, "main")
        assert report.ok and report.balances == process.ledger.balances.durable()
        await dropped(process)


async def test_a_drop_in_the_middle_of_writes_keeps_every_acknowledged_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store"
    heard: set[str] = set()
    for life in range(6):
        process = await opened(path)
        room = await process.room()
        burst = [asyncio.create_task(ask(room, f"{life}-{n}")) for n in range(200)]
        await asyncio.wait(burst[: 20 * life + 1])
        heard |= {
            committed(one.result()).id for one in burst if one.done() and not one.cancelled()
        }
        await dropped(process)
        for one in burst:
            one.cancel()
        await asyncio.gather(*burst, return_exceptions=True)
    process = await opened(path)
    for id in heard:
        assert await process.journal.find(id) is not None
    room = process.get("r1")
    assert room.state.total == (await process.journal.head("main")).seq - 1
    seen = await room.since(0, 5_000)
    assert [one.room_seq_first for one in seen or ()] == list(range(1, room.seq + 1))
    await dropped(process)


async def test_sends_and_secrets_go_through_the_file(tmp_path: Path) -> None:
    process = await opened(tmp_path / "store")
    one, two = await process.room("r1"), await process.room("r2")
    commit = await done(one, "deal", "deal")
    await done(one, "s", "send", target="room:r2", what="get", count=3)
    await until(lambda: len(two.state.got) == 3)
    await dropped(process)
    assert commit.events[0].hidden["deck"].encode() not in (tmp_path / "store").read_bytes()
    again = await opened(tmp_path / "store")
    assert again.get("r1").state.cards == commit.events[0].hidden["deck"]
    await until(lambda: not again.rooms._outbox.pending)
    assert again.get("r2").state.got == ("s/0", "s/1", "s/2")
    await dropped(again)


@pytest.mark.parametrize("rooms", [1, 50])
async def test_many_commands_share_few_syncs(tmp_path: Path, rooms: int) -> None:
    process = await opened(tmp_path / "store")
    made = [await process.room(f"r{n}") for n in range(rooms)]
    loop = asyncio.get_running_loop()
    start = loop.time()
    for wave in range(5):
        await asyncio.gather(*(
            done(made[n % rooms], f"{wave}-{n}") for n in range(200)
        ))
    assert 1_000 / (loop.time() - start) > 300, "commits a second"
    await dropped(process)
