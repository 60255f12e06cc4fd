"""`--print-config`: the settings as they are in force, without the secrets in them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vphost.config.settings import Config
from vphost.config.values import Secret
from vphost.rules.money import Currency

HIDDEN = "***"
_PASSWORD = re.compile(r"(//[^:@/]*):.*@")
_QUERY = re.compile(r"([?&][^=&]*)=[^&]*")


def print_config(config: Config) -> int:
    """Print all settings as one JSON object and return the exit status."""
    shown = {one.name: _shown(getattr(config, one.name)) for one in fields(Config)}
    sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


def without_secrets(text: str) -> str:
    """Return a setting's text; a URL loses its password and the values in its query."""
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1={HIDDEN}", _PASSWORD.sub(rf"\1:{HIDDEN}@", text))


def _shown(value: Any) -> Any:
    """Return a value in the shape that it has in the file."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Secret):
        return HIDDEN if value else ""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        tables: dict[str, dict[str, int]] = {}
        for (account, code), amount in value.items():
            tables.setdefault(account, {})[code] = amount
        return tables
    if isinstance(value, tuple) and value and isinstance(value[0], Currency):
        return {one.code: {"decimals": one.decimals, "symbol": one.symbol} for one in value}
    return [_shown(one) for one in value] if isinstance(value, tuple) else value
