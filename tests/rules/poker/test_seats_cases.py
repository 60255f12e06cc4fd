"""Cases 29 to 34: button and blinds of the next hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from tests.fuzz.sizes import LONG, often
from vphost.rules.poker.seats import (
    Indexes, Positions, dead_button, first_positions, indexes, may_enter, moving_button,
)


def moving(last: Positions, seats: set[int]) -> Positions:
    """Move the button with nobody new."""
    return moving_button(last, seats, ())


CUSTOMS = pytest.mark.parametrize("custom", [moving, dead_button])
Custom = Callable[[Positions, set[int]], Positions]


@CUSTOMS
def test_case_29_heads_up_the_blinds_alternate(custom: Custom) -> None:
    first = first_positions(4, {4, 9})
    assert first == Positions(4, 4, 9)
    second = custom(first, {4, 9})
    assert second == Positions(9, 9, 4)
    assert indexes(second, [4, 9]) == Indexes(1, 1, 0)


@CUSTOMS
def test_case_30_from_three_to_two_nobody_is_big_blind_twice_running(custom: Custom) -> None:
    assert custom(Positions(3, 4, 2), {2, 4}) == Positions(2, 2, 4)


@CUSTOMS
@pytest.mark.parametrize(("left", "expected"), [
    ({2, 4}, Positions(2, 2, 4)), ({3, 4}, Positions(4, 4, 3)), ({2, 3}, Positions(2, 2, 3)),
])
def test_case_30_whoever_of_the_three_goes(
    custom: Custom, left: set[int], expected: Positions
) -> None:
    assert custom(Positions(3, 4, 2), left) == expected


def test_case_31_dead_button_the_big_blind_always_moves_one_player_on() -> None:
    hand = Positions(1, 2, 3)
    hand = dead_button(hand, {1, 2, 4, 5})
    assert hand == Positions(2, 3, 4)
    assert indexes(hand, [1, 2, 4, 5]) == Indexes(1, None, 2)
    hand = dead_button(hand, {1, 2, 4, 5})
    assert hand == Positions(3, 4, 5)
    assert indexes(hand, [1, 2, 4, 5]) == Indexes(1, 2, 3)


def test_case_32_moving_button_goes_to_the_next_player() -> None:
    hand = first_positions(2, {2, 3, 5, 8})
    assert hand == Positions(2, 3, 5)
    hand = moving(hand, {2, 3, 5, 8})
    assert hand == Positions(3, 5, 8)
    assert moving(hand, {2, 5, 8}) == Positions(5, 8, 2)
    assert moving(hand, {2, 3, 8}) == Positions(8, 2, 3)


def test_case_32_somebody_may_escape_a_big_blind_but_nobody_pays_it_twice_running() -> None:
    hand = moving(Positions(1, 2, 3), {1, 3, 4, 5})
    assert hand == Positions(3, 4, 5), "4 escapes"


def test_case_33_after_the_small_blind_busts_the_button_is_dead() -> None:
    hand = dead_button(Positions(1, 2, 3), {1, 3, 4, 5})
    assert hand == Positions(2, 3, 4)
    assert indexes(hand, [1, 3, 4, 5]) == Indexes(0, 1, 2)


def test_case_33_both_blinds_bust() -> None:
    hand = dead_button(Positions(1, 2, 3), {1, 4, 5})
    assert hand == Positions(2, 3, 4)
    assert indexes(hand, [1, 4, 5]) == Indexes(0, None, 1)


def test_case_34_a_newcomer_waits_between_button_and_big_blind() -> None:
    hand = moving_button(Positions(1, 3, 5), {1, 3, 4, 5, 7}, {4})
    assert hand == Positions(3, 5, 7)
    assert not may_enter(hand, 4)
    assert may_enter(hand, 8) and may_enter(hand, 2) and may_enter(hand, 3)


def test_case_34_a_newcomer_comes_in_as_the_big_blind() -> None:
    hand = moving_button(Positions(1, 3, 5), {1, 3, 5, 6, 7}, {6})
    assert hand == Positions(3, 5, 6)
    assert may_enter(hand, 6)


def test_case_34_a_third_player_joins_two() -> None:
    assert moving_button(Positions(1, 1, 5), {1, 3, 5}, {3}) == Positions(3, 5, 1)
    assert moving_button(Positions(1, 1, 5), {1, 5, 7}, {7}) == Positions(5, 7, 1)


SEATS = st.sets(st.integers(1, 10), min_size=2)


@settings(max_examples=often(75, 7500), deadline=None, derandomize=not LONG)
@given(st.lists(SEATS, min_size=2, max_size=12), st.sets(st.integers(1, 10)))
def test_nobody_pays_the_big_blind_twice_running(
    hands: list[set[int]], newcomers: set[int]
) -> None:
    for with_newcomers in (True, False):
        last = first_positions(min(hands[0]), hands[0])
        for seats in hands[1:]:
            if with_newcomers:
                now = moving_button(last, seats, newcomers)
                assert now.button in seats and now.small_blind in seats
            else:
                now = dead_button(last, seats)
            order = sorted(seats)
            found = indexes(now, order)
            assert now.big_blind in seats and now.big_blind != last.big_blind
            assert found.small_blind != found.big_blind
            assert len(seats) > 2 or found.button == found.small_blind
            last = now


@settings(max_examples=often(50, 5000), deadline=None, derandomize=not LONG)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_dead_button_passes_the_big_blind_to_everybody_in_turn(busts: list[int]) -> None:
    seats = set(range(1, 11))
    last = first_positions(1, seats)
    for bust in busts:
        seats -= {sorted(seats)[bust % len(seats)]}
        now = dead_button(last, seats)
        between = {seat for seat in seats
                   if 0 < (seat - last.big_blind) % 10 < (now.big_blind - last.big_blind) % 10}
        assert not between
        last = now
