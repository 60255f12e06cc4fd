"""REST of operators: tables with what a stranger at them sees, and finished hands.

Everything that is told of a game goes through the mode's view for nobody in particular and the
table's own codec, as it does for a socket of somebody who is no player: an operator sees no
pocket card while a hand runs, and never more of a finished one than was shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from vphost.rules.mode import Json
from vphost.rules.money import to_major
from vphost.rules.poker.table.mode import ROOM_MODES
from vphost.rules.poker.history.export import Record as Hand
from vphost.rules.poker.history.phh import BadHistory
from vphost.rules.poker.history.write import phh_text
from vphost.services.operators.back_office import SentEvent
from vphost.tables.rest.tables import done
from vphost.tables.tables import Status, Table
from vphost.web.rest.admin import AFTER_SEQ, seen
from vphost.web.rest.permissions import API
from vphost.web.site import Site
from vphost.wire.codec import FrameContext
from vphost.wire.rest import (LIMIT, NUMBER, PAGE, TOKEN, Ask, Query, Refused,
                              Reply, page)

STATUSES = [one.value for one in Status if one is not Status.CREATING]
PLAYERS_MAX, NAME_MAX = 500, 64


async def _row(site: Site, table: Table) -> dict[str, Json]:
    """Return a table for a list."""
    creator = await site.back_office.accounts.by_id(table.host)
    room = await site.find_room(table.id)
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


async def _found(ask: Ask[Site]) -> Table:
    table = await ask.host.hosting.tables.find(ask.path["token"])
    if table is None:
        raise Refused("not_found")
    return table


async def tables(ask: Ask[Site]) -> Reply:
    """List tables."""
    limit, status = ask.query["limit"], ask.query.get("status")
    found = await ask.host.hosting.tables.list_all(
        ask.query.get("after", ""), limit + 1, None if status is None else Status(status)
    )
    rows = [(table.id, await _row(ask.host, table)) for table in found]
    return Reply(page(rows, limit, f"{API}admin/tables/", ask.query))


async def table(ask: Ask[Site]) -> Reply:
    """Show a table."""
    found = await _found(ask)
    config = dict(ask.host.hosting.config(found))
    decimals = config.pop("decimals", 2)
    is_poker = found.mode in ROOM_MODES
    return Reply({
        **await _row(ask.host, found),
        "configuration": ask.host.config_out(config, decimals) if is_poker else None,
        "state": await _state(ask.host, found),
        "players": [one async for one in _players(ask.host, found)],
    })


async def _state(site: Site, table: Table) -> list[Json]:
    """Return the frames that a stranger at the table gets."""
    room = await site.find_room(table.id)
    codec = site.sockets.codec(_protocol(site, table))
    if room is None or room.quarantined or codec is None:
        return []
    shift_ms = site.shift_ms()
    context = FrameContext(
        room.id, room.seq, 0, site.now_ms() + shift_ms, room.labels, shift_ms
    )
    return [orjson.loads(one) for one in codec.view(context, room.view(None), None)]


def _protocol(site: Site, table: Table) -> str:
    """Return which protocol a table's mode speaks."""
    mode = site.modes.get(table.mode)
    return str(getattr(mode, "protocol", table.mode))


async def _players(site: Site, table: Table) -> AsyncIterator[Json]:
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


# -- hands ------------------------------------------------------------------------------------


def _hand_row(site: Site, hand: Hand) -> dict[str, Json]:
    assert hand.final is not None, "it is finished"
    decimals = _decimals(site, hand.config)
    return {
        "hand": hand.number, "at": hand.at_ms / 1000, "game": hand.game_id,
        "sequence": hand.sequence, "players": list(hand.names),
        "results": [
            to_major(after - before, decimals) for before, after in zip(hand.stacks, hand.final)
        ],
    }


def _decimals(site: Site, config: Mapping[str, Json]) -> int:
    currency = site.currencies.get(str(config.get("currency")))
    return currency.decimals if currency else 0


async def hands(ask: Ask[Site]) -> Reply:
    """List finished hands."""
    table, limit = await _found(ask), ask.query["limit"]
    found = await ask.host.back_office.hands(
        table.id, table.mode, ask.query["after"], limit + 1
    )
    rows = [(str(hand.number), _hand_row(ask.host, hand)) for hand in found]
    return Reply(page(rows, limit, f"{API}admin/tables/{table.id}/hands/", ask.query))


async def hand(ask: Ask[Site]) -> Reply:
    """Show a finished hand."""
    table = await _found(ask)
    found, told = done(await ask.host.back_office.hand(table.id, table.mode, ask.path["number"]))
    text, fault = None, None
    try:
        text = phh_text(found, table.id, _decimals(ask.host, found.config))
    except BadHistory as bad:
        fault = bad.text
    return Reply({
        **_hand_row(ask.host, found), "phh": text, "phh_fault": fault,
        "events": _frames(ask.host, table, found, told),
    })


def _frames(site: Site, table: Table, hand: Hand, told: Sequence[SentEvent]) -> list[Any]:
    """Return the public frames of a hand's events."""
    codec = site.sockets.codec(_protocol(site, table))
    if codec is None:
        return []
    labels = {
        "currency": hand.config.get("currency"), "decimals": _decimals(site, hand.config),
        "game_mode": table.config.get("game_mode", "UNDEFINED"),
    }
    return [
        orjson.loads(codec.event(
            FrameContext(table.id, one.seq, one.place, one.at_ms, labels, one.shift_ms),
            one.event, None,
        )) for one in told
    ]


NAMED = {"token": TOKEN}
routes = (
    seen(
        "admin/tables/", tables, "All tables, by id.", "rest/admin/tables.json", *PAGE,
        Query("status", {
            "type": "string", "enum": STATUSES,
            "description": "Only tables whose document has this status; `open` holds `running`.",
        }),
    ),
    seen(
        "admin/tables/{token}/", table, "A table, with what a stranger at it sees now.",
        "rest/admin/table.json", parameters=NAMED,
    ),
    seen(
        "admin/tables/{token}/hands/", hands, "Finished hands of a table, oldest first.",
        "rest/admin/hands.json", LIMIT, AFTER_SEQ, parameters=NAMED,
    ),
    seen(
        "admin/tables/{token}/hands/{number}/", hand,
        "A finished hand: as a hand history, and as every viewer saw it.",
        "rest/admin/hand.json", parameters={**NAMED, "number": NUMBER},
        refusals={409: "The hand is not over."},
    ),
)
