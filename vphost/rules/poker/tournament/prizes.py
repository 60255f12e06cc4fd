"""The prize pool and the amounts of its prizes, exact to the minor unit.

Prizes are provisional while entries and rebuys may come, and are computed again with each; the
plugin freezes them by one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vphost.rules.poker.tournament.payouts import (
    Fixed, Payout, Percent, PointsOnly, Standard, Tickets, standard_places, standard_table,
)


@dataclass(frozen=True, slots=True)
class Pool:
    """What is paid out as prizes, minor units.

    collected: what was paid in, less bounties. overlay: what the house adds to what was promised.
    """

    collected: int
    overlay: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.collected + self.overlay


@dataclass(frozen=True, slots=True)
class Prizes:
    """Prizes by place.

    amounts: cash, the first place at index 0, minor units. tickets: how many places, from the
    first, win a ticket beside it. ticket_value: of one, minor units.
    """

    amounts: tuple[int, ...]
    tickets: int = 0
    ticket_value: int = 0

    @property
    def total(self) -> int:
        """Cash and tickets; the pool's total."""
        return sum(self.amounts) + self.tickets * self.ticket_value

    @property
    def paid_places(self) -> int:
        """How many places win anything."""
        cash = (place for place, amount in enumerate(self.amounts, 1) if amount)
        return max(self.tickets, *cash, 0)


def make_pool(
    payout: Payout, *, paid_in: int, bounties: int, guarantee: int, entries: int
) -> Pool:
    """Return the pool: what was paid in less bounties, topped up to what is promised.

    paid_in: of entries, rebuys and add-ons, without fees. guarantee: at least this much, which
    fixed amounts and tickets may raise.
    """
    collected = paid_in - bounties
    assert collected >= 0, "bounties are part of what was paid in"
    if isinstance(payout, Fixed):
        guarantee = max(guarantee, sum(payout.amounts[:entries]))
    elif isinstance(payout, Tickets):
        guarantee = max(guarantee, min(payout.guaranteed, entries) * payout.value)
    return Pool(collected, max(0, guarantee - collected))


def reckon_prizes(payout: Payout, total: int, entries: int) -> Prizes:
    """Return the prizes; they sum to the pool's total.

    total: of `make_pool`. entries: those that count, at least one; a structure with more places
    is cut to them and keeps the proportions of the places that are left (poker-rules case 62).
    """
    assert entries >= 1 and total >= 0
    match payout:
        case Percent():
            return Prizes(by_shares(total, payout.shares_bp[:entries]))
        case Standard():
            return Prizes(_standard(total, payout, entries))
        case Fixed():
            amounts = payout.amounts[:entries]
            return Prizes((amounts[0] + total - sum(amounts), *amounts[1:]))
        case Tickets():
            return _tickets(total, payout, entries)
        case PointsOnly():
            assert total == 0, "a pool needs prizes"
            return Prizes(())


def next_pay_jump(amounts: Sequence[int], remaining: int) -> tuple[int, int] | None:
    """Return the next place that wins more than going out now, and its prize; None at the top.

    amounts: by place, the first at index 0. remaining: who still plays.
    """
    now = amounts[remaining - 1] if remaining <= len(amounts) else 0
    for place in range(min(remaining - 1, len(amounts)), 0, -1):
        if amounts[place - 1] > now:
            return place, amounts[place - 1]
    return None


def by_shares(total: int, shares: Sequence[int]) -> tuple[int, ...]:
    """Return a total by parts: each rounded down, the remainder to the first.

    shares: at least one, in any unit; where they are all 0 the first gets everything.
    """
    whole = sum(shares) or 1
    amounts = [total * share // whole for share in shares]
    return (amounts[0] + total - sum(amounts), *amounts[1:])


def _standard(total: int, payout: Standard, entries: int) -> tuple[int, ...]:
    table = standard_table(entries)
    if table is not None:
        return by_shares(total, table.shares_bp[:entries])
    buy_in = payout.buy_in or total // entries
    smallest = max(1, buy_in * 3 // 2)
    places = min(standard_places(entries), max(1, total // smallest))
    return geometric(total, places, smallest, payout.step)


def geometric(total: int, places: int, smallest: int, step: int) -> tuple[int, ...]:
    """Return prizes that grow by one ratio from the last place to the first and sum to a total.

    smallest: the last prize, which others do not fall below; places * smallest <= total, unless
    there is one place. step: each is rounded down to it, the rest goes to the first.
    """
    amounts = [
        max(smallest, amount - amount % step) for amount in _row(total, places, smallest)
    ][:places - 1]
    return (total - sum(amounts), *reversed(amounts))


_FRACTION_BITS = 48
"""Binary digits behind the point of the ratio, which whole numbers make the same everywhere."""


def _row(total: int, places: int, smallest: int) -> list[int]:
    """Return the row, smallest first, with the largest ratio whose sum is at most the total."""
    low, high = 1 << _FRACTION_BITS, 2 << _FRACTION_BITS
    if places == 1:
        return [total]
    while sum(_powers(high, places, smallest)) <= total:
        high *= 2
    while high - low > 1:
        ratio = (low + high) // 2
        if sum(_powers(ratio, places, smallest)) <= total:
            low = ratio
        else:
            high = ratio
    return _powers(low, places, smallest)


def _powers(ratio: int, places: int, smallest: int) -> list[int]:
    """Return smallest * ratio^0, ratio^1, ..., each rounded down."""
    row, exact = [], smallest << _FRACTION_BITS
    for _ in range(places):
        row.append(exact >> _FRACTION_BITS)
        exact = exact * ratio >> _FRACTION_BITS
    return row


def _tickets(total: int, payout: Tickets, entries: int) -> Prizes:
    """Give as many tickets as there is money for; what is over is cash for the next place."""
    count = min(total // payout.value, entries)
    rest = total - count * payout.value
    amounts = (rest,) if count == entries else (0,) * count + (rest,)
    return Prizes(amounts if rest else (), count, payout.value)
