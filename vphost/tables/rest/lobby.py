"""REST that makes sense with every mode unplugged: guests, the lobby."""

from __future__ import annotations

from vphost.web.rest.permissions import resource
from vphost.web.site import Site
from vphost.wire.rest import Ask, Refused, Reply, Verb

AREA = "lobby"


async def guest(ask: Ask[Site]) -> Reply:
    """Make a guest."""
    site = ask.host
    if site.guest is None:
        raise Refused("not_found")
    if not site.guests_from_anywhere and not ask.is_local:
        raise Refused("forbidden", "Guests are let in on this machine only.")
    if not site.guest_rate.take():
        raise Refused("too_many_messages", retry_after_s=1)
    return Reply(await site.guest(), 201)


async def tables(ask: Ask[Site]) -> Reply:
    """List the open tables."""
    site = ask.host
    guests = site.guest is not None and (site.guests_from_anywhere or ask.is_local)
    return Reply({"tables": list(await site.lobby()), "guests": guests})


routes = (
    resource("auth/guest/", {"POST": Verb(
        guest, "Be somebody, with a little play money.", {201: "rest/lobby/guest.json"},
        body="rest/nothing.json", body_optional=True,
        refusals={403: "Guests are let in on this machine only.", 404: "There are no guests."},
    )}, area=AREA),
    resource("lobby/tables/", {"GET": Verb(
        tables, "The open tables, at most a hundred; may be a second old.",
        {200: "rest/lobby/tables.json"},
    )}, area=AREA),
)
