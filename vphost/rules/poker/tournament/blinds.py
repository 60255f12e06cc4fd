"""Blind schedules: their levels, what is wrong with one, and how it goes on after the last level.

Amounts are chips in minor units of the chips' currency. Levels are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd

from vphost.rules.changing import replace
from vphost.rules.poker.stakes import AnteKind
from vphost.rules.poker.tournament.problems import Problem

LEVELS_MAX = 200
"""Most levels of a schedule; after its last one it goes on by itself."""
CHIPS_MAX = 10**15
"""Most chips of a blind or ante; above it blinds rise no more."""
LEVEL_MS_MIN, LEVEL_MS_MAX = 1000, 24 * 3600 * 1000
BREAK_MS_MAX = 24 * 3600 * 1000
SNAPS = (10, 15, 20, 25, 30, 40, 50, 60, 80)
"""Round amounts: these tenths of a power of ten."""
PERMILLE = 1000
GROWTH_MIN, GROWTH_MAX = 1300, 1500
"""How a level should grow from the one before, thousandths."""


@dataclass(frozen=True, slots=True)
class Level:
    """The forced bets of one level. ante_kind: who pays the ante, everybody or the big blind."""

    small_blind: int
    big_blind: int
    ante: int
    ante_kind: AnteKind = AnteKind.ALL


@dataclass(frozen=True, slots=True)
class Break:
    """A break after a level, begun when all hands are done. ms: how long, above 0."""

    after_level: int
    ms: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A tournament's levels.

    levels: at least one, from level 1. level_ms: how long each lasts. breaks: by level.
    """

    levels: tuple[Level, ...]
    level_ms: int
    breaks: tuple[Break, ...] = ()

    def break_after(self, level: int) -> int:
        """Return how long the break after a level is, ms; 0 for none."""
        return next((one.ms for one in self.breaks if one.after_level == level), 0)


def schedule_problems(
    levels: Sequence[Level], level_ms: int, field: str = "blind_schedule"
) -> tuple[Problem, ...]:
    """Return what is wrong with a schedule that somebody entered.

    Codes: no_levels, too_many_levels (of the field); out_of_range, small_blind_above_big_blind,
    shrinks (of `field.LEVEL.NAME`); out_of_range of level_duration.
    """
    problems = tuple(_level_problems(levels, field)) if len(levels) <= LEVELS_MAX else (
        Problem(field, "too_many_levels"),
    )
    if not LEVEL_MS_MIN <= level_ms <= LEVEL_MS_MAX:
        problems += (Problem("level_duration", "out_of_range"),)
    return problems


def _level_problems(levels: Sequence[Level], field: str) -> Iterator[Problem]:
    if not levels:
        yield Problem(field, "no_levels")
    before: Level | None = None
    for number, level in enumerate(levels, 1):
        place = f"{field}.{number}"
        least = {"small_blind": 1, "big_blind": 1, "ante": 0}
        for name, smallest in least.items():
            amount: int = getattr(level, name)
            if not smallest <= amount <= CHIPS_MAX:
                yield Problem(f"{place}.{name}", "out_of_range")
            elif before is not None and amount < getattr(before, name) and (
                name != "ante" or level.ante_kind is before.ante_kind
            ):
                yield Problem(f"{place}.{name}", "shrinks")
        if level.small_blind > level.big_blind:
            yield Problem(f"{place}.small_blind", "small_blind_above_big_blind")
        before = level


def growth_permille(first: int, last: int, levels: int) -> int:
    """Return by which ratio levels grow from a first to a last amount, thousandths, >= 1000.

    The largest whole number of thousandths that does not pass the last amount.
    """
    steps = levels - 1
    if steps < 1 or last <= first:
        return PERMILLE
    low, high = PERMILLE, PERMILLE * last // first + 1
    while high - low > 1:
        ratio = (low + high) // 2
        if first * ratio**steps <= last * PERMILLE**steps:
            low = ratio
        else:
            high = ratio
    return low


def snap(amount: int, chip: int, above: int = 0) -> int:
    """Return the nearest round amount, of two equally near ones the larger.

    chip: the smallest chip, a divisor of a power of ten; only its multiples count. above: the
    result is larger than this.
    """
    assert CHIPS_MAX % chip == 0, "no such amount would be a multiple"
    return min(_snaps(amount, chip, above), key=lambda one: (abs(one - amount), -one))


def _snaps(amount: int, chip: int, above: int) -> Iterator[int]:
    """Yield candidates in rising order, from below the amount until one is not."""
    power = int("1" + "0" * max(0, len(str(max(amount, above))) - 2))
    while True:
        for tenths in SNAPS:
            found, odd = divmod(tenths * power, 10)
            if odd or found <= above or found % chip:
                continue
            yield found
            if found >= amount:
                return
        power *= 10


def change_future_levels(
    schedule: Schedule, current: int, levels: Sequence[Level]
) -> Schedule:
    """Return a schedule with other levels after the current one, which stays as it is.

    levels: the whole new schedule, from level 1; those up to `current` are not looked at.
    """
    kept = tuple(level_at(schedule, number) for number in range(1, current + 1))
    return replace(schedule, levels=kept + tuple(levels[current:]))


def level_at(schedule: Schedule, number: int) -> Level:
    """Return a level, also one after the last: it goes on by the schedule's own ratio.

    number: from 1. The ratio is taken between 1.3 and 1.5; amounts are snapped and always grow,
    up to CHIPS_MAX, where all later levels are the same.
    """
    levels = schedule.levels
    if number <= len(levels):
        return levels[number - 1]
    first, last = levels[0], levels[-1]
    growth = growth_permille(first.big_blind, last.big_blind, len(levels))
    growth = min(max(growth, GROWTH_MIN), GROWTH_MAX)
    chip, level = smallest_chip(levels), last
    for _ in range(number - len(levels)):
        before, level = level, _grown(level, last, growth, chip)
        if level == before:
            break
    return level


def smallest_chip(levels: Sequence[Level]) -> int:
    """Return the largest chip, a divisor of CHIPS_MAX, with which all levels can be posted."""
    return gcd(CHIPS_MAX, *(
        amount for level in levels for amount in (level.small_blind, level.big_blind, level.ante)
    ))


def _grown(before: Level, last: Level, growth: int, chip: int) -> Level:
    """Return the level after `before`, its parts in the proportions of the last one entered."""
    big_blind = snap(before.big_blind * growth // PERMILLE, chip, before.big_blind)
    if big_blind > CHIPS_MAX:
        return before
    small_blind, ante = (
        min(CHIPS_MAX, max(smallest, big_blind * part // last.big_blind // chip * chip))
        for smallest, part in (
            (before.small_blind, last.small_blind), (before.ante, last.ante),
        )
    )
    return Level(small_blind, big_blind, ante, last.ante_kind)
