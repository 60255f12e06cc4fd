"""Modules of the poker rules import each other in one direction, for types too."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = ROOT / "vphost" / "rules"
TABLE = RULES / "poker" / "table"
"""A table knows its format, and a format is asked about a table: the one circle of types."""


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, those for types included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def test_poker_rules_import_in_one_direction() -> None:
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in RULES.rglob("*.py") if TABLE not in path.parents
    }
    order = TopologicalSorter({
        name: imports(path) & files.keys() for name, path in files.items()
    })
    try:
        order.prepare()
    except CycleError as error:
        raise AssertionError(error.args[1]) from None
