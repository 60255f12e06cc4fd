"""The walls of the house: imports, types and style, as the project's own tools see them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run one of the tools from the project's environment in the project's root."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True
    )


def test_every_import_contract_is_kept() -> None:
    result = run("lint-imports")
    assert result.returncode == 0, result.stdout + result.stderr


def test_types_hold() -> None:
    result = run("mypy")
    assert result.returncode == 0, result.stdout + result.stderr


def test_style_holds() -> None:
    result = run("flake8", "vphost", "plugins", "tests", "run.py")
    assert result.returncode == 0, result.stdout


def test_run_py_is_only_the_door() -> None:
    lines = (ROOT / "run.py").read_text().splitlines()
    assert len(lines) <= 40
