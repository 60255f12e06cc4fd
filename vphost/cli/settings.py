"""The settings as flags: every field of the configuration that one flag can hold."""

from __future__ import annotations

import argparse
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from vphost.config.settings import Config, make

SETTING = "setting_"
"""Prefix of a setting's name among the parsed arguments."""
FILE_ONLY = frozenset({"currencies", "house_limits"})
"""Tables, which no flag can hold."""
SECRET = frozenset({"stripe_key", "stripe_webhook_secret", "s3_secret_key"})
"""Secrets: as flags they would be visible to all users of the machine in its list of processes."""


def add_settings(parser: argparse.ArgumentParser, config_flag: bool = True) -> None:
    """Add a flag for every setting. config_flag: also the flag that names the file."""
    group = parser.add_argument_group("settings")
    if config_flag:
        group.add_argument(
            "--config", dest=f"{SETTING}file", type=Path, default=argparse.SUPPRESS,
            metavar="FILE", help="TOML file with settings (or VPHOST_CONFIG)",
        )
    group.add_argument(
        "--print-config", action="store_true", default=argparse.SUPPRESS,
        help="print the settings as they are in force, without secrets, and end",
    )
    for one in fields(Config):
        if one.name in FILE_ONLY | SECRET:
            continue
        flag = "--plugin-dir" if one.name == "plugin_dirs" else f"--{one.name.replace('_', '-')}"
        notes = one.metadata
        text = f"{notes['help']} ({notes['unit']}; {notes['range']}; default: {one.default})"
        shape: dict[str, Any] = {"metavar": "VALUE"}
        if isinstance(one.default, bool):
            shape = {"action": argparse.BooleanOptionalAction}
        elif one.name == "plugin_dirs":
            shape = {"action": "append", "metavar": "FOLDER"}
        group.add_argument(
            flag, dest=SETTING + one.name, default=argparse.SUPPRESS,
            help=text.replace("%", "%%"), **shape,
        )


def read_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration of a command line. Raises: ConfigError."""
    given = {
        name.removeprefix(SETTING): value
        for name, value in vars(arguments).items() if name.startswith(SETTING)
    }
    file = given.pop("file", None) or os.environ.get("VPHOST_CONFIG")
    return make(given, os.environ, Path(file) if file else None)
