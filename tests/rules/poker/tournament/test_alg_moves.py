"""Algorithm 5: who is on the way, exactly once."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.floor_play import of_sizes, seed
from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.tournament.transit import Transit, Ways, aim_anew, arrive, depart


def way(player: int, chips: int = 100) -> Transit:
    """Return somebody on the way from table 1 to seat 3 of table 2."""
    return Transit(player, chips, 1, 2, 3)


def test_alg_05_who_has_left_is_on_the_way_until_they_come() -> None:
    ways = depart(Ways(), "m1", way(7))
    assert ways.is_on_the_way(7) and not ways.is_on_the_way(8) and ways.chips == 100
    came = arrive(ways, "m1")
    assert not came.is_on_the_way(7) and came.chips == 0


def test_alg_05_a_step_that_is_told_twice_changes_nothing() -> None:
    ways = depart(Ways(), "m1", way(7))
    assert depart(ways, "m1", way(7)) == ways and arrive(ways, "m2") == ways
    came = arrive(ways, "m1")
    assert arrive(came, "m1") == came and depart(came, "m1", way(7)) == came


def test_alg_05_nobody_is_on_two_ways() -> None:
    with pytest.raises(AssertionError):
        depart(depart(Ways(), "m1", way(7)), "m2", way(7))


def test_alg_05_a_target_that_is_gone_is_aimed_anew() -> None:
    ways = depart(Ways(), "m1", way(7))
    ways, found = aim_anew(ways, "m1", of_sizes(6, 5), range(9), seed(1))
    assert (found.table, found.opens) == (2, False)
    assert ways.open["m1"] == Transit(7, 100, 1, 2, found.seat)
    assert arrive(ways, "m1").done == {"m1"}


@laws
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=60))
def test_alg_05_chips_are_conserved_whatever_is_repeated(steps: list[tuple[bool, int]]) -> None:
    ways, left = Ways(), 0
    for departs, number in steps:
        before, name = ways.chips, f"m{number}"
        is_new = name not in ways.open and name not in ways.done
        ways = depart(ways, name, way(number, 10 + number)) if departs else arrive(ways, name)
        left += 10 + number if departs and is_new else 0
        came = sum(10 + int(name[1:]) for name in ways.done)
        assert left == ways.chips + came and abs(ways.chips - before) in (0, 10 + number)
