"""Where the last minor unit goes: cases 30 to 33 and 35, and the published tote dividends."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plugins.pools.rules.betting_types import Bet, Outcome, PoolRules
from plugins.pools.rules.net_price import PricedPlace, net_prices
from plugins.pools.rules.settlement import apportioned, paid_price, settle
from tests.plugins.pools.slips import DIME, PENNY, cents, ended, equal, track

NEUTRAL = PoolRules()


def pool_of(pot: int, *stakes: int) -> list[Bet]:
    """Return winning bets of users 1, 2, ..., and one losing bet that makes up the pot."""
    bets = [Bet(str(user), user, "a", stake, 1) for user, stake in enumerate(stakes, 1)]
    return [*bets, Bet("lost", 99, "b", pot - sum(stakes), 1)]


def test_case_30_three_equal_winners() -> None:
    assert ended(pool_of(100, 1, 1, 1), "a", NEUTRAL).payouts == {1: 34, 2: 33, 3: 33}


def test_case_31_largest_remainder() -> None:
    assert ended(pool_of(100, 1, 2, 4), "a", NEUTRAL).payouts == {1: 14, 2: 29, 3: 57}


def test_case_32_a_users_bets_count_as_one() -> None:
    bets = [Bet("0", 1, "a", 1, 1), *pool_of(199, 1, 1)]
    assert ended(bets, "a", NEUTRAL).payouts == {1: 133, 2: 67}


def test_equal_remainders_go_to_the_larger_stake_then_to_the_lower_user() -> None:
    assert apportioned(3, {1: 1, 2: 1, 3: 2}, {1: 1, 2: 1, 3: 2}) == {1: 1, 2: 1, 3: 1}
    assert apportioned(10, {1: 1, 2: 3}, {1: 1, 2: 3}) == {1: 2, 2: 8}
    assert apportioned(1, {7: 5, 3: 5}, {7: 5, 3: 5}) == {3: 1, 7: 0}


WIN = {1: 3, 2: 4, 3: 5, 4: 5}, {1: 16, 2: 8, 3: 22, 4: 57}, {1: 42, 2: 98, 3: 63, 4: 15}
PLACE = {1: 31, 2: 89, 3: 28, 4: 72}, {1: 40, 2: 16, 3: 82, 4: 52}, {1: 18, 2: 74, 3: 39, 4: 105}
EXACTA = (
    {12: 13, 23: 98, 13: 82, 32: 27}, {12: 5, 23: 61, 13: 28, 32: 25},
    {12: 81, 23: 47, 13: 93, 32: 51},
)


def placed(rounds: tuple[Mapping[int, int], ...]) -> list[Bet]:
    """Return the published bets, one bettor for each."""
    every = [one for bets in rounds for one in bets.items()]
    return [
        Bet(str(user), user, str(target), cents(amount), 1)
        for user, (target, amount) in enumerate(every, 1)
    ]


def paid_on(bets: list[Bet], target: int, payouts: Mapping[int, int]) -> int:
    """Return what the backers of a target got together."""
    return sum(payouts[bet.user] for bet in bets if bet.target == str(target))


@pytest.mark.parametrize("rounds, winner, takeout_bp, price, stakes", [
    (WIN, 2, 1_500, 261, 110), (EXACTA, 23, 1_800, 243, 206),
], ids=["win", "exacta"])
def test_the_published_dividends_of_one_winner(
    rounds: tuple[Mapping[int, int], ...], winner: int, takeout_bp: int, price: int, stakes: int
) -> None:
    bets = placed(rounds)
    settled = ended(bets, str(winner), track(takeout_bp, PENNY))
    assert paid_on(bets, winner, settled.payouts) == price * stakes


def test_case_33_place_dividends_are_rounded_down() -> None:
    """Rounded to the nearest cent (1.06, 1.27, 2.13) they would pay 568.54 out of 568.48."""
    bets = placed(PLACE)
    settled = ended(bets, "2 3 1", equal(1_200, PENNY))
    assert paid_on(bets, 2, settled.payouts) == 179 * 105
    assert paid_on(bets, 3, settled.payouts) == 149 * 127
    assert paid_on(bets, 1, settled.payouts) == 89 * 212
    net = sum(settled.payouts.values()) + settled.breakage
    assert net == cents("568.48") and settled.minus == 0
    assert 179 * 106 + 149 * 127 + 89 * 213 > net


def test_a_price_step_costs_the_backers_no_further_fraction() -> None:
    """Ten backers of one unit each at 1.40 get 14 together, not ten times 1."""
    bets = [Bet(str(user), user, "a", 1, 1) for user in range(10)]
    settled = ended([*bets, Bet("lost", 99, "b", 4, 1)], "a", PoolRules(0, DIME))
    assert sum(settled.payouts.values()) == 14
    assert settled.payouts[0] == 2 and settled.payouts[9] == 1


def test_the_takeout_is_rounded_down() -> None:
    assert ended(pool_of(101, 50), "a", PoolRules(150)).takeout == 1


def test_case_35_two_takeouts() -> None:
    both = [
        PricedPlace(cents(200), cents(100), 1_700), PricedPlace(cents(200), cents(50), 2_000),
    ]
    priced = net_prices(both, DIME)
    assert priced.prices == (21_000, 21_000)
    assert priced.paid == (cents(210), cents(105))
    assert (priced.takeout, priced.breakage) == (cents(74), cents(11))
    assert net_prices(both, 1).prices == (21_998, 21_203)


def test_one_place_alone_is_a_common_pool() -> None:
    alone = net_prices([PricedPlace(cents(1_000), cents(600), 1_500)], DIME)
    assert alone.prices == (paid_price(850, 600, track(1_500)),)
    settled = settle(
        [Bet("1", 1, "a", cents(600), 1), Bet("2", 2, "b", cents(400), 1)], Outcome(("a",)),
        PoolRules(1_500, DIME),
    )
    assert (alone.paid[0], alone.breakage) == (settled.payouts[1], settled.breakage)
