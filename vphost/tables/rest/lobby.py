"""REST of the lobby: the open tables of all modes, and whether a code belongs to a table."""

from __future__ import annotations

from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.tables import Status
from vphost.wire.rest import TOKEN, Ask, Refused, Reply, Verb

AREA = "lobby"
OVER = (Status.EXPIRED.value, Status.CLOSED.value)


async def tables(ask: Ask[TableSite]) -> Reply:
    """List the open tables."""
    site = ask.host
    guests = site.lets_guests_in(ask.is_local)
    return Reply({"tables": list(await site.lobby.tables()), "guests": guests})


async def invitation(ask: Ask[TableSite]) -> Reply:
    """Return the table of a code; guessing codes is limited here as much as by joining."""
    wait_s = ask.host.join_rate.take(f"address {ask.address}")
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
    resource("lobby/tables/", {"GET": Verb(
        tables, "The open tables, at most a hundred; may be a second old.",
        {200: "rest/lobby/tables.json"},
    )}, area=AREA),
    resource("lobby/invitations/{token}/", {"GET": Verb(
        invitation, "Whether there is a table with this code, without signing in.",
        {200: "rest/lobby/invitation.json"},
        refusals={
            409: "The table is over.",
            429: "Too many attempts; Retry-After says when to try again.",
        },
    )}, parameters={"token": TOKEN}, area=AREA),
)
