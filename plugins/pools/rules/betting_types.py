"""Bets, results and settlements of one pool: the values that `settle` works on.

    settle(bets: Iterable[Bet], outcome: Outcome, rules: PoolRules) -> Settlement

All money is integers of minor units; prices are ten-thousandths of 1 (13_500 pays 1.35 for 1), so
that steps and minimum prices are exact. Users are their integer ids, as on the wire: the order of
the last tie-break ("lower user id") is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PROFIT_SPLIT, EQUAL_SPLIT = "profit_split", "equal_split"
DEAD_HEATS = (PROFIT_SPLIT, EQUAL_SPLIT)
PRICE_UNIT = 10_000
"""A price of 1: the stake comes back and nothing more."""


@dataclass(frozen=True, slots=True)
class Bet:
    """One accepted bet. id: unique in its pool. amount_minor: above 0."""

    id: str
    user: int
    target: str
    amount_minor: int
    placed_at_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a pool.

    winners: the winning targets of the pool, several in a dead heat; empty when it is void.
    happened_at_ms: bets placed at or after it are void; None: all bets count.
    is_void: cancelled; every stake goes back.
    scratched: targets that took no part; their stakes go back and are no part of the pool.
    """

    winners: tuple[str, ...]
    happened_at_ms: int | None = None
    is_void: bool = False
    scratched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolRules:
    """How a pool pays. The defaults are neutral: no takeout, no breakage, no minimum."""

    #: The operator's share of the pool, basis points.
    takeout_bp: int = 0
    #: The step that prices are rounded down to, ten-thousandths (1_000: to the dime); 0: none,
    #: shares by largest remainder.
    breakage: int = 0
    #: Ten-thousandths (10_500: at least 1.05); 0: none. It does not hold for the parts of an equal
    #: split.
    minimum_price: int = 0
    #: One of DEAD_HEATS.
    dead_heat: str = PROFIT_SPLIT
    #: The price up to which `low_price` is paid instead of the minimum, ten-thousandths.
    low_price_at: int = 0
    #: Ten-thousandths; 0: no such band.
    low_price: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where the stakes go: sum(payouts) + takeout + breakage - minus = sum of all stakes."""

    #: User -> all that they get, refunds included; above 0.
    payouts: Mapping[int, int]
    #: User -> the part of the payout that is their own void stake coming back.
    refunds: Mapping[int, int] = field(default_factory=dict)
    takeout: int = 0
    breakage: int = 0
    #: What the house adds.
    minus: int = 0
    #: User -> net win above 0, of the bets that counted.
    winners: Mapping[int, int] = field(default_factory=dict)
    #: User -> net loss above 0, of the bets that counted.
    losers: Mapping[int, int] = field(default_factory=dict)
    #: Users with a bet placed too late, ascending.
    invalidated_bettors: tuple[int, ...] = ()
    #: Everything went back, nothing was taken.
    is_money_return: bool = False
