"""The bots of the demo, for which areas and plugins play."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules import books
from vphost.services.accounts.accounts import Accounts, Kind
from vphost.services.ledger.ledger import Ledger

BOT_NAMES = ("Ada", "Boris", "Chen", "Dalia")
BOTS_BET_IN, BOT_GRANT = "DON", 1_000_000_00
"""What each bot gets once, minor units, for plugins whose demo has the bots bet."""


async def make_bots(
    accounts: Accounts, ledger: Ledger, grants: Mapping[str, int]
) -> Mapping[str, str]:
    """Return the bots that play in the demo, id -> name; they are created at the first start.

    grants: currency -> what each of them gets once, minor units.
    """
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
    return users
