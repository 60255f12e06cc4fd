"""`room revive ID`: restart a room that was stopped because of a fault in its mode."""

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
        "revive", help="rebuild a stopped room from its events and restart it", allow_abbrev=False
    )
    revive.add_argument("id", metavar="ID", help="the room's id, as the log names it")
    add_settings(revive)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print `{"id", "mode", "seq"}`."""
    return perform(config, "room.revive", {"id": arguments.id})
