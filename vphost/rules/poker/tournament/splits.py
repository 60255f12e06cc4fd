"""Splits of money by chips and evenly, as deals and cancellations need them."""

from __future__ import annotations

from collections.abc import Sequence


def chip_leader(stacks: Sequence[int]) -> int:
    """Return the index of the largest stack, of equal ones the first."""
    return max(range(len(stacks)), key=lambda index: (stacks[index], -index))


def split_by_chips(
    total: int, stacks: Sequence[int], *, each: int = 0
) -> tuple[int, ...]:
    """Return a total split: so much to each first, the rest by chips, rounded down.

    total: minor units, at least len(stacks) * each. stacks: at least one, not all 0. What the
    rounding leaves goes to the chip leader.
    """
    rest, chips = total - each * len(stacks), sum(stacks)
    assert rest >= 0 and chips > 0
    return settle(total, [each + rest * stack // chips for stack in stacks], stacks)


def settle(total: int, amounts: Sequence[int], stacks: Sequence[int]) -> tuple[int, ...]:
    """Return amounts with what is missing to the total given to the chip leader."""
    result = list(amounts)
    result[chip_leader(stacks)] += total - sum(result)
    return tuple(result)
