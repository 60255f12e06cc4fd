"""What everybody gets when a host cancels a tournament that has begun.

A restart is no reason to cancel. The same function makes the preview and the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from vphost.rules.poker.tournament.splits import settle, split_by_chips


class Stage(Enum):
    """How far the tournament has come."""

    NOBODY_OUT = "nobody_out"
    NOT_IN_THE_MONEY = "not_in_the_money"
    IN_THE_MONEY = "in_the_money"


@dataclass(frozen=True, slots=True)
class Stake:
    """A player who is left. paid: into the pool; fees: to the house; both with all rebuys."""

    entry: int
    chips: int
    paid: int
    fees: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What is paid. pool: entry -> out of the prize pool; fees: entry -> fees that come back."""

    stage: Stage
    pool: Mapping[int, int]
    fees: Mapping[int, int]


def cancel(
    stakes: Sequence[Stake], *, entries: int, total: int, prizes: Sequence[int]
) -> Cancellation:
    """Return who gets what.

    stakes: of all who are left. entries: how many there were. total: what is still in the pool,
    without an overlay unless they are in the money; prizes of players who are out are paid already.
    prizes: by place; those of 0 are no money.
    Returns: with nobody out, all that each has paid. Before the money, the fees of players who are
    left, and of the pool half evenly and half by chips. In the money, to each the smallest prize
    not paid yet, and the rest by chips. What is paid of the pool sums to the total.
    """
    assert 1 <= len(stakes) <= entries
    chips = [stake.chips for stake in stakes]
    if len(stakes) == entries:
        paid = [stake.paid for stake in stakes]
        assert total == sum(paid), "nobody is out, so all of it is still there"
        return _cancellation(Stage.NOBODY_OUT, stakes, paid, True)
    if len(stakes) > sum(1 for prize in prizes if prize):
        each = total // 2 // len(stakes)
        half = split_by_chips(total - total // 2, chips)
        amounts = settle(total, [part + each for part in half], chips)
        return _cancellation(Stage.NOT_IN_THE_MONEY, stakes, amounts, True)
    amounts = split_by_chips(total, chips, each=prizes[len(stakes) - 1])
    return _cancellation(Stage.IN_THE_MONEY, stakes, amounts, False)


def _cancellation(
    stage: Stage, stakes: Sequence[Stake], amounts: Sequence[int], with_fees: bool
) -> Cancellation:
    return Cancellation(
        stage, {stake.entry: amount for stake, amount in zip(stakes, amounts)},
        {stake.entry: stake.fees for stake in stakes} if with_fees else {},
    )
