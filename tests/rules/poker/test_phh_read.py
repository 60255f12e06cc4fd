"""Hand-history text: numbers, cards, actions, and files that mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.fuzz.sizes import LONG, often
from vphost.rules.poker.history.phh import (
    INFINITE, UNKNOWN, BadHistory, HandHistory, Unread, amount_text, card_text, read_cards,
    read_file,
)
from vphost.rules.poker.history.replay import replay

GOLDEN = Path(__file__).parents[2] / "golden" / "phh"
HAND = """
variant = 'NT'
antes = [0, 0]
blinds_or_straddles = [5, 10]
min_bet = 10
starting_stacks = [100, 100]
actions = ['p2 f']
"""


def read_one(text: str) -> HandHistory | Unread:
    """Read a file of one hand."""
    hands = list(read_file("one.phh", text))
    assert len(hands) == 1
    return hands[0]


def error_of(text: str) -> str:
    """Return why a file of one hand cannot be read."""
    hand = read_one(text)
    assert isinstance(hand, Unread)
    return hand.error


def with_line(name: str, value: str) -> str:
    """Return the good hand with one field replaced."""
    lines = [line for line in HAND.splitlines() if not line.startswith(f"{name} =")]
    return "\n".join([*lines, f"{name} = {value}"])


def test_a_lone_hand_has_its_file_as_id() -> None:
    hand = read_one(HAND)
    assert isinstance(hand, HandHistory)
    assert hand.id == "one.phh"


def test_hands_of_a_collection_have_file_and_key_as_id() -> None:
    text = f"[1]\n{HAND}\n[b]\n{HAND}"
    assert [hand.id for hand in read_file("two.phhs", text)] == ["two.phhs#1", "two.phhs#b"]


def test_amounts_are_scaled_by_the_finest_decimal_of_the_file() -> None:
    finer = with_line("starting_stacks", "[100.25, 50.5]")
    hands = list(read_file("two.phhs", f"[1]\n{HAND}\n[2]\n{finer}"))
    assert [hand.stacks for hand in hands if isinstance(hand, HandHistory)] == [
        (10000, 10000), (10025, 5050),
    ]


def test_an_amount_of_an_action_sets_the_scale_too() -> None:
    hand = read_one(with_line("actions", "['p2 cbr 30.125 # three']"))
    assert isinstance(hand, HandHistory)
    assert (hand.decimals, hand.steps[0].amount) == (3, 30125)


@pytest.mark.parametrize(("amount", "decimals", "text"), [
    (0, 0, "0"), (1234, 0, "1234"), (1234, 2, "12.34"), (1230, 2, "12.3"), (1200, 2, "12"),
    (5, 3, "0.005"), (-5, 1, "-0.5"), (INFINITE, 2, "inf"), (INFINITE - 4_000, 2, "inf"),
])
def test_amounts_come_back_as_short_decimal_strings(
    amount: int, decimals: int, text: str
) -> None:
    assert amount_text(amount, decimals) == text


def test_cards_are_read_and_written() -> None:
    cards = read_cards("2cAsTd??")
    assert cards == (0, 51, 33, UNKNOWN)
    assert "".join(map(card_text, cards)) == "2cAsTd??"


@pytest.mark.parametrize("text", ["2", "2x", "1c", "10d", "as", "?c", "c2"])
def test_no_cards(text: str) -> None:
    with pytest.raises(BadHistory):
        read_cards(text)


OTHER_FIELDS = """
author = 'Somebody'
time = 12:30:05
time_zone_abbreviation = 'ET'
seats = [5, 6]
players = ['A', '']
winnings = [0, 1.5]
currency = 'EUR'
currency_symbol = '€'
time_limit = inf
time_banks = [30, 30.5]
level = 3
not_yet_known = 1
"""


def test_other_fields_do_not_matter_and_none_of_them_is_needed() -> None:
    plain, told = read_one(HAND), read_one(OTHER_FIELDS + HAND)
    assert isinstance(plain, HandHistory) and plain == told


BAD_FIELDS = [
    ("variant", "5", "bad_hand_history: variant"),
    ("antes", "[0]", "bad_hand_history: antes has 1 of 2"),
    ("antes", "[0, -1]", "bad_hand_history: stacks are positive"),
    ("antes", "[0, inf]", "bad_hand_history: antes cannot"),
    ("antes", "'0, 0'", "bad_hand_history: antes is missing"),
    ("blinds_or_straddles", "[5, 10, 0]", "bad_hand_history: blinds_or_straddles has 3 of 2"),
    ("blinds_or_straddles", "[5, nan]", "bad_amount: blinds_or_straddles"),
    ("blinds_or_straddles", "[5, true]", "bad_amount: blinds_or_straddles"),
    ("min_bet", "0", "bad_hand_history: min_bet is not positive"),
    ("min_bet", "inf", "bad_hand_history: min_bet is not positive"),
    ("min_bet", "'10'", "bad_amount: min_bet"),
    ("starting_stacks", "[100]", "bad_hand_history: 1 players"),
    ("starting_stacks", str([9] * 11), "bad_hand_history: starting_stacks has more than 10"),
    ("starting_stacks", "[100, 0]", "bad_hand_history: stacks are positive"),
    ("starting_stacks", "[100, -inf]", "bad_amount: starting_stacks"),
    ("starting_stacks", "[100, 1e400]", "bad_amount: starting_stacks"),
    ("starting_stacks", "[100, 1e-400]", "bad_amount: starting_stacks"),
    ("starting_stacks", "[100, 1e999999999999]", "bad_amount: starting_stacks"),
    ("starting_stacks", "[100, 9007199254740992]", "bad_amount: starting_stacks"),
    ("starting_stacks", f"[100, {'9' * 4000}]", "bad_amount: starting_stacks"),
    ("starting_stacks", f"[100, {'9' * 9000}]", "bad_hand_history: not TOML"),
    ("starting_stacks", f"[100, 1.{'0' * 40}1]", "bad_amount: starting_stacks"),
    ("starting_stacks", "[100, 1.0000000001]", "bad_amount: starting_stacks"),
    ("starting_stacks", "{a = 1}", "bad_hand_history: starting_stacks is missing"),
    ("actions", "'p2 f'", "bad_hand_history: actions"),
    ("actions", "['p2 f', 7]", "bad_hand_history: actions"),
    ("actions", str(["p2 f"] * 2001), "bad_hand_history: more than"),
    ("actions", "['p2 f', 'p3 f']", "no_such_player: action 2: p3"),
    ("actions", "['p0 f']", "no_such_player: action 1"),
    ("actions", "['p² f']", "no_such_player: action 1"),
    ("actions", "['q1 f']", "no_such_player: action 1"),
    ("actions", "['p1 fold']", "unknown_action: action 1"),
    ("actions", "['d db']", "unknown_action: action 1"),
    ("actions", "['p1 cbr']", "unknown_action: action 1"),
    ("actions", "['p1 cbr 1e400']", "bad_amount: action 1"),
    ("actions", "['p1 cbr nan']", "bad_amount: action 1"),
    ("actions", "['p1 cbr inf']", "bad_amount: action 1"),
    ("actions", "['p1 cbr 1_0']", "bad_amount: action 1"),
    ("actions", f"['p1 cbr {'9' * 50}']", "bad_amount: action 1"),
    ("actions", "['d dh p1 AsAx']", "bad_hand_history: action 1: 'Ax'"),
    ("actions", f"['d db {'As' * 60}']", "bad_hand_history: action 1"),
]


@pytest.mark.parametrize(
    ("name", "value", "error"), BAD_FIELDS, ids=[f"{i}-{f[0]}" for i, f in enumerate(BAD_FIELDS)]
)
def test_a_wrong_field_is_named(name: str, value: str, error: str) -> None:
    assert error_of(with_line(name, value)).startswith(error)


@pytest.mark.parametrize("text", [
    "", "=", "variant = 'NT", "[1]\nvariant = 'NT'\n[1]\n", "x = 1\n[1]\ny = 2\n",
    "a = " + "[" * 100_000, "\x00",
])
def test_a_file_that_is_no_history_is_one_coded_line(text: str) -> None:
    assert error_of(text).startswith("bad_hand_history: ")


def test_fields_of_the_annotators_own_are_passed_over() -> None:
    text = f"_source = 'tv'\n_table = {{ felt = 'red' }}\n{HAND}"
    assert [hand.id for hand in read_file("one.phh", text)] == ["one.phh"]
    text = f"_source = 'tv'\n[_table]\nfelt = 'red'\n[1]\n{HAND}\n[_2]\n{HAND}"
    assert [hand.id for hand in read_file("two.phhs", text)] == ["two.phhs#1", "two.phhs#_2"]


def test_one_bad_hand_does_not_spoil_the_others() -> None:
    bad = with_line("min_bet", "0")
    hands = list(read_file("x.phhs", f"[1]\n{bad}\n[2]\n{HAND}"))
    assert [type(hand) for hand in hands] == [Unread, HandHistory]


def test_commentary_and_blank_entries_are_no_actions_but_count() -> None:
    hand = read_one(with_line("actions", "['', '# hm', '  p2   f # tank', 'p1 sm -#x']"))
    assert isinstance(hand, HandHistory)
    assert [(step.number, step.verb) for step in hand.steps] == [(3, "f"), (4, "sm")]


WORDS = ["d", "dh", "db", "p1", "p2", "p3", "f", "cc", "cbr", "sm", "-", "#", "20", "100", "0.5",
         "AsKd", "????", "2c7d9h", "4s", "??", "pb", "1e9"]


@settings(deadline=None, max_examples=often(75, 15000), derandomize=not LONG)
@given(actions=st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=12))
@example(actions=["p2 cc", "p1 cc", "d db ????2c"])
def test_random_actions_never_raise(actions: list[str]) -> None:
    for hand in read_file("random.phh", with_line("actions", str(actions))):
        if isinstance(hand, HandHistory):
            played = replay(hand)
            assert played.final_stacks is not None or played.error is not None


@settings(deadline=None, max_examples=often(50, 10000), derandomize=not LONG)
@given(data=st.data())
def test_random_damage_never_raises(data: st.DataObject) -> None:
    text = (GOLDEN / "ours.phhs").read_text()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text = text[:place] + data.draw(st.text("0123456789.-[]'pdcs?#=ein ", max_size=3)) \
            + text[place + data.draw(st.integers(0, 3)):]
    for hand in read_file("damaged.phhs", text):
        if isinstance(hand, HandHistory):
            replay(hand)
