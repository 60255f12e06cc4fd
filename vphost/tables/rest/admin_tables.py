"""REST of operators: tables of all modes, as a stranger sees them.

Everything about a game goes through the mode's view for nobody in particular and the codec of its
protocol, as for the socket of somebody who is not a player: operators see no pocket cards while a
hand is running.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson

from vphost.rules.mode import Json
from vphost.rules.poker.table.mode import ROOM_MODES
from vphost.tables.rest.permissions import ACCESS
from vphost.tables.rest.site import TableSite
from vphost.tables.tables import Status, Table
from vphost.web.rest.admin import read_resource
from vphost.web.rest.permissions import API
from vphost.wire.codec import FrameContext
from vphost.wire.rest import PAGE, TOKEN, Ask, Query, Refused, Reply, page

STATUSES = [one.value for one in Status if one is not Status.CREATING]
PLAYERS_MAX, NAME_MAX = 500, 64


async def _row(site: TableSite, table: Table) -> dict[str, Json]:
    """Return a table for a list."""
    creator = await site.accounts.by_id(table.host)
    room = await site.rooms.find(table.id)
    summary = site.hosting.summary(table.id)
    opened, expires = table.opened_at, table.expires_at
    return {
        "token": table.id, "short_table_token": table.short_token,
        "name": str(table.config.get("name", "Table"))[:NAME_MAX], "mode": table.mode,
        "type": table.kind.value, "status": site.hosting.status(table),
        "creator": {"id": table.host, "username": creator.username if creator else ""},
        "created": table.created_at / 1000,
        "open": None if opened is None else opened / 1000,
        "expire": None if expires is None else expires / 1000,
        "seated": 0 if summary is None else summary.seated,
        "is_loaded": room is not None, "is_stopped": room is not None and room.quarantined,
    }


async def found_table(ask: Ask[TableSite]) -> Table:
    """Return the table of the path. Raises: Refused 404."""
    table = await ask.host.hosting.tables.find(ask.path["token"])
    if table is None:
        raise Refused("not_found")
    return table


async def tables(ask: Ask[TableSite]) -> Reply:
    """List tables."""
    limit, status = ask.query["limit"], ask.query.get("status")
    found = await ask.host.hosting.tables.list_all(
        ask.query.get("after", ""), limit + 1, None if status is None else Status(status)
    )
    rows = [(table.id, await _row(ask.host, table)) for table in found]
    return Reply(page(rows, limit, f"{API}admin/tables/", ask.query))


async def table(ask: Ask[TableSite]) -> Reply:
    """Show a table."""
    found = await found_table(ask)
    config = dict(ask.host.hosting.config(found))
    decimals = config.pop("decimals", 2)
    is_poker = found.mode in ROOM_MODES
    return Reply({
        **await _row(ask.host, found),
        "configuration": ask.host.config_out(config, decimals) if is_poker else None,
        "state": await _state(ask.host, found),
        "players": [one async for one in _players(ask.host, found)],
    })


async def _state(site: TableSite, table: Table) -> list[Json]:
    """Return the frames that a stranger at the table would get."""
    room = await site.rooms.find(table.id)
    codec = site.sockets.codec(site.protocol_of(table.mode))
    if room is None or room.quarantined or codec is None:
        return []
    shift_ms = site.shift_ms()
    context = FrameContext(
        room.id, room.seq, 0, site.now_ms() + shift_ms, room.labels, shift_ms
    )
    return [orjson.loads(one) for one in codec.view(context, room.view(None), None)]


async def _players(site: TableSite, table: Table) -> AsyncIterator[Json]:
    """Yield who is or was a player of a table."""
    summary = site.hosting.summary(table.id)
    left = PLAYERS_MAX
    async for member in site.hosting.members.of_table(table.id):
        number = site.hosting.number_at(member)
        yield {
            "id": member.number, "user": member.user, "username": member.username,
            "is_here": site.hosting.is_here(member), "player": number,
            "seat": None if summary is None else summary.seat_of(number),
            "joined": member.joined_at / 1000,
        }
        left -= 1
        if not left:
            return


NAMED = {"token": TOKEN}
routes = (
    read_resource(
        "admin/tables/", tables, "All tables, by id.", "rest/admin/tables.json", *PAGE,
        Query("status", {
            "type": "string", "enum": STATUSES,
            "description": "Only tables whose document has this status; `open` includes `running`.",
        }), access=ACCESS,
    ),
    read_resource(
        "admin/tables/{token}/", table, "A table, with what a stranger at it sees now.",
        "rest/admin/table.json", parameters=NAMED, access=ACCESS,
    ),
)
