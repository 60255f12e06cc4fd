"""What a tournament did to everybody's money, as the report reads it from the journal."""

from __future__ import annotations

import random

import pytest

from plugins.cash.rules.reporting import CashReader
from tests.plugins.tournament.tournament_table import play_out, prizes, tournament
from vphost.rules.mode import CREATED, Event


@pytest.mark.parametrize("seed", range(6))
def test_fees_and_prizes_are_the_money_of_a_tournament(seed: int) -> None:
    chooser, reader = random.Random(seed), CashReader({})
    table = tournament(chooser.randint(2, 6))
    reader.read(Event(CREATED, {"config": table.state.config}), 0)
    table.begin()
    play_out(table, chooser)
    facts = [one for event in table.told if (one := reader.read(event, 0)) is not None]
    (game,) = facts
    assert {line["bought"] for line in game["lines"]} == {10_00}
    won = {str(line["player"]): line["cashed"] for line in game["lines"] if line["cashed"]}
    assert won == prizes(table)
    assert sum(line["bought"] - line["cashed"] for line in game["lines"]) == 0
    assert game["house"] == 0
