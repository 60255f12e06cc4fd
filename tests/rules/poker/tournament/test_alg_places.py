"""Algorithms 9 and 10: places, shared prizes, hand for hand."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.tournament.hand_for_hand import (
    HAND_MS, Barrier, announce, is_due, is_due_at_pay_jump, leave_out, next_round,
    report_betting_over, report_hand,
)
from vphost.rules.poker.tournament.places import (
    Across, Finisher, Placed, final_places, rank, share_prizes,
)


def bust(entry: int, chips: int, position: int = 1, table: int = 1) -> Finisher:
    """Return somebody who went out with so many chips at the hand's start."""
    return Finisher(entry, table, chips, position)


# Places of one hand at one table.

@pytest.mark.parametrize("across", list(Across))
def test_alg_09_the_larger_stack_finishes_higher(across: Across) -> None:
    assert rank([bust(7, 500), bust(8, 900)], 4, across) == (Placed(5, (8,)), Placed(6, (7,)))


@pytest.mark.parametrize("across", list(Across))
def test_alg_09_equal_stacks_tie_left_of_the_button_first(across: Across) -> None:
    placed = rank([bust(7, 500, 4), bust(8, 500, 2), bust(9, 100, 1)], 4, across)
    assert placed == (Placed(5, (8, 7)), Placed(7, (9,)))


def test_alg_09_a_shared_place_shares_the_sum_of_its_prizes() -> None:
    # (P5 + P6) / 2 with an odd unit, which goes left of the button (case 60).
    placed = (Placed(5, (8, 7)),)
    assert share_prizes(placed, (900, 700, 500, 300, 200, 101)) == {8: 151, 7: 150}


def test_alg_09_on_the_bubble_a_tie_shares_the_last_prize() -> None:
    assert share_prizes((Placed(3, (1, 2, 3)),), (50, 30, 20)) == {1: 7, 2: 7, 3: 6}
    assert share_prizes((Placed(4, (1,)),), (50, 30, 20)) == {}


def test_alg_09_an_early_end_ranks_by_chips() -> None:
    ends = [bust(1, 40, 1), bust(2, 60, 2), bust(3, 40, 3)]
    assert rank(ends, 0, Across.LARGER_STACK) == (Placed(1, (2,)), Placed(2, (1, 3)))


def test_alg_09_nobody_out_changes_nothing() -> None:
    assert rank([], 5, Across.TIE) == ()


# Places of one hand at several tables.

def test_alg_10_busts_at_different_tables_share_the_place() -> None:
    placed = rank([bust(7, 100, 2, table=1), bust(8, 900, 3, table=2)], 9, Across.TIE)
    assert placed == (Placed(10, (7, 8)),)


def test_alg_10_setting_larger_start_stack_first() -> None:
    placed = rank([bust(7, 100, 1, table=1), bust(8, 900, 1, table=2)], 9, Across.LARGER_STACK)
    assert placed == (Placed(10, (8,)), Placed(11, (7,)))


def test_alg_10_the_same_table_is_still_ranked_by_stack() -> None:
    placed = rank(
        [bust(1, 300, 1, table=1), bust(2, 500, 2, table=1), bust(3, 400, 3, table=2)], 7,
        Across.TIE,
    )
    assert placed == (Placed(8, (2, 3)), Placed(10, (1,)))


BUSTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 9)), max_size=12
).map(lambda drawn: [bust(n, chips, at, table) for n, (table, chips, at) in enumerate(drawn)])


@laws
@given(BUSTS, st.integers(0, 20), st.sampled_from(list(Across)))
def test_alg_09_places_are_a_permutation(
    busts: list[Finisher], remaining: int, across: Across
) -> None:
    placed = rank(busts, remaining, across)
    assert sorted(entry for one in placed for entry in one.entries) == list(range(len(busts)))
    firsts = [one.first for one in placed]
    expected = remaining + 1
    for first, one in zip(firsts, placed):
        assert first == expected and one.last == first + len(one.entries) - 1
        expected = one.last + 1
    assert expected == remaining + len(busts) + 1
    assert placed == rank(busts[::-1], remaining, across)


@laws
@given(BUSTS, st.sampled_from(list(Across)))
def test_alg_09_who_had_more_at_one_table_is_higher(
    busts: list[Finisher], across: Across
) -> None:
    place = {entry: one.first for one in rank(busts, 0, across) for entry in one.entries}
    for one in busts:
        for other in busts:
            if one.table == other.table:
                assert (one.chips > other.chips) == (place[one.entry] < place[other.entry])


@laws
@given(BUSTS, st.lists(st.integers(0, 1000), max_size=15))
def test_alg_09_shared_prizes_sum_to_the_unit(busts: list[Finisher], prizes: list[int]) -> None:
    prizes.sort(reverse=True)
    placed = rank(busts, 0, Across.TIE)
    paid = share_prizes(placed, prizes)
    assert sum(paid.values()) == sum(prizes[:len(busts)])
    for one in placed:
        shares = [paid.get(entry, 0) for entry in one.entries]
        assert max(shares) - min(shares) <= 1 and shares == sorted(shares, reverse=True)


# Places with late entries and re-entries.

def test_alg_07_late_entries_push_earlier_places_down() -> None:
    hands = [rank([bust(1, 10)], 3, Across.TIE), rank([bust(2, 10), bust(3, 20)], 3, Across.TIE)]
    assert final_places(hands, 3, ()) == (Placed(4, (3,)), Placed(5, (2,)), Placed(6, (1,)))


def test_alg_07_a_replaced_entry_keeps_its_place_in_the_log_only() -> None:
    hands = [rank([bust(1, 10), bust(2, 10, 2)], 4, Across.TIE), rank([bust(3, 5)], 4, Across.TIE)]
    assert final_places(hands, 4, {1}) == (Placed(5, (3,)), Placed(6, (2,)))


# Hand for hand.

@pytest.mark.parametrize(("remaining", "tables", "due"), [
    (10, 2, True), (11, 2, False), (9, 2, False), (10, 1, False), (10, 5, True),
])
def test_alg_10_hand_for_hand_at_one_too_many(remaining: int, tables: int, due: bool) -> None:
    assert is_due(remaining=remaining, paid_places=9, tables=tables) is due


@pytest.mark.parametrize(("remaining", "due"), [
    (5, True), (4, True), (3, False), (2, True), (1, False), (6, False),
])
def test_alg_10_setting_before_pay_jumps(remaining: int, due: bool) -> None:
    prizes = (50, 30, 30, 20)
    assert is_due_at_pay_jump(remaining=remaining, prizes=prizes, tables=2) is due
    assert not is_due_at_pay_jump(remaining=remaining, prizes=prizes, tables=1)


def test_alg_10_the_running_hand_counts_and_all_are_waited_for() -> None:
    barrier = announce({1: 17, 2: 20, 3: 4})
    barrier = report_hand(barrier, 2, 20, (bust(5, 70, table=2),))
    assert not barrier.is_complete and barrier.waits_for == (1, 3)
    barrier = report_hand(barrier, 3, 4, ())
    barrier = report_hand(barrier, 1, 17, (bust(6, 90, table=1),))
    assert barrier.is_complete and barrier.waits_for == ()
    assert [one.entry for one in barrier.busts] == [6, 5]
    assert rank(barrier.busts, 8, Across.TIE) == (Placed(9, (6, 5)),)


def test_alg_10_a_report_that_comes_twice_or_late_changes_nothing() -> None:
    barrier = report_hand(announce({1: 17, 2: 20}), 1, 17, (bust(6, 90),))
    assert report_hand(barrier, 1, 17, ()) == barrier
    assert report_hand(barrier, 2, 19, (bust(5, 1),)) == barrier
    assert report_hand(barrier, 4, 1, (bust(5, 1),)) == barrier
    assert report_betting_over(barrier, 2, 19) == barrier


def test_alg_10_the_next_round_waits_for_the_next_hands() -> None:
    barrier = announce({1: 17, 2: 20})
    with pytest.raises(AssertionError):
        next_round(barrier, {1: 18, 2: 21})
    for table, hand in barrier.hands.items():
        barrier = report_hand(barrier, table, hand, ())
    again = next_round(barrier, {1: 18, 2: 21})
    assert again == Barrier(2, {1: 18, 2: 21})
    assert report_hand(again, 1, 17, (bust(6, 90),)) == again


def test_alg_10_all_ins_run_out_once_nobody_bets() -> None:
    barrier = report_betting_over(announce({1: 17, 2: 20}), 1, 17)
    assert not barrier.may_run_out
    assert report_betting_over(barrier, 2, 20).may_run_out
    assert report_hand(barrier, 2, 20, ()).may_run_out


def test_alg_10_a_table_that_can_deal_no_hand_is_left_out() -> None:
    barrier = report_hand(announce({1: 17, 2: 20}), 1, 17, (bust(6, 90),))
    assert leave_out(barrier, 1) == barrier and leave_out(barrier, 3) == barrier
    assert leave_out(barrier, 2).is_complete and leave_out(barrier, 2).may_run_out


def test_alg_10_a_hand_takes_two_minutes_off_the_clock() -> None:
    assert HAND_MS == 120_000


@laws
@given(
    st.lists(st.integers(1, 9), min_size=1, unique=True),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=40),
)
def test_alg_10_it_opens_exactly_when_each_table_has_reported(
    tables: list[int], reports: list[tuple[int, int]]
) -> None:
    barrier = announce({table: 2 for table in tables})
    for table, hand in reports:
        barrier = report_hand(barrier, table, hand, ())
        barrier = report_hand(barrier, table, hand, (bust(1, 1),))
    assert barrier.is_complete == ({table for table, hand in reports if hand == 2} >= set(tables))
    assert barrier.busts == ()
