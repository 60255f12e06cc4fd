"""Each wall falls when it is broken: a forbidden import of each kind is seen, and named.

A scratch copy of the tree gets one import per kind; the real one has to stay as it is.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"
PLANTS = {
    "Plugins do not know each other": ("plugins/cash/plugin.py", "plugins.pools.codes"),
    "A plugin uses the public door and the rules only": (
        "plugins/pools/codes.py", "vphost.plugin.registry"),
    "The host knows no bundled plugin": ("vphost/tables/area.py", "plugins.cash.plugin"),
    "Rules are pure: no loop, clock, dice, disk, network, processes, logging or drivers": (
        "vphost/rules/money.py", "subprocess"),
    "Every module of the host stands on its floor and imports from lower floors only": (
        "vphost/services/throttle.py", "vphost.web.peers"),
    "Services and the wire know no web server and no driver": (
        "vphost/wire/frames.py", "tornado.web"),
    "Stores, mail, payments and files know no web server": ("vphost/mail/smtp.py", "tornado.web"),
    "Services and web know no poker": (
        "vphost/services/uploads.py", "vphost.rules.poker.hand"),
    "The web knows rooms by their handle": (
        "vphost/web/limits.py", "vphost.services.rooms.room"),
}
"""Contract -> (where the import is planted, what is imported)."""
STRAY = "vphost/attic.py"
"""A module that stands on no floor."""


def copied(folder: Path) -> Path:
    """Copy what the contracts are about."""
    for part in ("vphost", "plugins"):
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "setup.cfg", folder)
    return folder


def lint(folder: Path) -> str:
    result = subprocess.run(
        [str(LINT), "--no-cache"], cwd=folder, capture_output=True, text=True
    )
    assert result.returncode == 1, result.stdout + result.stderr
    return " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = copied(tmp_path_factory.mktemp("planted"))
    for place, imported in PLANTS.values():
        with (folder / place).open("a") as file:
            file.write(f"\nimport {imported}  # planted\n")
    return lint(folder)


@pytest.mark.parametrize("contract", PLANTS)
def test_a_forbidden_import_breaks_its_contract(verdict: str, contract: str) -> None:
    assert f"{contract} BROKEN" in verdict
    place, imported = PLANTS[contract]
    source = re.escape(place.removesuffix(".py").replace("/", "."))
    target = re.escape(imported.split(".")[0] if "." in imported and (
        imported.startswith("tornado")) else imported)
    assert re.search(rf"{source} (->|is not allowed to import) {target}", verdict)


def test_every_contract_has_its_plant() -> None:
    named = re.findall(r"(?m)^name = (.+)$", (ROOT / "setup.cfg").read_text())
    assert set(PLANTS) <= set(named)
    assert {name for name in named if name != "vphost"} == set(PLANTS)


def test_a_module_on_no_floor_is_seen(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / STRAY).write_text('"""A module that nobody gave a place."""\n')
    assert "attic" in lint(folder)
