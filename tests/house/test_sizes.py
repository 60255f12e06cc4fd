"""No function over 60 lines, no file over 500: a stranger reads one piece at a time."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 500


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the project, as git lists them (untracked ones included)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def long_functions(source: str) -> list[tuple[str, int]]:
    """Return name and length of the functions that are too long."""
    return [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]


def test_the_measure_itself_finds_a_long_function() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES_MAX))
    assert long_functions(f"def long():\n{body}\n") == [("long", FUNCTION_LINES_MAX + 1)]


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_function_is_too_long(path: Path) -> None:
    assert long_functions(path.read_text()) == []


@pytest.mark.parametrize(
    "path", tracked("*.py", "*.js", "*.mjs", "*.css", "*.html"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


def test_no_piece_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager", "misc"}
    named = [p for p in tracked("*.py", "*.js") if p.stem in empty]
    assert named == []


def test_no_two_test_files_share_a_name() -> None:
    names = Counter(one.name for one in tracked("tests/*.py") if one.name.startswith("test_"))
    assert [name for name, times in names.items() if times > 1] == []
