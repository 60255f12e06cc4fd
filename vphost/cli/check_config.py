"""`check-config`: say whether a host would start with these settings, without starting one."""

from __future__ import annotations

import argparse
import asyncio

from vphost.cli.calling import DONE, print_line
from vphost.cli.settings import add_settings
from vphost.config.settings import Config, ConfigError

HELP = "check settings, plugins, schemas, key files and services without starting"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one JSON line. Outside services are asked whether they are usable; nothing changes.

    Raises: ConfigError, StoreRefused, PortUnusable: whatever would prevent a start.
    """
    from vphost.cli.reference import described
    from vphost.services.clock import SystemClock
    from vphost.services.journal.sealing import open_key_file
    from vphost.wiring.integrations import check_outside

    if config.sealing_keys.exists():
        open_key_file(config.sealing_keys)
    secret = config.mail_password_file
    if secret is not None and not secret.is_file():
        raise ConfigError("mail_password_file", f"{secret}: there is no such file")
    asyncio.run(check_outside(config, SystemClock()))
    plugins = described(config)[0]
    print_line({"ok": True, "plugins": list(plugins.names), "modes": sorted(plugins.modes)})
    return DONE
