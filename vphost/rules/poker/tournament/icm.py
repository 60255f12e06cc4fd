"""ICM: what a stack is worth in prizes if every chip is equally likely to win.

Source: the independent chip model after Malmuth and Harville: somebody is first with the
probability of their part of the chips, and so on among those left. It is computed over the sets
of players who have finished so far, which is 2^n steps and not n!.

Probabilities are whole numbers of a fixed fraction, not floats and not fractions: the same result
on every machine, and fast enough for fifteen players.
"""

from __future__ import annotations

from collections.abc import Sequence

PLAYERS_MAX = 15
"""Most players; about 100 ms."""
PLAYERS_AT_ONCE = 12
"""Up to this many players it takes about 10 ms and a room may do it itself; above, on a thread."""
_ONE = 1 << 200
"""A probability of 1. Rounding down costs each of 2^15 sets less than all chips times all money in
parts of it: with 2^63 chips and 2^53 minor units less than 2^-68 of a unit."""
_CERTAIN_BITS = 64
"""A value that lies less than 2^-64 below a whole unit is that unit: it is only rounding."""


def icm(stacks: Sequence[int], prizes: Sequence[int]) -> tuple[int, ...]:
    """Return what each stack is worth, rounded down to minor units; the sum is at most the prizes'.

    stacks: 1 to PLAYERS_MAX, each above 0. prizes: by place, the best first; places beyond them
    win nothing, prizes beyond the players are left.
    """
    count = len(stacks)
    assert 1 <= count <= PLAYERS_MAX and min(stacks) > 0
    worth = [0] * count
    chance = [0] * (1 << count)
    chance[0] = _ONE
    chips_of, size_of = _sets(stacks)
    total = sum(stacks)
    for finished in range((1 << count) - 1):
        size = size_of[finished]
        if size >= len(prizes):
            continue
        part, prize = chance[finished] // (total - chips_of[finished]), prizes[size]
        for index, stack in enumerate(stacks):
            bit = 1 << index
            if not finished & bit:
                probability = part * stack
                chance[finished | bit] += probability
                worth[index] += probability * prize
    nearly = _ONE >> _CERTAIN_BITS
    return tuple((value + nearly) // _ONE for value in worth)


def _sets(stacks: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return for each set of players, as bits, their chips and how many they are."""
    chips, sizes = [0], [0]
    for stack in stacks:
        chips += [other + stack for other in chips]
        sizes += [size + 1 for size in sizes]
    return chips, sizes
