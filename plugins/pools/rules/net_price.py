"""Net price: pools of several places with takeouts of their own, paid from one price.

A base price comes from all nets together; each place pays it less its own takeout. With one place
it is the price of `settlement`. A library for operators who share pools; no protocol names it.
Source: Okla. 325:65-9-1 (net price); case 35.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.pools.rules.betting_types import PRICE_UNIT
from plugins.pools.rules.settlement import WHOLE_BP


@dataclass(frozen=True, slots=True)
class PricedPlace:
    """One place's part of a common pool: all stakes, those on the winner, its takeout."""

    gross_minor: int
    won_minor: int
    takeout_bp: int


@dataclass(frozen=True, slots=True)
class NetPrices:
    """prices: what each place pays, ten-thousandths. paid: minor units for each place.

    sum(paid) + takeout + breakage = sum of all gross.
    """

    prices: tuple[int, ...]
    paid: tuple[int, ...]
    takeout: int
    breakage: int


def net_prices(places: Sequence[PricedPlace], breakage: int) -> NetPrices:
    """Return the prices of a winner that somebody backed.

    breakage: the step that prices are rounded down to, ten-thousandths, at least 1.
    """
    assert breakage >= 1 and any(place.won_minor for place in places)
    kept = [WHOLE_BP - place.takeout_bp for place in places]
    net = sum(place.gross_minor * keeps for place, keeps in zip(places, kept))
    won = sum(place.won_minor * keeps for place, keeps in zip(places, kept))
    prices = tuple(
        net * keeps * PRICE_UNIT // (won * WHOLE_BP * breakage) * breakage for keeps in kept
    )
    paid = tuple(
        place.won_minor * price // PRICE_UNIT for place, price in zip(places, prices)
    )
    gross = sum(place.gross_minor for place in places)
    takeout = sum(place.gross_minor * place.takeout_bp // WHOLE_BP for place in places)
    return NetPrices(prices, paid, takeout, gross - takeout - sum(paid))
