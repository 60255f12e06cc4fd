"""The demo's table: it belongs to a system user, is open to all, and bots play at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vphost.rules.mode import Rejected
from vphost.rules.poker.table.mode import TableMode
from vphost.services.accounts.accounts import Accounts, Kind
from vphost.services.rooms.rooms import Rooms
from vphost.tables.bots import Bots
from vphost.tables.tables import Table, Tables
from vphost.web.area import DemoRefused

HOST_NAME = "demo-host"
BUY_IN = 40_00
"""Minor units of PLAY that each bot puts on the table."""
CONFIG = {
    "name": "Demo table", "small_blind": "0.25", "big_blind": "0.50", "min_buy_in": "10",
    "max_buy_in": "100", "default_bank_value": "500", "turn_time_limit": 20,
    "timebank_limit": 60, "time_between_hands": 6, "currency": "PLAY",
}


async def start_bots(
    accounts: Accounts, tables: Tables, rooms: Rooms, seed: Callable[[], bytes],
    users: Mapping[str, str],
) -> Bots:
    """Return the running bots of the demo's table, which is created at the first start.

    users: the bots, id -> name. Raises: DemoRefused.
    """
    host = await accounts.ensure(HOST_NAME, Kind.SYSTEM)
    table = await _table(tables, host.id)
    room = rooms.get(table.id)
    if room is None:
        raise DemoRefused(f"the room of the demo's table {table.id} is not open")
    bots = Bots(room, host.id, seed)
    await bots.start(users, BUY_IN)
    return bots


async def _table(tables: Tables, host: str) -> Table:
    """Return the demo host's open table, created if there is none."""
    after = ""
    while page := await tables.list_open(after, 100):
        for table in page:
            if table.host == host:
                return table
        after = page[-1].id
    made = await tables.create(host, TableMode.name, CONFIG, lifetime_ms=None)
    if isinstance(made, Rejected):
        raise DemoRefused(f"the demo's table was refused: {made.code} {dict(made.detail)}")
    return made
