"""What is played: which cards are dealt and how hands compare. One register of all variants.

A variant is one object that answers the questions of the machine (`machine.py`), the table, the
hand histories and the reports; a new game is a new object in the register, never a new engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vphost.rules.poker import hands


@dataclass(frozen=True, slots=True)
class Street:
    """One betting round: cards dealt to each player (True is face up) and to the board before it.

    is_late: fixed limit plays the big bet on it.
    """

    name: str
    hole: tuple[bool, ...]
    board: int
    is_late: bool


class Variant(Protocol):
    """What kind of poker: which cards are dealt and how hands compare."""

    @property
    def code(self) -> str:
        """The game type on the wire."""
        ...

    @property
    def streets(self) -> tuple[Street, ...]:
        """The betting rounds in order."""
        ...

    @property
    def fewest_own(self) -> int:
        """How many hole cards a hand has to use."""
        ...

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of a hand; larger wins. Needs at least five cards in all."""
        ...

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the five cards that make the hand, in the order of `hands.best_five`."""
        ...


class ListedVariant(Variant, Protocol):
    """A variant of the register: with what people, settings and hand histories call it."""

    @property
    def title(self) -> str:
        """How people call it."""
        ...

    @property
    def usual_limit(self) -> str:
        """The limit of a table's settings where nothing is said."""
        ...

    @property
    def phh_codes(self) -> Mapping[str, str]:
        """Limit -> code in PHH hand histories, for limits that have one."""
        ...


_BOARD_STREETS = (
    ("preflop", 0, False),
    ("flop", 3, False),
    ("turn", 1, True),
    ("river", 1, True),
)


def _board_game(hole_cards: int) -> tuple[Street, ...]:
    """Return the streets of a game with a number of hidden cards each and five on the board."""
    return tuple(
        Street(name, (False,) * hole_cards if name == "preflop" else (), board, is_late)
        for name, board, is_late in _BOARD_STREETS
    )


@dataclass(frozen=True, slots=True)
class Holdem:
    """Texas hold'em: two cards each, any five of the seven."""

    code: str = "THD"
    title: str = "Texas hold'em"
    usual_limit: str = "NL"
    phh_codes: Mapping[str, str] = field(default_factory=lambda: {"NL": "NT", "FL": "FT"})
    streets: tuple[Street, ...] = _board_game(2)
    fewest_own: int = 0

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of the best five of all; larger wins."""
        return hands.strength(hole + board)

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the best five of all, in reading order."""
        return hands.best_five(hole + board)


@dataclass(frozen=True, slots=True)
class Omaha:
    """Omaha high: four cards each, exactly two of them with three of the board (case 56)."""

    code: str = "OMH"
    title: str = "Omaha"
    usual_limit: str = "PL"
    phh_codes: Mapping[str, str] = field(default_factory=dict)
    streets: tuple[Street, ...] = _board_game(4)
    fewest_own: int = 2

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of the best two and three; larger wins."""
        return hands.omaha_strength(hole, board)

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the best two and three, in reading order."""
        return hands.omaha_best_five(hole, board)


def board_size(variant: Variant) -> int:
    """Return how many cards the whole board has."""
    return sum(street.board for street in variant.streets)


HOLDEM = Holdem()
OMAHA = Omaha()
VARIANTS: Mapping[str, ListedVariant] = {variant.code: variant for variant in (HOLDEM, OMAHA)}
"""Game type on the wire -> variant; all that a table can deal, in the order of the settings."""
