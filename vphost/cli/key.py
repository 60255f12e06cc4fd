"""`key create|list|revoke`: API keys for programs."""

from __future__ import annotations

import argparse

from vphost.cli.calling import perform
from vphost.cli.settings import add_settings
from vphost.config.settings import Config
from vphost.services.accounts.scopes import DAYS_MAX, SCOPES

HELP = "make, list and revoke API keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser(
        "create", help="make a key; it is shown only this once", allow_abbrev=False
    )
    create.add_argument(
        "--name", required=True, metavar="N", help="whose it is; a name may have two keys at a time"
    )
    create.add_argument(
        "--scope", required=True, metavar="S[,S]", help=f"what it is for: {', '.join(SCOPES)}"
    )
    create.add_argument(
        "--expires", type=int, default=None, metavar="DAYS",
        help=f"1 to {DAYS_MAX}; without it the key lives until it is revoked",
    )
    add_settings(create)
    add_settings(verbs.add_parser("list", help="list all keys", allow_abbrev=False))
    revoke = verbs.add_parser("revoke", help="end a key at once", allow_abbrev=False)
    revoke.add_argument("id", metavar="ID", help="as listed: the part of the key before the dot")
    add_settings(revoke)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the new key, all keys, or the revoked one."""
    if arguments.verb == "create":
        scopes = [scope.strip() for scope in arguments.scope.split(",")]
        return perform(config, "key.create", {
            "name": arguments.name, "scopes": scopes, "expires_days": arguments.expires,
        })
    if arguments.verb == "list":
        return perform(config, "key.list", {})
    return perform(config, "key.revoke", {"id": _id(arguments.id)})


def _id(text: str) -> str:
    """Return the id, also when the whole key was given."""
    return text.removeprefix("vph_").partition(".")[0]
