"""Reports of cash games: what the postings say of everybody, and that nothing got lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.cash.rules.report_forms import NAMES, host_form, player_form
from plugins.cash.rules.reporting import CashReader
from tests.rules.poker.table.cash_table import CashTable, through_json
from tests.rules.poker.table.test_table_random import SEEDS, Chaos
from vphost.rules.mode import Event
from vphost.rules.money import Currency
from vphost.rules.poker.statistics.counters import merged
from vphost.rules.poker.table.finished import HandReader
from vphost.tables.report_csv import render as csv_of

PLAY = Currency("PLAY", 2, "P")


def config_of(table: CashTable) -> Event:
    """Return the event with which the host process creates the table's room."""
    return Event("_created", {"mode": "cash", "config": dict(table.state.config), "now_ms": 0})


def games_of(table: CashTable, created: Event) -> list[dict[str, Any]]:
    """Return the facts of all games of a table, completed as the host process does it.

    Between games the reader is replaced by one that knows only what was kept.
    """
    reader, hands = CashReader({}), HandReader()
    counts: dict[int, dict[str, int]] = {}
    number, found = 0, []
    for event in (created, *map(through_json, table.told)):
        hand = hands.read(event)
        if hand is not None:
            number += 1
            for player, counters in zip(hand.players, hand.counts.players):
                counts[player] = merged((counts.get(player, {}), counters))
        facts = reader.read(event, table.now)
        if facts is not None:
            found.append({**facts, "hands": number, "lines": [
                {**line, "played_ms": 61_000, "counters": counts.get(line["player"], {})}
                for line in facts["lines"]
            ]})
            reader = CashReader(json.loads(json.dumps(reader.kept())))
            counts, number = {}, 0
    return found


def nets(facts: dict[str, Any]) -> dict[str, int]:
    """Return what everybody won, by name."""
    return {line["username"]: line["cashed"] - line["bought"] for line in facts["lines"]}


def played(*, settings: dict[str, Any] | None = None) -> tuple[CashTable, Event]:
    """Return a table where ann called and won the blinds, and the game has ended."""
    table = CashTable({"time_between_hands": 0, **(settings or {})})
    created = config_of(table)
    table.start("host", "ann", "bob", chips=20_00)
    table.play("c")
    while table.state.running is not None and table.state.running.turn is not None:
        table.play("f")
    table.do("host", "end_current_game")
    return table, created


def test_a_report_tells_what_everybody_brought_and_took() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    assert facts["hands"] == 1 and facts["game_type"] == "THD"
    assert {line["username"]: (line["buy_ins"], line["bought"]) for line in facts["lines"]} == {
        "host": (1, 20_00), "ann": (1, 20_00), "bob": (1, 20_00),
    }
    assert sorted(nets(facts).values()) == [-50, -25, 75]


def test_chips_that_come_later_are_buy_ins_of_the_same_game() -> None:
    table = CashTable({"time_between_hands": 0})
    created = config_of(table)
    table.start("host", "ann", chips=20_00)
    table.do("ann", "buy_in", amount=5_00)
    table.fold_out()
    table.do("host", "end_current_game")
    [facts] = games_of(table, created)
    [ann] = [line for line in facts["lines"] if line["username"] == "ann"]
    assert (ann["buy_ins"], ann["bought"]) == (2, 25_00)
    assert sum(nets(facts).values()) == 0


def test_who_left_in_the_game_is_in_its_report_and_who_left_before_is_not() -> None:
    table = CashTable({"time_between_hands": 0})
    created = config_of(table)
    table.seat("dan")
    table.do("dan", "leave_player")
    table.start("host", "ann", "bob")
    table.fold_out()
    table.do("bob", "leave_player")
    table.do("host", "end_current_game")
    [facts] = games_of(table, created)
    assert set(nets(facts)) == {"host", "ann", "bob"}
    assert sum(nets(facts).values()) == 0


def test_every_game_has_a_report_of_its_own() -> None:
    table, created = played()
    first = len(table.told)
    for user in ("host", "ann"):
        table.do(user, "buy_in", amount=10_00)
    table.begin()
    table.fold_out()
    table.do("host", "end_current_game")
    one, other = games_of(table, created)
    assert first and one["game_id"] != other["game_id"]
    assert {line["username"]: line["bought"] for line in other["lines"]} == {
        "host": 10_00, "ann": 10_00,
    }


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("game", ["THD", "OMH"])
def test_a_property_of_random_games_all_nets_and_the_house_sum_to_zero(
    seed: int, game: str
) -> None:
    chaos = Chaos(100 + seed, game)
    created = config_of(chaos.table)
    for _ in range(120):
        chaos.step()
    table = chaos.table
    if table.state.game is not None:
        table.now += 25 * 3600 * 1000
        for _ in range(50):
            table.tick()
            table.now += 60_000
    games = games_of(table, created)
    assert games, "at least one game was played"
    for facts in games:
        assert sum(nets(facts).values()) + facts["house"] == 0
        for line in facts["lines"]:
            counted = line["counters"].get("net", 0)
            assert line["cashed"] - line["bought"] == counted, "the hands say the same"
        assert sum(row[NAMES.index("net")] for row in rows(facts)) == 0


def rows(facts: dict[str, Any]) -> Any:
    """Return the rows of the host's sheet."""
    return host_form(facts, "host", PLAY).sheet.rows


def test_what_the_house_took_is_a_line_and_the_sum_stays_zero() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    facts = {**facts, "house": 25, "lines": [
        {**line, "cashed": line["cashed"] - 25 * (line["username"] == "bob")}
        for line in facts["lines"]
    ]}
    form = host_form(facts, "host", PLAY)
    assert form.grids[0].rows[-1] == ("House", "", "", "+P0.25")
    assert form.grids[0].total[-1] == "P0.00"
    assert form.sheet.rows[-1][:3] == ("house", None, form.sheet.rows[-1][2])
    assert sum(row[NAMES.index("net")] for row in form.sheet.rows) == 0  # type: ignore[misc]
    assert all(len(row) == len(NAMES) for row in form.sheet.rows)


def test_the_hosts_form_has_everybody_and_marks_himself() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    form = host_form(facts, "host", PLAY)
    names = [row[0] for row in form.grids[0].rows]
    assert sorted(names) == ["ann", "bob", "host"]
    assert names[form.grids[0].marked or 0] == "host"
    assert form.grids[0].total == ("Together", "P60.00", "P60.00", "P0.00")
    assert len(form.sheet.rows) == 3
    assert dict(form.facts[0][1])["Game"] == "No-limit Texas hold'em"


def test_a_host_who_did_not_play_has_no_result() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    form = host_form(facts, "somebody", PLAY)
    assert form.result is None and form.grids[0].marked is None


def test_a_players_form_tells_of_nobody_else() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    form = player_form(facts, "ann", PLAY)
    assert form.result is not None and form.result[1] == dict(form.facts[0][1])["Net"]
    assert dict(form.facts[1][1])["Hands dealt"] == "1"
    told = repr(form)
    assert "bob" not in told and "host" not in told
    assert csv_of(form.sheet).count("\r\n") == 2


def test_a_players_counters_are_those_of_his_hands() -> None:
    table, created = played()
    [facts] = games_of(table, created)
    sheet = host_form(facts, "host", PLAY).sheet
    by_name = {row[1]: dict(zip(sheet.names, row)) for row in sheet.rows}
    assert by_name["ann"]["vpip_percent"] == 100
    assert sum(int(str(one["pots_won"])) for one in by_name.values()) == 1
    assert {one["hands"] for one in by_name.values()} == {1}
    assert {one["seconds_played"] for one in by_name.values()} == {61}
