"""Whoever guesses passwords has to wait, and nobody else.

An attempt runs in a lane: the counters that it has to pass and that it fills. Guesses at an account
are counted by the place that they come from, so guessers lock out themselves and not the owner:

- somebody signed in who changes their password: by their sign-in alone;
- a device that has signed in before, which it proves with a token of its own ("device cookies",
  OWASP): by itself, and by all such devices of the account together;
- a place from which somebody has signed in to the account since the start: by account and place, by
  the place, and by the wider network around it;
- everybody else: likewise, and also by the account alone, in a counter that only such attempts
  fill. It bounds guessing from many places at once, and it is the only one with which strangers can
  delay an owner: one who signs in on a new device from a new place while the account is attacked.

A place is an IPv4 address or an IPv6 /64 (which one customer or machine has for itself); the wider
network is the /48 (which one site has, and which would otherwise count as 65,536 places).
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from vphost.services.throttle import KEYS_MAX, Backoff


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """How many failures cost no pause, and the pauses after that, ms; each doubles the last."""

    #: At one account from one place, one device, or in one sign-in.
    account_free: int = 5
    #: At all accounts from one place.
    address_free: int = 30
    #: At all accounts from one wider network.
    wide_free: int = 120
    #: At one account from all places where it is not known; from all its devices.
    everywhere_free: int = 50
    first_pause_ms: int = 1_000
    longest_pause_ms: int = 900_000
    #: Of the account's counter for everybody else: bounds a flood, and how long it can hold up.
    everywhere_pause_ms: int = 300_000


@dataclass(frozen=True, slots=True)
class Lane:
    """The counters of one attempt, with their keys.

    early: filled before the password is checked, so that a thousand concurrent attempts count.
    late: filled when it was wrong. own: emptied when it was right. account, place: remembered as
    belonging together when it was right, "" for none.
    """

    early: tuple[tuple[Backoff, str], ...]
    late: tuple[tuple[Backoff, str], ...] = ()
    own: tuple[tuple[Backoff, str], ...] = ()
    account: str = ""
    place: str = ""


class Guesses:
    """The counters, in memory: a restart forgets them."""

    def __init__(self, limits: GuessLimits, now_ms: Callable[[], int]) -> None:
        pauses = (limits.first_pause_ms, limits.longest_pause_ms, now_ms)
        self._here = Backoff(limits.account_free, *pauses)
        self._devices = Backoff(limits.everywhere_free, *pauses)
        self._places = Backoff(limits.address_free, *pauses)
        self._wide = Backoff(limits.wide_free, *pauses)
        self._everywhere = Backoff(
            limits.everywhere_free, limits.first_pause_ms, limits.everywhere_pause_ms, now_ms
        )
        self._known: OrderedDict[str, None] = OrderedDict()

    def from_address(self, account: str, address: str) -> Lane:
        """Return the lane of an attempt without a device. account: the key of its mail address."""
        place = network(address)
        here = (self._here, f"at {account} {place}")
        late = ((self._places, place), (self._wide, wide_network(address)))
        if f"{account} {place}" in self._known:
            return Lane((here,), late, (here,), account, place)
        return Lane((here, (self._everywhere, account)), late, (here,), account, place)

    def from_device(self, account: str, device: str, address: str) -> Lane:
        """Return the lane of an attempt on a device on which the account's owner has signed in."""
        own = (self._here, f"device {device}")
        return Lane((own, (self._devices, account)), (), (own,), account, network(address))

    def from_session(self, user: str, session: str) -> Lane:
        """Return the lane of somebody signed in who has to enter their password again."""
        own = (self._here, f"session {user} {session}")
        return Lane((own,), (), (own,))

    def wait_s(self, lane: Lane) -> float:
        """Return the seconds until an attempt in a lane is accepted; 0: now."""
        return max(backoff.wait_s(key) for backoff, key in (*lane.early, *lane.late))

    def begin(self, lane: Lane) -> None:
        """Count an attempt whose outcome is not known yet."""
        for backoff, key in lane.early:
            backoff.fail(key)

    def take_back(self, lane: Lane) -> None:
        """Uncount an attempt whose password was not checked after all, or was right."""
        for backoff, key in lane.early:
            backoff.take_back(key)

    def fail(self, lane: Lane) -> None:
        """Count an attempt with a wrong password."""
        for backoff, key in lane.late:
            backoff.fail(key)

    def succeed(self, lane: Lane) -> None:
        """Forget the failures of whoever knew the password; those of others stay."""
        self.take_back(lane)
        for backoff, key in lane.own:
            backoff.forgive(key)
        if lane.account:
            self._know(lane.account, lane.place)

    def forgive(self, account: str, address: str) -> None:
        """Forget the guesses at an account whose owner has proved who they are, from an address."""
        place = network(address)
        self._everywhere.forgive(account)
        self._devices.forgive(account)
        self._here.forgive(f"at {account} {place}")
        if address:
            self._know(account, place)

    def _know(self, account: str, place: str) -> None:
        key = f"{account} {place}"
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > KEYS_MAX:
            self._known.popitem(last=False)


def network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of an IPv6 one."""
    return _around(address, 64)


def wide_network(address: str) -> str:
    """Return the network of one site: an IPv4 address, or the /48 of an IPv6 one."""
    return _around(address, 48)


def _around(address: str, bits: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, bits), strict=False))
    return str(parsed)
