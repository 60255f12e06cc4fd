"""A plugin's own subcommand; it gets its arguments and one function that calls operations."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from vphost.cli.calling import ask
from vphost.config.settings import Config
from vphost.plugin_api import CliCommand, Json

FAILED = 1


def run(command: CliCommand, arguments: argparse.Namespace, config: Config) -> int:
    """Run a plugin's command and return its exit status.

    The `call` that it gets returns `{"ok": true, "answer"}` or `{"ok": false, "code", "message",
    "detail"}`, from the running host, or from the store when no host runs.
    """

    def call(op: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        return ask(config, op, args)

    status = command.run(arguments, call)
    return status if isinstance(status, int) else FAILED
