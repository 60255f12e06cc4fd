"""Turns, timebank, the time between hands, the host's absence, expiry, restarts."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import DAY, MODE, START, CashTable
from vphost.rules.mode import SYSTEM

MINUTE = 60_000


@pytest.fixture
def table() -> CashTable:
    """Three players, the first hand dealt; the host watches."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    return table


def test_nothing_is_due_before_its_time(table: CashTable) -> None:
    assert MODE.wake_at(table.state) == table.now + 90_000
    table.now += 89_999
    assert table.tick() == ()


def test_turn_time_then_timebank_then_the_system_folds(table: CashTable) -> None:
    actor = table.actor
    table.now += 90_000
    table.tick()
    ack = table.one("action_ack").data
    assert (ack["action"], ack["executed_by"]) == ("action_fold", "SYSTEM")
    assert ack["action_time"] == 90_000
    assert table.player(actor).timebank_ms == 0
    assert table.turn["timestamp_turn_expiration"] == table.now + 30_000


def test_the_system_checks_when_there_is_nothing_to_call(table: CashTable) -> None:
    table.play("cc")
    table.now += 90_000
    table.tick()
    ack = next(event.data for event in table.last if event.name == "action_ack")
    assert (ack["action"], ack["executed_by"]) == ("action_check", "SYSTEM")


def test_the_timebank_is_charged_and_never_refilled(table: CashTable) -> None:
    actor = table.actor
    table.now += 40_000
    table.play("c")
    assert table.player(actor).timebank_ms == 50_000
    table.fold_out()
    table.next_deal()
    assert table.player(actor).timebank_ms == 50_000
    table.fold_out()
    table.do("host", "end_current_game")
    for user in ("ann", "bob", "cid"):
        table.do(user, "buy_in", amount=1000)
    table.begin()
    assert table.player(actor).timebank_ms == 60_000


def test_too_late_is_refused_though_the_clock_has_not_rung(table: CashTable) -> None:
    actor = table.actor
    table.now += 90_000
    assert table.refused(actor, "action_fold") == "turn_expired"
    assert table.turn["player"] == table.id(actor)


def test_who_was_too_late_hears_it_and_until_the_next_turn(table: CashTable) -> None:
    actor = table.actor
    table.play("c")
    late = table.actor
    number = table.id(late)
    table.now += 90_000
    table.tick()
    ack = table.one("action_ack")
    assert ack.secret == {number: {"refused": {"code": "turn_expired", "action": "action_fold"}}}
    assert table.refused(late, "action_call", amount=25) == "turn_expired"
    assert table.refused(actor, "action_fold") == "not_your_turn"
    table.play("f")
    assert table.state.running is None
    assert table.refused(late, "action_check") == "turn_expired"
    assert table.refused(actor, "action_check") == "no_hand"
    table.next_deal()
    while table.actor != late:
        assert table.refused(late, "action_fold") == "turn_expired"
        table.play("c")
    table.play("p")
    assert table.refused(late, "action_fold") == "not_your_turn"


def test_who_leaves_is_not_too_late(table: CashTable) -> None:
    actor = table.actor
    table.do(actor, "leave_player")
    assert table.one("action_ack").secret == {}
    assert table.refused(actor, "action_fold") == "not_your_turn"


def test_an_absent_player_keeps_his_time_and_sits_out_the_next_hand(table: CashTable) -> None:
    actor = table.actor
    table.do(actor, "disconnect", connections=0)
    assert table.turn["timestamp_total_expiration"] == table.now + 90_000
    table.wait_for("action_ack")
    table.fold_out()
    table.next_deal()
    assert table.player(actor).join_status == "SIT_OUT"


def test_one_who_only_lost_his_line_between_hands_is_dealt_in(table: CashTable) -> None:
    table.fold_out()
    table.do("ann", "disconnect", connections=0)
    table.next_deal()
    assert table.state.deal is not None and 1 in table.state.deal.players


def test_one_who_sleeps_through_two_hands_sits_out() -> None:
    table = CashTable({"timebank_limit": 0})
    table.start("ann", "bob")
    for hands in range(1, 4):
        while table.state.running is not None:
            if table.actor == "ann":
                table.wait_for("action_ack")
            else:
                table.play("p")
        assert table.player("ann").absences in (0, hands)
        if table.player("ann").absences == 2:
            break
        table.next_deal()
    table.wait_for("winners_award_timer")
    assert table.newest("winners_award_timer").data["show_next_game_button"] is True


def asleep(table: CashTable) -> set[str]:
    """Return who sits out."""
    return {p.user for p in table.state.seated() if p.join_status == "SIT_OUT"}


def test_who_sleeps_through_two_hands_is_told_at_once() -> None:
    table = CashTable({"timebank_limit": 0})
    table.start("ann", "bob", "cid")
    while not asleep(table):
        table.wait_for("action_ack")
    assert "game_end" in table.names()
    for user in asleep(table):
        event = [event for event in table.last if event.name == "player_join_status_updated"
                 and event.data["player"] == table.id(user)][-1]
        assert event.data["join_status"] == "SIT_OUT"


def test_two_who_slept_join_and_play_on() -> None:
    table = CashTable({"timebank_limit": 0})
    table.start("ann", "bob")
    table.wait(20 * MINUTE)
    assert asleep(table)
    assert table.newest("winners_award_timer").data["show_next_game_button"] is True
    assert table.refused("host", "next_hand") == "not_enough_players"
    for user in sorted(asleep(table)):
        table.do(user, "join", immediately=False)
    table.do("host", "next_hand")
    assert table.state.deal is not None and len(table.state.deal.players) == 2
    table.fold_out()
    table.next_deal()


def test_who_joins_again_is_absent_no_more() -> None:
    table = CashTable({"timebank_limit": 0})
    table.start("ann", "bob")
    table.wait(20 * MINUTE)
    user = next(iter(asleep(table)))
    table.do(user, "join", immediately=False)
    assert table.player(user).absences == 0


def test_a_table_that_was_stuck_before_is_freed_by_join() -> None:
    """In a journal from before nobody was told that they sit out."""
    table = CashTable()
    table.start("ann", "bob")
    table.fold_out()
    table.wait_for("winners_award_timer")
    state = table.state
    for number in (1, 2):
        state = state.change(number, absences=2)
    table.state = table.rebuilt = state
    table.wait(MINUTE)
    assert asleep(table) == {"ann", "bob"}
    for user in ("ann", "bob"):
        table.do(user, "join", immediately=False)
    table.do("host", "next_hand")


def test_the_host_pauses_the_time_between_hands(table: CashTable) -> None:
    assert table.refused("host", "pause_next_hand") == "action_not_available"
    table.fold_out()
    table.now += 4_000
    table.do("host", "pause_next_hand")
    data = table.one("pause_winners_award_timer").data
    assert data["winners_award_timer_remaining_time"] == 6_000
    assert data["blind_scheduler_remaining_time"] is None
    assert table.refused("host", "pause_next_hand") == "action_not_available"
    private = table.view(None)[1]
    assert private["winners_award_timer"]["is_winners_award_timer_paused"] is True
    assert private["pause_winners_award_timer"] == data
    table.wait(5 * MINUTE)
    assert table.state.running is None
    table.do("host", "unpause_next_hand")
    extra = data["winners_award_timer_remaining_time_with_extra_time"]
    assert table.one("unpause_winners_award_timer").data["winners_award_timer_expiration"] == (
        table.now + extra)
    assert table.refused("host", "unpause_next_hand") == "action_not_available"
    table.next_deal()


def test_pausing_needs_a_game() -> None:
    table = CashTable()
    for op in ("pause_next_hand", "unpause_next_hand", "end_current_game"):
        assert table.refused("host", op) == "no_game"


def test_the_host_ends_the_game_after_the_hand(table: CashTable) -> None:
    table.do("host", "end_current_game")
    assert table.names() == ["end_current_game"]
    assert table.refused("host", "end_current_game") == "action_not_available"
    assert table.view(None)[0]["end_after_current_game"] is True
    table.fold_out()
    timer = table.one("winners_award_timer").data
    assert timer["end_after_current_game"] and timer["post_event"] == "finalize_current_game"
    table.wait_for("current_game_ended")
    assert table.state.game is None
    assert all(amount == 0 for amount in table.accounts.values())


def test_a_host_who_stays_away_ends_the_game_after_ten_minutes(table: CashTable) -> None:
    table.do("host", "disconnect", connections=0)
    left = table.one("host_left").data
    assert left["game_end_expiration"] == table.now + 10 * MINUTE
    assert table.view(None)[0]["host_status"] == "AWAY"
    told = table.wait(10 * MINUTE)
    assert "end_current_game" in [event.name for event in told]
    table.wait(10 * MINUTE)
    assert table.state.game is None


def test_a_host_who_returns_saves_the_game(table: CashTable) -> None:
    table.do("host", "disconnect", connections=0)
    table.wait(9 * MINUTE)
    table.come("host")
    table.wait(2 * MINUTE)
    assert table.state.game is not None and not table.state.game.ending
    assert table.view(None)[0]["host_status"] == "HERE"


def test_without_a_game_the_host_may_be_away(table: CashTable) -> None:
    table = CashTable()
    table.come("host")
    table.do("host", "disconnect", connections=0)
    assert table.one("host_left").data["game_end_expiration"] is None
    table.wait(11 * MINUTE)


def test_a_host_who_plays_and_leaves_is_away() -> None:
    table = CashTable(host="ann")
    table.start("ann", "bob", "cid")
    table.fold_out()
    table.do("ann", "leave_player")
    assert table.names() == ["player_left", "host_left"]


def test_an_expired_table_says_goodbye_and_closes() -> None:
    table = CashTable()
    table.seat("ann", "bob")
    table.wait(DAY)
    assert table.refused("host", "game_start", game_type="THD") == "table_expired"
    table.do("ann", "send_chat_message", message="bye")
    table.come("cid")
    table.wait(2 * MINUTE)
    gone = [e for e in table.told if e.name == "player_left"]
    assert {e.data["player"] for e in gone} == {1, 2, 3}
    assert gone[0].secret[1] == {"reason": "The table has expired"}
    assert table.refused("ann", "send_chat_message", message="x") == "table_expired"
    assert table.refused("eva", "connect", connections=1) == "table_expired"
    assert table.do("ann", "disconnect", connections=0) == ()
    assert MODE.wake_at(table.state) is None
    assert all(amount == 0 for amount in table.accounts.values())


def test_money_of_one_who_is_not_there_goes_back_at_the_close() -> None:
    table = CashTable()
    table.seat("ann")
    table.do("ann", "sit_player", seat=None)
    table.do("ann", "disconnect", connections=0)
    table.wait(DAY + 2 * MINUTE)
    assert table.state.closed and set(table.accounts.values()) == {0}


def test_expiry_waits_for_the_running_hand(table: CashTable) -> None:
    table.now = START + DAY - 1000
    table.do(SYSTEM, "resume", paused_ms=table.now - START, restarted=False)
    table.now = START + DAY + 5_000
    assert table.tick() == ()
    table.play("ff")
    assert table.one("winners_award_timer").data["post_event"] == "finalize_current_game"
    told = [event.name for event in table.wait(10_000)]
    assert told == ["current_game_ended", "_goodbye"]
    table.wait(2 * MINUTE)
    assert table.state.closed


def test_expiry_between_hands_ends_the_game(table: CashTable) -> None:
    table.fold_out()
    table.do("host", "pause_next_hand")
    table.wait(DAY)
    assert table.state.game is None and table.state.goodbye_until_ms is not None


def test_a_table_may_never_expire() -> None:
    table = CashTable(expires=None)
    table.seat("ann", "bob")
    assert MODE.wake_at(table.state) is None
    table.begin()


def test_downtime_costs_nobody_time(table: CashTable) -> None:
    before = dict(table.turn)
    table.now += 500_000
    table.do(SYSTEM, "resume", paused_ms=500_000)
    assert table.names() == ["_resumed", "turn"]
    for field in ("timestamp_turn_expiration", "timestamp_total_expiration"):
        assert table.turn[field] == before[field] + 500_000
    assert table.do(SYSTEM, "resume", paused_ms=0) == ()
    table.now += 31_000
    actor = table.actor
    table.play("c")
    assert table.player(actor).timebank_ms == 59_000


def test_downtime_in_a_reveal_and_between_hands(table: CashTable) -> None:
    table.play("acf")
    until = table.newest("heads_up_showdown").data["finish_time_expiration"]
    table.do(SYSTEM, "resume", paused_ms=7_000)
    assert table.one("heads_up_showdown").data["finish_time_expiration"] == until + 7_000
    assert MODE.wake_at(table.state) == until + 7_000
    table.wait_for("winners_award_timer")
    until = table.newest("winners_award_timer").data["winners_award_timer_expiration"]
    table.do(SYSTEM, "resume", paused_ms=7_000)
    timer = table.one("winners_award_timer").data
    assert timer["winners_award_timer_expiration"] == until + 7_000


def test_calendar_dates_do_not_wait_for_the_host_process(table: CashTable) -> None:
    table.do("host", "disconnect", connections=0)
    due = table.state.host_due_ms
    table.do(SYSTEM, "resume", paused_ms=3 * MINUTE)
    assert table.state.host_due_ms == due and table.state.expires_ms == START + DAY


def test_in_a_new_process_nobody_is_connected_yet(table: CashTable) -> None:
    table.do(SYSTEM, "resume", paused_ms=0, restarted=True)
    assert table.names().count("player_disconnected") == 4
    assert table.one("host_left")
    table.come("ann", "bob", "cid", "host")
    assert {p.status for p in table.state.players.values()} == {"S", "C"}


def test_a_drained_table_ends_its_hand_and_deals_no_other(table: CashTable) -> None:
    table.do(SYSTEM, "drain")
    assert table.do(SYSTEM, "drain") == ()
    table.fold_out()
    assert table.state.running is None
    table.wait(5 * MINUTE)
    assert table.state.running is None
    table.do(SYSTEM, "resume", paused_ms=1000, restarted=True)
    table.come("ann", "bob", "cid", "host")
    table.next_deal()


def test_at_a_drained_table_the_host_starts_neither_a_game_nor_a_hand(table: CashTable) -> None:
    table.fold_out()
    table.do("bob", "sit_out")
    table.do("cid", "sit_out")
    table.wait(MINUTE)
    table.do("bob", "join", immediately=True)
    table.do(SYSTEM, "drain")
    assert table.refused("host", "next_hand") == "draining"
    table.do("host", "end_current_game")
    assert table.refused("host", "game_start", game_type="THD") == "draining"
    table.do(SYSTEM, "resume", paused_ms=0, restarted=True)
    table.come("ann", "bob", "cid", "host")
    table.do("ann", "buy_in", amount=100_00)
    table.do("bob", "buy_in", amount=100_00)
    table.begin()


def test_a_late_tick_does_everything_that_is_due(table: CashTable) -> None:
    table.now += 90_000
    table.tick()
    table.now += 90_000
    table.tick()
    assert "game_end" in table.names()
    assert MODE.wake_at(table.state) is not None
