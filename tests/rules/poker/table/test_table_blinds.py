"""Who is dealt in, who posts what, who owes (poker-rules B 29 to 38)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CashTable


@pytest.fixture
def table() -> CashTable:
    """Four players in seats 0 to 3, one hand played; seat 0 had the button."""
    table = seated_with_button_at_0("ann", "bob", "cid", "dan")
    table.fold_out()
    return table


def seated_with_button_at_0(*users: str) -> CashTable:
    """Return a table whose first hand has the button on seat 0."""
    for extra in range(50):
        table = CashTable()
        table.count = extra
        table.start(*users)
        if table.state.deal is not None and table.state.deal.button_seat == 0:
            return table
    raise AssertionError("no seed gives seat 0 the button")


def posts(table: CashTable) -> list[tuple[str, str, int]]:
    """Return who posted what in the newest hand."""
    start = max(i for i, event in enumerate(table.told) if event.name == "game_start")
    return [
        (event.data["username"], event.data["action"], event.data["amount"])
        for event in table.told[start:]
        if event.name == "action_ack" and event.data["action"] in (
            "small_blind", "big_blind", "live_post", "dead_post", "straddle")
    ]


def dealt(table: CashTable) -> set[str]:
    """Return who is dealt into the hand."""
    assert table.state.deal is not None
    return {table.state.players[number].user for number in table.state.deal.players}


def next_hand(table: CashTable) -> list[tuple[str, str, int]]:
    """Fold the running hand, if any, deal the next and return its posts."""
    table.fold_out()
    table.next_deal()
    return posts(table)


def blinds(small: str, big: str, *more: tuple[str, str, int]) -> list[Any]:
    """Return the posts of a hand with these blinds."""
    return [(small, "small_blind", 25), (big, "big_blind", 50), *more]


def test_button_and_blinds_move_on(table: CashTable) -> None:
    assert posts(table) == blinds("bob", "cid")
    assert next_hand(table) == blinds("cid", "dan")
    assert next_hand(table) == blinds("dan", "ann")


def test_who_sits_out_is_skipped(table: CashTable) -> None:
    table.do("cid", "sit_out")
    assert table.names() == ["sit_out", "player_join_status_updated"]
    assert table.player("cid").join_status == "SIT_OUT"
    next_hand(table)
    assert dealt(table) == {"ann", "bob", "dan"}


def test_sitting_out_in_a_hand_begins_with_the_next(table: CashTable) -> None:
    table.next_deal()
    table.do("ann", "sit_out")
    assert table.player("ann").join_status == "SIT_OUT_PARTICIPANT"
    table.fold_out()
    assert table.player("ann").join_status == "SIT_OUT"
    assert table.refused("ann", "sit_out") == "action_not_available"
    table.next_deal()
    assert dealt(table) == {"bob", "cid", "dan"}


def test_back_before_the_hand_is_over_owes_nothing(table: CashTable) -> None:
    table.next_deal()
    table.do("ann", "sit_out")
    table.do("ann", "join", immediately=False)
    assert table.player("ann").join_status == "ALLOWED_TO_PLAY"
    next_hand(table)
    assert dealt(table) == {"ann", "bob", "cid", "dan"}


def test_back_before_a_blind_has_passed_owes_nothing() -> None:
    table = seated_with_button_at_0("ann", "bob", "cid", "dan", "eva")
    table.do("ann", "sit_out")
    assert next_hand(table) == blinds("cid", "dan")
    assert "ann" not in dealt(table)
    table.do("ann", "join", immediately=False)
    assert table.player("ann").join_status == "SIT_OUT_READY_TO_PLAY"
    assert next_hand(table) == blinds("dan", "eva")
    assert "ann" in dealt(table)
    assert table.player("ann").join_status == "ALLOWED_TO_PLAY"


def test_who_missed_the_big_blind_waits_for_it(table: CashTable) -> None:
    table.do("dan", "sit_out")
    assert next_hand(table) == blinds("cid", "ann")
    assert table.player("dan").missed_big
    table.do("dan", "join", immediately=False)
    assert next_hand(table) == blinds("ann", "bob")
    assert "dan" not in dealt(table)
    assert table.player("dan").missed_small
    assert next_hand(table) == blinds("bob", "cid")
    assert next_hand(table) == blinds("cid", "dan")
    assert dealt(table) == {"ann", "bob", "cid", "dan"}
    assert not table.player("dan").missed_big and not table.player("dan").missed_small


def test_who_missed_both_posts_a_live_big_and_a_dead_small_blind(table: CashTable) -> None:
    table.do("dan", "sit_out")
    next_hand(table)
    next_hand(table)
    table.do("dan", "join", immediately=True)
    assert next_hand(table) == blinds(
        "bob", "cid", ("dan", "live_post", 50), ("dan", "dead_post", 25))
    assert table.turn["pots"] == [25]
    assert table.turn["player"] == table.id("dan")
    assert "action_check" in table.turn["available_actions"]


def test_a_new_player_waits_for_the_big_blind(table: CashTable) -> None:
    table.seat("eva")
    assert table.player("eva").join_status == "NEW_PLAYER"
    next_hand(table)
    assert "eva" not in dealt(table)
    table.do("eva", "join", immediately=False)
    assert table.player("eva").join_status == "NEW_PLAYER_READY_TO_PLAY"
    assert next_hand(table) == blinds("dan", "eva")
    assert table.player("eva").join_status == "ALLOWED_TO_PLAY"


def test_a_new_player_may_post_a_live_big_blind(table: CashTable) -> None:
    table.seat("eva")
    table.do("eva", "join", immediately=True)
    assert next_hand(table) == blinds("cid", "dan", ("eva", "live_post", 50))


def test_nobody_comes_in_between_button_and_blinds() -> None:
    table = seated_with_button_at_0("ann", "bob", "zoe", "cid", "dan")
    table.fold_out()
    table.do("zoe", "leave_player")
    table.come("eva")
    table.do("eva", "sit_player", seat=2)
    table.do("eva", "buy_in", amount=10000)
    table.do("eva", "join", immediately=True)
    assert next_hand(table) == blinds("cid", "dan")
    assert table.places()[0] == "bob" and "eva" not in dealt(table)
    assert next_hand(table) == blinds("dan", "ann", ("eva", "live_post", 50))


def test_a_wish_to_play_can_be_taken_back(table: CashTable) -> None:
    table.seat("eva")
    table.do("eva", "join", immediately=True)
    assert table.refused("eva", "join", immediately=True) == "action_not_available"
    table.do("eva", "join", immediately=False)
    table.do("eva", "sit_out")
    assert table.player("eva").join_status == "NEW_PLAYER"
    assert table.refused("eva", "sit_out") == "action_not_available"


def test_three_to_two_players_nobody_pays_the_big_blind_twice() -> None:
    table = seated_with_button_at_0("ann", "bob", "cid")
    assert posts(table) == blinds("bob", "cid")
    table.fold_out()
    table.do("ann", "leave_player")
    assert next_hand(table) == blinds("cid", "bob")
    assert table.places()[0] == "cid"


def test_a_third_player_comes_in_on_the_big_blind() -> None:
    table = seated_with_button_at_0("ann", "bob")
    table.seat("cid")
    table.do("cid", "join", immediately=False)
    table.fold_out()
    table.next_deal()
    played = 1
    while "cid" not in dealt(table):
        next_hand(table)
        played += 1
    assert ("cid", "big_blind", 50) in posts(table) and played <= 3


def test_while_one_waits_alone_who_comes_plays_at_once() -> None:
    table = seated_with_button_at_0("ann", "bob")
    table.fold_out()
    table.do("bob", "leave_player")
    table.wait_for("winners_award_timer")
    assert table.newest("winners_award_timer").data["show_next_game_button"] is True
    assert table.refused("host", "next_hand") == "not_enough_players"
    table.seat("cid")
    assert table.refused("host", "next_hand") == "not_enough_players"
    table.do("cid", "join", immediately=False)
    table.do("host", "next_hand")
    assert dealt(table) == {"ann", "cid"}
    assert len(posts(table)) == 2


def test_who_runs_out_of_chips_owes_the_blinds_that_passed_him() -> None:
    table = one_is_broke()
    broke = next(p.user for p in table.state.seated() if not p.chips)
    while not table.player(broke).missed_big:
        next_hand(table)
    assert broke not in dealt(table)
    assert table.player(broke).join_status == "ALLOWED_TO_PLAY"
    table.do(broke, "buy_in", amount=5000)
    while broke not in dealt(table):
        next_hand(table)
        assert table.player(broke).join_status in ("SIT_OUT_READY_TO_PLAY", "ALLOWED_TO_PLAY")
    assert (broke, "big_blind", 50) in posts(table)


def one_is_broke() -> CashTable:
    """Return a table at which one of four has just lost everything."""
    for extra in range(50):
        table = CashTable()
        table.count = extra
        table.start("ann", "bob", "cid", "dan")
        table.play("acff")
        table.wait_for("game_end")
        if sum(not p.chips for p in table.state.seated()) == 1:
            return table
    raise AssertionError("no seed makes somebody lose")


def test_the_player_left_of_the_big_blind_may_straddle(table: CashTable) -> None:
    for user in ("cid", "dan"):
        assert table.refused(user, "straddle") == "action_not_available"
    table.do("ann", "straddle", amount=100)
    ack = table.one("action_ack").data
    assert (ack["action"], ack["amount"], ack["table_stack"]) == (
        "straddle", 100, table.player("ann").stack)
    assert table.refused("ann", "straddle") == "action_not_available"
    assert next_hand(table) == blinds("cid", "dan", ("ann", "straddle", 100))
    assert table.actor == "bob"
    assert table.turn["call_amount"] == 100 and table.turn["min_amount"] == 200
    assert not table.player("ann").straddles


def test_refused_straddles(table: CashTable) -> None:
    assert table.refused("ann", "straddle", amount=150) == "bad_amount"
    table.next_deal()
    assert table.refused("ann", "straddle") == "hand_running"
    table.come("zoe")
    table.fold_out()
    assert table.refused("zoe", "straddle") == "not_seated"
    two = seated_with_button_at_0("ann", "bob")
    two.fold_out()
    assert two.refused("ann", "straddle") == "action_not_available"
    off = CashTable({"straddles": False})
    off.seat("ann")
    assert off.refused("ann", "straddle") == "disabled"
    lobby = CashTable()
    lobby.seat("ann")
    assert lobby.refused("ann", "straddle") == "no_game"
