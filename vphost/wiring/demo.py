"""The demo: one open table of a system user, with bots that play whenever somebody might watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vphost.rules import books
from vphost.rules.mode import Rejected
from vphost.services.accounts.accounts import Accounts, Kind
from vphost.services.ledger.ledger import Ledger
from vphost.services.rooms.rooms import Rooms
from vphost.tables.bots import Bots
from vphost.tables.tables import Table, Tables

HOST_NAME = "demo-host"
BOT_NAMES = ("Ada", "Boris", "Chen", "Dalia")
MODE = "table"
BUY_IN = 40_00
"""Minor units of PLAY that each bot puts on the table."""
BOTS_BET_IN, BOT_GRANT = "DON", 1_000_000_00
"""What each bot gets once, minor units, for plugins whose demo lets the bots bet."""
CONFIG = {
    "name": "Demo table", "small_blind": "0.25", "big_blind": "0.50", "min_buy_in": "10",
    "max_buy_in": "100", "default_bank_value": "500", "turn_time_limit": 20,
    "timebank_limit": 60, "time_between_hands": 6, "currency": "PLAY",
}


class DemoRefused(Exception):
    """The demo cannot be set up; the message says why."""


async def start_demo(
    accounts: Accounts, tables: Tables, rooms: Rooms, ledger: Ledger,
    seed: Callable[[], bytes], grants: Mapping[str, int],
) -> Bots:
    """Return the running bots of the demo's table, which is made at the first start.

    grants: currency -> what each bot gets once, minor units.
    Raises: DemoRefused.
    """
    host = await accounts.ensure(HOST_NAME, Kind.SYSTEM)
    table = await _table(tables, host.id)
    room = rooms.get(table.id)
    if room is None:
        raise DemoRefused(f"the room of the demo's table {table.id} is not open")
    users = {}
    for name in BOT_NAMES:
        bot = await accounts.ensure(name, Kind.BOT)
        users[bot.id] = bot.username
        for code, amount in grants.items():
            await ledger.transact(
                f"demo:{code}:{bot.id}",
                books.move(books.WORLD, books.user(bot.id), code, amount),
                {"kind": "demo_grant", "user": bot.id},
            )
    bots = Bots(room, host.id, seed)
    await bots.start(users, BUY_IN)
    return bots


async def _table(tables: Tables, host: str) -> Table:
    """Return the demo host's open table, made when there is none."""
    after = ""
    while page := await tables.list_open(after, 100):
        for table in page:
            if table.host == host:
                return table
        after = page[-1].id
    made = await tables.create(host, MODE, CONFIG, lifetime_ms=None)
    if isinstance(made, Rejected):
        raise DemoRefused(f"the demo's table was refused: {made.code} {dict(made.detail)}")
    return made
