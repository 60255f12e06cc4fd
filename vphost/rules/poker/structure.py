"""What a hand is made of before it starts: variant, limit, forced bets and who is dealt in.

A variant and a limit are small objects that answer questions of the one machine in `hand.py`;
a new game is a new object here, never a new engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vphost.rules.poker.hand import Hand


class AnteKind(Enum):
    """Who pays the ante: everybody, the big blind for all, or the button for all."""

    ALL = "all"
    BIG_BLIND = "big_blind"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Street:
    """One betting round: cards dealt to each player (True is face up) and to the board before it."""

    name: str
    hole: tuple[bool, ...]
    board: int


class Variant(Protocol):
    """What kind of poker: which cards are dealt and how hands compare."""

    code: str
    streets: tuple[Street, ...]

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of a hand; larger wins. Needs at least five cards in all."""
        ...


class Limit(Protocol):
    """How much may be bet."""

    code: str

    def raise_range(self, hand: Hand, index: int) -> tuple[int, int] | None:
        """Return the smallest and largest street total that `index` may bet or raise to.

        Minor units; the smallest may exceed a short stack's whole, then both are the whole
        stack. None when no bet or raise is possible (closed betting, nobody could call, cap).
        """
        ...


@dataclass(frozen=True, slots=True)
class Stakes:
    """The forced bets of one hand, minor units. small_bet and big_bet are for fixed limit."""

    small_blind: int
    big_blind: int
    ante: int
    ante_kind: AnteKind
    small_bet: int
    big_bet: int


@dataclass(frozen=True, slots=True)
class Entrant:
    """Someone who is dealt in.

    player: id that facts carry. seat_no: from 1, for people. stack: minor units before any
    forced bet. live_post, dead_post: what he posts besides a blind of his position (a returning
    player). straddle: street total of his straddle, 0 for none.
    """

    player: int
    seat_no: int
    stack: int
    live_post: int
    dead_post: int
    straddle: int


@dataclass(frozen=True, slots=True)
class HandSetup:
    """All that decides a hand before the first action.

    entrants: clockwise by seat; all other indexes refer to it.
    button: index of the button, or of the last entrant before an empty button seat.
    small_blind: index, None when nobody posts it (dead). big_blind: index.
    deck: card ids in the order they leave the deck; hole cards go one at a time from the
        small blind's side (heads-up: the big blind first), the board follows without burns.
    unit: the smallest chip, for odd chips, minor units.
    given_hole: index -> hole cards, where a hand history says who got which; these are not
        taken from the deck.
    """

    variant: Variant
    limit: Limit
    stakes: Stakes
    entrants: tuple[Entrant, ...]
    button: int
    small_blind: int | None
    big_blind: int
    deck: tuple[int, ...]
    unit: int
    given_hole: Mapping[int, tuple[int, ...]]
