"""`user add NAME`: a new account holder."""

from __future__ import annotations

import argparse

from vphost.cli.calling import perform
from vphost.cli.settings import add_settings
from vphost.config import Config

HELP = "add users"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="add a user", allow_abbrev=False)
    add.add_argument("name", metavar="NAME")
    add_settings(add)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print `{"id", "name"}`."""
    return perform(config, "user.add", {"name": arguments.name})
