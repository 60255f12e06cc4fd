"""Betting: turns, refusals, a hand to the end, and what is told of its end."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import ROOM, CashTable
from vphost.rules import books
from vphost.rules.mode import Rejected


@pytest.fixture
def table() -> CashTable:
    """Three players, the first hand dealt, the button to act."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    return table


def others(table: CashTable) -> list[str]:
    """Return the players whose turn it is not."""
    return [user for user in ("ann", "bob", "cid") if user != table.actor]


def test_a_turn_says_what_is_possible(table: CashTable) -> None:
    turn = table.turn
    assert turn["available_actions"] == ["action_fold", "action_call", "action_raise"]
    assert (turn["call_amount"], turn["min_amount"], turn["max_amount"]) == (50, 100, 10000)
    assert turn["interval"] == 30_000
    assert turn["timestamp_turn_expiration"] == table.now + 30_000
    assert turn["timestamp_total_expiration"] == table.now + 90_000


def test_an_action_is_acknowledged_and_the_next_turn_told(table: CashTable) -> None:
    actor = table.actor
    table.now += 4_000
    table.act("raise", 300)
    ack = table.one("action_ack").data
    assert (ack["action"], ack["amount"], ack["bet"]) == ("action_raise", 300, 300)
    assert (ack["table_stack"], ack["executed_by"], ack["action_time"]) == (9700, "USER", 4_000)
    assert table.names() == ["action_ack", "turn"]
    assert table.actor != actor
    assert table.accounts[books.pot(ROOM)] == 375


def test_refusals_of_a_bet_name_what_is_legal(table: CashTable) -> None:
    outcome = table.ask(table.actor, "action_call", amount=60)
    assert isinstance(outcome, Rejected) and outcome.code == "wrong_call_amount"
    assert outcome.detail == {
        "call_amount": 50, "min_amount": 100, "max_amount": 10000,
        "min_total": 100, "max_total": 10000,
    }
    assert table.refused(table.actor, "action_raise", amount=99) == "raise_too_small"
    assert table.refused(table.actor, "action_raise", amount=10001) == "raise_too_large"
    assert table.refused(table.actor, "action_bet", amount=200) == "action_not_available"
    assert table.refused(table.actor, "action_check") == "action_not_available"
    assert table.refused(table.actor, "action_raise") == "bad_amount"
    assert table.refused(table.actor, "action_raise", amount=-100) == "bad_amount"


def test_out_of_turn_is_refused(table: CashTable) -> None:
    for user in others(table):
        assert table.refused(user, "action_fold") == "not_your_turn"
    table.come("host")
    assert table.refused("host", "action_fold") == "not_your_turn"
    assert table.refused("zoe", "action_fold") == "not_a_player"


def test_without_a_hand_there_is_nothing_to_do(table: CashTable) -> None:
    table.fold_out()
    assert table.refused("ann", "action_fold") == "no_hand"


def test_the_big_blind_has_the_option_and_the_flop_comes(table: CashTable) -> None:
    table.play("cc")
    assert table.turn["available_actions"] == ["action_fold", "action_check", "action_raise"]
    table.play("k")
    flop = table.one("community_cards").data
    assert len(flop["new_cards"]) == len(flop["community_cards"]) == 3
    assert flop["betting_round"] == 1 and flop["pots"] == [150]
    assert table.actor == table.places()[1]
    assert table.turn["available_actions"] == ["action_fold", "action_check", "action_bet"]
    state, _ = table.view(None)
    assert state["bets"][1] == [None] * 9 and state["betting_round"] == 1


def test_everybody_folds_and_the_winner_shows_nothing(table: CashTable) -> None:
    big_blind = table.places()[2]
    table.play("ff")
    back = [e.data for e in table.last if e.data.get("action") == "uncalled_bet"]
    assert [(one["amount"], one["bet"]) for one in back] == [(25, 25)]
    end = table.one("game_end").data
    assert end["winners"] == [{
        "pot_id": 0, "pot_size": 50, "pot_chunks": [50], "winners": [table.id(big_blind)],
        "reason": [],
    }]
    assert end["best_hands"] == end["pocket_cards"] == end["best_hands_combinations"] == {}
    assert sorted(end["can_show_cards"]) == [1, 2, 3]
    assert end["side_pots_evaluation_expiration"] is None
    assert table.player(big_blind).stack == 10025


def test_all_who_compete_show_their_hands(table: CashTable) -> None:
    """1.0.33, 1.0.51: losers too."""
    table.play("cck kkk kkk kkk")
    end = table.newest("game_end").data
    assert set(end["pocket_cards"]) == set(end["best_hands"]) == {"1", "2", "3"}
    assert set(end["best_hands_combinations"]) == {"1", "2", "3"} and end["can_show_cards"] == []


def test_who_folded_is_not_shown_though_all_compete(table: CashTable) -> None:
    folded = table.id(table.actor)
    table.play("fcp pppppp")
    end = table.newest("game_end").data
    assert set(end["pocket_cards"]) == {"1", "2", "3"} - {str(folded)}
    assert end["can_show_cards"] == [folded]


def test_losers_may_muck_where_the_table_says_so() -> None:
    table = CashTable({"muck": "losers_may_muck"})
    table.start("ann", "bob", "cid")
    table.play("cck kkk kkk kkk")
    end = table.newest("game_end").data
    pot, = end["winners"]
    assert pot["pot_size"] == sum(pot["pot_chunks"]) == 150
    assert set(end["pocket_cards"]) == {str(winner) for winner in pot["winners"]}
    assert pot["reason"] == [end["best_hands_combinations"][str(w)] for w in pot["winners"]]
    assert set(end["can_show_cards"]) == {1, 2, 3} - set(pot["winners"])
    assert all(len(five) == 5 for five in end["best_hands"].values())
    assert end["side_pots_evaluation_expiration"] == table.now + end["side_pot_evaluation_time"]
    assert "winners_award_timer" not in table.names()
    loser = end["can_show_cards"][0]
    user = table.state.players[loser].user
    cards = table.view(user)[1]["pocket_cards"]
    table.do(user, "show_pocket_cards", cards=cards)
    assert table.one("show_pocket_cards").data["visible_cards"] == cards


def test_who_is_all_in_shows_and_other_losers_muck() -> None:
    table = CashTable({"muck": "losers_may_muck"})
    table.seat("ann", "bob", chips=100_00)
    table.seat("cid", chips=5_00)
    table.come_host()
    table.begin()
    while table.state.deal is not None and len(table.state.deal.board) < 5:
        table.play("p")
    while table.actor != "cid":
        table.play("p")
    table.play("a")
    while table.state.running is not None and table.state.running.turn is not None:
        table.play("p")
    end = table.newest("game_end").data
    winners = {winner for pot in end["winners"] for winner in pot["winners"]}
    assert set(end["pocket_cards"]) == {str(player) for player in winners | {table.id("cid")}}


def test_a_table_from_before_the_setting_plays_as_it_did() -> None:
    table = CashTable()
    table.forget_settings("muck")
    table.start("ann", "bob", "cid")
    table.play("cck kkk kkk kkk")
    assert len(table.newest("game_end").data["can_show_cards"]) >= 1


def test_the_next_hand_comes_by_itself_and_the_button_moves(table: CashTable) -> None:
    first = table.places()
    table.play("ff")
    timer = table.one("winners_award_timer").data
    assert timer["winners_award_timer_expiration"] == table.now + 10_000
    assert timer["post_event"] == "game_start" and not timer["show_next_game_button"]
    start = table.next_deal()
    assert start.data["sequence"] == 1
    assert table.places()[0] == first[1]
    assert table.newest("game_start").data["game_id"] == table.view(None)[0]["game_id"]


def test_short_stacks_make_side_pots() -> None:
    table = CashTable()
    table.seat("ann", chips=1000)
    table.seat("bob", chips=3000)
    table.seat("cid", "dan", chips=10000)
    table.begin()
    for _ in range(12):
        if table.state.running is None or table.state.running.turn is None:
            break
        raises = table.turn["min_amount"] is not None
        table.play("a" if raises and table.actor in ("ann", "bob", "cid") else "c")
    reveal = table.newest("all_in_scenario").data
    assert reveal["pots"] == [4000, 6000, 14000]
    end = table.wait_for("game_end").data
    assert [pot["pot_size"] for pot in end["winners"]] == [4000, 6000, 14000]
    state, _ = table.view(None)
    assert state["pots_players"] == [[1, 2, 3, 4], [2, 3, 4], [3, 4]]
    assert state["pots_participants"][0] == {"1": 1000, "2": 1000, "3": 1000, "4": 1000}
    assert state["pots_winners"] == [pot["winners"] for pot in end["winners"]]
