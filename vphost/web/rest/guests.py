"""REST of guests: people who play without an account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from vphost.rules.mode import Json
from vphost.web.limits import TokenBucket
from vphost.web.rest.permissions import resource
from vphost.wire.rest import Ask, Refused, Reply, Verb

AREA = "lobby"


@dataclass(slots=True)
class GuestsSite:
    """What this area works with.

    make: creates a guest and returns the answer; None when there are no guests. from_anywhere:
    not only from this machine. rate: of all guests together.
    """

    make: Callable[[], Awaitable[Mapping[str, Json]]] | None
    from_anywhere: bool = False
    rate: TokenBucket = field(default_factory=lambda: TokenBucket(1.0, 20))

    def lets_in(self, is_local: bool) -> bool:
        """Return whether somebody may become a guest. is_local: they ask from this machine."""
        return self.make is not None and (self.from_anywhere or is_local)


async def guest(ask: Ask[GuestsSite]) -> Reply:
    """Create a guest."""
    site = ask.host
    if site.make is None:
        raise Refused("not_found")
    if not site.lets_in(ask.is_local):
        raise Refused("forbidden", "Guests are admitted only on this machine.")
    if not site.rate.take():
        raise Refused("too_many_messages", retry_after_s=1)
    return Reply(await site.make(), 201)


routes = (
    resource("auth/guest/", {"POST": Verb(
        guest, "Play as a guest, with a little play money.", {201: "rest/lobby/guest.json"},
        body="rest/nothing.json", body_optional=True,
        refusals={403: "Guests are admitted only on this machine.", 404: "There are no guests."},
    )}, area=AREA),
)
