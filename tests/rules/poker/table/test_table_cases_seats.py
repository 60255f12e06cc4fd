"""The cases of the poker rules at a cash table, by number: blinds, seats and chips (34 to 44)."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import CashTable
from tests.rules.poker.table.test_table_blinds import (
    blinds, dealt, next_hand, posts, seated_with_button_at_0,
)


@pytest.fixture
def five() -> CashTable:
    """Five players in seats 0 to 4; seat 0 has the button of the hand that is over."""
    table = seated_with_button_at_0("ann", "bob", "cid", "dan", "eva")
    table.fold_out()
    return table


def test_case_34_a_new_player_waits_for_the_big_blind(five: CashTable) -> None:
    five.seat("fay")
    five.do("fay", "join", immediately=False)
    assert next_hand(five) == blinds("cid", "dan") and "fay" not in dealt(five)
    assert next_hand(five) == blinds("dan", "eva") and "fay" not in dealt(five)
    assert next_hand(five) == blinds("eva", "fay") and "fay" in dealt(five)


def test_case_34_or_posts_a_live_big_blind(five: CashTable) -> None:
    five.seat("fay")
    five.do("fay", "join", immediately=True)
    assert next_hand(five) == blinds("cid", "dan", ("fay", "live_post", 50))


def test_case_34_nobody_comes_in_between_button_and_small_blind(five: CashTable) -> None:
    """Seat 2 gets the small blind next: whoever comes there waits until the button has passed."""
    five.do("cid", "leave_player")
    five.come("fay")
    five.do("fay", "sit_player", seat=2)
    five.do("fay", "buy_in", amount=5000)
    five.do("fay", "join", immediately=True)
    assert next_hand(five) == blinds("dan", "eva")
    assert five.places()[0] == "bob" and "fay" not in dealt(five)
    assert next_hand(five) == blinds("eva", "ann", ("fay", "live_post", 50))


def test_case_35_who_missed_both_posts_a_live_big_and_a_dead_small_blind(five: CashTable) -> None:
    five.do("dan", "sit_out")
    next_hand(five)
    next_hand(five)
    assert five.player("dan").missed_big and five.player("dan").missed_small
    five.do("dan", "join", immediately=True)
    told = next_hand(five)
    assert told[2:] == [("dan", "live_post", 50), ("dan", "dead_post", 25)]
    assert five.turn["pots"] == [25]
    while five.actor != "dan":
        five.play("f")
    assert (five.turn["bet"], five.turn["call_amount"]) == (50, 0)


def test_case_36_who_missed_the_small_blind_only_posts_it_dead(five: CashTable) -> None:
    five.do("cid", "sit_out")
    assert next_hand(five) == blinds("dan", "eva")
    assert five.player("cid").missed_small and not five.player("cid").missed_big
    five.do("cid", "join", immediately=True)
    told = next_hand(five)
    assert told[2:] == [("cid", "dead_post", 25)]
    while five.actor != "cid":
        five.play("f")
    assert (five.turn["bet"], five.turn["call_amount"]) == (0, 50)


def test_case_36_or_waits_for_the_big_blind(five: CashTable) -> None:
    five.do("cid", "sit_out")
    next_hand(five)
    five.do("cid", "join", immediately=False)
    while "cid" not in dealt(five):
        told = next_hand(five)
    assert ("cid", "big_blind", 50) in told and len(told) == 2


def test_case_37_a_poster_has_the_option_in_his_turn(five: CashTable) -> None:
    five.seat("fay")
    five.do("fay", "join", immediately=True)
    next_hand(five)
    assert five.actor == "eva", "the action begins left of the big blind"
    five.play("c")
    assert five.actor == "fay"
    assert five.turn["available_actions"] == ["action_fold", "action_check", "action_raise"]
    five.act("raise", 150)
    assert five.player("fay").stack == 10_000 - 150


def test_case_38_sitting_out_in_a_hand_begins_with_the_next(five: CashTable) -> None:
    five.next_deal()
    actor = five.actor
    five.do(actor, "sit_out")
    assert five.actor == actor and actor in dealt(five), "his turns are still his own"
    five.play("c")
    next_hand(five)
    assert actor not in dealt(five)


def test_case_38_back_before_a_blind_has_passed_owes_nothing(five: CashTable) -> None:
    five.do("ann", "sit_out")
    assert next_hand(five) == blinds("cid", "dan") and "ann" not in dealt(five)
    five.do("ann", "join", immediately=True)
    assert next_hand(five) == blinds("dan", "eva") and "ann" in dealt(five)


def test_case_39_at_a_cash_table_who_is_absent_is_not_dealt_in_and_posts_nothing(
    five: CashTable,
) -> None:
    """The case is about tournaments, where he is dealt in; here he is skipped, and may return."""
    five.next_deal()
    absent = five.actor
    five.do(absent, "disconnect", connections=0)
    five.wait_for("action_ack")
    for _ in range(5):
        told = next_hand(five)
        assert absent not in dealt(five) and absent not in {user for user, _, _ in told}
    five.come(absent)
    five.do(absent, "join", immediately=False)
    while absent not in dealt(five):
        next_hand(five)


def short_big_blind(ante: float = 0, chips: int = 50) -> CashTable:
    """Return a table in whose first hand a short stack, cid, has the big blind."""
    for extra in range(50):
        table = CashTable({"min_buy_in": "0.10", "ante": ante})
        table.count = extra
        table.seat("ann", "bob")
        table.seat("cid", chips=chips)
        table.come_host()
        table.begin()
        if table.places()[2] == "cid":
            return table
    raise AssertionError("no seed gives the short stack the big blind")


def test_case_40_who_is_absent_and_all_in_by_a_blind_stays_live() -> None:
    table = short_big_blind()
    assert table.player("cid").stack == 0
    table.do("cid", "disconnect", connections=0)
    table.play("cc")
    while table.state.running is not None and table.state.running.turn is not None:
        assert table.actor != "cid"
        table.play("k")
    assert table.id("cid") not in table.view(None)[0]["folded_players"]
    end = table.newest("game_end").data
    assert table.view(None)[0]["pots_players"] == [[1, 2, 3]]
    assert table.player("cid").stack in (0, 75, 150)
    assert (table.player("cid").stack > 0) == (3 in end["winners"][0]["winners"])


def test_case_42_the_ante_here_is_everybodys_and_comes_before_the_blind() -> None:
    """An ante that the big blind pays for all is of tournaments; the rules core proves it."""
    table = short_big_blind(ante=0.25, chips=60)
    told = [
        (event.data["username"], event.data["action"], event.data["amount"])
        for event in table.told if event.name == "action_ack"
    ]
    assert [one for one in told if one[1] == "action_ante"] == [
        (user, "action_ante", 25) for user in table.places()[1:] + table.places()[:1]
    ]
    assert ("cid", "big_blind", 35) in told and table.turn["call_amount"] in (25, 50)


def test_case_42_the_ante_is_not_reduced_when_the_table_gets_short() -> None:
    table = CashTable({"ante": "0.10"})
    table.start("ann", "bob", "cid")
    table.fold_out()
    table.do("cid", "leave_player")
    table.next_deal()
    start = max(i for i, event in enumerate(table.told) if event.name == "game_start")
    antes = [
        event.data["amount"] for event in table.told[start:]
        if event.name == "action_ack" and event.data["action"] == "action_ante"
    ]
    assert antes == [10, 10]


def rich(table: CashTable) -> str:
    """Let one of three players win everything of another; return him."""
    table.play("acf")
    table.wait_for("game_end")
    return max(table.state.seated(), key=lambda player: player.stack).user


@pytest.mark.parametrize("how", ["leave", "kick", "stand up", "lose the line"])
def test_case_43_who_comes_back_brings_the_old_stack(how: str) -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    winner = rich(table)
    player = table.player(winner)
    assert player.stack > 20_000
    if how == "leave":
        table.do(winner, "leave_player")
    elif how == "kick":
        table.do("host", "kick_player_after_game", player=player.id)
    elif how == "stand up":
        table.do(winner, "sit_player", seat=None)
    else:
        table.do(winner, "disconnect", connections=0)
    assert (table.player(winner).stack, table.player(winner).bank) == (player.stack, player.bank)
    table.come(winner)
    if how != "lose the line":
        table.do(winner, "sit_player", seat=7)
    assert (table.player(winner).stack, table.player(winner).bank) == (player.stack, player.bank)
    assert table.player(winner).has_initial_buy_in
    assert table.refused(winner, "buy_in", amount=1) == "above_maximum"


def test_case_43_only_the_end_of_the_game_frees_the_stack() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    winner = rich(table)
    table.do(winner, "leave_player")
    table.do("host", "end_current_game")
    assert "current_game_ended" in table.names()
    assert table.player(winner).chips == 0 and table.player(winner).bank == 0
    table.come(winner)
    table.do(winner, "sit_player", seat=7)
    assert table.player(winner).bank == 500_00


def test_case_44_chips_that_come_in_a_hand_are_not_in_play() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid", chips=50_00)
    actor = table.actor
    most = table.turn["max_amount"]
    table.do(actor, "buy_in", amount=50_00)
    assert (table.player(actor).stack, table.player(actor).delayed) == (50_00, 50_00)
    assert table.turn["max_amount"] == most == 50_00
    assert table.refused(actor, "action_raise", amount=60_00) == "raise_too_large"
    table.act("raise", most)
    assert table.newest("action_ack").data["all_in"] is True
    assert (table.player(actor).stack, table.player(actor).delayed) == (0, 50_00)
    table.fold_out()
    won = table.player(actor).stack
    assert (won, table.player(actor).delayed) == (50_00 + 75, 50_00)
    start = table.next_deal().data
    assert start["players_stack"][str(table.id(actor))] == won + 50_00
    assert table.player(actor).delayed == 0
    assert posts(table)
