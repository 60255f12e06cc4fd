"""`replay`: one line per hand, exit status, and files that mean harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vphost.cli.main import main

GOLDEN = Path(__file__).parents[1] / "golden" / "phh"
HAND = """
variant = 'NT'
antes = [0, 0]
blinds_or_straddles = [0.50, 1]
min_bet = 1
starting_stacks = [100, 99.5]
actions = ['p2 cbr 2.50', 'p1 f']
"""


def replay(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Run `replay` and return its status and lines."""
    status = main(["replay", *words])
    printed = capsys.readouterr()
    assert printed.err == ""
    return status, [json.loads(line) for line in printed.out.splitlines()]


def written(folder: Path, text: str, name: str = "hand.phh") -> str:
    """Return the name of a new file."""
    (folder / name).write_text(text)
    return str(folder / name)


def test_all_golden_files_replay(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(path) for path in GOLDEN.iterdir() if path.suffix in (".phh", ".phhs"))
    status, lines = replay(capsys, *files)
    assert status == 0
    assert len(lines) == sum(Path(file).read_text().count("variant = ") for file in files)
    assert all(set(line) == {"id", "final_stacks", "error"} for line in lines)


def test_a_line_has_id_stacks_and_no_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = written(tmp_path, HAND)
    assert replay(capsys, name) == (
        0, [{"id": name, "final_stacks": ["99", "100.5"], "error": None}],
    )


def test_choices_are_told_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, lines = replay(capsys, "--legal", written(tmp_path, HAND))
    assert lines[0]["decisions"] == [
        {"actor": "p2", "can_check": False, "call": "0.5", "min_to": "2", "max_to": "99.5"},
        {"actor": "p1", "can_check": False, "call": "1.5", "min_to": "4", "max_to": "100"},
    ]


def test_no_raise_is_null(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shove = HAND.replace("cbr 2.50", "cbr 99.5")
    _, lines = replay(capsys, written(tmp_path, shove), "--legal")
    last = lines[0]["decisions"][-1]
    assert (last["call"], last["min_to"], last["max_to"]) == ("98.5", None, None)


def test_one_error_sets_the_status_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = HAND.replace("'p1 f'", "'p2 f'")
    name = written(tmp_path, f"[1]\n{HAND}\n[2]\n{bad}\n[3]\n{HAND}", "three.phhs")
    status, lines = replay(capsys, name)
    assert status == 1
    assert [line["id"] for line in lines] == [f"{name}#1", f"{name}#2", f"{name}#3"]
    assert [line["error"] for line in lines] == [
        None, "not_your_turn: action 2: p2 f", None,
    ]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"variant = ", b"\x00" * 100])
def test_a_file_that_is_none_is_one_error_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.phh").write_bytes(content)
    status, lines = replay(capsys, str(tmp_path / "x.phh"), written(tmp_path, HAND))
    assert (status, len(lines)) == (1, 2)
    assert lines[0]["error"].startswith("bad_hand_history: ")
    assert lines[1]["error"] is None


def test_a_missing_file_is_an_error_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in (str(tmp_path / "none.phh"), str(tmp_path)):
        status, lines = replay(capsys, name)
        assert (status, lines[0]["id"]) == (1, name)
        assert "cannot be read" in lines[0]["error"]


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = tmp_path / "windows.phh"
    name.write_bytes(b"\xef\xbb\xbf" + HAND.replace("\n", "\r\n").encode())
    assert replay(capsys, str(name))[1][0]["final_stacks"] == ["99", "100.5"]


def test_in_fixed_limit_the_one_legal_total_is_both_least_and_most(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    limit = HAND.replace("'NT'", "'FT'").replace("min_bet = 1", "small_bet = 1\nbig_bet = 2")
    _, lines = replay(capsys, written(tmp_path, limit.replace("2.50", "2")), "--legal")
    assert lines[0]["error"] is None
    assert [(one["min_to"], one["max_to"]) for one in lines[0]["decisions"]] == [
        ("2", "2"), ("3", "3"),
    ]
    _, lines = replay(capsys, written(tmp_path, limit))
    assert lines[0]["error"].startswith("raise_too_large: action 1: ")
