"""Who can win which chips: layers of contributions, and how a pot is shared.

Two kinds of chips are in the middle. Layered chips (blinds, antes that everybody pays, bets)
can be won from each player only up to the winner's own contribution. Dead chips (an ante that
one player pays for all, the dead part of a post) belong to the main pot whoever paid them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pot:
    """A pot: its size, who can win it, and who put how much into it (by index), minor units."""

    size: int
    eligible: tuple[int, ...]
    chunks: tuple[int, ...]


def side_pots(
    layered: Sequence[int], dead: Sequence[int], folded: Sequence[bool]
) -> tuple[Pot, ...]:
    """Split the chips into a main pot and side pots, main pot first.

    layered, dead: index -> chips put in this hand, minor units, >= 0; folded players included.
    Returns: pots in the order they were formed, each with fewer players who can win it than
    the one before; sizes sum to all chips. What a folded player put in above everyone left is in
    the last pot.
    Source: TDA 2024, rule 21 (poker-rules cases 16, 41, 45).
    """
    live = [index for index, gone in enumerate(folded) if not gone]
    levels = sorted({layered[index] for index in live})
    if levels[0] == 0 and len(levels) > 1 and not any(dead):
        levels.pop(0)
    top = levels[-1]
    pots: list[Pot] = []
    below = 0
    for level in levels:
        cap = max(layered) if level == top else level
        chunks = [max(0, min(chips, cap) - below) for chips in layered]
        if not pots:
            chunks = [chips + more for chips, more in zip(chunks, dead)]
        eligible = tuple(index for index in live if layered[index] >= level)
        pots.append(Pot(sum(chunks), eligible, tuple(chunks)))
        below = level
    return tuple(pots)


def uncalled(layered: Sequence[int], folded: Sequence[bool]) -> tuple[int, int] | None:
    """Return who put in more than anybody else, and by how much; None when nobody did.

    A folded player's excess is not returned to them.
    Source: TDA 2024, rule 15-B (poker-rules case 15).
    """
    top = max(layered)
    index = layered.index(top)
    second = 0
    for other, chips in enumerate(layered):
        if other != index and chips > second:
            second = chips
    if top == second or folded[index]:
        return None
    return index, top - second


def shares(size: int, winners: Sequence[int], button: int, seats: int, unit: int) -> dict[int, int]:
    """Share one pot: index -> amount; odd chips one by one from the left of the button.

    winners: at least one index below `seats`. unit: the smallest chip, minor units; chips that
    make no whole unit go to the first winner too.
    Source: TDA 2024, rule 20 (poker-rules cases 46, 49).
    """
    order = sorted(winners, key=lambda index: (index - button - 1) % seats)
    each, odd = divmod(size // unit, len(order))
    result = {index: each * unit for index in order}
    for index in order[:odd]:
        result[index] += unit
    result[order[0]] += size % unit
    return result
