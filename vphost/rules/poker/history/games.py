"""What the variant codes of PHH mean, from the registers of variants and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.poker.limits import LIMITS, Limit
from vphost.rules.poker.variants import VARIANTS, Variant

BETS: Mapping[str, Mapping[str, str]] = {
    "NL": {"min_bet": "big_blind"},
    "PL": {"min_bet": "big_blind"},
    "FL": {"small_bet": "min_limit_size", "big_bet": "max_limit_size"},
}
"""Limit -> its fields for the size of bets, and what a table's configuration calls them."""


@dataclass(frozen=True, slots=True)
class PhhGame:
    """What a variant code means to the core. bets: the fields that a file has to give."""

    variant: Variant
    limit: Limit
    bets: tuple[str, ...]


PHH_GAMES: Mapping[str, PhhGame] = {
    code: PhhGame(variant, LIMITS[limit], tuple(BETS[limit]))
    for variant in VARIANTS.values() for limit, code in variant.phh_codes.items()
}
"""Variant code of the format -> what is played."""


def phh_code(game_type: str, limit: str) -> str | None:
    """Return the variant code of a game of ours, None when the format has none."""
    variant = VARIANTS.get(game_type)
    return None if variant is None else variant.phh_codes.get(limit)
