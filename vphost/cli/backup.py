"""`backup PATH`, `restore PATH`: copy an embedded store to one file, even in use, and back."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from vphost.cli.calling import DONE, print_line
from vphost.cli.settings import add_settings
from vphost.config.settings import Config
from vphost.services.ports import StoreDown, StoreRefused

HELP = "copy the embedded store to PATH while it runs (backup), or make such a copy the store"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("path", type=Path, metavar="PATH", help="the copy")
    if parser.prog.endswith("restore"):
        parser.add_argument(
            "--replace", action="store_true",
            help="move an existing store aside; never one that a running host uses",
        )
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one JSON line: what was copied, that it verifies, and which keys belong to it."""
    from vphost.wiring.backups import back_up, put_back

    try:
        if arguments.command == "backup":
            answer = asyncio.run(back_up(config, arguments.path))
        else:
            answer = asyncio.run(put_back(config, arguments.path, arguments.replace))
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None
    print_line(answer)
    return DONE
