"""The packed log of bets is a list that never changes."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from plugins.pools.rules.betlog import CHUNK, BetLog
from plugins.pools.rules.betting_types import Bet
from vphost.rules.money import MAX_MINOR

TARGETS = ("argentina", "brazil", "none")
BETS = st.lists(st.tuples(
    st.integers(0, 3) | st.integers(0, 2**31 - 1), st.sampled_from(TARGETS),
    st.integers(1, MAX_MINOR), st.integers(0, 2**53),
), max_size=3 * CHUNK)


@given(BETS)
def test_a_log_is_a_list_that_never_changes(given_bets: list[tuple[int, str, int, int]]) -> None:
    log, latest = BetLog(TARGETS), dict[int, int]()
    steps = []
    for place, bet in enumerate(given_bets):
        steps.append(log)
        log = log.with_bet(*bet, latest.get(bet[0]))
        latest[bet[0]] = place
    expected = [Bet(str(place), *bet) for place, bet in enumerate(given_bets)]
    assert list(log) == expected == [log[place] for place in range(len(log))]
    assert all(list(old) == expected[:length] for length, old in enumerate(steps))
    for place, made in enumerate(expected):
        older = [one for one in expected[:place] if one.user == made.user]
        assert log.before(place) == (int(older[-1].id) if older else None)


def test_equal_logs_are_equal_and_others_are_not() -> None:
    one = BetLog(TARGETS).with_bet(1, "none", 5, 7, None)
    assert one == BetLog(TARGETS).with_bet(1, "none", 5, 7, None)
    assert one != BetLog(TARGETS).with_bet(1, "none", 6, 7, None) and one != BetLog(TARGETS)
    assert hash(one) == hash(BetLog(TARGETS).with_bet(1, "none", 5, 7, None))


@pytest.mark.parametrize("place", [-1, 1])
def test_there_is_no_bet_outside(place: int) -> None:
    with pytest.raises(IndexError):
        BetLog(TARGETS).with_bet(1, "none", 5, 7, None)[place]


def test_a_target_that_is_not_of_the_pool_is_a_bug() -> None:
    with pytest.raises(ValueError):
        BetLog(TARGETS).with_bet(1, "chile", 5, 7, None)
