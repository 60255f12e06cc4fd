"""`user ...`: account holders: add, list, disable, enable, sign out, make operators."""

from __future__ import annotations

import argparse

from vphost.cli.calling import perform
from vphost.cli.settings import add_settings
from vphost.config.settings import Config
from vphost.rules.mode import Json

HELP = "add, list, disable users; make operators"
VERBS = (
    ("add", "add a user"), ("disable", "bar a user; all their sign-ins end at once, for good"),
    ("enable", "let a barred user in again"),
    ("sign-out", "end all sign-ins of a user, including tokens for scripts"),
    ("operator", "make a user an operator, or an ordinary user again"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in VERBS:
        added = verbs.add_parser(verb, help=text, allow_abbrev=False)
        added.add_argument("name", metavar="NAME")
        if verb == "operator":
            added.add_argument("switch", metavar="on|off", choices=("on", "off"))
        add_settings(added)
    listed = verbs.add_parser("list", help="list users, a page at a time", allow_abbrev=False)
    listed.add_argument("--after", default="-", metavar="ID", help="the last id of the page before")
    add_settings(listed)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the changed user, or a page of users."""
    if arguments.verb == "list":
        return perform(config, "user.list", {"after": arguments.after})
    args: dict[str, Json] = {"name": arguments.name}
    if arguments.verb == "operator":
        args["on"] = arguments.switch == "on"
    return perform(config, f"user.{arguments.verb.replace('-', '_')}", args)
