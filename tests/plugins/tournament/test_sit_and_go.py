"""The sit-n-go at one table, rule by rule; books, replay, snapshot, page and schemas are checked
by the table after every command."""

from __future__ import annotations

import random

from typing import Any

import pytest

from tests.plugins.tournament.tournament_table import (
    MODE, events, places, play_out, prizes, step, tournament,
)
from tests.rules.poker.table.cash_table import ROOM, CashTable
from vphost.rules import books
from vphost.rules.mode import SYSTEM, Rejected

FEE, CHIPS = 10_00, 1500_00
POOL = f"room:{ROOM}:prize"
ONE_WINS = 100
"""Commands before one whose deck gives the first hand to one player alone."""


def started(players: int = 3, **settings: object) -> CashTable:
    table = tournament(players, **settings)
    table.begin()
    return table


def until_between_hands(table: CashTable, seed: int = 1) -> None:
    chooser = random.Random(seed)
    while table.state.running is not None:
        step(table, chooser)


def fold_hand(table: CashTable) -> None:
    while table.state.running is not None:
        table.do(table.actor, "action_fold")


# -- the start ---------------------------------------------------------------------------------


def test_fees_go_into_the_prize_account() -> None:
    table = started(3)
    assert table.accounts[POOL] == 3 * FEE
    for number in (1, 2, 3):
        assert table.state.players[number].bank == 500_00 - FEE


def test_everybody_starts_with_the_same_chips() -> None:
    table = started(4)
    posted = sum(table.state.deal.hand.contributions)  # type: ignore[union-attr]
    assert sum(player.stack for player in table.state.players.values()) + posted == 4 * CHIPS


def test_start_level_and_hand_are_told_in_order() -> None:
    table = started(2)
    names = [event.name for event in table.last]
    assert names.index("start_tournament") < names.index("blind_level_data")
    assert names.index("blind_level_data") < names.index("game_start")


def test_the_first_level_is_posted() -> None:
    table = started(3)
    acks = {e.data["action"]: e.data["amount"] for e in table.last if e.name == "action_ack"}
    assert (acks["small_blind"], acks["big_blind"]) == (10_00, 20_00)


def test_who_cannot_pay_does_not_enter() -> None:
    table = tournament(3, entry_fee=400)
    table.do("host", "update_bankroll", changes=[{"player": 1, "amount": -200_00}])
    table.begin()
    assert table.state.own is not None and table.state.own["entrants"] == [2, 3]


def test_two_who_can_pay_are_needed() -> None:
    table = tournament(2, entry_fee=501)
    assert table.refused("host", "game_start", game_type="THD") == "not_enough_players"
    assert table.state.game is None


def test_who_is_not_here_does_not_enter() -> None:
    table = tournament(3)
    table.do("user0", "disconnect", connections=0)
    table.begin()
    assert table.state.own is not None and table.state.own["entrants"] == [2, 3]


def test_a_wallet_is_asked_only_by_sitting_down() -> None:
    table = CashTable(settings={
        "game_mode": "T", "funding": "wallet", "tournament_settings": {"entry_fee": 10},
    }, mode=MODE)
    for number in range(2):
        table.accounts[f"user:user{number}"] = 10_000_00
        table.accounts[books.WORLD] = table.accounts.get(books.WORLD, 0) - 10_000_00
        table.seat(f"user{number}", chips=0)
    table.come_host()
    table.begin()
    play_out(table, random.Random(1))
    assert sum(table.accounts[f"user:user{number}"] for number in range(2)) == 20_000_00
    table.do("host", "choose_game_mode", game_mode="T")
    assert table.refused("host", "game_start", game_type="THD") == "not_enough_players"
    for number in range(2):
        table.do(f"user{number}", "sit_player", seat=number)
    table.begin()
    assert table.accounts[POOL] == 2 * FEE


# -- levels ------------------------------------------------------------------------------------


def test_a_level_counts_from_the_next_hand() -> None:
    table = started(3)
    big_blind = table.state.deal.hand.setup.stakes.big_blind  # type: ignore[union-attr]
    table.wait(60_000)
    assert table.state.own is not None and table.state.own["level"] == 2
    assert table.state.deal.hand.setup.stakes.big_blind == big_blind  # type: ignore[union-attr]
    until_between_hands(table)
    table.wait_for("game_start")
    stakes = table.state.deal.hand.setup.stakes  # type: ignore[union-attr]
    assert stakes.big_blind > big_blind


def test_levels_go_on_after_the_last_of_the_schedule() -> None:
    schedule = {"1": {"ante": 0, "small_blind": 10, "big_blind": 20}}
    table = started(3, blind_schedule=schedule)
    table.wait(3 * 60_000)
    levels = [event.data["blinds"]["big_blind"] for event in events(table, "blind_level_data")]
    assert levels == sorted(set(levels)) and len(levels) >= 3


def test_a_pause_stops_the_blind_clock() -> None:
    table = started(3)
    fold_hand(table)
    level = table.state.own["level"]  # type: ignore[index]
    table.do("host", "pause_next_hand")
    left = table.one("pause_winners_award_timer").data["blind_scheduler_remaining_time"]
    table.wait(10 * 60_000)
    assert table.state.own["level"] == level  # type: ignore[index]
    table.do("host", "unpause_next_hand")
    due = table.one("unpause_winners_award_timer").data["blind_scheduler_expiration"]
    assert left is not None and due - table.now >= left


def test_pausing_may_be_forbidden() -> None:
    table = started(3, pausing=False)
    fold_hand(table)
    assert table.refused("host", "pause_next_hand") == "disabled"


def test_a_restart_costs_the_level_no_time() -> None:
    table = started(3)
    due = table.state.own["clocks"]["level"]  # type: ignore[index]
    table.now += 3_600_000
    table.do(SYSTEM, "resume", paused_ms=3_600_000, restarted=True)
    assert table.state.own["clocks"]["level"] == due + 3_600_000  # type: ignore[index]


# -- places and prizes -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_places_and_prizes_of_random_tournaments(seed: int) -> None:
    chooser = random.Random(seed)
    table = tournament(chooser.randint(2, 9))
    table.begin()
    entrants = set(table.state.own["entrants"])  # type: ignore[index]
    play_out(table, chooser)
    out = places(table)
    assert len(entrants - out.keys()) == 1, "one has all chips"
    taken = sorted([1, *out.values()])
    assert taken[0] == 1 and all(place <= len(entrants) for place in taken)
    assert sum(prizes(table).values()) == FEE * len(entrants)
    assert table.accounts.get(POOL, 0) == 0
    assert all(amount == 0 for amount in table.accounts.values())


def test_equal_stacks_share_place_and_prizes() -> None:
    table = tournament(3, payout_table={"1": 50, "2": 30, "3": 20}, starting_chips=20)
    table.count = ONE_WINS
    table.begin()
    while table.state.running is not None and table.state.running.turn is not None:
        turn = table.turn
        calls = "action_call" in turn["available_actions"]
        table.do(
            table.actor, "action_call" if calls else "action_check",
            **({"amount": turn["call_amount"]} if calls else {}),
        )
    play_out(table, random.Random(1))
    (out,) = [event.data for event in events(table, "player_eliminated")]
    assert (out["place"], len(out["players"])) == (2, 2)
    one, two = (prizes(table)[str(player)] for player in out["players"])
    assert (one, two) == (7_50, 7_50)


def test_an_ended_tournament_is_ranked_by_chips() -> None:
    table = started(3)
    until_between_hands(table, 5)
    left = {n: p.stack for n, p in table.state.players.items() if p.stack}
    table.do("host", "end_current_game")
    assert table.state.game is None
    best = max(left, key=lambda number: left[number])
    assert prizes(table)[str(best)] == max(prizes(table).values())
    assert sum(prizes(table).values()) == 3 * FEE


def test_the_end_clears_the_level() -> None:
    table = started(2)
    play_out(table, random.Random(2))
    names = [event.name for event in table.told]
    last = max(place for place, name in enumerate(names) if name == "blind_level_data")
    assert table.told[last].data["blinds_level"] is None
    assert last > names.index("tournament_winners")


def test_a_second_tournament_may_follow() -> None:
    table = started(3)
    play_out(table, random.Random(3))
    table.do("host", "choose_game_mode", game_mode="T")
    table.begin()
    assert table.accounts[POOL] == 3 * FEE


# -- people ------------------------------------------------------------------------------------


def test_who_disconnects_is_played_on_and_may_return() -> None:
    table = started(3)
    table.do("user1", "disconnect", connections=0)
    while table.state.deal is None or table.state.deal.number < 3:
        deal = table.state.running
        if deal is not None and deal.turn is not None and table.actor != "user1":
            checks = "action_check" in table.turn["available_actions"]
            table.do(table.actor, "action_check" if checks else "action_fold")
        else:
            step_clock(table)
    assert 2 in table.state.deal.players, "they are dealt in"
    assert not table.state.players[2].gone
    table.come("user1")
    assert table.state.players[2].connected and table.player("user1").seat is not None


def step_clock(table: CashTable) -> None:
    wake = MODE.wake_at(table.state)
    assert wake is not None
    table.now = max(table.now, wake)
    table.tick()


def test_who_leaves_is_out_after_the_hand_and_stays_out() -> None:
    table = started(3)
    table.do("user1", "leave_player")
    assert table.state.players[2].seat is not None, "until the hand is over"
    until_between_hands(table)
    assert places(table)[2] in (2, 3)
    table.come("user1") if table.state.of_user("user1") is None else table.ask(
        "user1", "connect", username="user1", connections=1)
    assert table.state.players[2].gone, "they only look on"
    assert table.state.players[2].stack == 0


def test_the_chips_of_who_leaves_are_out_of_play() -> None:
    table = started(3)
    fold_hand(table)
    table.do("user1", "leave_player")
    assert table.accounts.get(books.stack(ROOM, 2), 0) == 0
    assert len(table.state.own["out"]) == 1  # type: ignore[index]


def test_when_all_but_one_leave_it_is_won() -> None:
    table = started(3)
    fold_hand(table)
    table.do("user1", "leave_player")
    table.do("user2", "leave_player")
    assert prizes(table) and table.state.game is not None and table.state.game.ending
    play_out(table, random.Random(1))
    assert table.accounts.get(POOL, 0) == 0


@pytest.mark.parametrize(("op", "args", "code"), [
    ("buy_in", {"amount": 10_00}, "disabled"),
    ("join", {"immediately": True}, "disabled"),
    ("sit_out", {}, "disabled"),
    ("straddle", {}, "disabled"),
    ("sit_player", {"seat": 8}, "game_running"),
    ("sit_player", {"seat": None}, "game_running"),
])
def test_what_only_a_cash_game_knows_is_refused(op: str, args: dict[str, Any], code: str) -> None:
    table = started(3)
    assert table.refused("user1", op, **args) == code


def test_changed_settings_wait_for_the_next_tournament() -> None:
    table = started(3)
    table.do("host", "configure", config={"tournament_settings": {"starting_chips": 3000}})
    told = table.one("state_config_updated").data
    assert told["takes_effect"] == "next_tournament"
    play_out(table, random.Random(4))
    assert table.state.config["tournament_settings"]["starting_chips"] == 3000_00


def test_nobody_escapes_a_big_blind() -> None:
    table, payers = started(5), list[int]()
    for _ in range(12):
        if table.state.game is None or table.state.running is None:
            break
        deal = table.state.deal
        assert deal is not None
        payers.append(deal.players[deal.hand.setup.big_blind])
        fold_hand(table)
        table.wait_for("game_start")
    rounds = [payers[start:start + 5] for start in range(0, 10, 5)]
    assert all(len(set(one)) == 5 for one in rounds)


def test_a_tournament_is_not_started_twice() -> None:
    table = started(3)
    outcome = table.ask("host", "game_start", game_type="THD")
    assert isinstance(outcome, Rejected) and outcome.code == "game_running"


# -- what is counted ---------------------------------------------------------------------------


def test_hands_are_counted_but_chips_are_no_money() -> None:
    table, reader = started(3), MODE.hand_reader()
    play_out(table, random.Random(6))
    hands = [hand for event in table.told if (hand := reader.read(event)) is not None]
    assert len(hands) == len(events(table, "game_end"))
    assert all(hand.is_tournament for hand in hands)
    for hand in hands:
        for counters in hand.counts.players:
            assert not {"net", "collected", "biggest_pot"} & counters.keys()
