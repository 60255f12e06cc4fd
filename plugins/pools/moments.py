"""Moments as clients and feeds send them."""

from __future__ import annotations

from decimal import Decimal

SECONDS_BELOW = 10**11
"""A smaller number is seconds: as milliseconds it would lie before 1973."""
MOMENT_MAX = 10**14


def millis(given: int | float | Decimal) -> int:
    """Return a moment in epoch milliseconds. Source: pools protocol, "Times"."""
    return int(given * 1000) if given < SECONDS_BELOW else int(given)
