"""`serve` (the default command): run the host until it is told to stop."""

from __future__ import annotations

import argparse

from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = "run the host (this is what happens without a command)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Serve until SIGTERM or SIGINT; 0 after a clean shutdown."""
    from vphost.app import serve

    return serve(config)
