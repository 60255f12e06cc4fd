"""Hand histories through the rules core: golden files, and PokerKit where it is an oracle."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pokerkit import HandHistory as Oracle

from vphost.rules.poker.history.phh import HandHistory, Unread, read_file
from vphost.rules.poker.history.replay import Replayed, replay

GOLDEN = Path(__file__).parents[2] / "golden" / "phh"
FILES = sorted(path for path in GOLDEN.iterdir() if path.suffix in (".phh", ".phhs"))
NOT_AN_ORACLE = {
    "ours.phhs#straddles": "the minimum raise over a straddle is twice the straddle here",
    "ours.phhs#button-straddle": "as above",
    "ours.phhs#short-ante": "the oracle takes the ante before the blind",
    "ours.phhs#fixed-limit-all-in": "half a bet is no raise for the oracle",
    "ours.phhs#fixed-limit-heads-up": "the oracle has a cap between two, we have none",
    "ours.phhs#live-and-dead-post": "the oracle knows no dead chips",
    "ours-cents.phhs#unknown-stacks": "infinite stacks are no numbers to compare",
}


def hands_of(path: Path) -> list[tuple[HandHistory, dict[str, Any]]]:
    """Return the hands of a file with their TOML tables."""
    text = path.read_text()
    document = tomllib.loads(text, parse_float=Decimal)
    found = []
    for hand in read_file(path.name, text):
        assert isinstance(hand, HandHistory), hand
        key = hand.id.partition("#")[2]
        found.append((hand, document[key] if key else document))
    return found


CASES = [case for path in FILES for case in hands_of(path)]
IDS = [hand.id for hand, _ in CASES]


@pytest.mark.parametrize(("hand", "table"), CASES, ids=IDS)
def test_a_golden_hand_ends_with_its_finishing_stacks(
    hand: HandHistory, table: dict[str, Any]
) -> None:
    played = replay(hand)
    assert played.error is None
    assert [Decimal(stack) for stack in played.final_stacks or ()] == table["finishing_stacks"]


@pytest.mark.parametrize(
    ("hand", "table"), [case for case in CASES if case[0].id not in NOT_AN_ORACLE],
    ids=[name for name in IDS if name not in NOT_AN_ORACLE],
)
def test_the_choices_are_those_of_the_oracle(hand: HandHistory, table: dict[str, Any]) -> None:
    ours = [
        (one.actor, one.can_check, *map(decimal_of, (one.call, one.min_to, one.max_to)))
        for one in replay(hand).decisions
    ]
    assert ours == choices_of(table)


def decimal_of(text: str | None) -> Decimal | None:
    """Return a decimal string as a number."""
    return None if text is None else Decimal(text)


def choices_of(table: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what PokerKit offers before each player action."""
    fields = ("variant", "antes", "blinds_or_straddles", "min_bet", "small_bet", "big_bet",
              "starting_stacks", "actions")
    arguments = {name: table[name] for name in fields if name in table}
    oracle = Oracle(ante_trimming_status=table.get("ante_trimming_status", False), **arguments)
    before: tuple[Any, ...] = ()
    found = []
    for state, action in oracle.state_actions:
        if action is not None and re.match(r"p\d+ (f|cc|cbr)\b", action):
            found.append(before)
        if state.actor_index is not None:
            call = state.checking_or_calling_amount
            before = (
                f"p{state.actor_index + 1}", call == 0, call,
                state.min_completion_betting_or_raising_to_amount,
                state.max_completion_betting_or_raising_to_amount,
            )
    return found


BASE = """
variant = 'NT'
antes = [0, 0, 0]
blinds_or_straddles = [5, 10, 0]
min_bet = 10
starting_stacks = [100, 100, 100]
actions = %s
"""
CARDS = ["d dh p1 AsKd", "d dh p2 QcJc", "d dh p3 AdKs"]
TO_THE_RIVER = [
    "p3 f", "p1 cc", "p2 cc", "d db 2c7d9h", "p1 cc", "p2 cc", "d db 4s", "p1 cc", "p2 cc",
    "d db 3h", "p1 cc", "p2 cc",
]


def play(actions: list[str], base: str = BASE, **fields: str) -> Replayed:
    """Replay three-handed actions; fields replace lines of the base."""
    text = base % json.dumps(actions)
    for name, value in fields.items():
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    hand = next(read_file("hand.phh", text))
    assert not isinstance(hand, Unread), hand.error
    return replay(hand)


REFUSALS = [
    ([*CARDS, "p1 f"], 4, "not_your_turn"),
    ([*CARDS, "p3 cbr 15"], 4, "raise_too_small"),
    ([*CARDS, "p3 cbr 101"], 4, "raise_too_large"),
    ([*CARDS, "p3 cbr 0"], 4, "bad_amount"),
    ([*CARDS, "p3 pb"], 4, "action_not_available"),
    ([*CARDS, "p3 sd AdKs"], 4, "action_not_available"),
    ([*CARDS, "p3 f", "p1 f", "p2 cc"], 6, "no_hand"),
    ([*CARDS, "p3 sm AdKs"], 4, "cannot_show_cards"),
    ([*CARDS, "d db 2c7d9h", "p3 f"], 4, "bad_deal"),
    ([*CARDS, "p3 f", "p1 cc", "p2 cc", "p1 cc"], 7, "bad_deal"),
    ([*CARDS, "# nothing", "", "p1 f"], 6, "not_your_turn"),
    (["p3 f", "p1 cc", "p2 cc", "d db 2c7d9h4s", "p1 cc"], 4, "bad_deal"),
]


@pytest.mark.parametrize(("actions", "number", "code"), REFUSALS)
def test_a_refused_action_is_named_by_number_and_code(
    actions: list[str], number: int, code: str
) -> None:
    error = play(actions).error or ""
    assert error.startswith(f"{code}: action {number}: ")


def test_a_refused_action_has_its_choices_but_no_stacks() -> None:
    played = play([*CARDS, "p3 cbr 15"])
    assert played.final_stacks is None
    assert [one.min_to for one in played.decisions] == ["20"]


BAD_DEALS = [
    ["d dh p1 AsKd", "d dh p2 AsJc"],
    ["d dh p1 As"],
    ["d dh p1 AsKdQc"],
    ["d dh p1 AsKd", *TO_THE_RIVER, "p1 sm QsQd", "p2 sm"],
    ["d dh p1 As2c", *TO_THE_RIVER],
    [*TO_THE_RIVER, "d db 5h"],
]


@pytest.mark.parametrize("actions", BAD_DEALS)
def test_impossible_cards_are_refused(actions: list[str]) -> None:
    assert (play(actions).error or "").startswith("bad_deal: ")


def test_a_hand_that_stops_early_says_so_and_gives_the_stacks_of_that_moment() -> None:
    played = play([*CARDS, "p3 f", "p1 cc"])
    assert played.final_stacks == ("90", "90", "100")
    assert (played.error or "").startswith("hand_unfinished")


def test_no_winner_is_guessed_when_nobody_showed() -> None:
    played = play([*TO_THE_RIVER, "p1 sm ????", "p2 sm ????"])
    assert played.final_stacks is None
    assert (played.error or "").startswith("unknown_cards")


def test_no_winner_is_guessed_when_the_board_is_missing() -> None:
    shove = ["p3 f", "p1 cbr 100", "p2 cc", "p1 sm AsKd", "p2 sm QcJc"]
    assert (play([*CARDS, *shove, "d db 2c7d9h"]).error or "").startswith("unknown_cards")
    assert play([*CARDS, *shove, "d db 2c7d9h", "d db 4s", "d db 3h"]).error is None


def test_cards_shown_at_the_end_count_though_nobody_was_dealt_any() -> None:
    played = play([*TO_THE_RIVER, "p1 sm AsKd", "p2 sm 2d2h"])
    assert played.final_stacks == ("90", "110", "100")


def test_a_partly_shown_hand_loses_to_a_known_one() -> None:
    played = play([*TO_THE_RIVER, "p1 sm ??Ad", "p2 sm 5d6h"])
    assert played.final_stacks == ("90", "110", "100")


def test_a_hand_may_be_shown_later_than_first_asked_and_then_stays_open() -> None:
    asked = ["p1 sm ????", "p2 sm ????"]
    shove = ["p3 f", "p1 cbr 100", "p2 cc", *asked, "d db 2c7d9h", *asked, "d db 4s"]
    for end in (["p1 sm AsKd", "p2 sm 2d2h"], ["p2 sm 2d2h", "p1 sm ????"],
                ["p2 sm 2d2h", "p1 sm AsKd", *asked]):
        assert play([*shove, *end[:2], "d db 3h", *end[2:]]).final_stacks == ("0", "200", "100")


def test_the_last_hand_left_wins_unseen_when_the_others_muck() -> None:
    played = play([*TO_THE_RIVER, "p1 sm", "p2 sm ????"])
    assert played.final_stacks == ("90", "110", "100")


def test_another_variant_is_an_error_line() -> None:
    played = play(CARDS, variant="'PO'")
    assert (played.error or "").startswith("variant_not_supported: ")
    assert played.final_stacks is None


def test_a_missing_bet_size_is_named() -> None:
    played = play(CARDS, base=BASE.replace("min_bet = 10\n", ""))
    assert played.error == "bad_hand_history: min_bet is missing"


@pytest.mark.parametrize("blinds", ["[0, 0, 0]", "[20, 10, 0]", "[-5, -10, 0]"])
def test_a_hand_needs_a_big_blind(blinds: str) -> None:
    assert "no big blind" in (play(CARDS, blinds_or_straddles=blinds).error or "")


def test_a_post_of_both_blinds_counts_as_one_to_the_call() -> None:
    played = play(["p3 cc"], blinds_or_straddles="[5, 10, -15]")
    assert played.decisions[0].can_check
    assert played.final_stacks == ("95", "90", "85")


def test_a_smallest_bet_above_the_big_blind_is_kept() -> None:
    limped = ["p3 cc", "p1 cc", "p2 cc", "d db 2c7d9h", "p1 cc"]
    assert [one.min_to for one in play(limped, min_bet="20").decisions][-1] == "20"


def test_irregular_antes_are_dead_money() -> None:
    played = play(["p3 f", "p1 f"], antes="[0, 3, 4]")
    assert played.final_stacks == ("95", "109", "96")


def test_a_stack_that_the_file_does_not_know_stays_unknown() -> None:
    played = play(["p3 cc", "p1 f"], starting_stacks="[inf, 100, inf]")
    assert [(one.call, one.max_to) for one in played.decisions] == [("10", "inf"), ("5", "inf")]
    assert played.final_stacks == ("inf", "90", "inf")


def test_a_raise_over_blinds_that_the_antes_took() -> None:
    text = """
variant = 'NT'
ante_trimming_status = true
antes = [2, 2, 2, 2]
blinds_or_straddles = [1, 2, 0, 0]
min_bet = 2
starting_stacks = [2, 2, 100, 100]
actions = ['d dh p1 AcAd', 'd dh p2 2c7d', 'd dh p3 KcKd', 'd dh p4 QcQd', 'p3 cbr 6', 'p4 cc',
  'd db 3h4h9s', 'p3 cc', 'p4 cc', 'd db Ts', 'p3 cc', 'p4 cc', 'd db Jh', 'p3 cc', 'p4 cc']
"""
    hand = next(read_file("x.phh", text))
    assert isinstance(hand, HandHistory)
    played = replay(hand)
    assert (played.error, played.final_stacks) == (None, ("8", "0", "104", "92"))
