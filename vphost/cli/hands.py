"""`hands --table T [--hand N]`: finished hands of a table, listed or as PHH."""

from __future__ import annotations

import argparse

from vphost.cli.settings import add_settings
from vphost.config import Config

HELP = "list finished hands of a table, or print one as a hand history (PHH)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--table", required=True, metavar="T", help="its token, long or short")
    parser.add_argument("--hand", type=int, metavar="N", help="number of the hand; else a list")
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one JSON line per hand, or the PHH text of one."""
    raise NotImplementedError
