"""Cards, strengths, the best five and the names of hands as in the protocol."""

from __future__ import annotations

import pytest

from vphost.rules.poker import hands
from vphost.rules.poker.cards import (
    DECK_SIZE, ID_OF_PHH, ID_OF_WIRE, PHH_OF_ID, WIRE_OF_ID, from_phh, rank_of, wire_names,
)

NAMES = [
    ("AsKsQsJsTs2c3d", "Royal Flush"),
    ("9h8h7h6h5hAc2d", "Straight Flush, 5-9"),
    ("Ah2h3h4h5hKcKd", "Straight Flush, A-5"),
    ("8c8d8h8sKc2d3h", "Four of a Kind, 8's + K"),
    ("AcAdAhAsKc2d3h", "Four of a Kind, Aces + K"),
    ("8c8d8h8sAc2d3h", "Four of a Kind, 8's + A"),
    ("QcQdQh4s4c2d3h", "Full House, Q's over 4's"),
    ("AcAdAh4s4c2d3h", "Full House, Aces over 4's"),
    ("TcTdThAsAc2d3h", "Full House, 10's over Aces"),
    ("3c3d3hAsAcAd2h", "Full House, Aces over 3's"),
    ("Ah9h7h4h2hAcKd", "Flush (Ace High)"),
    ("Th9h7h4h2hAcKd", "Flush (10 High)"),
    ("Kh9h7h4h2hAc8d", "Flush (K High)"),
    ("7c8d9hTsJc2d2h", "Straight, 7-J"),
    ("TcJdQhKsAc2d2h", "Straight, 10-A"),
    ("Ac2d3h4s5cKd9h", "Straight, A-5"),
    ("Ac2d3h4s5c6d9h", "Straight, 2-6"),
    ("7c7d7hAs9c2d3h", "Three of a Kind, 7's + A 9"),
    ("AcAdAhKs9c2d3h", "Three of a Kind, Aces + K 9"),
    ("KcKd5h5s9c2d3h", "Two Pair, K's and 5's + 9"),
    ("AcAd5h5s9c2d3h", "Two Pair, Aces and 5's + 9"),
    ("KcKd5h5sAc2d2h", "Two Pair, K's and 5's + A"),
    ("3c3dJhTs8c2d4h", "Pair of 3's + J 10 8"),
    ("AcAd8h7s6c2d3h", "Pair of Aces + 8 7 6"),
    ("KcKdAh7s6c2d3h", "Pair of K's + A 7 6"),
    ("AcTd8h7s6c2d3h", "Ace High + 10 8 7 6"),
    ("KcTd8h7s6c2d3h", "K High + 10 8 7 6"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_names_of_hands(text: str, name: str) -> None:
    cards = from_phh(text)
    assert hands.combination(hands.best_five(cards)) == name
    assert hands.strength(hands.best_five(cards)) == hands.strength(cards)


def test_larger_strengths_win() -> None:
    texts = dict((name, text) for text, name in NAMES)
    falling = [
        "Royal Flush", "Straight Flush, 5-9", "Straight Flush, A-5", "Four of a Kind, Aces + K",
        "Four of a Kind, 8's + A", "Full House, Aces over 4's", "Flush (Ace High)",
        "Flush (10 High)", "Straight, 10-A", "Straight, A-5", "Three of a Kind, 7's + A 9",
        "Two Pair, Aces and 5's + 9", "Two Pair, K's and 5's + A", "Pair of Aces + 8 7 6",
        "Ace High + 10 8 7 6", "K High + 10 8 7 6",
    ]
    strengths = [hands.strength(from_phh(texts[name])) for name in falling]
    assert strengths == sorted(set(strengths), reverse=True)
    assert strengths[0] == 7462


def test_five_and_six_cards_have_names_too() -> None:
    assert hands.combination(hands.best_five(from_phh("AcAd8h7s6c"))) == "Pair of Aces + 8 7 6"
    assert hands.combination(hands.best_five(from_phh("AcAd8h7s6c8d"))) == (
        "Two Pair, Aces and 8's + 7"
    )


def test_the_best_five_stand_in_reading_order() -> None:
    assert wire_names(hands.best_five(from_phh("2d9cKc5hKd5s3h"))) == [
        "KD", "KC", "5S", "5H", "9C",
    ]
    assert wire_names(hands.best_five(from_phh("Ac2d3h4s5cKd9h"))) == [
        "5C", "4S", "3H", "2D", "AC",
    ]


def test_case_56_omaha_plays_exactly_two_of_its_own_cards() -> None:
    hole, board = from_phh("AsKc2d3d"), from_phh("QsJs9s4s2h")
    five = hands.omaha_best_five(hole, board)
    assert hands.combination(five) == "Pair of 2's + A Q J"
    assert hands.omaha_strength(hole, board) == hands.strength(five)
    assert hands.omaha_strength(from_phh("AsAhAdAc"), from_phh("KsKh2c")) == hands.strength(
        from_phh("AsAhKsKh2c")
    )


def test_card_names_both_ways() -> None:
    assert (WIRE_OF_ID[0], WIRE_OF_ID[33], WIRE_OF_ID[51]) == ("2C", "10D", "AS")
    assert (PHH_OF_ID[0], PHH_OF_ID[33], PHH_OF_ID[51]) == ("2c", "Td", "As")
    assert [ID_OF_WIRE[name] for name in WIRE_OF_ID] == list(range(DECK_SIZE))
    assert [ID_OF_PHH[name] for name in PHH_OF_ID] == list(range(DECK_SIZE))
    assert rank_of(ID_OF_WIRE["10D"]) == 8
    with pytest.raises(KeyError):
        from_phh("As??")
