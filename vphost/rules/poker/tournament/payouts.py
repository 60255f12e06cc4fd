"""Payout structures: which part of the prize pool each place is paid, as an event's settings say.

`prizes.reckon_prizes` makes amounts of them. Per cent are whole hundredths of a per cent
(bp), so that nothing is lost in reading them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vphost.rules.poker.tournament.problems import Problem

WHOLE_BP = 10_000
"""A hundred per cent."""
PLACES_MAX = 100
"""Most places of a structure that somebody enters."""


@dataclass(frozen=True, slots=True)
class Percent:
    """Parts of the pool by place. shares_bp: hundredths of a per cent, summing to WHOLE_BP."""

    shares_bp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """The host's own tables by number of entries, and a geometric row above them.

    buy_in: what an entry pays into the pool, minor units; 0 where nobody pays. step: amounts of
    the geometric row are rounded down to it, minor units, >= 1.
    """

    buy_in: int
    step: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """Amounts by place, minor units, promised whatever comes in; more goes to the first."""

    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tickets:
    """Equal tickets, as many as the pool pays for. value: of one. guaranteed: given in any case."""

    value: int
    guaranteed: int = 0


@dataclass(frozen=True, slots=True)
class PointsOnly:
    """No prizes; nobody pays into a pool."""


Payout = Percent | Standard | Fixed | Tickets | PointsOnly

_TABLES: tuple[tuple[int, tuple[int, ...]], ...] = (
    (4, (10_000,)),
    (8, (6500, 3500)),
    (15, (5000, 3000, 2000)),
    (24, (4200, 2600, 1800, 1400)),
    (60, (3700, 2200, 1500, 1100, 800, 700)),
    (70, (3000, 2000, 1200, 1000, 800, 650, 550, 450, 350)),
    (90, (2900, 1850, 1200, 1000, 800, 650, 550, 450, 350, 250)),
    (130, (2800, 1700, 1050, 825, 710, 600, 500, 410, 280, 225, 160, 160, 160, 140, 140, 140)),
)
"""Most entries -> parts by place, for the standard structure."""
TABLES_UP_TO = _TABLES[-1][0]
"""Entries above which the standard structure is a geometric row."""


def standard_table(entries: int) -> Percent | None:
    """Return the standard parts for a number of entries, None above the largest table."""
    return next((Percent(shares) for most, shares in _TABLES if entries <= most), None)


def standard_places(entries: int) -> int:
    """Return how many places of a large event are paid: 15 % of entries, 10 % above 200.

    Rounded down, at least one.
    """
    return max(1, entries * (15 if entries <= 200 else 10) // 100)


def percent_problems(shares_bp: Mapping[int, int], field: str) -> tuple[Problem, ...]:
    """Return what is wrong with a payout table that somebody entered, place -> bp.

    field: its name in the settings. Codes: places_missing (none, or not 1, 2, 3, ...),
    too_many_places, out_of_range, sum_not_100 (of the field itself).
    """
    return tuple(_percent_problems(shares_bp, field))


def _percent_problems(shares_bp: Mapping[int, int], field: str) -> Iterator[Problem]:
    if len(shares_bp) > PLACES_MAX:
        yield Problem(field, "too_many_places")
        return
    if not shares_bp or set(shares_bp) != set(range(1, len(shares_bp) + 1)):
        yield Problem(field, "places_missing")
        return
    for place, share in sorted(shares_bp.items()):
        if not 0 <= share <= WHOLE_BP:
            yield Problem(f"{field}.{place}", "out_of_range")
    if sum(shares_bp.values()) != WHOLE_BP:
        yield Problem(field, "sum_not_100")
