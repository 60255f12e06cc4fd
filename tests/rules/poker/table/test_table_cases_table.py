"""The cases of the poker rules at a cash table, by number: clock, cards, people (58 to 69)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import DAY, MODE, START, CashTable, cards_in
from vphost.rules.mode import SYSTEM

MINUTE = 60_000


@pytest.fixture
def table() -> CashTable:
    """Three players, the first hand dealt; the host watches."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    return table


def system_act(table: CashTable) -> tuple[str, int]:
    """Let the running turn and the timebank run out; return what the system did, and when."""
    before, actor = table.now, table.id(table.actor)
    table.wait_for("action_ack")
    ack = next(e.data for e in table.last if e.name == "action_ack" and e.data["player"] == actor)
    assert ack["executed_by"] == "SYSTEM"
    return ack["action"], table.now - before


def test_case_58_turn_time_then_timebank_then_fold(table: CashTable) -> None:
    assert system_act(table) == ("action_fold", 90_000)


def test_case_58_with_nothing_to_call_the_system_checks(table: CashTable) -> None:
    table.play("cc")
    assert system_act(table) == ("action_check", 90_000)


def test_case_58_without_timebank_the_turn_time_is_all(table: CashTable) -> None:
    table.play("cck")
    slow = table.actor
    assert system_act(table) == ("action_check", 90_000)
    while table.actor != slow:
        table.play("k")
    assert system_act(table) == ("action_check", 30_000)


def test_case_58_nothing_is_all_in_protected(table: CashTable) -> None:
    actor = table.actor
    table.act("raise", 9_900)
    table.play("af")
    assert table.actor == actor and table.turn["call_amount"] == 100
    assert system_act(table)[0] == "action_fold"
    assert table.state.running is None and table.player(actor).stack == 100


def test_case_59_new_blinds_count_from_the_next_hand(table: CashTable) -> None:
    """There are no levels in a cash game; a changed configuration is the same case."""
    table.play("c")
    table.do("host", "configure", config={"small_blind": 1, "big_blind": 2, "ante": "0.10"})
    assert table.turn["min_total"] == 100
    table.fold_out()
    table.next_deal()
    assert table.turn["call_amount"] == 200 and table.turn["pots"] == [30]


def test_case_63_the_rabbit_is_of_the_same_deck_and_changes_nothing() -> None:
    with_hunt, without = twins("ck kk kf")
    before = {player.id: player.stack for player in with_hunt.state.seated()}
    end = with_hunt.newest("game_end").data
    assert with_hunt.refused("zoe", "open_rabbit_hunt_cards") == "not_a_player"
    with_hunt.do("bob", "open_rabbit_hunt_cards")
    opened = with_hunt.one("open_rabbit_hunt_cards")
    assert not opened.secret and not opened.postings, "everybody sees it, no chip moves"
    assert with_hunt.refused("ann", "open_rabbit_hunt_cards") == "action_not_available"
    assert {player.id: player.stack for player in with_hunt.state.seated()} == before
    assert with_hunt.newest("game_end").data["winners"] == end["winners"]
    with_hunt.count = without.count = 1_000
    with_hunt.next_deal()
    without.next_deal()
    assert with_hunt.view("ann")[1]["pocket_cards"] == without.view("ann")[1]["pocket_cards"]
    assert with_hunt.refused("bob", "open_rabbit_hunt_cards") == "action_not_available"


def test_case_63_the_rabbit_is_what_would_have_come() -> None:
    hunted, played = twins("ck kk k")
    hunted.play("f")
    hunted.do("ann", "open_rabbit_hunt_cards")
    played.play("k kk")
    assert hunted.one("open_rabbit_hunt_cards").data["community_cards"] == (
        played.newest("community_cards").data["community_cards"])


def twins(script: str) -> list[CashTable]:
    """Return two tables with the same cards that have played the same."""
    tables = [CashTable(), CashTable()]
    for table in tables:
        table.start("ann", "bob")
        table.play(script)
    return tables


def test_case_64_who_leaves_in_a_hand_folds_and_his_chips_stay(table: CashTable) -> None:
    table.play("cc")
    actor = table.actor
    leaver = next(user for user in ("ann", "bob", "cid") if user != actor)
    stack = table.player(leaver).stack
    table.do(leaver, "leave_player")
    assert table.view(None)[0]["folded_players"] == [table.id(leaver)]
    assert table.player(leaver).seat is not None, "the seat is his until the hand is over"
    table.play("k")
    assert table.turn["pots"] == [150]
    table.fold_out()
    assert table.player(leaver).seat is None and table.player(leaver).stack == stack


def test_case_64_who_is_kicked_in_a_hand_plays_it_to_its_end(table: CashTable) -> None:
    actor = table.actor
    table.do("host", "kick_player_after_game", player=table.id(actor))
    assert table.actor == actor and table.player(actor).seat is not None
    table.play("c")
    table.fold_out()
    assert table.player(actor).status == "K" and table.player(actor).seat is None


@pytest.mark.parametrize("how", ["leave", "kick"])
def test_case_64_an_all_in_stays_live(table: CashTable, how: str) -> None:
    actor = table.actor
    table.play("a")
    if how == "leave":
        table.do(actor, "leave_player")
    else:
        table.do("host", "kick_player_after_game", player=table.id(actor))
    assert table.id(actor) not in table.view(None)[0]["folded_players"]
    table.play("cf")
    assert table.id(actor) in table.newest("heads_up_showdown").data["players"]
    end = table.wait_for("game_end").data
    assert str(table.id(actor)) in end["pocket_cards"]
    assert table.player(actor).seat is None


def test_case_66_a_cash_game_ends_ten_minutes_after_its_host_has_gone(table: CashTable) -> None:
    table.do("host", "disconnect", connections=0)
    due = table.one("host_left").data["game_end_expiration"]
    assert due == table.now + 10 * MINUTE
    table.fold_out()
    table.wait(10 * MINUTE - 1)
    assert table.state.game is not None and not table.state.game.ending
    table.wait(1)
    assert table.state.game is None or table.state.game.ending


def test_case_66_unless_he_returns(table: CashTable) -> None:
    table.do("host", "disconnect", connections=0)
    table.wait(10 * MINUTE - 1)
    table.come("host")
    table.wait(20 * MINUTE)
    assert table.state.game is not None and table.view(None)[0]["host_status"] == "HERE"


def test_case_67_the_end_of_the_game_waits_for_the_hand(table: CashTable) -> None:
    table.do("host", "end_current_game")
    assert table.state.running is not None
    table.play("ccp ppp pp")
    assert table.state.running is not None
    table.fold_out()
    table.wait_for("current_game_ended")


def test_case_67_expiry_waits_for_the_hand() -> None:
    table = CashTable(expires=START + MINUTE)
    table.start("ann", "bob", "cid")
    table.wait(2 * MINUTE - 1)
    assert table.state.running is not None and table.state.goodbye_until_ms is None
    table.fold_out()
    told = [event.name for event in table.wait(MINUTE)]
    assert "current_game_ended" in told and table.state.goodbye_until_ms is not None
    assert table.refused("host", "game_start", game_type="THD") == "table_expired"


def test_case_67_a_pause_is_of_the_time_between_hands(table: CashTable) -> None:
    """A running hand is never stopped: there is nothing to pause before it is over."""
    assert table.refused("host", "pause_next_hand") == "action_not_available"
    table.fold_out()
    table.do("host", "pause_next_hand")
    table.wait(DAY // 2)
    assert table.state.running is None and table.state.game is not None
    table.do("host", "unpause_next_hand")
    table.next_deal()


def test_case_68_who_reconnects_finds_his_hand_and_his_time(table: CashTable) -> None:
    actor = table.actor
    before = table.view(actor)
    table.do(actor, "disconnect", connections=0)
    table.now += 17_000
    table.come(actor)
    after = table.view(actor)
    assert after[1] == before[1] and after[1]["pocket_cards"] is not None
    assert after[1]["turn"]["timestamp_total_expiration"] == table.now + 73_000
    assert after[0] == before[0]


def test_case_68_and_nobody_elses_cards_nor_the_board_to_come(table: CashTable) -> None:
    table.play("cck")
    deal = table.state.deal
    assert deal is not None
    for user in ("ann", "bob", "cid", "host", None):
        own = set() if user in (None, "host") else set(table.view(user)[1]["pocket_cards"])
        assert cards_in(table.view(user)) == own | set(deal.board)


def test_case_68_in_a_reveal_he_finds_where_it_is(table: CashTable) -> None:
    table.play("acf")
    told = table.newest("heads_up_showdown").data
    viewer = table.state.players[told["players"][0]].user
    table.do(viewer, "disconnect", connections=0)
    table.now += 1_500
    table.come(viewer)
    private = table.view(viewer)[1]
    assert private["timed_event_scenario"] == told
    assert told["finish_time_expiration"] == MODE.wake_at(table.state)


SCRIPTS = ["ff", "cck kk", "acf", "cck kkk kkk kkk"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("crash_after", range(4))
def test_case_69_after_a_crash_the_hand_goes_on_as_it_was(script: str, crash_after: int) -> None:
    """The state is made anew from the events alone, as they come back from a journal."""
    steps = script.replace(" ", "")
    whole, crashed = CashTable(), CashTable()
    for table in (whole, crashed):
        table.start("ann", "bob", "cid")
    for number, step in enumerate(steps):
        if number == crash_after:
            crash(crashed)
        whole.play(step)
        crashed.play(step)
    assert outcome(whole) == outcome(crashed)


def crash(table: CashTable) -> None:
    """Kill the process for five minutes; everybody comes back."""
    turn = dict(table.turn)
    table.state = table.rebuilt
    table.now += 5 * MINUTE
    table.do(SYSTEM, "resume", paused_ms=5 * MINUTE, restarted=True)
    table.come("host", "ann", "bob", "cid")
    for field in ("timestamp_turn_expiration", "timestamp_total_expiration"):
        assert table.turn[field] == turn[field] + 5 * MINUTE


def outcome(table: CashTable) -> list[Any]:
    """Return cards, stacks, timebanks and winners."""
    deal = table.state.deal
    assert deal is not None
    return [
        deal.board, deal.hand.board, deal.hand.hole,
        [(p.user, p.stack, p.timebank_ms, p.join_status) for p in table.state.seated()],
        None if deal.game_end is None else deal.game_end["winners"],
    ]


def test_case_69_a_crash_between_the_end_and_the_next_hand_leaves_no_old_moment() -> None:
    """The seconds in which pages show the side pots are over then; the next timer runs anew."""
    table = CashTable()
    table.start("ann", "bob")
    table.play("ck kk kk kk")
    shown_until = table.newest("game_end").data["side_pots_evaluation_expiration"]
    assert shown_until == MODE.wake_at(table.state)
    table.state = table.rebuilt
    table.now += 5 * MINUTE
    table.do(SYSTEM, "resume", paused_ms=5 * MINUTE, restarted=True)
    timer = table.newest("winners_award_timer").data
    assert timer["winners_award_timer_expiration"] == table.now + 10_000
    assert MODE.wake_at(table.state) == table.now + 10_000
    end = table.view(None)[1]["game_end"]
    assert end["side_pots_evaluation_expiration"] <= table.now
    table.come("host", "ann", "bob")
    table.next_deal()
