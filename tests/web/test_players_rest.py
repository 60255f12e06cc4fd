"""Players over HTTP: who sees whom, coming and going, and a table's whole life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.table_client import ClosedByHost, TableClient
from tests.web.table_house import TableHouse, User, client_number, hang_up, table_house

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path) as running:
        yield running


async def names(user: User, more: str = "") -> list[str]:
    """Return who a user sees."""
    answer = await user.get(f"players/{more}")
    assert answer.status == 200, answer
    return sorted(one["username"] for one in answer.body["results"])


async def ended(client: TableClient) -> str:
    """Return how the host closed a socket."""
    with pytest.raises(ClosedByHost) as caught:
        while True:
            frame = await client.receive(5)
            assert frame["event"] != "action_error", frame
    return str(caught.value)


# -- who sees whom ---------------------------------------------------------------------------


async def test_players_are_seen_at_ones_own_tables_only(house: TableHouse) -> None:
    ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
    table, other = await ada.open_table(), await eve.table()
    id = await bob.joined(table)
    assert await names(ada) == await names(bob) == ["ada", "bob"]
    assert await names(eve) == ["eve"]
    shown = (await ada.get(f"players/{id}/")).body
    assert (shown["username"], shown["is_you"], shown["is_creator"]) == ("bob", False, False)
    assert (shown["player"], shown["seat"], shown["bank"]) == (None, None, None)
    for answer in (
        await eve.get(f"players/{id}/"), await eve.post(f"players/{id}/kick/"),
        await eve.post(f"players/{id}/leave/"), await eve.patch(f"players/{id}/", {}),
        await ada.get("players/1/"), await ada.get("players/x/"),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
    await eve.joined(table)
    assert await names(eve) == ["ada", "bob", "eve", "eve"]
    assert await names(eve, f"?short_table_token={other['short_table_token']}") == ["eve"]
    assert (await eve.get(f"players/{id}/")).status == 200


async def test_players_come_page_by_page(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    for _ in range(3):
        await bob.joined(await ada.table())
    seen: list[int] = []
    path: str | None = "players/?limit=2"
    while path:
        answer = await ada.get(path)
        assert len(answer.body["results"]) <= 2
        seen += [one["id"] for one in answer.body["results"]]
        path = answer.body["next"] and answer.body["next"].removeprefix("/api/v1/")
    assert len(seen) == len(set(seen)) == 6


async def test_one_changes_oneself_only_and_by_version(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    id = await bob.joined(await ada.table())
    path = f"players/{id}/"
    etag = (await bob.get(path)).headers["etag"]
    changed = await bob.put(path, {"jitsi_id": "room-7"}, If_Match=etag)
    assert (changed.status, changed.body["jitsi_id"]) == (200, "room-7")
    late = await bob.patch(path, {"jitsi_id": None}, If_Match=etag)
    assert (late.status, late.code) == (409, "version_changed")
    assert (await bob.patch(path, {})).body["jitsi_id"] == "room-7"
    refused = await ada.patch(path, {"jitsi_id": "mine"})
    assert (refused.status, refused.code) == (403, "forbidden")
    for verb, body in ((bob.put, {}), (bob.patch, {"bank": "1.00"}), (bob.patch, {"jitsi_id": 7})):
        assert (await verb(path, body)).status == 400


# -- going -----------------------------------------------------------------------------------


async def test_the_creator_kicks_and_the_kicked_one_sees_nothing(house: TableHouse) -> None:
    ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
    table = await ada.open_table()
    id, eves = await bob.joined(table), await eve.joined(table)
    socket = await bob.sit(table, 1)
    mine = await ada.player(table, "ada")
    assert (await eve.post(f"players/{id}/kick/")).code == "not_the_host"
    assert (await ada.post(f"players/{mine}/kick/")).code == "cannot_kick_yourself"
    assert (await ada.get(f"players/{id}/")).body["seat"] == 1
    assert (await ada.post(f"players/{id}/kick/")).status == 204
    assert "1000" in await ended(socket)
    assert (await ada.post(f"players/{id}/kick/")).status == 404
    assert await names(eve) == ["ada", "eve"]
    assert await names(bob) == [] and (await bob.get("tables/")).body["results"] == []
    with pytest.raises(ClosedByHost, match="4403"):
        await bob.sit(table)
    assert (await ada.post(f"players/{eves}/kick/")).status == 204
    assert (await eve.get(f"tables/{table['token']}/")).status == 404


async def test_a_kick_is_no_ban(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.open_table()
    id = await bob.joined(table)
    socket = await bob.sit(table, 1)
    assert (await ada.post(f"players/{id}/kick/")).status == 204
    await ended(socket)
    again = await bob.post(f"tables/{table['short_table_token']}/join/")
    assert again.status == 200
    assert await names(bob) == await names(ada) == ["ada", "bob"]
    socket = await bob.sit(table, 2)
    assert (await ada.get(f"players/{id}/")).body["seat"] == 2
    await hang_up(socket)


async def test_a_player_has_one_id_in_frames_and_over_rest(house: TableHouse) -> None:
    ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
    table = await ada.open_table({"type": "public"})
    id = await bob.joined(table)
    sockets = [await bob.sit(table, 1), await eve.sit(table, 2)]
    assert client_number(sockets[0], "bob") == id
    shown = (await ada.get(f"players/{id}/")).body
    assert (shown["id"], shown["player"]) == (id, id)
    eves = client_number(sockets[1], "eve")
    assert await eve.joined(table) == eves, "who comes first and joins later keeps it"
    for socket in sockets:
        await hang_up(socket)


async def test_who_is_kicked_at_the_table_is_kicked_here_too(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.open_table()
    await bob.joined(table)
    socket, host = await bob.sit(table, 1), await ada.sit(table, 2)
    number = (await bob.get("players/")).body["results"]
    [number] = [one["player"] for one in number if one["is_you"]]
    await host.send("kick_player_after_game", payload={"player": number})
    await ended(socket)
    assert await names(bob) == [] and await names(ada) == ["ada"]
    await hang_up(host)
    await house.app.house.area.hosting.settle(table["token"])
    states = {
        one.username: one.state
        async for one in house.app.house.area.hosting.members.of_table(table["token"])
    }
    assert states == {"ada": "here", "bob": "kicked"}


@pytest.mark.parametrize("had_come", [True, False])
@pytest.mark.parametrize("how", ["kick", "leave"])
async def test_who_comes_back_to_a_public_table_is_its_player_again(
    house: TableHouse, how: str, had_come: bool
) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.table({"type": "public"})
    assert (await ada.post(f"tables/{table['token']}/open/")).status == 200
    id = await bob.joined(table)
    first = await bob.sit(table, 1) if had_come else None
    by = ada if how == "kick" else bob
    assert (await by.post(f"players/{id}/{how}/")).status == 204
    if first is not None:
        await ended(first)
    assert await names(bob) == [] and await names(ada) == ["ada"]
    socket = await bob.sit(table, 2)
    assert await names(bob) == await names(ada) == ["ada", "bob"]
    assert (await ada.get(f"players/{id}/")).body["seat"] == 2
    assert (await ada.post(f"players/{id}/kick/")).status == 204
    assert "1000" in await ended(socket) and await names(ada) == ["ada"]


async def test_who_is_kicked_in_a_hand_plays_it_to_its_end(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.open_table()
    id = await bob.joined(table)
    clients = {1: await ada.sit(table, 0), 2: await bob.sit(table, 1)}
    await clients[1].send("game_start", game_type="THD")
    turn = await clients[2].until("turn")
    assert (await ada.post(f"players/{id}/kick/")).status == 204
    assert await names(bob) == [] and await names(ada) == ["ada"]
    again = await bob.post(f"tables/{table['short_table_token']}/join/")
    assert again.status == 200, "but the kick is still on its way"
    await clients[turn["payload"]["seat"] + 1].send("action_fold")
    await clients[1].until("player_kicked", player=id)
    assert "1000 You were kicked" in await ended(clients[2])
    assert await names(bob) == [] and await names(ada) == ["ada"]
    await hang_up(clients[1])


async def test_one_leaves_and_may_come_back(house: TableHouse) -> None:
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.open_table()
    id = await bob.joined(table)
    assert (await ada.post(f"players/{id}/leave/")).code == "forbidden"
    for seat in (None, 1):
        socket = await bob.sit(table, seat)
        assert (await bob.post(f"players/{id}/leave/")).status == 204
        assert "1000 You left the table" in await ended(socket)
        assert await names(bob) == [] and await names(ada) == ["ada"]
        with pytest.raises(ClosedByHost, match="4403"):
            await bob.sit(table)
        assert await bob.joined(table) == id
    socket = await bob.sit(table, 1)
    await socket.send("leave_player")
    await ended(socket)
    assert await names(ada) == ["ada"]
    assert await bob.joined(table) == id
    await hang_up(await bob.sit(table, 1))


# -- a table's life --------------------------------------------------------------------------


def late_by(ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hosts that start from now on live later."""
    from vphost.services.clock import SystemClock

    class Later(SystemClock):
        def now_ms(self) -> int:
            return super().now_ms() + ms

        def calendar_ms(self) -> int:
            return super().calendar_ms() + ms

    monkeypatch.setattr("vphost.wiring.container.SystemClock", Later)


async def a_hand(table: dict[str, Any], ada: User, bob: User) -> None:
    """Play; change the configuration in the hand, which counts from the next one on."""
    path = f"tables/{table['token']}/"
    clients = {1: await ada.sit(table, 0), 2: await bob.sit(table, 1)}
    await clients[1].send("game_start", game_type="THD")
    turn = await clients[1].until("turn")
    assert (await ada.get(path)).body["status"] == "running"
    changed = await ada.patch(f"{path}configuration/", {"ante": "0.10"})
    assert changed.body["configuration"]["ante"] == 0.1
    told = await clients[2].until("state_config_updated", takes_effect="next_hand")
    assert told["payload"]["config"]["ante"] == 0.1
    refused = await ada.post(f"{path}choose_game_mode/", {"game_mode": "T"})
    assert (refused.status, refused.code) == (409, "game_running")
    currency = await ada.patch(f"{path}configuration/", {"funding": "wallet"})
    assert (currency.status, list(currency.body)) == (400, ["funding"])
    assert (await ada.get(path)).body["configuration"]["funding"] == "host"
    id = await bob.player(table, "bob")
    busy = await bob.patch(f"players/{id}/", {"jitsi_id": "x"})
    assert (busy.status, busy.code) == (409, "hand_running")
    await clients[turn["payload"]["seat"] + 1].send("action_fold")
    await clients[2].until("game_end")
    await clients[2].until("state_config_updated", takes_effect="now")
    turn = await clients[2].until("turn")
    await clients[1].send("end_current_game")
    await clients[turn["payload"]["seat"] + 1].send("action_fold")
    ended = await clients[2].until("current_game_ended")
    assert ended["payload"]["game_mode"] == "UNDEFINED", "it was chosen before the table opened"
    assert (await ada.get(path)).body["game_mode"] == "UNDEFINED"
    for _ in range(2):
        chosen = await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})
        assert (chosen.status, chosen.body["game_mode"]) == (200, "C")
        await clients[2].until("game_mode_chosen")
    for client in clients.values():
        await hang_up(client)


async def test_a_tables_life_over_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await life(tmp_path, f"sqlite:{tmp_path}/store.sqlite", monkeypatch)


async def life(folder: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make, configure, open, join, play, kick, expire, close; with restarts in between."""
    async with table_house(folder, store=store) as house:
        ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
        made = await ada.table({"name": "Friday"})
        path = f"tables/{made['token']}/"
        await ada.patch(f"{path}configuration/", {
            "big_blind": 1, "small_blind": 0.5, "time_between_hands": 1,
        })
        await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})
    async with table_house(folder, store=store) as house:
        ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
        opened = (await ada.post(f"{path}open/")).body
        assert opened["status"] == "open" and opened["configuration"]["big_blind"] == 1
        await bob.joined(opened)
        eves = await eve.joined(opened)
        await a_hand(opened, ada, bob)
        assert (await ada.post(f"players/{eves}/kick/")).status == 204
    async with table_house(folder, store=store) as house:
        ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
        again = (await bob.get(path)).body
        assert (again["open"], again["expire"]) == (opened["open"], opened["expire"])
        assert again["configuration"]["ante"] == 0.1
        assert await names(bob) == ["ada", "bob"] and await names(eve) == []
    late_by(DAY_MS, monkeypatch)
    async with table_house(folder, store=store) as house:
        ada, eve = await house.user("ada"), await house.user("eve")
        assert (await ada.get(path)).body["status"] == "expired"
        assert (await ada.post(f"{path}join/")).status == 200, "until the goodbye is over"
        assert (await eve.post(f"{path}join/")).status == 200, "who was kicked was a player, too"
        stranger = await house.user("sam")
        short = f"tables/{opened['short_table_token']}/join/"
        for answer in (
            await stranger.post(short), await ada.patch(f"{path}configuration/", {"ante": 0}),
            await ada.post(f"{path}open/"),
        ):
            assert (answer.status, answer.code) == (409, "table_expired")
        room = house.app.house.rooms.get(opened["token"])
        assert room is not None
        while room.state.goodbye_until_ms is None:
            await asyncio.sleep(0.01)
    late_by(DAY_MS + 180_000, monkeypatch)
    async with table_house(folder, store=store) as house:
        ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
        room = house.app.house.rooms.get(opened["token"])
        while room is not None and not room.state.closed:
            await asyncio.sleep(0.01)
        assert (await bob.get(path)).body["status"] == "closed"
        assert (await bob.post(f"{path}join/")).code == "table_expired"
        await house.app.house.area.tables.close_expired()
        assert house.app.house.rooms.get(opened["token"]) is None
        members = house.app.house.area.hosting.members.of_table(opened["token"])
        sat = {one.username: one.seated_ms > 0 async for one in members}
        assert sat == {"ada": True, "bob": True, "eve": False}
        assert (await bob.get(path)).body["status"] == "closed"
        assert await names(bob) == await names(eve) == ["ada", "bob", "eve"]
        assert house.app.house.ledger.balances.durable() == {}
