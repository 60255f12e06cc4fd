"""`stats`: golden hand histories against a count that shares no code with the host's."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vphost.cli.main import main

GOLDEN = Path(__file__).parents[1] / "golden" / "phh"
PLURIBUS = GOLDEN / "pluribus-4.phhs"
FILES = sorted(str(path) for path in GOLDEN.iterdir() if path.suffix in (".phh", ".phhs"))
LIST = re.compile(r"^(players|actions|starting_stacks|finishing_stacks) = \[(.*)\]$")
WORDS = re.compile(r"'([^']*)'")


def stats(capsys: pytest.CaptureFixture[str], *files: object) -> dict[str, dict[str, Any]]:
    """Return what `stats` prints for files that are all right."""
    assert main(["stats", *map(str, files)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found: dict[str, dict[str, Any]] = json.loads(printed.out)
    return found


def counted_apart(path: Path) -> dict[str, Counter[str]]:
    """Count by the lines of a file with one hand a block, each list in one line."""
    found: dict[str, Counter[str]] = {}
    hand: dict[str, str] = {}
    for line in path.read_text().splitlines():
        told = LIST.match(line)
        if told:
            hand[told[1]] = told[2]
        if told and told[1] == "finishing_stacks":
            _count(found, hand)
            hand = {}
    return found


def _count(found: dict[str, Counter[str]], hand: dict[str, str]) -> None:
    names, actions = WORDS.findall(hand["players"]), WORDS.findall(hand["actions"])
    stacks = [[int(one) for one in hand[when].split(",")]
              for when in ("starting_stacks", "finishing_stacks")]
    flop = next((at for at, one in enumerate(actions) if one.startswith("d db")), len(actions))
    in_pot, to_match = [50, 100] + [0] * (len(names) - 2), 100
    for place, name in enumerate(names):
        table = found.setdefault(name, Counter())
        table["hands_dealt"] += 1
        table["net"] += stacks[1][place] - stacks[0][place]
        own = [one.split()[1:] for one in actions[:flop] if one.startswith(f"p{place + 1} ")]
        table["walks"] += not own
        table["pfr"] += any(one[0] == "cbr" for one in own)
        is_in = flop < len(actions) and not any(one[0] == "f" for one in own)
        table["flops_seen"] += is_in
    voluntary = set()
    for action in actions[:flop]:
        who, verb, *amount = action.split()
        if who == "d":
            continue
        place = int(who[1:]) - 1
        if verb == "cbr":
            to_match = int(amount[0])
        if verb == "cbr" or verb == "cc" and in_pot[place] < to_match:
            voluntary.add(names[place])
            in_pot[place] = to_match
    for name in voluntary:
        found[name]["vpip"] += 1


def test_counts_are_those_of_an_independent_count(capsys: pytest.CaptureFixture[str]) -> None:
    apart = counted_apart(PLURIBUS)
    told = stats(capsys, PLURIBUS)
    assert set(told) == set(apart)
    for name, counters in apart.items():
        assert {key: told[name][key] for key in counters} == dict(counters), name
    assert sum(counters["hands_dealt"] for counters in apart.values()) == 24


def test_sums_and_orders_hold_over_all_golden_files(capsys: pytest.CaptureFixture[str]) -> None:
    told = stats(capsys, *FILES)
    assert sum(Decimal(str(one["net"])) for one in told.values()) == 0
    for one in told.values():
        assert one["pfr"] <= one["vpip"] <= one["hands_dealt"] - one["walks"]
        assert one["three_bet"] <= one["three_bet_chances"] <= one["pfr_chances"]
        assert one["pfr"] <= one["pfr_chances"] <= one["hands_dealt"]
        assert one["wsd"] <= one["wtsd"] <= one["flops_seen"] <= one["hands_dealt"]
        assert one["wsd"] <= one["wwsf"] <= one["pots_won"] <= one["hands_dealt"]
        assert one["cbet_made"] <= one["cbet_chances"]
        assert one["fold_to_cbet"] <= one["cbet_faced"]
        assert one["folded_best"] <= one["folded_comparable"] <= one["folded"]
        against = sum(Decimal(str(other["chips"])) for other in one["versus"].values())
        assert against == Decimal(str(one["net"]))


def test_two_files_are_one_longer_file(capsys: pytest.CaptureFixture[str]) -> None:
    once, twice = stats(capsys, PLURIBUS), stats(capsys, PLURIBUS, PLURIBUS)
    for name, told in once.items():
        assert twice[name]["hands_dealt"] == 2 * told["hands_dealt"]
        assert twice[name]["net"] == 2 * told["net"]
        assert twice[name]["vpip_pct"] == told["vpip_pct"]
        assert twice[name]["biggest_pot"] == told["biggest_pot"]


def test_files_with_and_without_cents_are_added_in_one_unit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, big in (("whole.phh", "100"), ("cents.phh", "0.50")):
        small = "50" if big == "100" else "0.25"
        (tmp_path / name).write_text(
            f"variant = 'NT'\nantes = [0, 0, 0]\nblinds_or_straddles = [{small}, {big}, 0]\n"
            f"min_bet = {big}\nstarting_stacks = [500, 500, 500]\n"
            "players = ['Ann', 'Bob', 'Cid']\nactions = ['p3 f', 'p1 f']\n"
        )
    told = stats(capsys, tmp_path / "whole.phh", tmp_path / "cents.phh")
    assert (told["Ann"]["net"], told["Bob"]["net"], told["Cid"]["net"]) == (-50.25, 50.25, 0)
    assert told["Bob"]["biggest_pot"] == 100
    assert told["Bob"]["net_bb"] == 1.0
    assert told["Bob"]["walks"] == 2
    assert told["Bob"]["vpip_pct"] is None
    assert told["Ann"]["versus"]["Bob"]["chips"] == -50.25


def test_players_without_names_are_called_by_their_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hand = tmp_path / "hand.phh"
    hand.write_text(
        "variant = 'NT'\nantes = [0, 0]\nblinds_or_straddles = [1, 2]\nmin_bet = 2\n"
        "starting_stacks = [50, 50]\nactions = ['p2 f']\n"
    )
    assert {name: one["net"] for name, one in stats(capsys, hand).items()} == {"p1": 1, "p2": -1}


def test_a_hand_that_cannot_be_played_is_left_out_and_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.phh"
    bad.write_text(PLURIBUS.read_text().split("[10]")[0].replace("'p6 f', ", ""))
    assert main(["stats", str(bad), str(tmp_path / "none.phh"), str(PLURIBUS)]) == 1
    printed = capsys.readouterr()
    assert sum(one["hands_dealt"] for one in json.loads(printed.out).values()) == 24
    assert [line.split(": ")[1] for line in printed.err.splitlines()] == [
        "not_your_turn", "bad_hand_history",
    ]
