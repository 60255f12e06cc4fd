"""REST that makes sense with every mode unplugged: guests, the lobby."""

from __future__ import annotations

from vphost.tables.tables import Status
from vphost.web.rest.permissions import resource
from vphost.web.site import Site
from vphost.wire.rest import TOKEN, Ask, Refused, Reply, Verb

AREA = "lobby"
OVER = (Status.EXPIRED.value, Status.CLOSED.value)


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


async def invitation(ask: Ask[Site]) -> Reply:
    """Say whether a code is a table's; guessing codes is as slow here as by joining."""
    rate = ask.host.join_rate
    wait_s = 0.0 if rate is None else rate.take(f"address {ask.address}")
    if wait_s > 0:
        raise Refused("too_many_attempts", retry_after_s=wait_s)
    hosting = ask.host.hosting
    table = await hosting.tables.find(ask.path["token"])
    if table is None:
        raise Refused("not_found")
    if hosting.status(table) in OVER:
        raise Refused("table_expired")
    return Reply({"name": table.config.get("name", "Table")})


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
    resource("lobby/invitations/{token}/", {"GET": Verb(
        invitation, "Whether there is a table with this code, before one signs in.",
        {200: "rest/lobby/invitation.json"},
        refusals={
            409: "The table is over.", 429: "Too many tries; Retry-After says when.",
        },
    )}, parameters={"token": TOKEN}, area=AREA),
)
