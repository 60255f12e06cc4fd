"""How a game and its first hand begin."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import CashTable


@pytest.fixture
def table() -> CashTable:
    return CashTable()


def test_the_first_hand_is_told_in_the_protocols_order(table: CashTable) -> None:
    table.start("ann", "bob", "cid")
    visible = [name for name in table.names() if not name.startswith("_")]
    assert visible == [
        "state_config_updated", "game_start", "action_ack", "action_ack",
        "pocket_cards", "pocket_cards", "pocket_cards", "turn",
    ]
    start = table.one("game_start").data
    assert start["sequence"] == 0
    assert {start["dealer_seat"], start["small_blind_seat"], start["big_blind_seat"]} == {0, 1, 2}
    posts = [event.data for event in table.last if event.name == "action_ack"]
    assert [(p["action"], p["amount"], p["executed_by"]) for p in posts] == [
        ("small_blind", 25, "SYSTEM"), ("big_blind", 50, "SYSTEM"),
    ]


def test_the_state_of_a_hand_that_runs(table: CashTable) -> None:
    table.start("ann", "bob", "cid")
    state, private = table.view(table.actor)
    assert state["betting_round"] == 0 and state["pots"] == [0]
    assert sorted(bet for bet in state["bets"][0] if bet) == [25, 50]
    assert state["turn_player_seat"] == table.turn["seat"]
    assert len(private["pocket_cards"]) == 2
    assert private["turn"]["call_amount"] == 50
    assert private["winners_award_timer"] is None


def test_antes_are_in_the_pot_before_the_first_bet() -> None:
    table = CashTable({"ante": 0.1})
    table.start("ann", "bob", "cid")
    antes = [e.data for e in table.last if e.data.get("action") == "action_ante"]
    assert [(ante["amount"], ante["bet"]) for ante in antes] == [(10, 0)] * 3
    assert table.turn["pots"] == [30]


def test_two_play_with_the_button_as_small_blind(table: CashTable) -> None:
    table.start("ann", "bob")
    button, small_blind, big_blind = table.places()
    assert button == small_blind != big_blind
    assert table.actor == button


def test_fewer_than_two_with_money_cannot_start(table: CashTable) -> None:
    table.seat("ann")
    table.seat("bob", chips=0)
    assert table.refused("host", "game_start", game_type="THD") == "not_enough_players"
    table.do("bob", "buy_in", amount=100)
    table.begin()


def test_refused_starts(table: CashTable) -> None:
    table.seat("ann", "bob")
    assert table.refused("host", "game_start", game_type="OMH") == "game_type_not_allowed"
    assert table.refused("host", "next_hand") == "no_game"
    table.begin()
    assert table.refused("host", "game_start", game_type="THD") == "game_running"
    assert table.refused("host", "next_hand") == "hand_running"
    table.fold_out()
    assert table.refused("host", "next_hand") == "action_not_available"


def test_who_is_not_connected_at_the_start_sits_out(table: CashTable) -> None:
    table.seat("ann", "bob", "cid")
    table.do("cid", "disconnect", connections=0)
    table.begin()
    assert table.player("cid").join_status == "SIT_OUT"
    assert table.state.deal is not None and table.state.deal.players == (1, 2)


def test_the_button_of_the_first_hand_is_drawn_by_lot() -> None:
    buttons = set()
    for extra in range(12):
        table = CashTable()
        table.count = extra * 7
        table.start("ann", "bob", "cid", "dan")
        buttons.add(table.places()[0])
    assert len(buttons) > 1


def test_everybody_sees_that_seats_have_cards_and_only_the_owner_which(table: CashTable) -> None:
    table.start("ann", "bob")
    for event in table.last:
        if event.name == "pocket_cards":
            assert event.data["pocket_cards"] is None
            assert list(event.secret) == [event.data["player"]]
    own = {user: table.view(user)[1]["pocket_cards"] for user in ("ann", "bob")}
    assert not set(own["ann"]) & set(own["bob"])
    assert table.view(None)[1]["pocket_cards"] is None
    assert table.view("host")[1]["pocket_cards"] is None


def test_a_second_game_begins_at_the_seats_of_the_first() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.fold_out()
    table.do("host", "end_current_game")
    assert "current_game_ended" in table.names(), "at once, between hands"
    state = table.view("ann")[0]
    assert state["players_bank_open"] == [] and state["seats"][:2] == [1, 2]
    assert table.refused("host", "game_start", game_type="THD") == "not_enough_players"
    for user in ("ann", "bob"):
        table.do(user, "buy_in", amount=100_00)
        assert (table.player(user).bank, table.player(user).stack) == (400_00, 100_00)
    assert table.view("ann")[0]["players_bank_open"] == [1, 2]
    table.begin()
    assert table.state.deal is not None and len(table.state.deal.players) == 2


def test_a_change_of_a_bank_issues_it_first() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.fold_out()
    table.do("host", "end_current_game")
    table.do("host", "update_bankroll", changes=[{"player": 1, "amount": -100_00}])
    assert table.player("ann").bank == 400_00
    assert table.refused(
        "host", "update_bankroll",
        changes=[{"player": 2, "amount": 1}, {"player": 1, "amount": -400_01}],
    ) == "would_go_below_zero"
    assert table.player("bob").bank == 0, "all or none"
