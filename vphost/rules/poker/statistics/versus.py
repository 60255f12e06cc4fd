"""Each player against each other: chips that went from one to the other, and showdowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.rules.poker.facts import Fact, PotAwarded
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.statistics.counters import Counters


def versus(
    end: Hand, facts: Sequence[Fact], won: Mapping[int, int]
) -> dict[tuple[int, int], Counters]:
    """Return (index, other) -> counters, for all pairs who were dealt in.

    won: index -> chips from pots.
    """
    seats = range(len(end.stacks))
    tables = {(one, other): {"hands": 1} for one in seats for other in seats if one != other}
    for fact in facts:
        if isinstance(fact, PotAwarded) and fact.size:
            for (giver, taker), chips in passed(fact.chunks, fact.shares).items():
                if giver != taker:
                    _add(tables[taker, giver], "chips", chips)
                    _add(tables[giver, taker], "chips", -chips)
    live = [index for index in seats if not end.folded[index]]
    for winner in live:
        for loser in live:
            if winner in won and loser not in won:
                _add(tables[winner, loser], "showdowns_won", 1)
                _add(tables[loser, winner], "showdowns_lost", 1)
    return tables


def passed(
    chunks: Mapping[int, int], shares: Mapping[int, int]
) -> dict[tuple[int, int], int]:
    """Return (giver, taker) -> chips of one pot, in whole units.

    Everybody's chips, the winners' own too, go to the winners in proportion to what they
    collected, so that what a winner takes less what they give is exactly their result in this
    pot. chunks, shares: index -> chips, with equal sums.
    """
    left = {index: share for index, share in sorted(shares.items()) if share}
    moved: dict[tuple[int, int], int] = {}
    for giver, chips in sorted(chunks.items()):
        total = sum(left.values())
        if not total:
            break
        parts = {taker: chips * share // total for taker, share in left.items()}
        over = chips - sum(parts.values())
        # The units left over go where most was cut off, to the first seat when that is equal.
        order = sorted(left, key=lambda taker: (-(chips * left[taker] % total), taker))
        for taker in order[:over]:
            parts[taker] += 1
        for taker, part in parts.items():
            left[taker] -= part
            moved[giver, taker] = part
    return moved


def _add(counters: Counters, name: str, number: int) -> None:
    counters[name] = counters.get(name, 0) + number
