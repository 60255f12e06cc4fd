"""The blind generator: a schedule for a number of chips and a time.

The last big blind is about a twentieth of all chips, so that by then ten big blinds are left
between two players; the levels between grow by one ratio and are snapped to round amounts.
"""

from __future__ import annotations

from dataclasses import dataclass

from vphost.rules.poker.stakes import AnteKind
from vphost.rules.poker.tournament.blinds import (
    BREAK_MS_MAX, CHIPS_MAX, GROWTH_MAX, GROWTH_MIN, LEVEL_MS_MAX, LEVEL_MS_MIN, LEVELS_MAX,
    PERMILLE, Break, Level, Schedule, growth_permille, snap,
)
from vphost.rules.poker.tournament.problems import Problem

CHIPS_PER_BIG_BLIND = 20
"""All chips by the last big blind."""
ANTE_FROM_LEVEL = 4
"""From this level on the big blind pays an ante of one big blind for all."""
BREAK_EVERY_MIN, BREAK_EVERY_MAX = 4, 6
"""How many levels pass between breaks."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a schedule is made for."""

    #: All chips that are expected to be in play.
    total_chips: int
    #: Of level 1.
    first_big_blind: int
    #: The smallest chip; blinds are its multiples.
    chip: int
    #: How long the tournament should last.
    duration_ms: int
    #: How long a level should last.
    level_ms: int
    #: How many levels pass between breaks, 4 to 6; 0 for no breaks.
    break_every: int
    #: How long a break is.
    break_ms: int
    #: Whether the big blind pays an ante for all from level 4 on.
    with_ante: bool


@dataclass(frozen=True, slots=True)
class Generated:
    """A schedule with how it grows, thousandths a level. is_in_aim: between 1.3 and 1.5."""

    schedule: Schedule
    growth: int

    @property
    def is_in_aim(self) -> bool:
        """Whether levels grow neither too slowly nor too fast."""
        return GROWTH_MIN <= self.growth <= GROWTH_MAX


def wish_problems(wish: Wish) -> tuple[Problem, ...]:
    """Return what is wrong with a wish, by field: out_of_range, not_a_multiple (of the chip)."""
    allowed = {
        "total_chips": 1 <= wish.total_chips <= CHIPS_MAX,
        "first_big_blind": 1 <= wish.first_big_blind <= CHIPS_MAX,
        "chip": 1 <= wish.chip <= CHIPS_MAX and CHIPS_MAX % wish.chip == 0,
        "level_ms": LEVEL_MS_MIN <= wish.level_ms <= LEVEL_MS_MAX,
        "duration_ms": wish.level_ms <= wish.duration_ms <= LEVELS_MAX * LEVEL_MS_MAX,
        "break_every": wish.break_every == 0
        or BREAK_EVERY_MIN <= wish.break_every <= BREAK_EVERY_MAX,
        "break_ms": (1 if wish.break_every else 0) <= wish.break_ms <= BREAK_MS_MAX,
    }
    problems = tuple(Problem(name, "out_of_range") for name, fits in allowed.items() if not fits)
    if not problems and wish.first_big_blind % wish.chip:
        return (Problem("first_big_blind", "not_a_multiple"),)
    return problems


def generate(wish: Wish) -> Generated:
    """Return the schedule of a wish that has no problems.

    Where levels would grow by less than 1.3, which the snapped amounts cannot follow, there are
    fewer and longer ones, so that the tournament lasts as long as wished.
    """
    last = max(wish.total_chips // CHIPS_PER_BIG_BLIND, wish.first_big_blind)
    count = min(max(wish.duration_ms // wish.level_ms, 1), LEVELS_MAX)
    most = _levels_in_aim(wish.first_big_blind, last)
    level_ms = wish.level_ms
    if count > most:
        longer = wish.duration_ms // most // 1000 * 1000
        count, level_ms = most, min(max(level_ms, longer), LEVEL_MS_MAX)
    growth = growth_permille(wish.first_big_blind, last, count)
    blinds = _big_blinds(wish, growth, count)
    levels = tuple(_level(wish, number, blind) for number, blind in enumerate(blinds, 1))
    return Generated(Schedule(levels, level_ms, _breaks(wish, len(levels))), growth)


def _levels_in_aim(first: int, last: int) -> int:
    """Return the most levels between two blinds that still grow by 1.3 each."""
    levels = 1
    while growth_permille(first, last, levels + 1) >= GROWTH_MIN:
        levels += 1
    return levels


def _big_blinds(wish: Wish, growth: int, count: int) -> list[int]:
    """Return the big blinds of all levels, snapped and always growing."""
    blinds = [wish.first_big_blind]
    for step in range(1, count):
        exact = wish.first_big_blind * growth**step // PERMILLE**step
        blinds.append(snap(exact, wish.chip, blinds[-1]))
    return blinds


def _level(wish: Wish, number: int, big_blind: int) -> Level:
    half = big_blind // 2
    small_blind = max(half - half % wish.chip, min(wish.chip, big_blind))
    has_ante = wish.with_ante and number >= ANTE_FROM_LEVEL
    return Level(small_blind, big_blind, big_blind if has_ante else 0, AnteKind.BIG_BLIND)


def _breaks(wish: Wish, levels: int) -> tuple[Break, ...]:
    """Return breaks between levels, none after the last."""
    if not wish.break_every:
        return ()
    return tuple(
        Break(level, wish.break_ms)
        for level in range(wish.break_every, levels, wish.break_every)
    )
