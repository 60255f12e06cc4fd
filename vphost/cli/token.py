"""`token NAME`: a sign-in for scripts."""

from __future__ import annotations

import argparse

from vphost.cli.calling import perform
from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = (
    "print a sign-in (JWT) of a user, for scripts; it ends like any other: after token_lifetime_s, "
    "by logging out with it, by a new password, `user sign-out` or `user disable`"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("name", metavar="NAME")
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print `{"id", "name", "token", "expires_in_s"}`."""
    return perform(config, "user.token", {"name": arguments.name})
