"""`store copy --from URL --to URL`: move a whole host to another store.

Commits keep their bytes and hashes, documents their versions. Key files are not part of a store
and have to be copied separately.
"""

from __future__ import annotations

import argparse
import asyncio

from vphost.cli.calling import DONE, print_line
from vphost.cli.settings import add_settings
from vphost.config.settings import Config, ConfigError
from vphost.config.values import BadValue, store_url
from vphost.services.ports import StoreDown, StoreRefused

HELP = "copy a whole store into another one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    copy = verbs.add_parser("copy", help="copy a store into one that is not there yet",
                            allow_abbrev=False)
    copy.add_argument("--from", dest="source", required=True, metavar="URL",
                      help="a store that no host runs on")
    copy.add_argument("--to", dest="target", required=True, metavar="URL",
                      help="where no store is yet")
    add_settings(copy)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Copy, read everything back and print one JSON line."""
    from vphost.wiring.store_copy import copy_store

    source, target = _url("from", arguments.source), _url("to", arguments.target)
    try:
        copied = asyncio.run(copy_store(source, target))
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None
    print_line({
        "ok": True,
        "books": {
            name: {"commits": commits, "head": head}
            for name, (commits, head) in copied.books.items()
        },
        "documents": copied.documents, "snapshots": copied.snapshots,
    })
    return DONE


def _url(flag: str, text: str) -> str:
    try:
        url = store_url(text)
    except BadValue as error:
        raise ConfigError(flag, str(error)) from None
    if url == "memory:":
        raise ConfigError(flag, "a store in memory ends with its process")
    return url
