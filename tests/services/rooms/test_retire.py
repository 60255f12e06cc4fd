"""Rooms that are over are unloaded for good; nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.cash.rules.seating import CashGame
from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryDocuments, MemoryJournal
from tests.services.process import Boot, ManualClock, Process, accepted, ask, code, done
from vphost.rules import books
from vphost.rules.mode import SYSTEM, Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.history.export import Recorder
from vphost.services.journal.commit_codec import decode
from vphost.services.ports import Document, StoreDown
from vphost.services.rooms.room import Room
from vphost.tables.modes import table_modes
from vphost.tables.tables import Status, Table, Tables

GOODBYE_MS = 2 * 60_000


async def test_a_room_that_is_over_is_unloaded_and_not_loaded_again(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot()
    room, other = await process.room(), await process.room("r2")
    await done(room, "a")
    assert not await process.rooms.retire("r1")
    await done(room, "b", "finish")
    assert await process.rooms.retire("r1")
    assert process.rooms.get("r1") is None and process.rooms.get("r2") is other
    assert await process.rooms.retire("r1")
    await process.kill()
    again = await boot(last_alive_ms=0)
    assert [room.id for room in again.rooms] == ["r2"]
    assert await again.rooms.retire("r1")
    assert len(await journal.read_room("r1", 0, 10)) == 3


async def test_whoever_still_asks_is_told_that_it_is_no_more(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    first = await done(room, "a", "finish")
    await process.rooms.retire("r1")
    assert code(await ask(room, "b")) == "not_found"
    assert accepted(await ask(room, "a", "finish")).commit == first


async def test_a_room_with_money_is_not_retired(boot: Boot, expect_log: ExpectLog) -> None:
    process = await boot()
    room = await process.room()
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 5), {})
    await done(room, "a", "pay_in", amount=5)
    await done(room, "b", "finish")
    expect_log("a room that is over holds money")
    assert not await process.rooms.retire("r1")
    assert process.get("r1") is room
    await done(room, "c", "pay_out", amount=5)
    assert await process.rooms.retire("r1")


async def test_a_quarantined_and_an_unknown_room_are_not_retired(
    boot: Boot, expect_log: ExpectLog
) -> None:
    process = await boot()
    room = await process.room()
    await done(room, "a", "finish")
    expect_log("room quarantined")
    assert code(await ask(room, "b", "fail_evolve")) == "room_quarantined"
    assert not await process.rooms.retire("r1")
    assert not await process.rooms.retire("nowhere")


async def test_a_store_that_is_down_changes_nothing(
    boot: Boot, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await boot()
    room = await process.room()
    await done(room, "a", "finish")
    plain, failures = documents.replace, [StoreDown("full")]

    async def replace(*args: Any) -> Document:
        if failures:
            raise failures.pop()
        return await plain(*args)

    monkeypatch.setattr(documents, "replace", replace)
    with pytest.raises(StoreDown):
        await process.rooms.retire("r1")
    assert process.get("r1") is room
    await done(room, "b")
    assert await process.rooms.retire("r1")


# ---- a cash table from its making to its end


async def a_table(process: Process) -> tuple[Tables, Table, Room]:
    """Return a cash table that expires in a minute, with its room."""
    mode = process.rooms.modes["cash"]

    async def create(room: str, name: str, config: Any) -> None:
        await process.rooms.create(room, name, config)

    tables = Tables(
        process.documents, process.clock, _Seeds(), lambda name, config: mode.check_config(
            config, {"PLAY": Currency("PLAY", 2, "P")}), create, process.rooms.retire,
    )
    await tables.open()
    table = await tables.create("host", "cash", {}, lifetime_ms=60_000)
    assert not isinstance(table, Rejected)
    room = process.get(table.id)
    assert room is not None
    return tables, table, room


class _Seeds:
    def draw(self) -> bytes:
        return bytes(range(32))


async def a_hand(room: Room) -> None:
    """Let two people play a hand."""
    for user in ("host", "ann", "bob"):
        await done(room, f"c-{user}", "connect", user, username=user, connections=1)
    for seat, user in enumerate(("ann", "bob")):
        await done(room, f"s-{user}", "sit_player", user, seat=seat)
        await done(room, f"b-{user}", "buy_in", user, amount=1000)
    await done(room, "g", "game_start", "host", game_type="THD")
    actor = room.state.players[room.state.deal.turn.player].user
    await done(room, "f", "action_fold", actor)


async def test_an_expired_table_gives_its_money_back_and_its_room_goes(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the process stood still")
    clock = ManualClock()
    process = await boot(modes=table_modes([CashGame()]), clock=clock)
    tables, table, room = await a_table(process)
    await a_hand(room)
    clock.now += 60_000
    await done(room, "t1", "tick", SYSTEM)
    while room.state.goodbye_until_ms is None:
        wake_at_ms = room.mode.wake_at(room.state)
        assert wake_at_ms is not None
        clock.now = max(clock.now, wake_at_ms)
        await done(room, f"t{clock.now}", "tick", SYSTEM)
    assert await tables.close_expired() == 0
    found = await tables.find(table.id)
    assert found is not None and found.status is Status.EXPIRED
    clock.now += GOODBYE_MS
    await done(room, "t2", "tick", SYSTEM)
    assert room.state.closed and await tables.close_expired() == 1
    assert len(process.rooms) == 0
    assert process.ledger.balances.durable() == {}
    found = await tables.find(table.short_token)
    assert found is not None and found.status is Status.CLOSED
    await process.kill()
    again = await boot(modes=table_modes([CashGame()]), clock=clock, last_alive_ms=clock.now)
    assert len(again.rooms) == 0
    recorder = Recorder()
    hands = [
        hand for record in await journal.read_room(table.id, 0, 1000)
        for event in decode(record, None).events
        if (hand := recorder.read(event, record.at_ms)) is not None
    ]
    assert [sorted(hand.names) for hand in hands] == [["ann", "bob"]]
