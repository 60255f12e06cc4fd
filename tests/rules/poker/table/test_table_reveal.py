"""All-in before the river: the board is turned by the clock, the pots wait for it."""

from __future__ import annotations

from tests.rules.poker.table.cash_table import ROOM, CashTable
from vphost.rules import books


def all_in(players: int, script: str, **settings: object) -> CashTable:
    """Return a table at which the script has ended the betting."""
    table = CashTable(settings)
    table.start(*["ann", "bob", "cid", "dan"][:players])
    table.play(script)
    return table


def test_two_left_are_a_heads_up_showdown() -> None:
    table = all_in(2, "ac")
    assert table.names()[-1] == "heads_up_showdown"
    reveal = table.one("heads_up_showdown").data
    assert sorted(reveal["players"]) == [1, 2] and len(reveal["pocket_cards"]) == 2
    assert len(reveal["final_community_cards"]) == 5
    assert all(set(best) == {"flop", "turn", "river"} for best in reveal["best_hands"].values())
    steps = 3 * reveal["card_reveal_time"] + reveal["announce_time"]
    assert reveal["finish_time_expiration"] == table.now + steps


def test_after_the_turn_only_the_river_is_revealed() -> None:
    table = all_in(2, "ck kk ac")
    reveal = table.newest("heads_up_showdown").data
    assert all(set(best) == {"river"} for best in reveal["best_hands"].values())
    assert reveal["finish_time_expiration"] == (
        table.now + reveal["announce_time"] + reveal["card_reveal_time"])


def test_the_pots_are_paid_only_when_all_cards_are_turned() -> None:
    table = all_in(2, "ac")
    assert table.accounts[books.pot(ROOM)] == 20000
    state, private = table.view(None)
    assert state["community_cards"] == [] and state["pots"] == [20000]
    assert state["pots_winners"] == [[]] and state["turn_player_seat"] is None
    assert private["timed_event_scenario"]["players"] and private["game_end"] is None
    assert table.refused("ann", "action_fold") == "no_hand"
    assert table.refused("ann", "sit_player", seat=8) == "hand_running"
    end = table.wait_for("game_end")
    assert end.data["side_pots_evaluation_expiration"] is None
    assert len(end.data["pocket_cards"]) == 2 and end.data["can_show_cards"] == []
    assert table.one("winners_award_timer")
    assert len(table.view(None)[0]["community_cards"]) == 5
    assert table.view(None)[1]["timed_event_scenario"] is None


def test_three_left_are_an_all_in_scenario() -> None:
    table = all_in(3, "acc")
    reveal = table.one("all_in_scenario").data
    assert reveal["announce_time"] == 0 and len(reveal["players"]) == 3


def test_three_of_whom_one_folds_are_a_heads_up_showdown() -> None:
    table = all_in(3, "acf")
    assert len(table.one("heads_up_showdown").data["players"]) == 2
    assert len(table.one("heads_up_showdown").data["pocket_cards"]) == 2


def test_what_nobody_called_goes_back_before_the_reveal() -> None:
    table = CashTable()
    table.seat("ann", chips=10000)
    table.seat("bob", chips=2000)
    table.begin()
    while table.state.running is not None and table.state.running.turn is not None:
        table.play("a" if table.turn["min_amount"] is not None else "c")
    assert table.accounts[books.pot(ROOM)] == 4000
    assert table.player("ann").stack == 8000


def test_without_the_video_showdown_the_board_comes_at_once() -> None:
    table = all_in(2, "ac", video_showdown=False)
    assert table.names() == ["action_ack", *["community_cards"] * 3, "game_end"]
    assert [len(e.data["new_cards"]) for e in table.last[1:4]] == [3, 1, 1]


def test_all_in_on_the_river_is_a_plain_showdown() -> None:
    table = all_in(2, "ck kk kk ac")
    assert "heads_up_showdown" not in table.names()
    assert len(table.one("game_end").data["pocket_cards"]) == 2


def test_a_page_opened_during_the_reveal_sees_where_it_is() -> None:
    table = all_in(2, "ac")
    table.do("ann", "disconnect", connections=0)
    table.come("ann")
    private = table.view("ann")[1]
    assert private["timed_event_scenario"] == table.newest("heads_up_showdown").data
    assert len(private["pocket_cards"]) == 2


def test_how_long_cards_and_pots_are_shown_is_set() -> None:
    table = all_in(2, "ac", announce_time=0.5, card_reveal_time=1.2)
    reveal = table.newest("heads_up_showdown").data
    assert (reveal["announce_time"], reveal["card_reveal_time"]) == (500, 1200)
    assert reveal["finish_time_expiration"] == table.now + 500 + 3 * 1200
    quick = CashTable({"side_pot_time": 0})
    quick.start("ann", "bob")
    quick.play("pp pp pp pp")
    assert "winners_award_timer" in quick.names()
    slow = CashTable({"side_pot_time": 4.5})
    slow.start("ann", "bob")
    slow.play("pp pp pp pp")
    assert slow.one("game_end").data["side_pot_evaluation_time"] == 4500


def test_a_table_from_before_these_settings_has_their_defaults() -> None:
    table = CashTable()
    table.forget_settings("announce_time", "card_reveal_time", "side_pot_time")
    table.start("ann", "bob")
    table.play("ac")
    reveal = table.newest("heads_up_showdown").data
    assert (reveal["announce_time"], reveal["card_reveal_time"]) == (2000, 2500)
