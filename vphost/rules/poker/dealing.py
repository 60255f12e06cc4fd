"""Where cards come from: a deck from a seed, and which card of it goes to whom."""

from __future__ import annotations

from collections.abc import Sequence

from vphost.rules.poker.cards import DECK_SIZE
from vphost.rules.rng import shuffled

FRESH_DECK: tuple[int, ...] = tuple(range(DECK_SIZE))


def deck_from_seed(seed: bytes) -> tuple[int, ...]:
    """Return all 52 card ids in the order they leave the deck. seed: 32 bytes."""
    return shuffled(FRESH_DECK, seed)


def stacked_deck(first: Sequence[int]) -> tuple[int, ...]:
    """Return a deck that begins with the given cards; the others follow in order of their ids."""
    taken = set(first)
    assert len(taken) == len(first), "a card can be in a deck once"
    return tuple(first) + tuple(card for card in FRESH_DECK if card not in taken)
