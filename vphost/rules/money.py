"""Money is an integer of minor units with its currency beside it; decimals exist only at the edges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal

MAX_MINOR = 2**53 - 1
"""Largest amount on any wire, minor units, so that a JavaScript client can hold it exactly."""
TEXT_MAX = 40
"""Longest amount that is parsed, characters."""
_EXACT = Context(prec=2 * TEXT_MAX)
"""Precise enough for TEXT_MAX digits: the default context would round an amount of 29 digits."""
_WRITTEN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?")
"""An amount as people and programs write it. Python's own parsers accept far more than anybody
means: `1__0`, digits of other scripts, spaces, exponents, signs, and points without digits."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the configuration: code, digits after the point, symbol for people."""

    code: str
    decimals: int
    symbol: str


class BadAmount(ValueError):
    """An amount that is not a finite number, has too many decimals or is too large.

    field: its path in the message, with dots; "" for an amount by itself.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field

    def inside(self, place: str | int) -> BadAmount:
        """Return the same error for an object or list that has the amount at a place."""
        return BadAmount(str(self), f"{place}.{self.field}" if self.field else str(place))


def to_minor(amount: str | int | float | Decimal, decimals: int) -> int:
    """Return an amount of major units as minor units, exactly.

    amount: a number as a JSON or TOML parser gives it, whose value counts (a float by its shortest
        repr), or a text of ASCII digits without leading zeros and with at most `decimals` digits
        after a point: "1.000" is not an amount with two decimals, since it may mean a thousand. A
        minus is kept; the caller has to judge it.
    Raises: BadAmount for anything else, and above MAX_MINOR.
    Example: to_minor("49.75", 2) is 4975.
    """
    if isinstance(amount, bool) or not isinstance(amount, str | int | float | Decimal):
        raise BadAmount("not a number")
    value = _read(amount, decimals) if isinstance(amount, str) else Decimal(
        repr(amount) if isinstance(amount, float) else amount
    )
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


def _read(text: str, decimals: int) -> Decimal:
    """Return the number that a text states. Raises: BadAmount."""
    if len(text) > TEXT_MAX:
        raise BadAmount("too long")
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise BadAmount("not a number")
    if len(found[1] or "") > decimals:
        raise BadAmount("too many decimals")
    return Decimal(text)


def to_major(minor: int, decimals: int) -> str:
    """Return minor units as a decimal string of major units with all its decimals ("49.75")."""
    if decimals == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"
