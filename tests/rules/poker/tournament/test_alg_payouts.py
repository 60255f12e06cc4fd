"""Algorithms 11 and 17: the pool, prizes by structure, no-shows."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.tournament.no_shows import (
    Registered, Removal, can_take_out, chips_in_play, without_no_shows,
)
from vphost.rules.poker.tournament.payouts import (
    PLACES_MAX, WHOLE_BP, Fixed, Payout, Percent, PointsOnly, Standard, Tickets, percent_problems,
    standard_places, standard_table,
)
from vphost.rules.poker.tournament.prizes import (
    Pool, Prizes, geometric, make_pool, next_pay_jump, reckon_prizes,
)
from vphost.rules.poker.tournament.problems import Problem

HALF_THIRD_FIFTH = Percent((5000, 3000, 2000))
STANDARD = Standard(buy_in=1000, step=100)


# Per cent tables.

@pytest.mark.parametrize(("total", "amounts"), [
    (1000, (500, 300, 200)), (1001, (501, 300, 200)), (999, (501, 299, 199)), (1, (1, 0, 0)),
    (0, (0, 0, 0)),
])
def test_alg_11_each_place_is_rounded_down_the_rest_to_the_first(
    total: int, amounts: tuple[int, ...]
) -> None:
    assert reckon_prizes(HALF_THIRD_FIFTH, total, 9) == Prizes(amounts)


def test_alg_11_zero_places_are_allowed_and_not_paid() -> None:
    found = reckon_prizes(Percent((5000, 3000, 2000, 0, 0)), 1000, 9)
    assert found.amounts == (500, 300, 200, 0, 0) and found.paid_places == 3


def test_alg_11_fewer_entries_than_places_rescale() -> None:
    assert reckon_prizes(HALF_THIRD_FIFTH, 1000, 2).amounts == (625, 375)
    assert reckon_prizes(HALF_THIRD_FIFTH, 1000, 1).amounts == (1000,)
    assert reckon_prizes(Percent((0, 0, 10_000)), 1000, 2).amounts == (1000, 0)


@pytest.mark.parametrize(("entries", "per_cent"), [
    ((1, 2, 4), (100,)),
    ((5, 8), (65, 35)),
    ((9, 15), (50, 30, 20)),
    ((16, 24), (42, 26, 18, 14)),
    ((25, 60), (37, 22, 15, 11, 8, 7)),
    ((61, 70), (30, 20, 12, 10, 8, 6.5, 5.5, 4.5, 3.5)),
    ((71, 90), (29, 18.5, 12, 10, 8, 6.5, 5.5, 4.5, 3.5, 2.5)),
    ((91, 130), (28, 17, 10.5, 8.25, 7.1, 6, 5, 4.1, 2.8, 2.25, 1.6, 1.6, 1.6, 1.4, 1.4, 1.4)),
])
def test_alg_11_the_tables_by_entries(
    entries: tuple[int, ...], per_cent: tuple[float, ...]
) -> None:
    for count in entries:
        table = standard_table(count)
        assert table is not None and sum(table.shares_bp) == WHOLE_BP
        assert table.shares_bp == tuple(round(share * 100) for share in per_cent)
    expected = tuple(round(share * 100) for share in per_cent)
    assert reckon_prizes(STANDARD, 10_000, entries[-1]).amounts == expected[:entries[-1]]


@pytest.mark.parametrize(("entries", "places"), [
    (131, 19), (140, 21), (200, 30), (201, 20), (1000, 100),
])
def test_alg_11_above_the_tables_15_or_10_per_cent_are_paid(entries: int, places: int) -> None:
    assert standard_table(entries) is None and standard_places(entries) == places
    found = reckon_prizes(STANDARD, entries * 1000, entries)
    assert found.paid_places == places == len(found.amounts)
    assert found.amounts[-1] == 1500


def test_alg_11_the_row_is_geometric_between_first_and_last() -> None:
    # 1 + 2 + 4 + 8 times the smallest.
    amounts = geometric(1500, 4, 100, 1)
    assert sum(amounts) == 1500 and amounts[-1] == 100
    assert amounts[2] in (199, 200) and amounts[1] in (399, 400)


def test_alg_11_amounts_are_rounded_down_to_a_step() -> None:
    amounts = reckon_prizes(STANDARD, 131_055, 131).amounts
    assert sum(amounts) == 131_055
    assert all(amount % 100 == 0 for amount in amounts[1:])


def test_alg_11_a_small_pool_pays_fewer_places() -> None:
    assert reckon_prizes(STANDARD, 3000, 1000).amounts == (1500, 1500)
    assert reckon_prizes(STANDARD, 1400, 1000).amounts == (1400,)
    assert reckon_prizes(Standard(0, 1), 0, 1000).amounts == (0,)


def test_alg_11_a_free_event_reckons_from_its_guarantee() -> None:
    found = reckon_prizes(Standard(0, 1), 200_000, 200)
    assert found.total == 200_000 and found.amounts[-1] == 1500


# Fixed amounts, tickets, none.

def test_alg_11_fixed_amounts_more_goes_to_the_first() -> None:
    assert reckon_prizes(Fixed((500, 300)), 900, 9).amounts == (600, 300)
    assert reckon_prizes(Fixed((500, 300)), 800, 1).amounts == (800,)


def test_alg_11_equal_tickets_and_cash_for_the_next() -> None:
    found = reckon_prizes(Tickets(value=300), 1000, 9)
    assert found == Prizes((0, 0, 0, 100), 3, 300)
    assert (found.total, found.paid_places) == (1000, 4)
    assert reckon_prizes(Tickets(value=300), 900, 9) == Prizes((), 3, 300)


def test_alg_11_no_more_tickets_than_entries() -> None:
    assert reckon_prizes(Tickets(value=300), 1000, 2) == Prizes((400,), 2, 300)


def test_alg_11_points_only_pays_nothing() -> None:
    found = reckon_prizes(PointsOnly(), 0, 9)
    assert (found.amounts, found.total, found.paid_places) == ((), 0, 0)
    with pytest.raises(AssertionError):
        reckon_prizes(PointsOnly(), 1, 9)


# The pool.

@pytest.mark.parametrize(("payout", "guarantee", "entries", "pool"), [
    (HALF_THIRD_FIFTH, 0, 9, Pool(900, 0)), (HALF_THIRD_FIFTH, 900, 9, Pool(900, 0)),
    (HALF_THIRD_FIFTH, 1500, 9, Pool(900, 600)), (Fixed((800, 300)), 0, 9, Pool(900, 200)),
    (Fixed((800, 300)), 1200, 9, Pool(900, 300)), (Fixed((800, 300, 5)), 0, 2, Pool(900, 200)),
    (Tickets(300, guaranteed=4), 0, 9, Pool(900, 300)),
    (Tickets(300, guaranteed=4), 0, 2, Pool(900, 0)),
])
def test_alg_11_the_house_tops_up_what_is_promised(
    payout: Payout, guarantee: int, entries: int, pool: Pool
) -> None:
    assert pool == make_pool(
        payout, paid_in=1000, bounties=100, guarantee=guarantee, entries=entries
    )


@pytest.mark.parametrize(("remaining", "jump"), [
    (12, (5, 20)), (6, (5, 20)), (5, (4, 30)), (4, (2, 40)), (3, (2, 40)), (2, (1, 70)), (1, None),
])
def test_alg_11_the_next_pay_jump(remaining: int, jump: tuple[int, int] | None) -> None:
    assert next_pay_jump((70, 40, 30, 30, 20), remaining) == jump


def test_alg_11_no_jump_where_nothing_is_paid() -> None:
    assert next_pay_jump((), 9) is None and next_pay_jump((0, 0), 9) is None


PAYOUTS = st.one_of(
    st.lists(st.integers(0, 5000), min_size=1, max_size=20).map(lambda s: Percent(tuple(s))),
    st.builds(Standard, st.integers(0, 5000), st.integers(1, 500)),
    st.lists(st.integers(0, 5000), min_size=1, max_size=20).map(
        lambda amounts: Fixed(tuple(sorted(amounts, reverse=True)))
    ),
    st.builds(Tickets, st.integers(1, 5000), st.integers(0, 5)),
)


@laws
@given(PAYOUTS, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 1500))
def test_alg_11_prizes_sum_to_the_pool_to_the_unit(
    payout: Payout, paid_in: int, guarantee: int, entries: int
) -> None:
    pool = make_pool(payout, paid_in=paid_in, bounties=0, guarantee=guarantee, entries=entries)
    assert pool.total >= max(paid_in, guarantee) and pool.overlay >= 0
    found = reckon_prizes(payout, pool.total, entries)
    assert found.total == pool.total and min(found.amounts, default=0) >= 0
    assert found.paid_places <= entries


@laws
@given(st.integers(1, 10**6), st.integers(1, 150), st.integers(1, 10**5), st.integers(1, 1000))
def test_alg_11_no_better_place_is_paid_less(
    more: int, places: int, smallest: int, step: int
) -> None:
    amounts = geometric(places * smallest + more, places, smallest, step)
    assert list(amounts) == sorted(amounts, reverse=True) and len(amounts) == places
    assert sum(amounts) == places * smallest + more and amounts[-1] >= smallest


# What somebody entered.

@pytest.mark.parametrize(("table", "problem"), [
    ({1: 5000, 2: 5000}, None),
    ({1: 10_000, 2: 0}, None),
    ({place: 100 for place in range(1, 101)}, None),
    ({1: 5000, 2: 5001}, Problem("payout_table", "sum_not_100")),
    ({1: 5000, 2: 4999}, Problem("payout_table", "sum_not_100")),
    ({}, Problem("payout_table", "places_missing")),
    ({1: 5000, 3: 5000}, Problem("payout_table", "places_missing")),
    ({0: 5000, 1: 5000}, Problem("payout_table", "places_missing")),
    ({1: 10_100, 2: -100}, Problem("payout_table.1", "out_of_range")),
    ({1: -1, 2: 10_001}, Problem("payout_table.1", "out_of_range")),
    ({place: 0 for place in range(1, PLACES_MAX + 2)}, Problem("payout_table", "too_many_places")),
])
def test_alg_11_a_payout_table_is_refused_by_field(
    table: dict[int, int], problem: Problem | None
) -> None:
    found = percent_problems(table, "payout_table")
    assert (found[0] if found else None) == problem


# No-shows.

def test_alg_17_payouts_are_reckoned_without_no_shows() -> None:
    entries = [Registered(number, 100, 20) for number in range(16)]
    left = without_no_shows(entries, [Removal(3, 1450)])
    assert len(left) == 15 and 3 not in {entry.entry for entry in left}
    pool = make_pool(
        STANDARD, paid_in=sum(one.paid for one in left), bounties=sum(one.bounty for one in left),
        guarantee=0, entries=len(left),
    )
    # Three places as for 15 entries, not four as for 16.
    assert reckon_prizes(STANDARD, pool.total, len(left)).amounts == (600, 360, 240)


def test_alg_17_chips_leave_play_but_posted_ones_stay() -> None:
    assert chips_in_play(16, 1500, 3000, [Removal(3, 1450)]) == 16 * 1500 + 3000 - 1450


@pytest.mark.parametrize(("has_acted", "remaining", "can"), [
    (False, 9, True), (True, 9, False), (False, 3, False), (False, 4, True),
])
def test_alg_17_only_who_never_acted_and_before_payouts(
    has_acted: bool, remaining: int, can: bool
) -> None:
    assert can_take_out(has_acted=has_acted, remaining=remaining, paid_places=3) is can
