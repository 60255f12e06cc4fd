"""The steps by which the bench sorts its samples name functions that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bench._steps import STEPS

ROOT = Path(__file__).parents[2]
MARKS = sorted({mark for _, marks in STEPS for mark in marks})


@pytest.mark.parametrize("mark", MARKS)
def test_a_step_names_what_there_is(mark: str) -> None:
    function, _, place = mark.partition("(")
    path = ROOT / place
    inside = path.rglob("*.py") if path.is_dir() else path.parent.glob(f"{path.name}*.py")
    files = list(inside)
    assert files, f"{place} is gone"
    if name := function.strip():
        sources = "".join(file.read_text() for file in files)
        assert re.search(rf"def {name}\(", sources), f"{place} has no function {name}"
