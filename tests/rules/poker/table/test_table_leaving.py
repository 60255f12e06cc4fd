"""Leaving and being sent away, between hands and in the middle of one."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import MODE, ROOM, CashTable
from vphost.rules import books
from vphost.rules.mode import Event


@pytest.fixture
def table() -> CashTable:
    """Three players, the first hand dealt; the host watches."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    return table


def test_between_hands_one_is_gone_at_once(table: CashTable) -> None:
    table.fold_out()
    table.do("bob", "leave_player")
    event = table.one("player_left")
    assert event.secret == {2: {"reason": "You left the table"}}
    assert "reason" not in event.data
    assert (event.data["seat"], event.data["status"]) == (None, "L")
    assert table.view(None)[0]["seats"][1] is None


def test_who_leaves_in_his_turn_folds_and_goes_after_the_hand(table: CashTable) -> None:
    actor = table.actor
    table.do(actor, "leave_player")
    ack = table.one("action_ack").data
    assert (ack["action"], ack["executed_by"]) == ("action_fold", "SYSTEM")
    assert table.names() == ["player_leaving", "action_ack", "turn"]
    assert table.player(actor).seat is not None
    table.play("f")
    assert table.names().index("game_end") < table.names().index("player_left")
    assert table.player(actor).status == "L"


def test_who_leaves_out_of_turn_folds_at_once(table: CashTable) -> None:
    started = table.turn["timestamp_turn_expiration"]
    big_blind = table.places()[2]
    table.now += 5_000
    table.do(big_blind, "leave_player")
    assert table.one("action_ack").data["action"] == "action_fold"
    assert table.turn["timestamp_turn_expiration"] == started
    assert table.refused(big_blind, "leave_player") == "action_not_available"


def test_one_who_has_folded_is_not_folded_again(table: CashTable) -> None:
    actor = table.actor
    table.play("f")
    table.do(actor, "leave_player")
    assert table.names() == ["player_leaving"]


def test_the_last_one_left_wins_when_the_others_leave(table: CashTable) -> None:
    actor, big_blind = table.actor, table.places()[2]
    table.do(actor, "leave_player")
    table.do(table.places()[1], "leave_player")
    assert table.one("game_end").data["winners"][0]["winners"] == [table.id(big_blind)]
    assert table.names().count("player_left") == 2
    assert table.one("winners_award_timer").data["show_next_game_button"] is True


def test_an_all_in_of_one_who_leaves_stays_live(table: CashTable) -> None:
    raiser = table.actor
    table.play("a")
    table.do(raiser, "leave_player")
    assert table.names() == ["player_leaving"]
    table.play("cf")
    reveal = table.newest("heads_up_showdown").data
    assert table.id(raiser) in reveal["players"]
    table.wait_for("game_end")
    assert table.player(raiser).status == "L"
    assert table.accounts[books.pot(ROOM)] == 0


def test_the_host_kicks_after_the_hand(table: CashTable) -> None:
    table.do("host", "kick_player_after_game", player=table.id("bob"))
    assert table.names() == ["player_leaving"]
    assert table.refused("host", "kick_player_after_game", player=2) == "action_not_available"
    assert table.do("bob", "sit_player", seat=1) == ()
    assert table.player("bob").leaving == "K"
    table.fold_out()
    event = table.newest("player_kicked")
    assert event.secret == {2: {"reason": "You were kicked by table creator"}}
    assert table.player("bob").status == "K"
    table.next_deal()
    assert table.state.deal is not None and 2 not in table.state.deal.players


def test_a_kicked_player_may_play_the_hand_to_its_end(table: CashTable) -> None:
    actor = table.actor
    table.do("host", "kick_player_after_game", player=table.id(actor))
    table.play("c")


def test_a_kick_between_hands_is_at_once(table: CashTable) -> None:
    table.fold_out()
    table.do("host", "kick_player_after_game", player=1)
    assert table.names() == ["player_kicked"]


def test_refused_kicks(table: CashTable) -> None:
    assert table.refused("host", "kick_player_after_game", player=99) == "no_such_player"
    host = table.id("host")
    assert table.refused("host", "kick_player_after_game", player=host) == "cannot_kick_yourself"
    assert table.refused("ann", "kick_player_after_game", player=2) == "not_the_host"
    table.do("host", "kick_player_after_game", player=1)
    table.fold_out()
    assert table.refused("host", "kick_player_after_game", player=1) == "no_such_player"


def test_a_kicked_player_may_come_again_as_a_new_one(table: CashTable) -> None:
    table.fold_out()
    table.do("host", "kick_player_after_game", player=1)
    assert table.refused("ann", "sit_player", seat=0) == "not_a_player"
    table.come("ann")
    table.do("ann", "sit_player", seat=0)
    assert table.id("ann") == 1
    assert table.player("ann").join_status == "NEW_PLAYER"


def test_who_stays_after_all_is_new_and_a_participant(table: CashTable) -> None:
    table.play("f")
    actor = table.newest("action_ack").data["username"]
    table.do(actor, "leave_player")
    table.do(actor, "sit_player", seat=table.player(actor).seat)
    assert table.player(actor).join_status == "NEW_PLAYER_PARTICIPANT"
    table.do(actor, "join", immediately=True)
    assert table.player(actor).join_status == "NEW_PLAYER_PARTICIPANT_READY_TO_PLAY"
    table.play("f")
    assert table.player(actor).join_status == "NEW_PLAYER_READY_TO_PLAY"
    assert table.player(actor).posts
    assert "player_left" not in table.names()


def test_who_stands_may_leave_too(table: CashTable) -> None:
    table.come("zoe")
    zoe = table.id("zoe")
    table.do("zoe", "leave_player")
    assert table.one("player_left").secret == {zoe: {"reason": "You left the table"}}
    assert table.refused("zoe", "leave_player") == "not_a_player"


def test_who_stands_leaves_at_once(table: CashTable) -> None:
    table.fold_out()
    table.do("bob", "sit_player", seat=None)
    chips = table.player("bob").chips
    table.do("bob", "leave_player")
    assert table.names() == ["player_left"]
    assert table.player("bob").status == "L"
    assert table.player("bob").chips == chips, "they wait until the game ends"


def test_a_pending_kick_is_told_until_it_happens(table: CashTable) -> None:
    bob = str(table.id("bob"))
    table.do("host", "kick_player_after_game", player=int(bob))
    assert table.one("player_leaving").data["how"] == "K"
    assert table.view(None)[0]["players_leaving"] == {bob: "K"}
    table.fold_out()
    assert table.view(None)[0]["players_leaving"] == {}


def test_a_leaving_of_an_old_journal_still_counts(table: CashTable) -> None:
    old = Event("_leaving", {"player": table.id("bob"), "how": "L"})
    assert MODE.evolve(table.state, old).players[table.id("bob")].leaving == "L"
