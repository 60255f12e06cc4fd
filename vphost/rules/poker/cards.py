"""Card ids and their names.

A card is an int 0..51 = rank * 4 + suit, deuce to ace, clubs diamonds hearts spades: the hand
evaluator's own numbering, so that nothing has to be translated where hands are compared.
"""

from __future__ import annotations

from collections.abc import Iterable

RANKS = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A")
"""Rank symbols of the wire, lowest first; the index is `card // 4`."""

SUITS = ("C", "D", "H", "S")
"""Suit letters of the wire; the index is `card % 4`."""

DECK_SIZE = 52

WIRE_OF_ID: tuple[str, ...] = tuple(rank + suit for rank in RANKS for suit in SUITS)
"""Card id -> wire name: rank, then suit letter ("10D", "AS")."""

ID_OF_WIRE: dict[str, int] = {name: card for card, name in enumerate(WIRE_OF_ID)}
"""Wire name -> card id."""

PHH_OF_ID: tuple[str, ...] = tuple(
    ("T" if rank == "10" else rank) + suit.lower() for rank in RANKS for suit in SUITS
)
"""Card id -> name in hand histories: one rank sign, one small suit letter ("Td", "As")."""

ID_OF_PHH: dict[str, int] = {name: card for card, name in enumerate(PHH_OF_ID)}
"""Name in hand histories -> card id."""


def rank_of(card: int) -> int:
    """Return the rank of a card, 0 for a deuce to 12 for an ace."""
    return card >> 2


def wire_names(cards: Iterable[int]) -> list[str]:
    """Return the wire names of cards in the given order."""
    return [WIRE_OF_ID[card] for card in cards]


def from_phh(text: str) -> tuple[int, ...]:
    """Return the cards of a run of two-character names ("TdAs").

    Raises: KeyError on a name that is no card, "??" included.
    """
    return tuple(ID_OF_PHH[text[at:at + 2]] for at in range(0, len(text), 2))
