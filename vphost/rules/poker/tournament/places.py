"""Places: the order in which players finished, and how shared places split their prizes.

At one table the larger stack at the hand's start finishes higher and equal stacks tie, never by
lot. At different tables busts of one hand tie too while tables play hand for hand.
Source: RP-8, WT 126 (poker-rules cases 60 and 61).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, zip_longest


class Across(Enum):
    """How busts of one hand at different tables compare."""

    #: Those of different tables tie (RP-8, the default).
    TIE = "tie"
    #: The larger stack at the hand's start is higher, whatever the table.
    LARGER_STACK = "larger_stack"


@dataclass(frozen=True, slots=True)
class Finisher:
    """An entry that is out, or is ranked by its chips where a tournament ends early.

    chips: at the start of the hand in which they busted; at an early end what they have.
    position: 1 for the first seat left of the button, clockwise; for odd units.
    """

    entry: int
    table: int
    chips: int
    position: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A place, or several places that are shared.

    first: the best of them, from 1. entries: who have it, in the order in which odd units go.
    """

    first: int
    entries: tuple[int, ...]

    @property
    def last(self) -> int:
        """The worst of the shared places."""
        return self.first + len(self.entries) - 1


def rank(finishers: Iterable[Finisher], remaining: int, across: Across) -> tuple[Placed, ...]:
    """Return the places of those who go out together, best first.

    remaining: how many still play, who are above them all; 0 when a tournament ends early and
    everybody left is ranked by chips.
    Where different tables tie, the best of each table tie with each other, then the second best,
    so that nobody ties with two of one table who are not equal themselves.
    """
    ranked: list[list[Finisher]]
    if across is Across.LARGER_STACK:
        ranked = _by_chips(finishers)
    else:
        by_table = sorted(finishers, key=lambda one: one.table)
        tables = [
            _by_chips(group) for _, group in groupby(by_table, key=lambda one: one.table)
        ]
        ranked = [
            [one for group in groups for one in group]
            for groups in zip_longest(*tables, fillvalue=[])
        ]
    result: list[Placed] = []
    place = remaining + 1
    for group in ranked:
        order = sorted(group, key=lambda one: (one.position, one.table, one.entry))
        result.append(Placed(place, tuple(one.entry for one in order)))
        place += len(group)
    return tuple(result)


def _by_chips(finishers: Iterable[Finisher]) -> list[list[Finisher]]:
    """Return entries by chips, most first, equal ones together."""
    order = sorted(finishers, key=lambda one: -one.chips)
    return [list(group) for _, group in groupby(order, key=lambda one: one.chips)]


def final_places(
    hands: Sequence[Sequence[Placed]], standing: int, replaced: Collection[int]
) -> tuple[Placed, ...]:
    """Return the places that count, best first, once nobody can enter any more.

    hands: what `rank` gave, hand by hand as they were played; later entries have made more places
    above than were known then. standing: how many are not in it. replaced: entries whose player
    has entered again; they keep their place in the log only.
    """
    result: list[Placed] = []
    place = standing + 1
    for hand in reversed(hands):
        for placed in hand:
            entries = tuple(entry for entry in placed.entries if entry not in replaced)
            if entries:
                result.append(Placed(place, entries))
                place += len(entries)
    return tuple(result)


def share_prizes(placed: Iterable[Placed], prizes: Sequence[int]) -> dict[int, int]:
    """Return entry -> prize, minor units; without entries that get nothing.

    prizes: by place, the first at index 0. Entries that share places share the sum of their prizes;
    odd units go one by one in the order of `Placed.entries`, first left of the button first.
    """
    result: dict[int, int] = {}
    for group in placed:
        total = sum(prizes[group.first - 1:group.last])
        each, odd = divmod(total, len(group.entries))
        for index, entry in enumerate(group.entries):
            amount = each + (index < odd)
            if amount:
                result[entry] = amount
    return result
