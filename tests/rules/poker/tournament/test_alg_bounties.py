"""Algorithm 12: bounties."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.pots import side_pots
from vphost.rules.poker.tournament.bounties import Paid, WonPot, collect, eliminators, pay_last

HEADS = {1: 100, 2: 100, 3: 100}


def pot(eligible: tuple[int, ...], *winners: int) -> WonPot:
    """Return a pot that some of the eligible won."""
    return WonPot(frozenset(eligible), winners)


def test_alg_12_the_pot_with_the_last_chips_decides() -> None:
    # 3 has the short stack and the best hand; 1 covers 2 and wins the side pot.
    pots = (pot((1, 2, 3), 3), pot((1, 2), 1))
    assert eliminators(2, pots) == (1,)


def test_alg_12_who_did_not_cover_gets_none() -> None:
    after, paid = collect(HEADS, [2], (pot((1, 2, 3), 3), pot((1, 2), 1)), progressive=False)
    assert paid == (Paid(2, 1, 100, 0),) and after == {1: 100, 3: 100}


def test_alg_12_winners_share_equally_odd_unit_by_position() -> None:
    after, paid = collect({1: 1, 2: 101, 3: 3}, [2], (pot((1, 2, 3), 3, 1),), progressive=False)
    assert paid == (Paid(2, 3, 51, 0), Paid(2, 1, 50, 0)) and after == {1: 1, 3: 3}


def test_alg_12_progressive_half_in_cash_half_on_the_head() -> None:
    after, paid = collect({1: 100, 2: 101}, [2], (pot((1, 2), 1),), progressive=True)
    assert paid == (Paid(2, 1, 51, 50),) and after == {1: 150}


def test_alg_12_several_losers_of_one_hand() -> None:
    pots = (pot((1, 2, 3), 1), pot((1, 2), 1))
    after, paid = collect(HEADS, [2, 3], pots, progressive=True)
    assert after == {1: 200} and sum(one.cash for one in paid) == 100


def test_alg_12_the_pots_are_those_of_the_hand() -> None:
    # 50, 120, 300 and 300 all in (case 45): the last chips of index 1 are in the first side pot.
    pots = [WonPot(frozenset(one.eligible), (3,)) for one in side_pots(
        (50, 120, 300, 300), (0, 0, 0, 0), (False,) * 4
    )]
    pots[0] = WonPot(pots[0].eligible, (0,))
    assert [eliminators(index, pots) for index in (1, 2)] == [(3,), (3,)]


def test_alg_12_an_ante_may_be_the_last_chips() -> None:
    # Index 0 had only a part of an ante for all, which is in the main pot.
    pots = [WonPot(frozenset(one.eligible), (1,)) for one in side_pots(
        (0, 100, 100), (30, 0, 0), (False,) * 3
    )]
    assert eliminators(0, pots) == (1,)


def test_alg_12_the_winner_takes_their_own() -> None:
    assert pay_last({4: 250}, [4]) == {4: 250}


def test_alg_12_a_head_that_nobody_won_goes_to_the_first() -> None:
    assert pay_last({4: 250, 5: 70, 6: 30}, [4, 5]) == {4: 280, 5: 70}


@pytest.mark.parametrize("progressive", [False, True])
@laws
@given(
    bounties=st.lists(st.integers(0, 999), min_size=2, max_size=9), dice=st.randoms(),
)
def test_alg_12_paid_equals_collected(
    progressive: bool, bounties: list[int], dice: Random
) -> None:
    heads = dict(enumerate(bounties))
    paid_out = 0
    while len(heads) > 1:
        losers = _some(dice, list(heads), len(heads) - 1)
        left = [entry for entry in heads if entry not in losers]
        winners = _some(dice, left, len(left))
        pots = (WonPot(frozenset(heads), tuple(winners)),)
        heads, paid = collect(heads, losers, pots, progressive=progressive)
        paid_out += sum(one.cash for one in paid)
        assert paid_out + sum(heads.values()) == sum(bounties)
        assert min(heads.values()) >= 0
    winner = next(iter(heads))
    assert paid_out + pay_last(heads, [winner])[winner] == sum(bounties)


def _some(dice: Random, items: list[int], most: int) -> list[int]:
    """Return 1 to `most` of the items by chance."""
    return dice.sample(items, dice.randint(1, most))
