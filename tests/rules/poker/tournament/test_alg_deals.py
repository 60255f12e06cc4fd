"""Algorithms 13 and 14: deals by chip chop and ICM, cancelling."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.tournament.cancelling import Stage, Stake, cancel
from vphost.rules.poker.tournament.deal import (
    DealKind, answer, can_deal, most_left_bp, offer, propose,
)
from vphost.rules.poker.tournament.icm import PLAYERS_MAX, icm
from vphost.rules.poker.tournament.splits import chip_leader, split_by_chips

STACKS, PRIZES = (5000, 3000, 2000), (500_000, 300_000, 200_000)


def by_definition(stacks: list[int], prizes: list[int]) -> list[Fraction]:
    """Return ICM over all orders in which players can finish, exactly."""
    worth = [Fraction(0)] * len(stacks)
    for order in permutations(range(len(stacks))):
        chance, left = Fraction(1), sum(stacks)
        for index in order:
            chance *= Fraction(stacks[index], left)
            left -= stacks[index]
        for place, index in enumerate(order):
            if place < len(prizes):
                worth[index] += chance * prizes[place]
    return worth


# ICM.

def test_alg_13_icm_of_the_well_known_example() -> None:
    # 38.3929 / 32.75 / 28.8571 of 50 / 30 / 20.
    assert icm(STACKS, PRIZES) == (383_928, 327_500, 288_571)
    assert offer(DealKind.ICM, STACKS, PRIZES, 0).amounts == (383_929, 327_500, 288_571)


def test_alg_13_equal_stacks_are_worth_the_same_to_the_unit() -> None:
    assert icm((700, 700), (50, 30)) == (40, 40)
    assert icm((1, 1, 1), (50, 30, 22)) == (34, 34, 34)
    assert icm((333,) * 7, (7, 0, 0, 0, 0, 0, 0)) == (1,) * 7


def test_alg_13_one_player_takes_the_first_prize() -> None:
    assert icm((5,), (50, 30)) == (50,)
    assert icm((5, 5), ()) == (0, 0)


def test_alg_13_fewer_prizes_than_players() -> None:
    assert icm((60, 40), (100,)) == (60, 40)


PAIRS = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)), min_size=1, max_size=6
)


@laws
@given(PAIRS)
def test_alg_13_icm_is_the_sum_over_all_orders(pairs: list[tuple[int, int]]) -> None:
    stacks, prizes = [one for one, _ in pairs], sorted((p for _, p in pairs), reverse=True)
    assert list(icm(stacks, prizes)) == [worth // 1 for worth in by_definition(stacks, prizes)]


def test_alg_13_large_sums_stay_exact() -> None:
    stacks, prizes = [10**11 + n for n in range(5)], [2**53 // 5 - n for n in range(5)]
    assert list(icm(stacks, prizes)) == [worth // 1 for worth in by_definition(stacks, prizes)]


@pytest.mark.parametrize(("players", "seconds"), [(9, 0.02), (12, 0.2), (15, 2)])
def test_alg_13_icm_is_fast_enough(players: int, seconds: float) -> None:
    stacks = [1000 * n + 7 for n in range(1, players + 1)]
    best = min(_seconds(stacks) for _ in range(3))
    assert best < seconds


def _seconds(stacks: list[int]) -> float:
    started = time.process_time()
    icm(stacks, [10**6 // place for place in range(1, len(stacks) + 1)])
    return time.process_time() - started


# Chip chop, and what is left for the winner.

def test_alg_13_a_chip_chop_never_goes_below_the_next_prize() -> None:
    assert offer(DealKind.CHIP_CHOP, (9998, 1, 1), (50, 30, 20), 0).amounts == (60, 20, 20)
    assert offer(DealKind.CHIP_CHOP, STACKS, (50, 30, 20), 0).amounts == (40, 32, 28)


def test_alg_13_what_rounding_leaves_goes_to_the_chip_leader() -> None:
    assert split_by_chips(100, (1, 2, 1, 2)) == (16, 35, 16, 33)
    assert chip_leader((5, 7, 7)) == 1


def test_alg_13_a_part_may_be_left_for_the_winner() -> None:
    found = offer(DealKind.CHIP_CHOP, (60, 40), (700, 300), 1000)
    assert (found.amounts, found.for_winner) == ((480, 420), 100)
    assert sum(found.amounts) + found.for_winner == 1000


def test_alg_13_what_is_left_does_not_press_the_first_below_the_last() -> None:
    assert most_left_bp((700, 300)) == 4000 and most_left_bp((0, 0)) == 0
    with pytest.raises(AssertionError):
        offer(DealKind.ICM, (60, 40), (700, 300), 4001)


@laws
@given(
    st.sampled_from(list(DealKind)),
    st.lists(
        st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=2, max_size=8
    ),
    st.integers(0, 10_000),
)
def test_alg_13_a_deal_sums_to_the_prizes_and_keeps_the_next_one(
    kind: DealKind, pairs: list[tuple[int, int]], part: int
) -> None:
    stacks, prizes = [one for one, _ in pairs], sorted((p for _, p in pairs), reverse=True)
    found = offer(kind, stacks, prizes, most_left_bp(prizes) * part // 10_000)
    assert sum(found.amounts) + found.for_winner == sum(prizes)
    assert min(found.amounts) >= prizes[-1] and found.for_winner >= 0
    order = sorted(range(len(stacks)), key=lambda index: (stacks[index], -index))
    amounts = [found.amounts[index] for index in order]
    assert amounts == sorted(amounts)


@pytest.mark.parametrize(("remaining", "paid", "can"), [
    (3, 3, True), (4, 3, False), (1, 3, False), (2, 9, True), (16, 20, False), (15, 20, True),
])
def test_alg_13_a_deal_needs_all_in_the_money(remaining: int, paid: int, can: bool) -> None:
    assert can_deal(remaining=remaining, paid_places=paid) is can
    assert PLAYERS_MAX == 15


def test_alg_13_all_have_to_accept() -> None:
    talk = propose(DealKind.ICM, 12, ((11, 5000), (12, 3000), (13, 2000)), PRIZES, 0)
    assert talk.accepted == {12} and not talk.is_agreed
    once = answer(talk, 11, accepts=True)
    assert once is not None and not once.is_agreed
    agreed = answer(once, 13, accepts=True)
    assert agreed is not None and agreed.is_agreed
    assert dict(zip(agreed.players, agreed.offer.amounts))[12] == 327_500


def test_alg_13_one_no_ends_the_talk() -> None:
    talk = propose(DealKind.ICM, 12, ((11, 5000), (12, 3000), (13, 2000)), PRIZES, 0)
    assert answer(talk, 13, accepts=False) is None


# Cancelling.

def stakes(*chips: int, paid: int = 100, fees: int = 10) -> list[Stake]:
    """Return who is left, entries 1, 2, ..., each with what they paid."""
    return [Stake(entry, one, paid, fees) for entry, one in enumerate(chips, 1)]


def test_alg_14_with_nobody_out_everything_comes_back() -> None:
    found = cancel(stakes(10, 90), entries=2, total=200, prizes=(200,))
    assert found.stage is Stage.NOBODY_OUT
    assert found.pool == {1: 100, 2: 100} and found.fees == {1: 10, 2: 10}


def test_alg_14_a_rebuy_comes_back_too_while_nobody_is_out() -> None:
    left = [Stake(1, 10, 200, 20), Stake(2, 90, 100, 10)]
    found = cancel(left, entries=2, total=300, prizes=(300,))
    assert found.pool == {1: 200, 2: 100} and found.fees == {1: 20, 2: 10}


def test_alg_14_before_the_money_half_evenly_half_by_chips() -> None:
    found = cancel(stakes(500, 300, 200), entries=4, total=401, prizes=(260, 141))
    assert found.stage is Stage.NOT_IN_THE_MONEY
    # 200 evenly, 201 by chips; the odd units go to the chip leader.
    assert found.pool == {1: 66 + 101 + 2, 2: 66 + 60, 3: 66 + 40}
    assert found.fees == {1: 10, 2: 10, 3: 10}


def test_alg_14_in_the_money_the_smallest_prize_and_the_rest_by_chips() -> None:
    found = cancel(stakes(750, 250), entries=9, total=800, prizes=(500, 300, 200))
    assert found.stage is Stage.IN_THE_MONEY
    assert found.pool == {1: 300 + 150, 2: 300 + 50} and found.fees == {}


def test_alg_14_places_of_nothing_are_no_money() -> None:
    found = cancel(stakes(1, 1, 1), entries=4, total=400, prizes=(260, 140, 0, 0))
    assert found.stage is Stage.NOT_IN_THE_MONEY


@laws
@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=12), st.integers(1, 9),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=15),
)
def test_alg_14_what_is_paid_sums_to_the_pool(
    chips: list[int], out: int, prizes: list[int]
) -> None:
    prizes.sort(reverse=True)
    total = sum(prizes[:len(chips)]) if len(chips) <= len(prizes) else sum(prizes)
    found = cancel(stakes(*chips), entries=len(chips) + out, total=total, prizes=prizes)
    assert sum(found.pool.values()) == total and min(found.pool.values()) >= 0
    if found.stage is Stage.IN_THE_MONEY:
        assert min(found.pool.values()) >= prizes[len(chips) - 1]
