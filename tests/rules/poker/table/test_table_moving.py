"""Changing seats: what is owed for it, and that no way to come, go or move evades the blinds."""

from __future__ import annotations

import os
import random

import pytest

from tests.rules.poker.table.blinds_paid import ORBIT, Blinds
from tests.rules.poker.table.cash_table import MODE, CashTable
from vphost.rules.mode import Event

USERS = ["ann", "bob", "cid", "dan", "eva", "fay"]
WAYS = ["sit", "stand", "leave", "sit out", "size"]
LONG = os.environ.get("VPHOST_FUZZ") == "long"
HANDS, SEEDS = (200, 20) if LONG else (40, 1)


def move(table: Blinds, user: str, seat: int, way: str) -> None:
    """Let somebody change seats in one of the possible ways."""
    if way == "stand":
        table.ask(user, "sit_player", seat=None)
    elif way == "leave":
        table.ask(user, "leave_player")
    elif way == "sit out":
        table.ask(user, "sit_out")
    elif way == "size":
        resize(table, user)
    table.come(user, seat)
    table.ask(user, "join", immediately=False)


def resize(table: Blinds, user: str) -> None:
    """Let somebody stand while the host makes the table as small as it can be, then whole again."""
    table.ask(user, "sit_player", seat=None)
    last = max(player.seat or 0 for player in table.state.seated())
    assert not table.ask("host", "configure", config={"seats": max(last, 2)}) or last < 2
    for seats in (max(last + 1, 2), 9):
        assert table.ask("host", "configure", config={"seats": seats})


def with_big_blind_next(user: str, users: list[str]) -> Blinds:
    """Return a table, seats 0, 1, 2 ..., at which somebody is the next big blind."""
    table = Blinds(users, list(range(len(users))))
    while table.next_big_blind() != user:
        table.next_hand()
    return table


def last_before_big_blind(table: Blinds, user: str) -> int:
    """Return the free seat to which the next big blinds come last."""
    assert table.state.deal is not None
    seats = [(table.state.deal.big_blind_seat - step) % 9 for step in range(1, 10)]
    return next(s for s in seats if (there := table.state.at_seat(s)) is None or there.user == user)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [3, 4, 5, 6])
@pytest.mark.parametrize("posts", [True, False])
def test_fleeing_the_big_blind_saves_nothing(way: str, count: int, posts: bool) -> None:
    for seed in range(SEEDS):
        dice = random.Random(seed)
        table = Blinds(USERS[:count], sorted(dice.sample(range(9), count)), seed * 1000)
        for _ in range(HANDS):
            if table.next_big_blind() == "ann":
                move(table, "ann", last_before_big_blind(table, "ann"), way)
            if posts:
                table.ask("ann", "join", immediately=True)
            assert table.next_hand()
        assert table.paid.get("ann", 0) >= table.fair["ann"] - 2 * ORBIT


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_whatever_people_do_everybody_pays_their_share(count: int) -> None:
    """The moving button lets somebody escape a blind when others go: a few rounds either way."""
    for seed in range(2 * SEEDS):
        table, dice = Blinds(USERS[:count], list(range(count)), seed * 1000), random.Random(seed)
        for _ in range(2 * HANDS):
            for user in USERS[:count]:
                wander(table, user, dice)
            table.next_hand()
        for user in USERS[:count]:
            assert table.paid.get(user, 0) >= table.fair.get(user, 0) - 4 * ORBIT, (user, seed)


def wander(table: Blinds, user: str, dice: random.Random) -> None:
    """Let somebody now and then move, go, or come back."""
    free = [seat for seat in range(9) if table.state.at_seat(seat) is None]
    if dice.random() < 0.2:
        table.ask(user, *dice.choice([("sit_out",), ("leave_player",)]))
    if dice.random() < 0.2:
        table.ask(user, "sit_player", seat=dice.choice([None, *free]))
    if dice.random() < 0.6:
        player = table.player(user)
        if player.gone or player.seat is None:
            table.come(user, dice.choice(free))
        table.ask(user, "join", immediately=dice.random() < 0.5)


@pytest.mark.parametrize("way", WAYS)
def test_moving_past_two_players_is_free(way: str) -> None:
    table = with_big_blind_next("bob", USERS[:4])
    move(table, "bob", 8, way)
    table.next_hand()
    assert "bob" in table.dealt and "bob" not in dict(table.posts)


@pytest.mark.parametrize("way", WAYS)
def test_moving_past_more_waits_for_the_big_blind(way: str) -> None:
    table = with_big_blind_next("bob", USERS)
    move(table, "bob", 8, way)
    assert table.player("bob").join_status in (
        "SIT_OUT_READY_TO_PLAY", "NEW_PLAYER_READY_TO_PLAY")
    waited = 0
    while "bob" not in table.dealt or not waited:
        table.next_hand()
        waited += 1
    assert waited == 5 and ("bob", "big_blind") in table.posts


@pytest.mark.parametrize("way", WAYS)
def test_moving_past_more_may_post_both_blinds(way: str) -> None:
    table = with_big_blind_next("bob", USERS)
    move(table, "bob", 8, way)
    assert table.ask("bob", "join", immediately=True)
    table.next_hand()
    assert "bob" not in table.dealt, "the button has to pass first"
    table.next_hand()
    assert [action for user, action in table.posts if user == "bob"] == ["live_post", "dead_post"]
    assert table.player("bob").join_status == "ALLOWED_TO_PLAY"


def test_gained_seats_are_no_way_past_blinds() -> None:
    table = with_big_blind_next("bob", USERS)
    assert table.ask("host", "configure", config={"seats": 6})
    assert not table.ask("bob", "sit_player", seat=6), "there will be no such seat"
    assert table.ask("host", "configure", config={"seats": 7})
    assert table.ask("bob", "sit_player", seat=6)
    assert table.player("bob").join_status == "SIT_OUT_READY_TO_PLAY"
    table.next_hand()
    assert "bob" not in table.dealt and table.next_big_blind() != "bob"


def test_a_smaller_table_moves_nobody_by_itself() -> None:
    table = Blinds(USERS[:4], [0, 1, 2, 8])
    before = [(player.user, player.seat) for player in table.state.seated()]
    assert not table.ask("host", "configure", config={"seats": 8})
    table.next_hand()
    assert [(player.user, player.seat) for player in table.state.seated()] == before
    assert table.ask("dan", "sit_player", seat=3)
    assert table.ask("host", "configure", config={"seats": 4})
    table.next_hand()
    assert table.state.config["seats"] == 4 and "dan" in table.dealt, "they have passed nobody"


def test_two_free_places_are_for_the_whole_game() -> None:
    table = with_big_blind_next("bob", USERS[:4])
    move(table, "bob", 8, "sit")
    for _ in range(12):
        table.next_hand()
    while table.next_big_blind() != "bob":
        table.next_hand()
    table.ask("bob", "sit_player", seat=last_before_big_blind(table, "bob"))
    assert table.player("bob").join_status == "SIT_OUT_READY_TO_PLAY"


@pytest.mark.parametrize("way", WAYS)
def test_there_and_back_owes_nothing(way: str) -> None:
    table = with_big_blind_next("bob", USERS)
    move(table, "bob", 8, way)
    move(table, "bob", 1, way)
    table.next_hand()
    assert ("bob", "big_blind") in table.posts and "bob" in table.dealt


@pytest.mark.parametrize("way", WAYS)
def test_moving_towards_the_big_blind_owes_nothing(way: str) -> None:
    table = with_big_blind_next("bob", USERS)
    table.next_hand()
    table.next_hand()
    move(table, "bob", 8, way)
    table.next_hand()
    assert "bob" in table.dealt and "bob" not in dict(table.posts)


@pytest.mark.parametrize("seat", [1, 3])
def test_the_big_blind_moves_aside_and_is_the_small_blind(seat: int) -> None:
    table = Blinds(USERS[:4], [0, 2, 4, 6])
    while table.last_big != "bob":
        table.next_hand()
    table.ask("bob", "sit_player", seat=seat)
    table.next_hand()
    assert ("bob", "small_blind") in table.posts and ("cid", "big_blind") in table.posts


@pytest.mark.parametrize("count", [3, 4, 5])
@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_moving_big_blind_spares_no_friend(count: int, back: int) -> None:
    """Ann steps past Bob whenever she has paid, and returns before her next big blind."""
    table, hands = Blinds(USERS[:count], list(range(0, 2 * count, 2))), 0
    for _ in range(40):
        at = table.player("ann").seat
        if table.last_big == "ann" and at == 0:
            table.ask("ann", "sit_player", seat=3)
            hands = 0
        elif at == 3 and hands == back:
            table.ask("ann", "sit_player", seat=0)
        table.ask("ann", "join", immediately=True)
        hands += 1
        assert table.next_hand()
    for friend in USERS[1:count]:
        paid = table.paid["ann"] + table.paid.get(friend, 0)
        assert paid >= table.fair["ann"] + table.fair[friend] - 2 * ORBIT
    assert table.paid["bob"] >= table.fair["bob"] * 2 / 3


@pytest.mark.parametrize("seat", [3, 7])
def test_the_next_big_blind_is_whoever_was_next(seat: int) -> None:
    table = Blinds(USERS[:5], [0, 2, 4, 6, 8])
    while table.last_big != "ann":
        table.next_hand()
    table.ask("ann", "sit_player", seat=seat)
    table.next_hand()
    assert table.last_big == "bob"


def test_the_small_blind_is_dead_behind_a_mover() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid", "dan")
    table.fold_out()
    deal = table.state.deal
    assert deal is not None
    mover = table.state.at_seat(deal.big_blind_seat)
    assert mover is not None
    free = next(seat for seat in range(4, 9) if table.state.at_seat(seat) is None)
    table.do(mover.user, "sit_player", seat=free)
    table.wait_for("game_start")
    table.fold_out()
    table.wait_for("game_start")
    table.fold_out()


def test_two_players_who_move_alternate_all_the_same() -> None:
    table, dice = Blinds(USERS[:2], [0, 5]), random.Random(7)
    paid = []
    for _ in range(20):
        for user in USERS[:2]:
            table.ask(user, "sit_player", seat=dice.randrange(9))
        table.next_hand()
        paid.append(table.last_big)
    assert paid == paid[:2] * 10


def test_the_small_blind_is_owed_by_who_slips_past_it() -> None:
    """Once paid, the big blind is behind; the small one would be next."""
    table = Blinds(USERS[:4], [0, 2, 4, 6])
    while table.last_big != "ann":
        table.next_hand()
    table.ask("ann", "sit_player", seat=5)
    assert table.player("ann").join_status == "SIT_OUT_READY_TO_PLAY"
    table.ask("ann", "join", immediately=True)
    table.next_hand()
    assert [action for user, action in table.posts if user == "ann"] == ["dead_post"]


def test_a_plan_without_moves_replays_as_before() -> None:
    """Journals from before have no `ahead` in `_hand_started`."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.fold_out()
    event = table.newest("_hand_started")
    old = {name: value for name, value in event.hidden.items() if name != "ahead"}
    before = MODE.create("r", {**table.state.config, "host": "host"}, 0)
    states = []
    for hidden in (event.hidden, old):
        state = before
        for told in table.told:
            is_plan = told.name == "_hand_started"
            state = MODE.evolve(state, Event(
                told.name, told.data, {}, hidden if is_plan else told.hidden, told.postings))
        states.append(state)
    assert states[0] == states[1]
