"""What is kept of finished hands: bounds, kinds of games, and first hands of games."""

from __future__ import annotations

import pytest

from tests.rules.poker.stats_table import course
from vphost.rules.poker.statistics import book as book


def finished(players: tuple[int, ...], game: str = "g", currency: str = "EUR") -> book.Finished:
    """Return a hand in which the last player's raise takes the blinds."""
    counts = course(len(players), "r300", *["f"] * (len(players) - 1)).counts
    users = tuple(f"u{player}" for player in players)
    return book.Finished("THD", game, currency, players, users, counts)


def test_money_of_two_currencies_is_kept_apart() -> None:
    table = book.table_with(book.new_table(), finished((1, 2, 3)), (1, 0), 5)
    table = book.table_with(table, finished((1, 2, 3), currency="JPY"), (2, 0), 7)
    assert sorted(table["players"]["3"]["kinds"]) == ["THD.EUR", "THD.JPY"]
    assert book.of_type(table["players"]["3"]["kinds"], "THD")["hands_dealt"] == 2
    assert book.of_type(table["players"]["3"]["kinds"], "OMH") == {}
    assert (table["players"]["3"]["played_ms"], book.mark_of(table)) == (12, (2, 0))


def test_a_game_counts_with_its_first_hand_only() -> None:
    table = book.new_table()
    for place, game in enumerate(("g", "g", "h")):
        table = book.table_with(table, finished((1, 2, 3), game), (place + 1, 0), 0)
    assert table["players"]["1"]["games"] == 2
    assert not book.is_first_hand(table, finished((1, 2, 3), "h"), 1)
    assert book.is_first_hand(table, finished((1, 2, 3), "h"), 4)


def test_pairs_beyond_the_bound_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "PAIRS_MAX", 6)
    table = book.table_with(book.new_table(), finished((1, 2, 3)), (1, 0), 0)
    table = book.table_with(table, finished((1, 2, 4)), (2, 0), 0)
    assert len(table["versus"]) == 6
    assert table["versus"]["1-2"]["THD.EUR"]["hands"] == 2
    assert table["players"]["4"]["kinds"]["THD.EUR"]["hands_dealt"] == 1
