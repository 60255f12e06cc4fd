"""The settlement cases 1 to 24, 34 and 36 as values: bets, result and rules in, money out.

Each test names its case of the settlement rules. Amounts are in units of two decimals.
"""

from __future__ import annotations

import pytest

from plugins.pools.rules.betting_types import Bet, Outcome, PoolRules
from plugins.pools.rules.settlement import paid_price, settle
from tests.plugins.pools.slips import (
    DIME, NICKEL, PENNY, assert_exact, backers, cents, ended, equal, prices, track,
)

THREE = {"a": 600, "b": 300, "c": 100}
NEUTRAL = PoolRules()


@pytest.mark.parametrize(
    "winner, price, paid, breakage, penny_price, penny_paid, penny_breakage", [
        ("a", "1.4000", 840, 10, "1.4100", 846, 4),
        ("b", "2.8000", 840, 10, "2.8300", 849, 1),
        ("c", "8.5000", 850, 0, "8.5000", 850, 0),
    ], ids=["1", "2", "3"],
)
def test_cases_1_to_3_plain_win(
    winner: str, price: str, paid: int, breakage: int,
    penny_price: str, penny_paid: int, penny_breakage: int,
) -> None:
    bets = backers(**THREE)
    dime = ended(bets, winner, track(1_500))
    assert prices(bets, dime) == {winner: price}
    assert (sum(dime.payouts.values()), dime.breakage) == (cents(paid), cents(breakage))
    assert (dime.takeout, dime.minus) == (cents(150), 0)
    penny = ended(bets, winner, track(1_500, PENNY))
    assert prices(bets, penny) == {winner: penny_price}
    assert (sum(penny.payouts.values()), penny.breakage) == (
        cents(penny_paid), cents(penny_breakage)
    )


@pytest.mark.parametrize("minimum, paid, minus", [(10_500, 1_008, 158), (11_000, 1_056, 206)])
def test_case_4_minus_pool(minimum: int, paid: int, minus: int) -> None:
    settled = ended(backers(a=960, b=40), "a", track(1_500, minimum=minimum))
    assert settled.payouts == {1: cents(paid)}
    assert (settled.minus, settled.breakage, settled.takeout) == (cents(minus), 0, cents(150))


def uk(takeout_bp: int = 1_925) -> PoolRules:
    """Return the bands of the UK tote: at least 1.10, but 1.02 where 0.90 or less is left."""
    return PoolRules(takeout_bp, DIME, 11_000, low_price_at=9_000, low_price=10_200)


def test_case_5_uk_band() -> None:
    settled = ended(backers(a=850, b=150), "a", uk())
    assert settled.payouts == {1: cents(935)}
    assert settled.minus == cents("127.50")


def test_case_6_uk_low_band() -> None:
    bets = backers(a=960, b=40)
    settled = ended(bets, "a", uk(1_500))
    assert prices(bets, settled) == {"a": "1.0200"}


@pytest.mark.parametrize("share, price", [
    (90, 10_200), (91, 11_000), (109, 11_000), (110, 11_000), (119, 11_000), (120, 12_000),
])
def test_the_uk_bands_at_their_bounds(share: int, price: int) -> None:
    assert paid_price(share, 100, uk()) == price


def test_case_7_everyone_on_the_winner() -> None:
    settled = ended(backers(a=1_000), "a", track(1_500))
    assert settled.payouts == {1: cents(1_000)}
    assert settled.is_money_return
    assert (settled.takeout, settled.minus, settled.winners) == (0, 0, {})


def test_case_7_what_a_tote_would_pay() -> None:
    assert paid_price(850, 1_000, track(1_500)) == 10_500


def test_case_8_nobody_on_the_winner() -> None:
    settled = ended(backers(a=600, b=400), "c", track(1_500))
    assert settled.payouts == {1: cents(600), 2: cents(400)}
    assert settled.is_money_return and settled.takeout == 0
    assert (settled.winners, settled.losers) == ({}, {})


def test_case_9_an_empty_pool() -> None:
    settled = ended([], "a", track(1_500))
    assert (settled.payouts, settled.winners, settled.losers) == ({}, {}, {})
    assert not settled.is_money_return


def test_case_10_one_bettor_on_both_sides() -> None:
    bets = [Bet("1", 1, "a", 1_000, 1), Bet("2", 1, "b", 1_000, 1)]
    settled = ended(bets, "a", NEUTRAL)
    assert settled.payouts == {1: 2_000}
    assert (settled.winners, settled.losers, settled.is_money_return) == ({}, {}, False)


def test_case_11_dead_heat_by_profit_split() -> None:
    bets = backers(a=400, b=200, c=400)
    settled = ended(bets, "a b", track(2_000))
    assert prices(bets, settled) == {"a": "1.2000", "b": "1.5000"}
    assert (sum(settled.payouts.values()), settled.breakage) == (cents(780), cents(20))


def test_case_12_dead_heat_by_equal_split() -> None:
    bets = backers(a=400, b=200, c=400)
    settled = ended(bets, "a b", equal(2_000))
    assert prices(bets, settled) == {"a": "1.0000", "b": "2.0000"}
    assert (sum(settled.payouts.values()), settled.breakage) == (cents(800), 0)


def test_case_13_the_published_dead_heat() -> None:
    """Happy Valley, 7 March 2007: paid 16.50 and 35.50 for 10."""
    bets = backers(a=4_858_000, b=1_250_000, c=6_392_000)
    paid = ended(bets, "a b", track(0, NICKEL))
    assert prices(bets, paid) == {"a": "1.6500", "b": "3.5500"}
    elsewhere = ended(bets, "a b", equal(0, NICKEL))
    assert prices(bets, elsewhere) == {"a": "1.2500", "b": "5.0000"}


@pytest.mark.parametrize("rules", [track(2_000), equal(2_000)], ids=["profit", "equal"])
def test_case_14_dead_heat_with_one_unbacked(rules: PoolRules) -> None:
    bets = backers(a=400, b=0, c=600)
    assert prices(bets, ended(bets, "a b", rules)) == {"a": "2.0000"}


def test_case_15_dead_heat_of_three() -> None:
    bets = backers(a=100, b=200, c=300, d=400)
    settled = ended(bets, "a b c", track(1_000))
    assert prices(bets, settled) == {"a": "2.0000", "b": "1.5000", "c": "1.3000"}
    assert (sum(settled.payouts.values()), settled.breakage) == (cents(890), cents(10))
    halved = ended(bets, "a b c", equal(1_000))
    assert prices(bets, halved) == {"a": "3.0000", "b": "1.5000", "c": "1.0000"}


def test_case_16_dead_heat_with_an_odds_on() -> None:
    bets = backers(a=900, b=50, c=50)
    settled = ended(bets, "a b", track(1_500))
    assert prices(bets, settled) == {"a": "1.0500", "b": "1.0500"}
    assert sum(settled.payouts.values()) == cents("997.50")
    assert settled.minus == cents("147.50")
    halved = ended(bets, "a b", equal(1_500, breakage=0))
    assert prices(bets, halved) == {"a": "0.4722", "b": "8.5000"}


def test_a_dead_heat_without_a_profit_pays_one_price() -> None:
    """Where no minimum helps, the small target owes nothing of the loss of the large one."""
    settled = ended(backers(a=900, b=10, c=90), "a b", PoolRules(1_500))
    assert settled.payouts == {1: 84_066, 2: 934}


@pytest.mark.parametrize("takeout_bp", [0, 1_000])
def test_case_17_all_outcomes_win(takeout_bp: int) -> None:
    settled = ended(backers(a=500, b=500), "a b", track(takeout_bp))
    assert settled.payouts == {1: cents(500), 2: cents(500)}
    assert settled.is_money_return and settled.takeout == settled.minus == 0


def test_case_18_a_scratch_before_the_start() -> None:
    bets = backers(a=300, b=300, c=400)
    settled = settle(bets, Outcome(("a",), scratched=("c",)), track(1_500))
    assert_exact(bets, settled)
    assert settled.payouts == {1: cents(510), 3: cents(400)}
    assert settled.refunds == {3: cents(400)}
    assert (settled.takeout, settled.breakage) == (cents(90), 0)
    assert settled.winners == {1: cents(210)} and settled.losers == {2: cents(300)}


def test_case_19_a_scratch_leaves_one() -> None:
    bets = backers(a=300, b=300)
    settled = settle(bets, Outcome(("a",), scratched=("b",)), track(1_500))
    assert settled.payouts == {1: cents(300), 2: cents(300)}
    assert settled.is_money_return and settled.takeout == 0


def test_case_20_void() -> None:
    bets = [*backers(a="33.33", b="0.01"), Bet("late", 1, "b", 7, 10**6)]
    settled = settle(bets, Outcome((), 5_000, is_void=True), track(1_500))
    assert settled.payouts == {1: 3_340, 2: 1}
    assert settled.is_money_return and settled.invalidated_bettors == ()


LATE = [
    Bet("1", 1, "a", 1_000, 1), Bet("2", 2, "b", 700, 2), Bet("3", 3, "b", 300, 3),
    Bet("4", 4, "a", 10_000, 9),
]


def test_case_21_a_late_bet() -> None:
    settled = settle(LATE, Outcome(("a",), 5), NEUTRAL)
    assert_exact(LATE, settled)
    assert settled.winners == {1: 1_000} and settled.losers == {2: 700, 3: 300}
    assert settled.invalidated_bettors == (4,)
    assert settled.refunds == {4: 10_000} and settled.payouts == {1: 2_000, 4: 10_000}
    unruled = settle(LATE, Outcome(("a",)), NEUTRAL)
    assert unruled.payouts[1] == 1_091


def test_case_22_placed_when_it_happened() -> None:
    happened_at = {at: settle(LATE, Outcome(("a",), at), NEUTRAL) for at in (9, 10)}
    assert happened_at[9].invalidated_bettors == (4,)
    assert happened_at[10].invalidated_bettors == ()


def test_case_23_late_bets_empty_one_side() -> None:
    bets = [Bet("1", 1, "a", 1_000, 1), Bet("2", 2, "b", 700, 5)]
    settled = settle(bets, Outcome(("a",), 5), track(1_500))
    assert settled.payouts == {1: 1_000, 2: 700}
    assert settled.is_money_return and settled.takeout == 0
    assert settled.invalidated_bettors == (2,)


def test_case_24_a_refund_comes_out_of_the_pool() -> None:
    settled = settle(LATE, Outcome(("a",), 5), NEUTRAL)
    assert all(amount > 0 for amount in settled.payouts.values())
    assert sum(settled.payouts.values()) == sum(bet.amount_minor for bet in LATE)


def test_a_bettor_both_in_time_and_late_keeps_what_counted() -> None:
    bets = [*LATE, Bet("5", 1, "a", 50, 9), Bet("6", 2, "a", 60, 9)]
    settled = settle(bets, Outcome(("a",), 5), NEUTRAL)
    assert settled.payouts == {1: 2_050, 2: 60, 4: 10_000}
    assert settled.winners == {1: 1_000} and settled.losers == {2: 700, 3: 300}
    assert settled.invalidated_bettors == (1, 2, 4)


def test_case_34_huge_stakes() -> None:
    bets = [Bet("1", 1, "a", 9_007_199_254_740_993, 1), Bet("2", 2, "b", 2, 1)]
    assert settle(bets, Outcome(("a",)), NEUTRAL).payouts == {1: 9_007_199_254_740_995}
    more = [*bets, Bet("3", 3, "a", 3 * 9_007_199_254_740_993, 1)]
    assert settle(more, Outcome(("a",)), NEUTRAL).payouts == {
        1: 9_007_199_254_740_993, 3: 27_021_597_764_222_981,
    }


def test_case_36_place_pool() -> None:
    bets = backers(a=500, b=200, c=300)
    settled = ended(bets, "a b", track(1_700))
    assert prices(bets, settled) == {"a": "1.1000", "b": "1.3000"}
    assert (sum(settled.payouts.values()), settled.breakage) == (cents(810), cents(20))
