"""Bets written short: stakes by target, one bettor for each, in major units with two decimals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from plugins.pools.rules.betting_types import (
    EQUAL_SPLIT, PROFIT_SPLIT, Bet, Outcome, PoolRules, Settlement,
)
from plugins.pools.rules.settlement import settle

DIME, PENNY, NICKEL = 1_000, 100, 500
TRACK_MINIMUM = 10_500
PLACED_MS = 1_000


def cents(amount: str | int) -> int:
    """Return major units as minor units."""
    return int(Decimal(amount) * 100)


def backers(**stakes: str | int) -> list[Bet]:
    """Return one bet of each target's stake; the users are numbered as the targets stand."""
    return [
        Bet(target, user, target, cents(amount), PLACED_MS)
        for user, (target, amount) in enumerate(stakes.items(), 1) if cents(amount)
    ]


def track(
    takeout_bp: int, breakage: int = DIME, minimum: int = TRACK_MINIMUM,
    dead_heat: str = PROFIT_SPLIT,
) -> PoolRules:
    """Return the rules of a track: dime breakage, at least 1.05."""
    return PoolRules(takeout_bp, breakage, minimum, dead_heat)


def equal(takeout_bp: int, breakage: int = DIME) -> PoolRules:
    """Return a track's rules with equal parts in a dead heat."""
    return track(takeout_bp, breakage, dead_heat=EQUAL_SPLIT)


def ended(bets: list[Bet], winners: str, rules: PoolRules) -> Settlement:
    """Settle for winners separated by spaces, and look that nothing got lost."""
    settled = settle(bets, Outcome(tuple(winners.split())), rules)
    assert_exact(bets, settled)
    return settled


def assert_exact(bets: list[Bet], settled: Settlement) -> None:
    """Every minor unit of the stakes is somewhere, and no more than that."""
    paid = sum(settled.payouts.values())
    stakes = sum(bet.amount_minor for bet in bets)
    assert paid + settled.takeout + settled.breakage - settled.minus == stakes


def prices(bets: list[Bet], settled: Settlement) -> Mapping[str, str]:
    """Return what one unit on each paid target brought back, four decimals."""
    return {
        bet.target: f"{Decimal(settled.payouts[bet.user]) / bet.amount_minor:.4f}"
        for bet in bets if bet.user in settled.payouts
    }
