"""One register of variants and one of limits; the schemas list what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vphost.rules.poker.history.games import BETS, PHH_GAMES
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.variants import VARIANTS

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "schemas"


def enums(value: Any) -> list[list[Any]]:
    """Return all lists of allowed values in a schema."""
    if isinstance(value, list):
        return [found for one in value for found in enums(one)]
    if not isinstance(value, dict):
        return []
    own = [value["enum"]] if isinstance(value.get("enum"), list) else []
    return own + [found for one in value.values() for found in enums(one)]


ENUMS = [
    enum for path in sorted(SCHEMAS.rglob("*.json"))
    for enum in enums(json.loads(path.read_text()))
]


def test_schemas_list_every_variant() -> None:
    listing = [enum for enum in ENUMS if set(VARIANTS) & set(map(str, enum))]
    assert listing and all(set(VARIANTS) <= set(map(str, enum)) for enum in listing)


def test_schemas_list_exactly_the_limits() -> None:
    listing = [enum for enum in ENUMS if set(LIMITS) & set(map(str, enum))]
    assert listing and all(set(LIMITS) == set(enum) for enum in listing)


@pytest.mark.parametrize("code", list(VARIANTS))
def test_a_table_has_settings_for_each_variant(code: str) -> None:
    config = json.loads((SCHEMAS / "table" / "config.json").read_text())
    assert code in config["properties"]


def test_every_phh_code_names_a_listed_game() -> None:
    pairs = [
        (variant.code, limit) for variant in VARIANTS.values() for limit in variant.phh_codes
    ]
    assert len(PHH_GAMES) == len(pairs) and {limit for _, limit in pairs} <= set(LIMITS)
    assert set(BETS) == set(LIMITS)


def test_no_code_of_a_game_outside_the_register() -> None:
    quoted = {f'"{code}"' for code in VARIANTS}
    named = [
        str(path.relative_to(ROOT)) for folder in ("vphost", "plugins")
        for path in (ROOT / folder).rglob("*.py") if any(one in path.read_text() for one in quoted)
    ]
    assert named == ["vphost/rules/poker/variants.py"]
