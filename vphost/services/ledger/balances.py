"""What every account holds, what is reserved, and whether a movement is covered.

Pure bookkeeping in memory. Debits are reserved when they are decided; credits count when they are
durable. Only a room's own accounts may spend a credit that the same room has just decided, because
a failed append takes back everything that the room decided after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vphost.rules.books import WORLD, of_room, unbalanced
from vphost.rules.mode import Posting, Rejected

Key: TypeAlias = tuple[str, str]
"""Account and currency."""

NOTHING_COVERED = Rejected("insufficient_funds")


class Unbalanced(Exception):
    """Postings that do not sum to zero: a bug of the code that made them."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A movement that is not durable yet. own: prefix of the deciding room's accounts.

    net: sums by account and currency, minor units. debits, own_credits: its negative sums, and the
    positive ones of the room's own accounts.
    """

    own: str
    net: Mapping[Key, int]
    debits: tuple[tuple[Key, int], ...]
    own_credits: tuple[tuple[Key, int], ...]


class Balances:
    """The accounts of one book."""

    def __init__(self, limits: Mapping[Key, int]) -> None:
        """limits: how far below zero a `house:` account may go, minor units >= 0."""
        self._limits = limits
        self._durable: dict[Key, int] = {}
        self._debits: dict[Key, int] = {}
        self._own_credits: dict[Key, int] = {}

    def balance(self, account: str, currency: str) -> int:
        """Return a durable balance, minor units; 0 for an unknown account."""
        return self._durable.get((account, currency), 0)

    def available(self, account: str, currency: str) -> int:
        """Return the unreserved part of a durable balance, minor units."""
        key = (account, currency)
        return self._durable.get(key, 0) - self._debits.get(key, 0)

    def reserve(self, postings: Iterable[Posting], room: str = "") -> Reservation | Rejected:
        """Reserve a movement, or refuse it with `insufficient_funds` and change nothing.

        room: the room that decided it, "" for a movement outside of rooms.
        Raises: Unbalanced.
        """
        movement = movement_of(postings, room)
        return self.take(movement) or movement

    def take(self, movement: Reservation) -> Rejected | None:
        """Reserve a movement made by `movement_of`, perhaps on another thread; see `reserve`."""
        for key, amount in movement.debits:
            if not self._covers(key, amount, movement.own):
                return NOTHING_COVERED
        for key, amount in movement.debits:
            self._debits[key] = self._debits.get(key, 0) - amount
        for key, amount in movement.own_credits:
            self._own_credits[key] = self._own_credits.get(key, 0) + amount
        return None

    def _covers(self, key: Key, amount: int, own: str) -> bool:
        account = key[0]
        if account == WORLD:
            return True
        left = self._durable.get(key, 0) - self._debits.get(key, 0) + amount
        if account.startswith(own):
            left += self._own_credits.get(key, 0)
        return left >= self.floor(key)

    def floor(self, key: Key) -> int:
        """Return the lowest balance that an account other than `world` may have."""
        return -self._limits.get(key, 0) if key[0].startswith("house:") else 0

    def commit(self, reservation: Reservation) -> None:
        """Apply a reserved movement that has become durable."""
        self.rollback(reservation)
        self.apply(reservation.net)

    def rollback(self, reservation: Reservation) -> None:
        """Release the reservation of a movement that did not happen."""
        for key, amount in reservation.debits:
            _lower(self._debits, key, -amount)
        for key, amount in reservation.own_credits:
            _lower(self._own_credits, key, amount)

    def apply(self, net: Mapping[Key, int]) -> None:
        """Apply a movement that is durable already (replay). Empty accounts are dropped."""
        for key, amount in net.items():
            left = self._durable.get(key, 0) + amount
            if left:
                self._durable[key] = left
            else:
                self._durable.pop(key, None)

    def holds_any(self, prefix: str) -> bool:
        """Return whether any account with a prefix has money or takes part in a reservation."""
        return any(
            account.startswith(prefix)
            for amounts in (self._durable, self._debits, self._own_credits)
            for account, _ in amounts
        )

    def load(self, durable: Mapping[Key, int]) -> None:
        """Replace all durable balances (a snapshot); nothing may be reserved."""
        assert not self._debits and not self._own_credits, "reserved money"
        self._durable = dict(durable)

    def durable(self) -> dict[Key, int]:
        """Return a copy of all durable balances that are not zero."""
        return dict(self._durable)

    def below_floor(self) -> Iterator[tuple[Key, int]]:
        """Yield the accounts that hold less than they may, with their balances."""
        for key, amount in self._durable.items():
            if amount < 0 and key[0] != WORLD and amount < self.floor(key):
                yield key, amount


def movement_of(postings: Iterable[Posting], room: str = "") -> Reservation:
    """Add up a movement without looking at balances; any thread may do it.

    room: the room that decided it, "" for a movement outside of rooms.
    Raises: Unbalanced.
    """
    net = net_of(postings)
    own = of_room(room) if room else "\0"
    return Reservation(
        own, net,
        debits=tuple((key, amount) for key, amount in net.items() if amount < 0),
        own_credits=tuple(
            (key, amount) for key, amount in net.items() if amount > 0 and key[0].startswith(own)
        ),
    )


def net_of(postings: Iterable[Posting]) -> dict[Key, int]:
    """Return the sums by account and currency, without zeros. Raises: Unbalanced."""
    postings = tuple(postings)
    if not postings:
        return {}
    if any(type(posting.amount) is not int for posting in postings):
        raise Unbalanced("an amount is no integer")
    if sums := unbalanced(postings):
        raise Unbalanced(f"postings leave {sums}")
    net: dict[Key, int] = {}
    for posting in postings:
        key = (posting.account, posting.currency)
        net[key] = net.get(key, 0) + posting.amount
    return {key: amount for key, amount in net.items() if amount}


def _lower(sums: dict[Key, int], key: Key, amount: int) -> None:
    left = sums[key] - amount
    assert left >= 0, "given back more than was reserved"
    if left:
        sums[key] = left
    else:
        del sums[key]
