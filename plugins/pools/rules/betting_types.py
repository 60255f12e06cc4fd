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
    """How a pool pays. The defaults are neutral: no takeout, no step, no minimum.

    takeout_bp: the operator's share of the pool, basis points. breakage: the step that prices are
    rounded down to, ten-thousandths (1_000: to the dime); 0: none, shares by largest remainder.
    minimum_price: ten-thousandths (10_500: at least 1.05); 0: none; it does not hold for the parts
    of an equal split. dead_heat: of DEAD_HEATS. low_price: paid instead of the minimum where the
    price is at most low_price_at; 0: no such band.
    """

    takeout_bp: int = 0
    breakage: int = 0
    minimum_price: int = 0
    dead_heat: str = PROFIT_SPLIT
    low_price_at: int = 0
    low_price: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where the stakes go: sum(payouts) + takeout + breakage - minus = sum of all stakes.

    payouts: user -> all that he gets, refunds included; above 0. refunds: the part of it that is
    his own void stake coming back. minus: what the house adds. winners: user -> net win above 0,
    losers: user -> net loss above 0, of the bets that counted. invalidated_bettors: users with a
    bet placed too late, ascending. is_money_return: everything went back, nothing was taken.
    """

    payouts: Mapping[int, int]
    refunds: Mapping[int, int] = field(default_factory=dict)
    takeout: int = 0
    breakage: int = 0
    minus: int = 0
    winners: Mapping[int, int] = field(default_factory=dict)
    losers: Mapping[int, int] = field(default_factory=dict)
    invalidated_bettors: tuple[int, ...] = ()
    is_money_return: bool = False
