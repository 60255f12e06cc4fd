"""Hand for hand: all tables deal one hand each, and nobody deals the next before all have ended.

The barrier is a state that collects reports of hands that are committed at their tables. A report
that comes twice or late changes nothing, so that it may be sent again after a restart.
Source: RP-8 (the hand that runs at the announcement counts), WT 126 (poker-rules case 61).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vphost.rules.changing import replace
from vphost.rules.poker.tournament.places import Finisher

HAND_MS = 120_000
"""What one hand takes off the blind clock, whatever it lasts."""


@dataclass(frozen=True, slots=True)
class Barrier:
    """One round of hands.

    round: counts from 1. hands: table -> number of the hand that it plays in this round.
    reports: table -> who busted in that hand; only of those that have ended. settled: tables
    whose hand has all its betting done, or has ended.
    """

    round: int
    hands: Mapping[int, int]
    reports: Mapping[int, tuple[Finisher, ...]] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether every table has reported."""
        return len(self.reports) == len(self.hands)

    @property
    def may_run_out(self) -> bool:
        """Whether no table bets any more, so that called all-ins may be run out."""
        return len(self.settled) == len(self.hands)

    @property
    def waits_for(self) -> tuple[int, ...]:
        """The tables that have not reported."""
        return tuple(sorted(self.hands.keys() - self.reports.keys()))

    @property
    def busts(self) -> tuple[Finisher, ...]:
        """The players who have busted in this round, by table."""
        return tuple(one for table in sorted(self.reports) for one in self.reports[table])


def is_due(*, remaining: int, paid_places: int, tables: int) -> bool:
    """Return whether tables play hand for hand: on the bubble, with two tables or more.

    tables: those at which anybody sits.
    """
    return tables >= 2 and remaining == paid_places + 1


def is_due_at_pay_jump(*, remaining: int, prizes: tuple[int, ...], tables: int) -> bool:
    """Return the same for a setting: also whenever the next one out misses a higher prize.

    prizes: by place, the first at index 0; places beyond them win nothing.
    """
    if tables < 2 or not 2 <= remaining <= len(prizes) + 1:
        return False
    last = prizes[remaining - 1] if remaining <= len(prizes) else 0
    return prizes[remaining - 2] > last


def announce(hands: Mapping[int, int]) -> Barrier:
    """Begin the first round.

    hands: table -> number of its running hand, or of the next one where none runs; only tables
    at which two can play.
    """
    return Barrier(1, dict(hands))


def report_betting_over(barrier: Barrier, table: int, hand: int) -> Barrier:
    """Note that a table's hand needs no more decisions; notes of other hands change nothing."""
    if barrier.hands.get(table) != hand:
        return barrier
    return replace(barrier, settled=barrier.settled | {table})


def report_hand(
    barrier: Barrier, table: int, hand: int, busts: tuple[Finisher, ...]
) -> Barrier:
    """Note that a table's hand has ended; the first report of it counts.

    busts: with their stacks at the hand's start.
    """
    if barrier.hands.get(table) != hand or table in barrier.reports:
        return barrier
    return replace(
        barrier, reports={**barrier.reports, table: busts}, settled=barrier.settled | {table}
    )


def leave_out(barrier: Barrier, table: int) -> Barrier:
    """Stop waiting for a table that can deal no hand: broken, halted or gone.

    What it has reported in this round stays.
    """
    if table not in barrier.hands or table in barrier.reports:
        return barrier
    hands = {other: hand for other, hand in barrier.hands.items() if other != table}
    return replace(barrier, hands=hands, settled=barrier.settled - {table})


def next_round(barrier: Barrier, hands: Mapping[int, int]) -> Barrier:
    """Release all tables into the next round. hands: table -> number of its next hand."""
    assert barrier.is_complete, "a table still plays"
    return Barrier(barrier.round + 1, dict(hands))
