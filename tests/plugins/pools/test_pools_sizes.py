"""What a game weighs: estimates hold, bounds refuse, a bet costs the same in a pool of any size."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from plugins.pools.pulse import beat_ms
from plugins.pools.requests_pools import _with_mine
from plugins.pools.rules import shapes, storing
from plugins.pools.rules.intmap import IntMap
from plugins.pools.rules.mode import PoolsMode
from plugins.pools.rules.state import COMMIT_BYTES_MAX, DUMP_BYTES_MAX, Game
from vphost.rules.mode import SYSTEM, Command, Decision, Rejected
from vphost.services.journal.commit_codec import commit_id, draft
from vphost.services.journal.sealing import Sealer
from vphost.services.ports import MAX_BODY_BYTES

MODE = PoolsMode()
NOW = 1_700_000_000_000
ROOM = "30cee1fa-fb20-41a6-a61c-0e0335abc2a9"


def new_game() -> Game:
    """Return an open game with one admin, number 1, and one pool."""
    game = MODE.create(ROOM, {
        "source": ROOM, "name": "g", "kind": "", "currency": "DON", "decimals": 2, "hashtag": "#g",
        "open_ms": None, "close_ms": None, "live_start_ms": None, "live_finish_ms": None,
        "admins_max": 10, "opened": True, "actions": ["Goal"], "targets": ["A", "B"],
    }, NOW)
    game = step(game, "become_admin", 1)
    return step(
        game, "create_pool", 1, action="goal", targets=["a", "b"], pool_type=1, description="",
        start_at=None, finish_at=None, stop_accepting_bets_at=None, recreate_on_end=False,
        is_blocked=False, is_hot=False,
    )


def decide(game: Game, op: str, number: int, **args: Any) -> Decision | Rejected:
    """Decide an operation of a user."""
    by = {"number": number, "name": f"user-{number}", "is_source_admin": True}
    command = Command(
        f"{op}{number}", f"{number:016}", f"pools.{op}", {**args, "_by": by},
        number.to_bytes(32, "big"),
    )
    return MODE.decide(game, command, NOW)


def step(game: Game, op: str, number: int, **args: Any) -> Game:
    """Decide an operation and fold its events."""
    decision = decide(game, op, number, **args)
    assert isinstance(decision, Decision), decision
    for event in decision.events:
        game = MODE.evolve(game, event)
    return game


def with_bets(count: int, bettors: int) -> tuple[Game, str]:
    """Return a game whose pool has so many bets of so many users."""
    game = new_game()
    pool = next(iter(game.pools))
    for place in range(count):
        game = step(
            game, "bet", 2 + place % bettors, pool_id=pool, target="ab"[place % 3 % 2],
            amount=100 + place,
        )
    return game, pool


def settlement(game: Game, pool: str) -> tuple[Game, Decision]:
    """End a pool and return the game and the decision that settles it."""
    game = step(game, "resolve", 1, pool_id=pool, target="a")
    decision = MODE.decide(game, Command("s", SYSTEM, "pools.settle", {"pool_id": pool}), NOW)
    assert isinstance(decision, Decision)
    return game, decision


def body(decision: Decision) -> bytes:
    """Return a decision as the journal stores it."""
    made = draft(
        id=commit_id(ROOM, SYSTEM, "s"), book="main", room=ROOM, room_seq_first=1,
        room_seq_last=1, mode="pools", mode_version=1, user=SYSTEM, op="pools.settle", at_ms=NOW,
        events=decision.events, sends=(), answer=None, resolves=None,
        sealer=Sealer({"k": bytes(32)}),
    )
    return made.place(1, "0" * 64).body


@pytest.mark.parametrize(("count", "bettors"), [(0, 1), (50, 3), (2_000, 300), (3_000, 3_000)])
def test_a_game_never_weighs_more_than_was_estimated(count: int, bettors: int) -> None:
    game, pool = with_bets(count, bettors)
    assert len(orjson.dumps(storing.dump(game))) <= game.weight
    assert storing.load(ROOM, orjson.loads(orjson.dumps(storing.dump(game)))) == game
    estimate = game.pools[pool].commit_bytes
    ended, decision = settlement(game, pool)
    assert len(body(decision)) <= estimate + 4_096
    for event in decision.events:
        ended = MODE.evolve(ended, event)
    assert len(orjson.dumps(storing.dump(ended))) <= ended.weight
    assert storing.load(ROOM, orjson.loads(orjson.dumps(storing.dump(ended)))) == ended


def test_the_bounds_are_below_what_a_store_takes() -> None:
    assert DUMP_BYTES_MAX * 4 // 3 + 4_096 < MAX_BODY_BYTES
    assert COMMIT_BYTES_MAX + 8_192 < MAX_BODY_BYTES


@pytest.mark.parametrize(("change", "code"), [
    ({"weight": DUMP_BYTES_MAX}, "game_full"), ({"commit_bytes": COMMIT_BYTES_MAX}, "pool_full"),
])
def test_a_bet_that_would_not_fit_is_refused(change: dict[str, int], code: str) -> None:
    game = new_game()
    pool = next(iter(game.pools.values()))
    if "weight" in change:
        game = replace(game, weight=change["weight"])
    else:
        game = game.with_pool(replace(pool, commit_bytes=change["commit_bytes"]))
    refused = decide(game, "bet", 2, pool_id=pool.id, target="a", amount=1)
    assert isinstance(refused, Rejected) and refused.code == code


def test_a_bet_in_a_large_pool_costs_about_what_it_costs_in_a_small_one() -> None:
    """Copying 20,000 bets would take a hundred times as long as one path of the map."""
    small, large = with_bets(50, 20), with_bets(20_000, 2_000)

    def shortest(game: Game, pool: str) -> float:
        taken = []
        for _ in range(200):
            began = time.perf_counter()
            step(game, "bet", 5, pool_id=pool, target="a", amount=1)
            taken.append(time.perf_counter() - began)
        return min(taken)

    assert shortest(*large) < 4 * shortest(*small)


def test_a_crowds_result_is_totals_with_the_receivers_own() -> None:
    game, pool = with_bets(402, 201)
    ended, decision = settlement(game, pool)
    event = decision.events[0]
    assert event.name == "_bet_pool_resolved" and "winners" not in event.data
    ended = MODE.evolve(ended, event)
    one = ended.pools[pool]
    assert one.result is not None and shapes.is_crowded(ended, one)
    own = shapes.own_result(one, one.result, 5, ())
    assert own is not None and own["staked"] == one.stakes[5]
    winners, losers = shapes.net_results(one.stakes, one.result.returned)
    assert sum(winners.values()) == sum(losers.values()) == -(
        sum(p.points for p in ended.people.values() if p.points < 0))


def test_a_bets_id_is_of_its_pool_and_place() -> None:
    game, pool = with_bets(3, 3)
    decision = decide(game, "bet", 2, pool_id=pool, target="a", amount=1)
    assert isinstance(decision, Decision) and decision.answer is not None
    assert decision.answer["bet_id"] == str(uuid.uuid5(uuid.UUID(pool), "3"))


@pytest.mark.parametrize(("subscribers", "ms"), [
    (0, 100), (1_000, 100), (10_000, 1_000), (100_000, 5_000),
])
def test_the_beat_slows_down_with_the_crowd(subscribers: int, ms: int) -> None:
    assert beat_ms(subscribers) == ms


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers()), max_size=80), st.integers(0, 60))
def test_an_intmap_is_a_dictionary_that_never_changes(
    items: list[tuple[int, int]], gone: int
) -> None:
    built: IntMap[int] = IntMap()
    steps = []
    for key, value in items:
        steps.append((built, dict(built.items())))
        built = built.with_item(key, value)
    expected = dict(items)
    assert built == IntMap.of(items) and dict(built.items()) == expected
    assert list(built) == sorted(expected) and len(built) == len(expected)
    less = built.without(gone)
    assert dict(less.items()) == {k: v for k, v in expected.items() if k != gone}
    assert less.with_items(items) == built and less.get(10**6, None) is None
    assert all(dict(old.items()) == was for old, was in steps)


def test_a_list_leaves_out_what_does_not_fit_into_a_frame() -> None:
    game, pool = with_bets(900, 3)
    shown, taken = _with_mine(game, game.pools[pool], 2, NOW, 700 * 40)
    assert len(shown["bets"]) == 40 and taken == 700 * 40
    assert shown["bets"][0]["placed_at"] == NOW and shown["staked"] == game.pools[pool].stakes[2]
    ended, decision = settlement(game, pool)
    for event in decision.events:
        ended = MODE.evolve(ended, event)
    whole, _ = _with_mine(ended, ended.pools[pool], 2, NOW, 10_000)
    short, _ = _with_mine(ended, ended.pools[pool], 2, NOW, 10)
    assert "winners" in whole["result"] and "winners" not in short["result"]
    assert short["own_result"] == whole["own_result"]
