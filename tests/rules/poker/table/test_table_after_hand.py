"""Cards after the hand: showing, hunting rabbits."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import CashTable


@pytest.fixture
def table() -> CashTable:
    """The hand was won by folds on the flop."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("cck k")
    table.act("bet", 100)
    table.play("ff")
    return table


def test_one_card_may_be_shown_and_then_the_other(table: CashTable) -> None:
    first, second = table.view("ann")[1]["pocket_cards"]
    table.do("ann", "show_pocket_cards", cards=[second])
    data = table.one("show_pocket_cards").data
    assert data["visible_cards"] == [None, second]
    assert data["best_hand"] == [] and data["best_hand_combination"] is None
    assert first not in str(data)
    table.do("ann", "show_pocket_cards", cards=[first])
    data = table.one("show_pocket_cards").data
    assert data["visible_cards"] == [first, second]
    assert len(data["best_hand"]) == 5 and data["best_hand_combination"]
    assert table.refused("ann", "show_pocket_cards", cards=[first]) == "cannot_show_cards"
    assert table.view(None)[1]["show_pocket_cards"] == [data]


def test_the_best_hand_betrays_no_hidden_card() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("ck kk kk kf")
    first, second = table.view("ann")[1]["pocket_cards"]
    table.do("ann", "show_pocket_cards", cards=[first])
    data = table.one("show_pocket_cards").data
    assert len(data["best_hand"]) == 5 and second not in data["best_hand"]


def test_refused_showings(table: CashTable) -> None:
    own = table.view("ann")[1]["pocket_cards"]
    theirs = table.view("bob")[1]["pocket_cards"]
    for cards in (theirs, [own[0], theirs[0]], ["1X"], []):
        assert table.refused("ann", "show_pocket_cards", cards=cards) == "not_your_cards"
    table.come("host")
    assert table.refused("host", "show_pocket_cards", cards=own) == "cannot_show_cards"
    table.next_deal()
    own = table.view("ann")[1]["pocket_cards"]
    assert table.refused("ann", "show_pocket_cards", cards=own) == "hand_running"
    assert CashTable().refused("ann", "show_pocket_cards", cards=own) == "not_a_player"


def test_a_hand_that_had_to_be_shown_is_not_shown_again() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("ck kk kk ac")
    own = table.view("ann")[1]["pocket_cards"]
    assert table.refused("ann", "show_pocket_cards", cards=own) == "cannot_show_cards"


def test_the_rabbit_is_hunted_once(table: CashTable) -> None:
    end = table.newest("game_end").data
    assert sorted(end["can_call_rabbit_hunt"]) == [1, 2, 3]
    before = {p.id: p.stack for p in table.state.players.values()}
    table.do("ann", "open_rabbit_hunt_cards")
    data = table.one("open_rabbit_hunt_cards").data
    deal = table.state.deal
    assert deal is not None
    assert data["community_cards"][:3] == list(deal.board)
    assert data["community_cards"][3:] == data["rabbit_hunt_cards"]
    assert len(data["community_cards"]) == 5
    assert table.refused("bob", "open_rabbit_hunt_cards") == "action_not_available"
    assert {p.id: p.stack for p in table.state.players.values()} == before
    state, private = table.view(None)
    assert state["rabbit_hunt_cards"] == data["rabbit_hunt_cards"]
    assert private["game_end"]["can_call_rabbit_hunt"] == []


def test_the_rabbit_is_what_would_have_come() -> None:
    boards = []
    for script in ("ck kk kk kk", "ck kk kf"):
        table = CashTable()
        table.start("ann", "bob")
        table.play(script)
        if script.endswith("f"):
            table.do("ann", "open_rabbit_hunt_cards")
            boards.append(table.one("open_rabbit_hunt_cards").data["community_cards"])
        else:
            boards.append(table.newest("community_cards").data["community_cards"])
    assert boards[0] == boards[1]


def test_refused_hunts(table: CashTable) -> None:
    table.next_deal()
    assert table.refused("ann", "open_rabbit_hunt_cards") == "action_not_available"
    table = CashTable({"rabbit_hunting": False})
    table.start("ann", "bob")
    table.fold_out()
    assert table.newest("game_end").data["can_call_rabbit_hunt"] == []
    assert table.refused("ann", "open_rabbit_hunt_cards") == "disabled"
    table = CashTable()
    table.seat("ann")
    assert table.refused("ann", "open_rabbit_hunt_cards") == "no_hand"
    assert table.refused("ann", "show_pocket_cards", cards=["AS"]) == "no_hand"


def test_after_a_full_board_there_is_no_rabbit() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("ck kk kk kk")
    assert table.newest("game_end").data["can_call_rabbit_hunt"] == []
