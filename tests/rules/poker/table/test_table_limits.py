"""Limits and games at a live table: what is offered, what is refused, what a hand shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CashTable
from vphost.rules.mode import Rejected


def table_of(game: str, limit: str, *users: str, **settings: Any) -> CashTable:
    """Return a table of one game and limit with its first hand dealt."""
    table = CashTable({
        "allowed_games": [game], game: {"format": "blinds", "limit": limit}, **settings,
    })
    table.start(*(users or ("ann", "bob", "cid")))
    return table


def offer(table: CashTable) -> tuple[int, int | None, int | None]:
    """Return what there is to call, and the least and most to bet or raise to."""
    turn = table.turn
    return turn["call_amount"], turn["min_total"], turn["max_total"]


def test_pot_limit_opens_for_at_most_the_pot_after_the_call() -> None:
    table = table_of("THD", "PL")
    assert offer(table) == (50, 100, 175)
    actor = table.actor
    assert table.refused(actor, "action_raise", total=176) == "raise_too_large"
    table.act("raise", 175)
    assert offer(table) == (150, 300, 575)


def test_pot_limit_after_the_flop_counts_the_pot_and_the_bet() -> None:
    table = table_of("THD", "PL")
    table.play("cck")
    assert offer(table) == (0, 50, 150)
    assert table.refused(table.actor, "action_bet", total=151) == "raise_too_large"
    table.act("bet", 150)
    assert offer(table) == (150, 300, 600)


def test_fixed_limit_offers_one_size_small_then_big() -> None:
    table = table_of("THD", "FL")
    assert offer(table) == (50, 100, 100)
    actor = table.actor
    assert table.refused(actor, "action_raise", total=99) == "raise_too_small"
    assert table.refused(actor, "action_raise", total=150) == "raise_too_large"
    table.play("cck")
    assert offer(table) == (0, 50, 50)
    table.play("kkk")
    assert offer(table) == (0, 100, 100)
    table.play("kkk")
    assert offer(table) == (0, 100, 100)


def test_fixed_limit_stops_after_a_bet_and_three_raises() -> None:
    table = table_of("THD", "FL")
    for to in (100, 150, 200):
        table.act("raise", to)
    assert offer(table)[1:] == (None, None)
    assert table.turn["available_actions"] == ["action_fold", "action_call"]
    assert table.refused(table.actor, "action_raise", total=250) == "action_not_available"


def test_the_sizes_of_fixed_limit_are_the_configured_ones() -> None:
    table = table_of("THD", "FL", big_blind=2, small_blind=1, min_limit_size=2, max_limit_size=4)
    assert offer(table) == (200, 400, 400)


def test_nobody_straddles_in_fixed_limit() -> None:
    table = table_of("THD", "FL", "ann", "bob", "cid", "dan")
    table.fold_out()
    refusals = {table.refused(user, "straddle") for user in ("ann", "bob", "cid", "dan")}
    assert refusals == {"action_not_available"}


def test_a_straddle_in_pot_limit_counts_in_the_pot() -> None:
    table = table_of("THD", "PL", "ann", "bob", "cid", "dan")
    table.fold_out()
    straddler = next(
        user for user in ("ann", "bob", "cid", "dan")
        if not isinstance(table.ask(user, "straddle"), Rejected)
    )
    table.next_deal()
    assert table.player(straddler).stack < 10_000
    assert offer(table) == (100, 200, 100 + 175 + 100)


def test_a_hand_of_omaha_has_four_cards_and_shows_two_of_them_at_work() -> None:
    table = table_of("OMH", "PL", "ann", "bob")
    own = table.view("ann")[1]["pocket_cards"]
    assert len(own) == 4
    assert table.newest("pocket_cards").data["cards_count"] == 4
    table.play("ck kk kk kk")
    end = table.newest("game_end").data
    board = set(table.newest("community_cards").data["community_cards"])
    for player, five in end["best_hands"].items():
        assert len(set(five) & set(end["pocket_cards"][player])) == 2
        assert len(set(five) & board) == 3


def test_an_omaha_player_shows_card_by_card() -> None:
    table = table_of("OMH", "PL", "ann", "bob")
    table.play("ck kk kk kf")
    own = table.view("ann")[1]["pocket_cards"]
    table.do("ann", "show_pocket_cards", cards=own[:1])
    assert table.one("show_pocket_cards").data["best_hand"] == []
    table.do("ann", "show_pocket_cards", cards=own[1:2])
    shown = table.one("show_pocket_cards").data
    assert shown["visible_cards"] == [*own[:2], None, None]
    assert set(own[:2]) < set(shown["best_hand"])


def test_an_omaha_all_in_tells_hands_of_exactly_two_own_cards() -> None:
    table = table_of("OMH", "NL", "ann", "bob")
    table.play("ac")
    reveal = table.newest("heads_up_showdown").data
    assert all(len(cards) == 4 for cards in reveal["pocket_cards"].values())
    assert all(set(one) == {"flop", "turn", "river"} for one in reveal["best_hands"].values())
    table.wait_for("game_end")


@pytest.mark.parametrize(("game", "limit"), [
    (game, limit) for game in ("THD", "OMH") for limit in ("NL", "PL", "FL")
])
def test_a_hand_is_the_same_after_a_snapshot_of_any_game(game: str, limit: str) -> None:
    table = table_of(game, limit)
    table.fold_out()
    table.check_snapshot()
    table.next_deal()
    table.play("ccpppp")


def test_one_table_may_allow_several_games() -> None:
    table = CashTable({"allowed_games": ["THD", "OMH"]})
    table.seat("ann", "bob")
    table.come_host()
    assert table.refused("host", "game_start", game_type="SCS") == "game_type_not_allowed"
    table.do("host", "game_start", game_type="OMH")
    assert len(table.view("ann")[1]["pocket_cards"]) == 4
    assert table.view(None)[0]["game_type"] == "OMH"
