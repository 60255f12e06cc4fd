"""`audit verify|list`: the log of what operators did, whether or not a host is running."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, Any, cast

from vphost.cli.calling import DONE, print_line, print_verdict
from vphost.cli.settings import add_settings
from vphost.config.settings import Config
from vphost.services.operators.audit import HEAD
from vphost.services.ports import Documents, StoreDown, StoreRefused

if TYPE_CHECKING:
    from vphost.store import StoreDocuments

HELP = "verify or list what operators did"
PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="look for altered and missing rows",
                              allow_abbrev=False)
    add_settings(verify)
    listed = verbs.add_parser("list", help="one JSON line a row, oldest first", allow_abbrev=False)
    listed.add_argument("--after", type=int, default=0, metavar="SEQ", help="rows after this one")
    listed.add_argument("--limit", type=int, default=None, metavar="N", help="at most so many")
    add_settings(listed)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the verdict, or the rows; 1 when a row is altered or missing."""
    if arguments.verb != "list":
        return print_verdict(_report(config))
    try:
        return asyncio.run(_list(config, max(0, arguments.after), arguments.limit))
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None


async def _report(config: Config) -> dict[str, Any]:
    from vphost.services.operators.audit_check import verify
    from vphost.wiring.offline import reading

    async with reading(config) as (_, documents):
        return (await verify(documents, await _is_kept(documents))).report()


async def _is_kept(documents: Documents) -> bool:
    """Return whether a store has an audit log; stores of older releases have none."""
    found = await cast("StoreDocuments", documents).collections()
    return any(name == HEAD for name, _, _ in found)


async def _list(config: Config, after: int, limit: int | None) -> int:
    from vphost.services.operators.audit import ROWS, declare, row_id
    from vphost.wiring.offline import reading

    async with reading(config) as (_, documents):
        if not await _is_kept(documents):
            return DONE
        await declare(documents)
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            rows = await documents.find(ROWS, {}, row_id(after), size)
            if not rows:
                break
            for row in rows:
                print_line(row.body)
            after = int(row.id)
            left = None if left is None else left - len(rows)
    return DONE
