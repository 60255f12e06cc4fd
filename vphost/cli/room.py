"""`room revive ID`: let a room go on that was stopped because of a fault of its mode."""

from __future__ import annotations

import argparse

from vphost.cli.calling import perform
from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = "rooms that were stopped because of a fault"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    revive = verbs.add_parser(
        "revive", help="fold a stopped room anew and let it go on", allow_abbrev=False
    )
    revive.add_argument("id", metavar="ID", help="the room's id, as the log names it")
    add_settings(revive)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print `{"id", "mode", "seq"}`."""
    return perform(config, "room.revive", {"id": arguments.id})
