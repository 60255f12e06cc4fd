"""REST of operators: finished hands of poker tables.

They are shown through the table's own codec as every viewer got them, and so never more of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vphost.rules.mode import Json, Labels
from vphost.rules.money import to_major
from vphost.rules.poker.history.export import RecordedHand as Hand
from vphost.rules.poker.history.phh import BadHistory
from vphost.rules.poker.history.write import phh_text
from vphost.rules.poker.table.format import UNDEFINED
from vphost.tables.hands import SentEvent
from vphost.tables.rest.admin_tables import NAMED, found_table
from vphost.tables.rest.permissions import ACCESS
from vphost.tables.rest.site import TableSite
from vphost.tables.rest.tables import done
from vphost.tables.tables import Table
from vphost.web.rest.admin import AFTER_SEQ, read_resource
from vphost.web.rest.permissions import API
from vphost.wire.codec import FrameContext
from vphost.wire.rest import LIMIT, NUMBER, Ask, Reply, page


def _hand_row(site: TableSite, hand: Hand) -> dict[str, Json]:
    assert hand.final is not None, "it is finished"
    decimals = _decimals(site, hand.config)
    return {
        "hand": hand.number, "at": hand.at_ms / 1000, "game": hand.game_id,
        "sequence": hand.sequence, "players": list(hand.names),
        "results": [
            to_major(after - before, decimals) for before, after in zip(hand.stacks, hand.final)
        ],
    }


def _decimals(site: TableSite, config: Mapping[str, Json]) -> int:
    currency = site.currencies.get(str(config.get("currency")))
    return currency.decimals if currency else 0


async def hands(ask: Ask[TableSite]) -> Reply:
    """List finished hands."""
    table, limit = await found_table(ask), ask.query["limit"]
    found = await ask.host.hands.finished(
        table.id, table.mode, ask.query["after"], limit + 1
    )
    rows = [(str(hand.number), _hand_row(ask.host, hand)) for hand in found]
    return Reply(page(rows, limit, f"{API}admin/tables/{table.id}/hands/", ask.query))


async def hand(ask: Ask[TableSite]) -> Reply:
    """Show a finished hand."""
    table = await found_table(ask)
    found, told = done(await ask.host.hands.one(table.id, table.mode, ask.path["number"]))
    text, fault = None, None
    try:
        text = phh_text(found, table.id, _decimals(ask.host, found.config))
    except BadHistory as bad:
        fault = bad.text
    return Reply({
        **_hand_row(ask.host, found), "phh": text, "phh_fault": fault,
        "events": _frames(ask.host, table, found, told),
    })


def _frames(site: TableSite, table: Table, hand: Hand, told: Sequence[SentEvent]) -> list[Any]:
    """Return the public frames of a hand's events."""
    codec = site.sockets.codec(site.protocol_of(table.mode))
    if codec is None:
        return []
    labels = Labels(
        decimals=_decimals(site, hand.config), currency=str(hand.config.get("currency", "")),
        game_mode=table.config.get("game_mode", UNDEFINED),
    )
    return [
        orjson.loads(codec.event(
            FrameContext(table.id, one.seq, one.place, one.at_ms, labels, one.shift_ms),
            one.event, None,
        )) for one in told
    ]


routes = (
    read_resource(
        "admin/tables/{token}/hands/", hands, "Finished hands of a table, oldest first.",
        "rest/admin/hands.json", LIMIT, AFTER_SEQ, parameters=NAMED, access=ACCESS,
    ),
    read_resource(
        "admin/tables/{token}/hands/{number}/", hand,
        "A finished hand: as a hand history, and as every viewer saw it.",
        "rest/admin/hand.json", parameters={**NAMED, "number": NUMBER}, access=ACCESS,
        refusals={409: "The hand is not over."},
    ),
)
