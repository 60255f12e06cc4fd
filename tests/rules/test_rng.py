"""The shuffle: reproducible, a permutation, and without bias in any place."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha512

import pytest

from vphost.rules.poker.dealing import FRESH_DECK, deck_from_seed, stacked_deck
from vphost.rules.rng import below, byte_stream, shuffled

DECKS = 4000
Z_LIMIT = 5.0


def seed(number: int) -> bytes:
    """Return a seed of 32 bytes."""
    return sha512(number.to_bytes(8, "big")).digest()[:32]


def naive(seed_bytes: bytes) -> tuple[int, ...]:
    """Swap every place with any place: the well-known mistake."""
    deck, stream = list(FRESH_DECK), byte_stream(seed_bytes)
    for place in range(52):
        other = below(52, stream)
        deck[place], deck[other] = deck[other], deck[place]
    return tuple(deck)


def by_remainder(seed_bytes: bytes) -> tuple[int, ...]:
    """Take remainders of a byte instead of rejecting: small numbers come too often."""
    deck, stream = list(FRESH_DECK), byte_stream(seed_bytes)
    for last in range(51, 0, -1):
        other = next(stream) % (last + 1)
        deck[last], deck[other] = deck[other], deck[last]
    return tuple(deck)


def chi_square_z(deal: Callable[[bytes], tuple[int, ...]]) -> float:
    """Return how many standard deviations the 52 x 52 counts of card by place are too uneven."""
    counts = [[0] * 52 for _ in range(52)]
    for number in range(DECKS):
        for place, card in enumerate(deal(seed(number))):
            counts[place][card] += 1
    expected = DECKS / 52
    chi = sum((count - expected) ** 2 / expected for row in counts for count in row)
    freedom = 51 * 51
    return float((chi - freedom) / (2 * freedom) ** 0.5)


def test_every_card_comes_to_every_place_equally_often() -> None:
    assert abs(chi_square_z(deck_from_seed)) < Z_LIMIT


@pytest.mark.parametrize("biased", [naive, by_remainder])
def test_the_test_finds_a_biased_shuffle(biased: Callable[[bytes], tuple[int, ...]]) -> None:
    assert chi_square_z(biased) > Z_LIMIT


def test_a_seed_gives_the_same_deck_for_ever() -> None:
    assert deck_from_seed(bytes(32))[:8] == (14, 40, 6, 36, 34, 13, 47, 4)
    assert deck_from_seed(bytes(31) + b"\x01") != deck_from_seed(bytes(32))


def test_a_deck_has_every_card_once() -> None:
    assert sorted(deck_from_seed(seed(1))) == list(range(52))
    assert sorted(stacked_deck((51, 3))) == list(range(52))
    assert stacked_deck((51, 3))[:3] == (51, 3, 0)


def test_bounds_of_a_draw() -> None:
    stream = byte_stream(seed(2))
    assert {below(1, stream) for _ in range(10)} == {0}
    assert {below(3, stream) for _ in range(200)} == {0, 1, 2}
    assert shuffled((), seed(3)) == ()
    with pytest.raises(AssertionError):
        next(byte_stream(b"short"))
