"""What an operator may do with tables, as named operations."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.accounts import Accounts
from vphost.services.operators.operations import Added, Answer, wrong_argument
from vphost.tables.tables import Tables

ADD: Mapping[str, type] = {"host": str, "mode": str, "config": dict}


def table_operations(accounts: Accounts, tables: Tables) -> Mapping[str, Added]:
    """Return the operations by name."""

    async def add(args: Mapping[str, Json]) -> Answer:
        """Create a table that belongs to a user and is open at once."""
        if (refused := wrong_argument(args, ADD)) is not None:
            return refused
        user = await accounts.by_name(args["host"])
        if user is None:
            return Rejected("not_found", {"name": args["host"][:40]})
        table = await tables.create(user.id, args["mode"], args["config"])
        if isinstance(table, Rejected):
            return table
        return {
            "token": table.id, "short_token": table.short_token, "mode": table.mode,
            "host": user.username,
        }

    return {"table.add": add}
