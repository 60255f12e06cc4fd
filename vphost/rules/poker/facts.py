"""What a player does and what happens in a hand, as values. All indexes are entrant indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class ActionKind(Enum):
    """The five betting actions."""

    FOLD = "fold"
    CHECK = "check"
    CALL = "call"
    BET = "bet"
    RAISE = "raise"


@dataclass(frozen=True, slots=True)
class Action:
    """A betting action. amount: CALL the chips that it adds, BET and RAISE the street total."""

    kind: ActionKind
    amount: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """What the actor may do. call: chips a call adds, capped by the stack; 0 for a check.
    min_to, max_to: street totals for a bet or raise, both None when none is possible."""

    can_check: bool
    call: int
    min_to: int | None
    max_to: int | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A forced bet was paid. kind: small_blind, big_blind, ante, straddle, live_post, dead_post,
    bring_in. to: street total afterwards (antes and dead posts do not count to it)."""

    index: int
    kind: str
    amount: int
    to: int


@dataclass(frozen=True, slots=True)
class HoleDealt:
    """A player was dealt their cards of a street, which are secret to them."""

    index: int
    cards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """A player acted. amount: chips added. to: street total afterwards."""

    index: int
    kind: ActionKind
    amount: int
    to: int
    all_in: bool


@dataclass(frozen=True, slots=True)
class StreetDealt:
    """Board cards were turned. all_in: the action is over and the rest runs out."""

    street: int
    cards: tuple[int, ...]
    board: tuple[int, ...]
    all_in: bool


@dataclass(frozen=True, slots=True)
class SecondBoard:
    """The rest of the board was dealt once more, for half of each pot (`twice.py`).

    cards: the new ones. board: the whole second board. halves: by pot, main pot first: index ->
    what they won of it on the first board, then on the second.
    """

    cards: tuple[int, ...]
    board: tuple[int, ...]
    halves: tuple[tuple[Mapping[int, int], Mapping[int, int]], ...]


@dataclass(frozen=True, slots=True)
class Uncalled:
    """The part of a bet that nobody called went back, before the showdown."""

    index: int
    amount: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A hand was revealed because it must be (all-in with the action over, or a winner)."""

    index: int
    cards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mucked:
    """A hand that lost at the showdown stays hidden unless its owner shows it."""

    index: int


@dataclass(frozen=True, slots=True)
class PotAwarded:
    """A pot went to its winners.

    pot: 0 is the main pot. size: all of it. shares: index -> amount, summing to size.
    contested: False when everybody else had folded out of it. chunks: index -> what they put into
    this pot, for all who did, folded players included.
    """

    pot: int
    size: int
    shares: Mapping[int, int]
    contested: bool
    chunks: Mapping[int, int]


Fact: TypeAlias = (
    Posted | HoleDealt | Acted | StreetDealt | SecondBoard | Uncalled | Shown | Mucked | PotAwarded
)
