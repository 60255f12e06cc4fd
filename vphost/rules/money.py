"""Money is an integer of minor units with its currency beside it; decimals exist at edges only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation

MAX_MINOR = 2**53 - 1
"""Largest amount on any wire, minor units, so that a JavaScript client can hold it exactly."""
TEXT_MAX = 40
"""Longest amount that is read, characters."""
_EXACT = Context(prec=2 * TEXT_MAX)
"""The default context would round an amount of 29 digits to one that may pass."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the configuration: code, digits after the point, symbol for people."""

    code: str
    decimals: int
    symbol: str


class BadAmount(ValueError):
    """An amount that is no finite number, has too many decimals or is too large."""


def to_minor(amount: str | int | float | Decimal, decimals: int) -> int:
    """Return an amount of major units as minor units, exactly.

    amount: a decimal string, an integer, a Decimal, or a float of at most 15 digits as a JSON
        parser gives it (read by its shortest repr). Sign is kept; the caller judges it.
    Raises: BadAmount on NaN, infinity, more decimals than the currency has, or above MAX_MINOR.
    """
    if isinstance(amount, bool):
        raise BadAmount("not a number")
    text = repr(amount) if isinstance(amount, float) else str(amount)
    if len(text) > TEXT_MAX:
        raise BadAmount("too long")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadAmount("not a number") from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        if value.is_finite() and value == 0:
            return 0
        raise BadAmount("out of range")
    scaled = value.scaleb(decimals, _EXACT)
    minor = int(scaled)
    if minor != scaled:
        raise BadAmount("too many decimals")
    if abs(minor) > MAX_MINOR:
        raise BadAmount("out of range")
    return minor


def to_major(minor: int, decimals: int) -> str:
    """Return minor units as a decimal string of major units with all its decimals ("49.75")."""
    if decimals == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"
