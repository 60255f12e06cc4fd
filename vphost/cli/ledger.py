"""`ledger deposit|withdraw|balance|verify`: money moved by operators, and proof of the books."""

from __future__ import annotations

import argparse
from typing import Any

from vphost.cli.calling import perform, print_verdict
from vphost.cli.settings import add_settings
from vphost.config.settings import BOOK, Config
from vphost.rules.money import to_major

HELP = "move money in and out, show balances, verify the books"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in (("deposit", "give a user money"), ("withdraw", "take money from a user")):
        move = verbs.add_parser(verb, help=text, allow_abbrev=False)
        move.add_argument("name", metavar="NAME")
        move.add_argument("amount", metavar="AMOUNT", help="major units, such as 12.50")
        move.add_argument("currency", metavar="CURRENCY")
        move.add_argument(
            "--id", required=True, metavar="KEY",
            help="your own id for this transfer; it is booked once, however often it is sent",
        )
        add_settings(move)
    balance = verbs.add_parser("balance", help="show a user's money", allow_abbrev=False)
    balance.add_argument("name", metavar="NAME")
    add_settings(balance)
    verify = verbs.add_parser("verify", help="replay everything", allow_abbrev=False)
    add_settings(verify)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the operation's answer."""
    if arguments.verb == "verify":
        return _verify(config)
    if arguments.verb == "balance":
        return perform(config, "ledger.balance", {"name": arguments.name})
    return perform(config, f"ledger.{arguments.verb}", {
        "name": arguments.name, "amount": arguments.amount, "currency": arguments.currency,
        "id": arguments.id,
    })


def _verify(config: Config) -> int:
    """Replay everything and print what was found; 1 on any difference.

    It only reads, also while a host is running. `sums` are the sums of all postings in minor units
    (0 each); `accounts` holds every balance that is not zero, in major units.
    """
    return print_verdict(_report(config))


async def _report(config: Config) -> dict[str, Any]:
    from vphost.services.ledger.verify import verify
    from vphost.wiring.offline import reading

    async with reading(config) as (journal, _):
        found = await verify(journal, BOOK, config.house_limits)
    decimals = {currency.code: currency.decimals for currency in config.currencies}
    accounts: dict[str, dict[str, str]] = {}
    for (account, code), amount in sorted(found.balances.items()):
        accounts.setdefault(account, {})[code] = to_major(amount, decimals.get(code, 0))
    return {
        "ok": found.ok, "sums": found.sums, "accounts": accounts,
        "chain": {"commits": found.commits, "head": found.head,
                  "state": "whole" if found.ok else "faulty"},
        "faults": found.faults, "fault_count": found.fault_count,
    }
