"""Bounties: who has eliminated whom, and what they get for it.

A bounty goes to whoever wins the pot that holds the loser's last chips: a player who did not
cover them cannot win that pot. What is paid in the end equals what was collected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WonPot:
    """A pot of a hand.

    eligible: who put chips in and did not fold. winners: who got any of it, the first one left of
    the button first; of two boards, those of both.
    """

    eligible: frozenset[int]
    winners: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """A bounty or a part of one.

    cash: what the winner is paid; added: what is put on the winner's own head. Minor units.
    """

    loser: int
    winner: int
    cash: int
    added: int


def eliminators(loser: int, pots: Sequence[WonPot]) -> tuple[int, ...]:
    """Return who gets a loser's bounty, in the order of odd units.

    pots: of the hand, main pot first, as they were formed. A player who is out was all-in, so that
    the last pot they could win holds their last chips.
    """
    last = [pot for pot in pots if loser in pot.eligible][-1]
    return last.winners


def collect(
    heads: Mapping[int, int], losers: Sequence[int], pots: Sequence[WonPot], *, progressive: bool
) -> tuple[dict[int, int], tuple[Paid, ...]]:
    """Return the bounties on the players' heads after a hand, and who is paid.

    heads: entry -> bounty on it, minor units, of all who play. losers: those out by this hand.
    progressive: half of each share is cash, with the odd unit, and half goes on the winner's head.
    Several winners share equally, odd units by position.
    """
    after = {entry: amount for entry, amount in heads.items() if entry not in losers}
    paid: list[Paid] = []
    for loser in losers:
        winners = eliminators(loser, pots)
        each, odd = divmod(heads.get(loser, 0), len(winners))
        for index, winner in enumerate(winners):
            amount = each + (index < odd)
            added = amount // 2 if progressive else 0
            after[winner] = after.get(winner, 0) + added
            if amount:
                paid.append(Paid(loser, winner, amount - added, added))
    return after, tuple(paid)


def pay_last(heads: Mapping[int, int], remaining: Sequence[int]) -> dict[int, int]:
    """Return entry -> cash at the end: a player who is left takes the bounty on their own head.

    remaining: the winner, or all who end it by a deal or an early end, the best first. A head
    that nobody has won (its owner was taken out) goes to the first of them.
    """
    result = {entry: heads.get(entry, 0) for entry in remaining}
    result[remaining[0]] += sum(heads.values()) - sum(result.values())
    return result
