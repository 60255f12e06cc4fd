"""The kernel knows no poker: nothing outside tables and poker names their events and fields."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
POKER = ("vphost/tables/", "vphost/rules/poker/", "plugins/cash/", "plugins/tournament/")
"""Where they may be named: the poker rules, tables as a product, the poker plugins."""
SHARED = frozenset({
    "join",  # Also an operation of the pools.
    "is_host",  # Also the pools' own word for somebody who governs a game.
    "user_connected",  # What every codec may tell of a connection: wire/codec.py.
})
"""Names that the table shares with others that have no schema for them."""


def files() -> Iterator[Path]:
    """Yield the code that knows no poker."""
    for folder in ("vphost", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(POKER):
                yield path


def fields_of(node: Any) -> Iterator[str]:
    """Yield the names of all properties in a schema, at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"]
        for value in node.values():
            yield from fields_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from fields_of(value)


def poker_names() -> frozenset[str]:
    """Return the names of events and of their fields that are the table's alone.

    A field of one plain word ("total", "line") says nothing of where it comes from.
    """
    events: dict[str, set[str]] = {}
    fields: dict[str, set[str]] = {}
    for path in SCHEMAS.rglob("*.json"):
        owner, *rest = path.relative_to(SCHEMAS).parts
        if rest[0] == "out":
            events.setdefault(owner, set()).add(path.stem)
        if owner != "table" or rest[0] == "out":
            fields.setdefault(owner, set()).update(fields_of(json.loads(path.read_text())))
    own_events, own_fields = events.pop("table"), fields.pop("table")
    others = set[str]().union(*events.values(), *fields.values())
    compound = {name for name in own_fields if "_" in name}
    return frozenset((own_events | compound) - others - SHARED)


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string in code; of docstrings the whole text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def named(source: str, names: frozenset[str]) -> list[str]:
    """Return `line: name` of the poker names in code."""
    return [f"{line}: {text}" for line, text in texts(source) if text in names]


def test_no_poker_name_stands_outside_tables_and_poker() -> None:
    names = poker_names()
    found = {
        path.relative_to(ROOT).as_posix(): wrong
        for path in files() if (wrong := named(path.read_text(), names))
    }
    assert found == {}


def test_the_names_are_those_of_the_table() -> None:
    names = poker_names()
    assert names >= {
        "game_state", "private_data", "pocket_cards", "players_bank", "player_kicked",
        "betting_round", "winners_award_timer", "turn", "bankroll", "state_config",
    }
    assert not names & {"username", "request_id", "balance", "pong", "auth_error", "error"}


@pytest.mark.parametrize("line", [
    'state = room.view(None)["game_state"]', 'if event.name == "player_kicked": pass',
    'held = seen.get("players_bank", {})', 'NAMES = ("turn", "other")',
])
def test_a_poker_name_is_found(line: str) -> None:
    assert named(line, poker_names()) != []


def test_no_game_mode_is_known_by_its_name() -> None:
    found = [
        f"{path.name}:{line}" for path in files()
        for line, text in texts(path.read_text()) if text == "cash"
    ]
    assert found == []
