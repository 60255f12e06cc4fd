"""Algorithms 8, 15 and 16: rebuys and add-ons, blind schedules, the clock."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.stakes import AnteKind
from vphost.rules.poker.tournament.blind_generator import Wish, generate, wish_problems
from vphost.rules.poker.tournament.blinds import (
    CHIPS_MAX, LEVELS_MAX, SNAPS, Break, Level, Schedule, change_future_levels, growth_permille,
    level_at, schedule_problems, snap,
)
from vphost.rules.poker.tournament.level_clock import (
    LevelClock, Phase, advance_clock, begin_break, insert_break, move_clock, pause_clock,
    resume_clock, set_level, shift_clock, start_clock,
)
from vphost.rules.poker.tournament.problems import Problem
from vphost.rules.poker.tournament.purchases import (
    DECISION_MS, AddOnRules, Price, RebuyRules, offers_add_on, offers_rebuy,
)

MINUTE = 60_000
BB = AnteKind.BIG_BLIND


def level(small: int, big: int, ante: int = 0) -> Level:
    """Return a level whose ante everybody pays."""
    return Level(small, big, ante)


# Rebuys and add-ons.

@pytest.mark.parametrize(("chips", "at", "bought", "offered"), [
    (0, 1, 0, True), (500, 4, 0, True), (501, 4, 0, False), (0, 5, 0, False), (0, 4, 2, False),
    (0, 4, 1, True),
])
def test_alg_08_a_rebuy_is_offered_at_the_bust_or_threshold(
    chips: int, at: int, bought: int, offered: bool
) -> None:
    rules = RebuyRules(Price(1500, 1000, 100), threshold=500, last_level=4, most=2)
    assert offers_rebuy(rules, chips=chips, level=at, bought=bought) is offered


def test_alg_08_rebuys_may_be_unlimited() -> None:
    rules = RebuyRules(Price(1500, 1000, 100), threshold=0, last_level=4, most=None)
    assert offers_rebuy(rules, chips=0, level=4, bought=99)
    assert not offers_rebuy(rules, chips=1, level=4, bought=0)
    assert DECISION_MS == 15_000


@pytest.mark.parametrize(("chips", "ended", "has", "offered"), [
    (900, 4, False, True), (0, 4, False, False), (900, 3, False, False), (900, 5, False, False),
    (900, 4, True, False),
])
def test_alg_08_the_add_on_is_sold_once_in_its_break(
    chips: int, ended: int, has: bool, offered: bool
) -> None:
    rules = AddOnRules(Price(3000, 1000, 0), level=4)
    assert offers_add_on(rules, chips=chips, ended_level=ended, has_bought=has) is offered


# Schedules that somebody entered.

@pytest.mark.parametrize(("levels", "problem"), [
    ([level(10, 20), level(15, 30), level(15, 30, 5)], None),
    ([level(n, 2 * n) for n in range(1, 31)], None),
    ([], Problem("blind_schedule", "no_levels")),
    ([level(1, 2)] * (LEVELS_MAX + 1), Problem("blind_schedule", "too_many_levels")),
    ([level(1, 2)] * 10_000, Problem("blind_schedule", "too_many_levels")),
    ([level(10, 20), level(10, 15)], Problem("blind_schedule.2.big_blind", "shrinks")),
    ([level(10, 20), level(5, 20)], Problem("blind_schedule.2.small_blind", "shrinks")),
    ([level(10, 20, 5), level(10, 20, 4)], Problem("blind_schedule.2.ante", "shrinks")),
    ([level(30, 20)],
     Problem("blind_schedule.1.small_blind", "small_blind_above_big_blind")),
    ([level(0, 20)], Problem("blind_schedule.1.small_blind", "out_of_range")),
    ([level(1, 20, -1)], Problem("blind_schedule.1.ante", "out_of_range")),
    ([level(1, CHIPS_MAX + 1)], Problem("blind_schedule.1.big_blind", "out_of_range")),
])
def test_alg_15_a_schedule_is_refused_by_field(
    levels: list[Level], problem: Problem | None
) -> None:
    found = schedule_problems(levels, 15 * MINUTE)
    assert (found[0] if found else None) == problem


@pytest.mark.parametrize("level_ms", [0, 999, 24 * 60 * MINUTE + 1])
def test_alg_15_a_level_duration_has_bounds(level_ms: int) -> None:
    assert schedule_problems([level(1, 2)], level_ms) == (
        Problem("level_duration", "out_of_range"),
    )


def test_alg_15_a_smaller_ante_of_another_kind_is_no_shrinking() -> None:
    levels = [Level(300, 600, 50, AnteKind.ALL), Level(400, 800, 0, BB)]
    assert schedule_problems(levels, MINUTE) == ()


# After the last level.

def test_alg_15_after_the_last_level_it_goes_on_by_the_ratio() -> None:
    schedule = Schedule((level(50, 100), level(75, 150), level(100, 200, 25)), MINUTE)
    assert [level_at(schedule, number) for number in (1, 3)] == [level(50, 100),
                                                                 level(100, 200, 25)]
    later = [level_at(schedule, number).big_blind for number in range(4, 10)]
    assert later == [300, 400, 600, 800, 1000, 1500]
    assert level_at(schedule, 4) == level(150, 300, 25)
    assert level_at(schedule, 5) == level(200, 400, 50)


def test_alg_15_later_levels_need_no_smaller_chips() -> None:
    schedule = Schedule((level(7, 14, 1), level(14, 28, 3)), MINUTE)
    assert level_at(schedule, 3) == level(20, 40, 4)
    cents = Schedule((level(1000, 2000), level(30_000, 60_000, 28_000)), MINUTE)
    assert level_at(cents, 3) == level(50_000, 100_000, 46_000)


def test_alg_15_a_single_level_goes_on_too() -> None:
    assert level_at(Schedule((level(10, 20),), MINUTE), 2) == level(10, 30)


@laws
@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=10),
    st.integers(0, 10**5),
)
def test_alg_15_no_table_is_endless(steps: list[tuple[int, int]], ante: int) -> None:
    levels, small, big = [], 0, 0
    for more_small, more_big in steps:
        small, big = small + min(more_small, more_big), big + more_big
        levels.append(level(small, big, ante))
    schedule = Schedule(tuple(levels), MINUTE)
    assert schedule_problems(levels, MINUTE) == ()
    later = [level_at(schedule, number) for number in range(len(levels), len(levels) + 20)]
    for before, after in zip(later, later[1:]):
        assert after.big_blind > before.big_blind
        assert after.small_blind >= before.small_blind and after.ante >= before.ante
        assert after.small_blind <= after.big_blind
    assert CHIPS_MAX // 2 < level_at(schedule, 10**9).big_blind <= CHIPS_MAX


def test_alg_15_only_future_levels_are_changed() -> None:
    schedule = Schedule((level(50, 100), level(75, 150), level(100, 200)), MINUTE)
    other = [level(1, 2), level(3, 4), level(500, 1000), level(600, 1200)]
    assert change_future_levels(schedule, 2, other).levels == (
        level(50, 100), level(75, 150), level(500, 1000), level(600, 1200),
    )


# The generator.

@pytest.mark.parametrize(("amount", "chip", "above", "snapped"), [
    (1, 1, 0, 1), (22, 1, 0, 20), (23, 1, 0, 25), (35, 1, 0, 40), (7, 1, 0, 8), (90, 1, 0, 100),
    (20, 1, 20, 25), (110, 25, 0, 100), (22, 25, 0, 25), (130, 1, 0, 150), (15, 1, 30, 40),
])
def test_alg_15_blinds_are_amounts_that_people_reckon_with(
    amount: int, chip: int, above: int, snapped: int
) -> None:
    assert snap(amount, chip, above) == snapped


def test_alg_15_the_ratio_is_the_root() -> None:
    assert growth_permille(100, 1600, 5) == 2000
    assert growth_permille(20, 1350, 12) == 1466
    assert growth_permille(20, 20, 5) == growth_permille(20, 100, 1) == 1000


WISH = Wish(27_000, 20, 1, 120 * MINUTE, 10 * MINUTE, 5, 5 * MINUTE, True)


def test_alg_15_a_nine_player_evening() -> None:
    found = generate(WISH)
    levels = found.schedule.levels
    assert [one.big_blind for one in levels] == [
        20, 30, 40, 60, 100, 150, 200, 300, 400, 600, 1000, 1500,
    ]
    assert found.growth == 1466 and found.is_in_aim
    assert found.schedule.breaks == (Break(5, 5 * MINUTE), Break(10, 5 * MINUTE))
    assert [one.ante for one in levels[:5]] == [0, 0, 0, 60, 100]
    assert {one.ante_kind for one in levels} == {BB}
    assert level_at(found.schedule, 13) == Level(1000, 2000, 2000, BB)


def test_alg_15_too_many_levels_become_fewer_and_longer() -> None:
    found = generate(Wish(27_000, 20, 1, 600 * MINUTE, 5 * MINUTE, 0, 0, False))
    assert found.is_in_aim and len(found.schedule.levels) == 17
    total = found.schedule.level_ms * 17
    assert 599 * MINUTE < total <= 600 * MINUTE


def test_alg_15_a_short_time_grows_faster_than_the_aim() -> None:
    found = generate(Wish(20_000, 50, 25, 30 * MINUTE, 5 * MINUTE, 0, 0, False))
    assert not found.is_in_aim and len(found.schedule.levels) == 6
    assert all(one.big_blind % 25 == 0 for one in found.schedule.levels)


@pytest.mark.parametrize(("change", "problem"), [
    ({}, None), ({"total_chips": 0}, "total_chips"), ({"first_big_blind": 0}, "first_big_blind"),
    ({"chip": 0}, "chip"), ({"chip": 3}, "chip"), ({"chip": 25}, "first_big_blind"),
    ({"level_ms": 0}, "level_ms"), ({"duration_ms": MINUTE}, "duration_ms"),
    ({"break_every": 3}, "break_every"), ({"break_every": 7}, "break_every"),
    ({"break_ms": 0}, "break_ms"), ({"break_every": 0, "break_ms": 0}, None),
    ({"duration_ms": 10**15}, "duration_ms"),
])
def test_alg_15_a_wish_is_refused_by_field(change: dict[str, int], problem: str | None) -> None:
    fields = {name: getattr(WISH, name) for name in Wish.__slots__}
    found = wish_problems(Wish(**{**fields, **change}))
    assert (found[0].field if found else None) == problem


WISHES = st.builds(
    Wish, st.integers(100, 10**9), st.integers(1, 400).map(lambda n: n * 25),
    st.sampled_from([1, 5, 25]), st.integers(30, 6000).map(lambda n: n * MINUTE),
    st.integers(1, 30).map(lambda n: n * MINUTE), st.sampled_from([0, 4, 5, 6]),
    st.just(5 * MINUTE), st.booleans(),
)


@laws
@given(WISHES)
def test_alg_15_every_generated_schedule_is_sound(wish: Wish) -> None:
    assert wish_problems(wish) == ()
    found = generate(wish)
    schedule = found.schedule
    assert schedule_problems(schedule.levels, schedule.level_ms) == ()
    assert found.growth >= 1300 or len(schedule.levels) == 1
    blinds = [one.big_blind for one in schedule.levels]
    assert blinds[0] == wish.first_big_blind and blinds == sorted(set(blinds))
    for one in schedule.levels[1:]:
        digits = str(one.big_blind).rstrip("0")
        assert digits in {str(tenths).rstrip("0") for tenths in SNAPS}
    assert all(one.small_blind % wish.chip == 0 for one in schedule.levels)
    assert all(one.after_level < len(schedule.levels) for one in schedule.breaks)


# The clock.

SCHEDULE = Schedule((level(10, 20), level(15, 30)), 10 * MINUTE, (Break(2, 5 * MINUTE),))


def test_alg_16_a_level_ends_on_time() -> None:
    clock = start_clock(SCHEDULE, 1000)
    assert clock.left_at(1000 + MINUTE) == 9 * MINUTE
    assert advance_clock(clock, SCHEDULE, 1000 + 10 * MINUTE - 1) == clock
    second = advance_clock(clock, SCHEDULE, 1000 + 10 * MINUTE + 40)
    assert second == LevelClock(2, Phase.LEVEL, 1000 + 20 * MINUTE, 0)


def test_alg_16_one_level_a_tick_after_a_standstill() -> None:
    clock = start_clock(SCHEDULE, 0)
    late = advance_clock(clock, SCHEDULE, 95 * MINUTE)
    assert late == LevelClock(2, Phase.LEVEL, 105 * MINUTE, 0)


def test_alg_16_a_pause_keeps_the_remaining_time() -> None:
    clock = pause_clock(start_clock(SCHEDULE, 0), 4 * MINUTE)
    assert clock.is_paused and clock.left_at(90 * MINUTE) == 6 * MINUTE
    assert pause_clock(clock, 5 * MINUTE) == clock
    assert advance_clock(clock, SCHEDULE, 90 * MINUTE) == clock
    again = resume_clock(clock, 90 * MINUTE)
    assert again == LevelClock(1, Phase.LEVEL, 96 * MINUTE, 0)
    assert resume_clock(again, 91 * MINUTE) == again


def test_alg_16_a_restart_costs_nobody_time() -> None:
    clock = move_clock(start_clock(SCHEDULE, 0), 55 * MINUTE)
    assert clock.level == 1 and clock.left_at(59 * MINUTE) == 6 * MINUTE
    paused = pause_clock(clock, 59 * MINUTE)
    assert move_clock(paused, 55 * MINUTE) == paused


def test_alg_16_a_break_begins_when_all_hands_are_done() -> None:
    clock = set_level(start_clock(SCHEDULE, 0), SCHEDULE, 2, 0)
    due = advance_clock(clock, SCHEDULE, 10 * MINUTE)
    assert (due.phase, due.level, due.is_paused) == (Phase.BREAK_DUE, 2, False)
    assert advance_clock(due, SCHEDULE, 99 * MINUTE) == due
    assert resume_clock(due, 1) == shift_clock(due, 5, 1) == due
    rest = begin_break(due, SCHEDULE, 12 * MINUTE)
    assert rest == LevelClock(2, Phase.BREAK, 17 * MINUTE, 0)
    third = advance_clock(rest, SCHEDULE, 17 * MINUTE)
    assert third == LevelClock(3, Phase.LEVEL, 27 * MINUTE, 0)


def test_alg_16_the_director_gives_and_takes_time() -> None:
    clock = start_clock(SCHEDULE, 0)
    assert shift_clock(clock, MINUTE, 4 * MINUTE).left_at(4 * MINUTE) == 7 * MINUTE
    assert shift_clock(clock, -9 * MINUTE, 4 * MINUTE).left_at(4 * MINUTE) == 0
    paused = pause_clock(clock, 4 * MINUTE)
    assert shift_clock(paused, -2 * MINUTE, 9 * MINUTE).left_ms == 4 * MINUTE


def test_alg_16_the_director_sets_a_level_or_a_break() -> None:
    clock = start_clock(SCHEDULE, 0)
    assert set_level(clock, SCHEDULE, 7, MINUTE) == LevelClock(7, Phase.LEVEL, 11 * MINUTE, 0)
    paused = set_level(pause_clock(clock, MINUTE), SCHEDULE, 7, MINUTE)
    assert paused.is_paused and paused.left_ms == 10 * MINUTE
    rest = insert_break(clock, 3 * MINUTE, MINUTE)
    assert rest == LevelClock(1, Phase.BREAK, 4 * MINUTE, 0)
    assert advance_clock(rest, SCHEDULE, 4 * MINUTE).level == 2


@laws
@given(st.lists(st.integers(0, 40 * MINUTE), max_size=30))
def test_alg_16_no_tick_takes_two_levels(waits: list[int]) -> None:
    clock, now = start_clock(SCHEDULE, 0), 0
    for wait in waits:
        now += wait
        after = advance_clock(clock, SCHEDULE, now)
        assert after.level - clock.level in (0, 1)
        assert after == clock or after.phase is Phase.BREAK_DUE or after.left_at(now) > 0
        clock = begin_break(after, SCHEDULE, now) if after.phase is Phase.BREAK_DUE else after
