"""The glossary names each word once, and modules that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| \*\*(.+)\*\* \| .+ \| (.+) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE
)


def test_the_glossary_has_thirty_words_once() -> None:
    words = [word for word, _ in ROWS]
    assert len(set(words)) == len(words) >= 30


def test_modules_of_the_glossary_exist() -> None:
    named = [path for _, where in ROWS for path in re.findall(r"`([^`]+)`", where)]
    assert len(named) >= len(ROWS)
    assert [path for path in named if not (ROOT / path).is_file()] == []
