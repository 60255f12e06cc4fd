"""Who wins a pot and who shows first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.rules.poker.pots import Pot


def winners_of(pot: Pot, strengths: Mapping[int, int]) -> list[int]:
    """Return the indexes of the strongest hands that can win a pot, or of its only contender.

    strengths: index -> strength of everybody left; may be empty when only one can win.
    """
    if len(pot.eligible) == 1:
        return list(pot.eligible)
    best = max(strengths[index] for index in pot.eligible)
    return [index for index in pot.eligible if strengths[index] == best]


def showing_order(pots: Sequence[Pot], first: int, seats: int) -> list[int]:
    """Return the indexes in the order of the showdown: side pots before the main pot, in each
    clockwise from `first`.

    Source: TDA 2024, rule 17-A; WSOP Tournament Rules 145 (poker-rules case 51).
    """
    order: list[int] = []
    for pot in reversed(pots):
        for index in sorted(pot.eligible, key=lambda index: (index - first) % seats):
            if index not in order:
                order.append(index)
    return order
