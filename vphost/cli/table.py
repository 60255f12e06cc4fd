"""`table add --host NAME [--config FILE]`: a new open table.

FILE is TOML with the table's configuration: here `--config` does not mean the server's settings.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

from vphost.cli.calling import perform, print_refusal
from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = "add tables"
FILE_BYTES_MAX = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="add an open table", allow_abbrev=False)
    add.add_argument("--host", required=True, metavar="NAME", help="the user whose table it is")
    add.add_argument("--mode", default="table", metavar="MODE", help="kind of room (table)")
    add.add_argument(
        "--config", dest="table_file", type=Path, metavar="FILE", help="the table's TOML"
    )
    add_settings(add, config_flag=False)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print `{"token", "short_token", "mode", "host"}`."""
    try:
        table = _read(arguments.table_file) if arguments.table_file else {}
    except ValueError as error:
        return print_refusal("bad_message", {"file": str(arguments.table_file),
                                             "reason": str(error)})
    args = {"host": arguments.host, "mode": arguments.mode, "config": table}
    return perform(config, "table.add", args)


def _read(path: Path) -> dict[str, Any]:
    """Return a TOML file. Raises: ValueError with the reason."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(raw) > FILE_BYTES_MAX:
        raise ValueError(f"more than {FILE_BYTES_MAX} bytes")
    try:
        return tomllib.loads(raw.decode())
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError as error:
        raise ValueError(f"is no TOML: {error}") from None
