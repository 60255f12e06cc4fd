"""Case 50: the rest of the board is dealt twice, each time for half of every pot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.poker_table import LETTERS, Table, check_invariants, table
from vphost.rules.poker.cards import from_phh
from vphost.rules.poker.facts import Fact, PotAwarded, SecondBoard, StreetDealt
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.twice import run_twice

ACES_AND_KINGS = {"A": "AsAh", "B": "KsKh"}


def twice(game: Table) -> tuple[Hand, tuple[Fact, ...]]:
    """Return the end of a hand run twice; no chip and no card may be new or gone."""
    hand, facts = run_twice(game.hand, game.facts)
    check_invariants(hand, game.chips)
    return hand, facts


def ended(stacks: list[int], board: str, cards: dict[str, str], **more: Any) -> Table:
    """Return a hand in which everybody went all-in before the flop."""
    game = table(stacks, cards=cards, board=board, **more)
    while not game.hand.is_over:
        game.play("all")
    return game


def won(facts: tuple[Fact, ...]) -> list[tuple[int, dict[str, int]]]:
    """Return the awards: size, then what each got."""
    return [(fact.size, {LETTERS[index]: chips for index, chips in fact.shares.items()})
            for fact in facts if isinstance(fact, PotAwarded)]


def test_case_50_each_board_decides_half_of_the_pot() -> None:
    game = ended([1000, 1000], "2c3d7h8s9c" "Kd4h5s6cJh", ACES_AND_KINGS)
    hand, facts = twice(game)
    assert won(tuple(game.facts)) == [(2000, {"A": 2000})]
    assert won(facts) == [(2000, {"A": 1000, "B": 1000})]
    assert hand.stacks == (1000, 1000)
    second = [fact for fact in facts if isinstance(fact, SecondBoard)]
    assert [one.board for one in second] == [from_phh("Kd4h5s6cJh")]
    assert second[0].halves == (({0: 1000}, {1: 1000}),)


def test_case_50_the_cards_that_are_out_stay() -> None:
    game = table([1000, 1000], cards=ACES_AND_KINGS, board="2c3d7h" "8s9c" "KdJh").to_flop()
    hand, facts = twice(game.play("A:all", "B:all"))
    second = next(fact for fact in facts if isinstance(fact, SecondBoard))
    assert second.cards == from_phh("KdJh")
    assert second.board == from_phh("2c3d7hKdJh")
    assert hand.deck_position == game.hand.deck_position + 2
    assert hand.board == from_phh("2c3d7h8s9c")


def test_case_50_the_odd_chip_goes_to_the_first_board() -> None:
    game = ended([500, 500, 1], "2c3d7h8s9c" "Kd4h5s6cJh", {**ACES_AND_KINGS, "C": "2d2h"})
    assert won(twice(game)[1]) == [(998, {"A": 499, "B": 499}), (3, {"C": 2, "B": 1})]
    assert won(tuple(game.facts)) == [(998, {"A": 998}), (3, {"C": 3})]


def test_case_50_the_odd_chip_is_the_smallest_unit() -> None:
    game = ended([75, 75, 75], "2c3d7h8s9c" "Kd4h5s6cJh", {**ACES_AND_KINGS, "C": "QsQh"},
                 blinds=(25, 50), unit=25)
    assert won(twice(game)[1]) == [(225, {"A": 125, "B": 100})]


def test_case_50_each_side_pot_is_halved_by_itself() -> None:
    cards = {"A": "AsAh", "B": "KsKh", "C": "QsQh"}
    game = ended([300, 700, 700], "2c3d7h8s9c" "Qd4h5s6cJh", cards)
    assert won(twice(game)[1]) == [
        (800, {"B": 400, "C": 400}), (900, {"A": 450, "C": 450}),
    ]


def test_case_50_a_tie_on_one_board_is_split_there() -> None:
    game = ended([1000, 1000], "2c3d7h8s9c" "ThJhQhKhAh", {"A": "AsAd", "B": "KsKd"})
    assert won(twice(game)[1]) == [(2000, {"A": 1500, "B": 500})]


def test_case_50_the_facts_keep_their_order() -> None:
    game = ended([1000, 1000], "2c3d7h8s9c" "Kd4h5s6cJh", ACES_AND_KINGS)
    kinds = [type(fact) for fact in twice(game)[1]]
    assert kinds[-5:] == [StreetDealt, StreetDealt, StreetDealt, SecondBoard, PotAwarded]


@pytest.mark.parametrize("words", [
    ("B:f",),
    ("B:c", "A:k", "A:k", "B:k", "A:k", "B:k", "A:k", "B:k"),
    ("B:c", "A:k", "A:k", "B:k", "A:k", "B:k", "A:all", "B:all"),
    ("B:r300",),
], ids=["folded", "checked down", "all-in on the river", "goes on"])
def test_case_50_only_where_cards_are_to_come(words: tuple[str, ...]) -> None:
    game = table([1000, 1000], cards=ACES_AND_KINGS).play(*words)
    assert run_twice(game.hand, game.facts) == (game.hand, tuple(game.facts))
