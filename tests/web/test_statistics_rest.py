"""Statistics over HTTP: labels, formats, and who may see them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.table_client import TableClient
from tests.web.rest_client import Answer
from tests.web.table_house import TableHouse, User, hang_up, table_house

PLAYER_LABELS = [
    "Total number of hands played", "Total time played at table", "Net chips amount",
    "Current bankroll amount", "Pots won %", "Flops seen %", "VPIP%", "PFR%",
    "Average Pot Winnings", "Biggest pot won",
]
GAME_LABELS = [
    "Folded best hand %", "$ Lost when folded best hand", "% of pots won without best hand",
    "Flops seen %", "Pots won %", "Total pots won", "VPIP%", "PFR%", "Aggression factor",
    "Total hands played", "Average Pot Winnings", "Biggest pot won",
    "# Times screwed on the river", "C-BET%", "LIMP%",
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path) as running:
        yield running


def shown(rows: list[dict[str, str]]) -> dict[str, str]:
    """Return rows by label."""
    return {row["label"]: row["value"] for row in rows}


def numbers(answer: Answer) -> dict[str, Any]:
    """Return the numbers of an answer by label, of rows that have one."""
    return {row["label"]: row["number"] for row in answer.body if "number" in row}


def values(answer: Answer) -> dict[str, str]:
    """Return the rows of an answer by label."""
    assert answer.status == 200, answer
    return shown(answer.body)


class Duel:
    """Ada and bob at ada's table after one hand that the button folded at once."""

    def __init__(self, ada: User, bob: User, table: dict[str, Any], ids: tuple[int, int]) -> None:
        self.ada, self.bob, self.table, self.ids = ada, bob, table, ids
        self.clients: list[TableClient] = []
        self.folder_is_ada = False

    @property
    def folder(self) -> tuple[User, int]:
        """Who folded, with his id."""
        return (self.ada, self.ids[0]) if self.folder_is_ada else (self.bob, self.ids[1])

    @property
    def winner(self) -> tuple[User, int]:
        """Who won the blinds, with his id."""
        return (self.bob, self.ids[1]) if self.folder_is_ada else (self.ada, self.ids[0])


async def duel(house: TableHouse, **settings: Any) -> Duel:
    """Play the hand; the table goes on with the next one. settings: of the table."""
    ada, bob = await house.user("ada"), await house.user("bob")
    table = await ada.open_table()
    if settings:
        answer = await ada.patch(f"tables/{table['token']}/configuration/", settings)
        assert answer.status == 200, answer
    await bob.joined(table)
    played = Duel(ada, bob, table, (
        await ada.player(table, "ada"), await ada.player(table, "bob")
    ))
    played.clients = [await ada.sit(table, 0), await bob.sit(table, 1)]
    await played.clients[0].send("game_start", game_type="THD")
    turn = await played.clients[0].until("turn")
    seated = {
        frame["payload"]["username"]: frame["payload"]["player"]
        for frame in played.clients[0].seen.values() if frame["event"] == "player_seated"
    }
    played.folder_is_ada = turn["payload"]["player"] == seated["ada"]
    await played.clients[0 if played.folder_is_ada else 1].send("action_fold")
    await played.clients[0].until("game_end")
    return played


@pytest.fixture
async def played(house: TableHouse) -> AsyncIterator[Duel]:
    """One hand has been played, and the next one runs or is about to."""
    made = await duel(house)
    yield made
    for client in made.clients:
        await hang_up(client)


async def test_a_player_reads_his_own_figures(played: Duel) -> None:
    user, id = played.folder
    answer = await user.get(f"players/{id}/stats/")
    assert [row["label"] for row in answer.body] == PLAYER_LABELS
    told = values(answer)
    assert told["Total number of hands played"] == "1"
    assert told["Pots won %"] == "0% (0 of 1)"
    assert told["Net chips amount"].startswith("-")
    winner, id = played.winner
    told = values(await winner.get(f"players/{id}/stats/"))
    assert told["Pots won %"] == "100% (1 of 1)"
    assert told["VPIP%"] == "0%"
    assert told["Biggest pot won"] == told["Average Pot Winnings"] != "P0"


async def test_before_the_first_hand_all_is_nothing(house: TableHouse, played: Duel) -> None:
    ada = await house.user("ada")
    table = await ada.open_table()
    told = values(await ada.get(f"players/{await ada.player(table, 'ada')}/stats/"))
    assert told["Total number of hands played"] == "0"
    assert told["Total time played at table"] == "00:00:00"
    assert told["Pots won %"] == told["Flops seen %"] == "0% (0 of 0)"
    assert told["Net chips amount"] == told["Biggest pot won"]
    assert told["Net chips amount"].endswith("0")


async def test_sitting_without_a_hand_is_time_at_the_table(house: TableHouse) -> None:
    ada = await house.user("ada")
    table = await ada.open_table()
    client = await ada.sit(table, 0)
    path = f"players/{await ada.player(table, 'ada')}/stats/"
    async with asyncio.timeout(10):
        while values(await ada.get(path))["Total time played at table"] == "00:00:00":
            await asyncio.sleep(0.05)
    await hang_up(client)


async def test_numbers_beside_the_text_say_what_has_no_divisor(
    house: TableHouse, played: Duel
) -> None:
    ada = await house.user("ada")
    path = f"players/{await ada.player(await ada.open_table(), 'ada')}/stats/"
    answer = await ada.get(path)
    assert numbers(answer) == {
        "Pots won %": None, "Flops seen %": None, "VPIP%": None, "PFR%": None,
    }
    winner, id = played.winner
    told = numbers(await winner.get(f"players/{id}/stats/"))
    assert (told["Pots won %"], told["Flops seen %"]) == (100, 0)
    assert told["VPIP%"] is None, "a walk is no choice"
    figures = await winner.get("users/current/game-stats/?game_type=THD")
    assert values(figures)["Aggression factor"] == "0"
    assert numbers(figures)["Aggression factor"] is None


async def test_somebody_elses_figures_are_his_own(house: TableHouse, played: Duel) -> None:
    eve = await house.user("eve")
    assert (await played.ada.get(f"players/{played.ids[1]}/stats/")).status == 403
    assert (await eve.get(f"players/{played.ids[1]}/stats/")).status == 404
    assert (await eve.get(f"players/{played.ids[1]}/versus-stats/")).status == 404
    assert (await eve.get(f"tables/{played.table['token']}/stats/")).status == 404


async def test_players_of_a_table_are_compared(played: Duel) -> None:
    (winner, winner_id), (loser, loser_id) = played.winner, played.folder
    one = (await winner.get(f"players/{loser_id}/versus-stats/")).body
    other = (await loser.get(f"players/{winner_id}/versus-stats/")).body
    assert [row["label"] for row in one["table"]] == [
        "Total hands played", "Flops seen %", "Pots won %", "Total pots won",
    ]
    assert (shown(one["table"])["Total pots won"], shown(other["table"])["Total pots won"]) == (
        "0", "1",
    )
    won = shown(one["vs"])["Win/loss of chips"]
    assert shown(other["vs"])["Win/loss of chips"] == f"-{won}"
    assert shown(one["vs"])["Showdown win/loss"] == "0"


async def test_a_table_shows_all_its_players(played: Duel) -> None:
    body = (await played.bob.get(f"tables/{played.table['short_table_token']}/stats/")).body
    assert body["hands"] == 1
    assert {one["username"]: one["id"] for one in body["players"]} == dict(
        zip(("ada", "bob"), played.ids)
    )
    assert all(
        shown(one["stats"])["Total number of hands played"] == "1" for one in body["players"]
    )


async def test_who_has_left_keeps_the_figures_so_that_nets_sum_to_zero(played: Duel) -> None:
    await played.clients[1].send("leave_player")
    await played.clients[0].until("player_left")
    body = (await played.ada.get(f"tables/{played.table['short_table_token']}/stats/")).body
    assert {one["username"]: one["is_here"] for one in body["players"]} == {
        "ada": True, "bob": False,
    }
    nets = [
        Decimal(re.sub("[^0-9.-]", "", shown(one["stats"])["Net chips amount"]))
        for one in body["players"]
    ]
    assert any(nets) and sum(nets) == 0


async def test_the_career_counts_games(house: TableHouse, played: Duel) -> None:
    now = datetime.now(timezone.utc)
    assert (await played.ada.get("users/current/stats/")).body == [
        {"label": "Joined in", "value": f"{now:%B} {now.year}"},
        {"label": "# of Cash Games Played", "value": "1"},
        {"label": "# of Tournament Played", "value": "0"},
    ]
    eve = await house.user("eve")
    assert values(await eve.get("users/current/stats/"))["# of Cash Games Played"] == "0"


async def test_figures_of_a_type_of_game_need_a_seat_in_a_game(
    house: TableHouse, played: Duel
) -> None:
    answer = await played.winner[0].get("users/current/game-stats/?game_type=THD")
    assert [row["label"] for row in answer.body] == GAME_LABELS
    told = values(answer)
    assert (told["Total hands played"], told["Total pots won"]) == ("1", "1")
    assert told["Aggression factor"] == "0"
    other = values(await played.winner[0].get("users/current/game-stats/?game_type=OMH"))
    assert other["Total hands played"] == "0"
    eve = await house.user("eve")
    refused = await eve.get("users/current/game-stats/?game_type=THD")
    assert (refused.status, refused.body["code"]) == (403, "forbidden")


async def test_one_learns_whether_one_is_playing_at_any_table(
    house: TableHouse, played: Duel
) -> None:
    call = "users/current/is-current-user-playing/"
    for user in (played.ada, played.bob):
        await user.open_table()
        assert (await user.get(call)).body == {"result": True}
    eve = await house.user("eve")
    table = await eve.open_table()
    assert (await eve.get(call)).body == {"result": False}
    client = await eve.sit(table, 0)
    assert (await eve.get(call)).body == {"result": False}, "a seat is no game"
    await hang_up(client)


@pytest.mark.parametrize("query", ["", "?game_type=", "?game_type=XYZ", "?game_type=THD&x=1"])
async def test_the_type_of_game_is_required_and_has_to_exist(
    house: TableHouse, query: str
) -> None:
    ada = await house.user("ada")
    assert (await ada.get(f"users/current/game-stats/{query}")).status == 400
