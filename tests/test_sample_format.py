"""The game mode of the documentation, played over sockets; a host that has no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.living_table import SETTINGS, Guest
from tests.rules.poker.table.cash_table import CashTable
from tests.web.web_edge import Raw
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.rules.mode import Command, Rejected
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.mode import TableMode
from vphost.services.accounts.accounts import Kind

SAMPLES = Path(__file__).parents[1] / "docs" / "sample_format"
LINES_MAX = 100
HANDS = 40


def plugins_of_the_sample() -> PluginRegistry:
    plugins = PluginRegistry()
    plugins.discover([SAMPLES], entry_points=False)
    return plugins


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[App]:
    app = App(
        Config(store=f"sqlite:{folder / 'host.sqlite'}", var=folder, port=0, drain_s=0),
        plugins=plugins_of_the_sample(), check_outgoing=True,
    )
    await app.start()
    try:
        yield app
    finally:
        await app.stop("test ended")


async def enter(app: App, raw: Raw, table: str, name: str) -> Guest:
    user = await app.house.accounts.ensure(name, Kind.PERSON)
    token = app.house.access_tokens.issue(user.id, 600)
    await raw.upgrade(app.address[1], f"/ws/tables/{table}/?token={token}&since=0")
    player = await app.house.area.hosting.player_number(table, user.id)
    assert player is not None
    return Guest(raw, player)


async def open_table(app: App) -> str:
    host = await app.house.accounts.ensure("host", Kind.PERSON)
    table = await app.house.area.tables.create(
        host.id, "table", {**SETTINGS, "game_mode": "UNDEFINED"}
    )
    assert not isinstance(table, Rejected), table
    room = app.house.rooms.get(table.id)
    assert room is not None
    command = Command("choose", host.id, "choose_game_mode", {"game_mode": "BOMB"})
    assert not isinstance(await room.submit(command), Rejected)
    return table.id


async def test_a_bomb_pot_is_played_over_sockets(tmp_path: Path) -> None:
    async with running(tmp_path) as app:
        table, port = await open_table(app), app.address[1]
        async with Raw.connected(port) as one, Raw.connected(port) as two:
            guests = [
                await enter(app, one, table, "host"), await enter(app, two, table, "ann"),
            ]
            for seat, guest in enumerate(guests):
                await guest.say("sit_player", seat=seat)
                await guest.say("buy_in", amount=20)
                await guest.until("bankroll")
            await guests[0].say("game_start", game_type="THD")
            antes = [await guests[0].until("action_ack", action="action_ante") for _ in guests]
            assert [ante["amount"] for ante in antes] == ["1.00", "1.00"]
            flop = await guests[0].until("community_cards")
            assert len(flop["community_cards"]) == 3 and flop["pots"] == ["2.00"]
            turn = await guests[0].until("turn")
            assert (turn["call_amount"], turn["min_amount"]) == ("0.00", "0.50")
            assert "action_check" in turn["available_actions"]
            blinds = {"small_blind", "big_blind"}
            assert not any(
                frame["payload"].get("action") in blinds for frame in guests[0].seen
            )
            await guests[turn["seat"]].say("action_bet", amount=3)
            await guests[1 - turn["seat"]].until("turn", seat=1 - turn["seat"])
            await guests[1 - turn["seat"]].say("action_fold")
            ended = await guests[0].until("game_end")
            assert ended["winners"][0]["pot_size"] == "2.00"


async def test_a_host_with_the_sample_alone_has_one_game_mode(tmp_path: Path) -> None:
    async with running(tmp_path) as app:
        host = await app.house.accounts.ensure("host", Kind.PERSON)
        made = await app.house.area.tables.create(host.id, "table", dict(SETTINGS))
        assert not isinstance(made, Rejected)
        assert made.config["game_mode"] == "BOMB"
        refused = await app.house.area.tables.create(
            host.id, "table", {**SETTINGS, "game_mode": "C"}
        )
        assert isinstance(refused, Rejected) and "game_mode" in refused.detail["fields"]


@pytest.mark.parametrize("players", [2, 3, 6])
def test_bomb_pots_keep_every_chip(players: int) -> None:
    plugins = plugins_of_the_sample()
    plugins.register()
    table = CashTable(mode=TableMode(Formats(plugins.formats.values())))
    for seat in range(players):
        table.seat(f"user{seat}")
    table.start()
    for _ in range(HANDS):
        while table.state.running is not None:
            calls = "action_call" in table.turn["available_actions"]
            table.do(table.actor, "action_call" if calls else "action_check")
        table.wait_for("game_start")


def test_the_sample_is_short() -> None:
    (file,) = SAMPLES.glob("*.py")
    assert len(file.read_text().splitlines()) <= LINES_MAX
