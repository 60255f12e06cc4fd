"""The machine of one poker hand: a frozen state, one step function, facts as results.

`start` posts the forced bets and deals; `act` takes one player action and runs on by itself
through everything that needs no decision: the end of a round, the next street, the return of an
uncalled bet, the showdown, the awards. It returns a new state and the facts in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from vphost.rules.mode import Rejected
from vphost.rules.poker.structure import HandSetup


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
    """What the actor may do. call: chips a call adds (0 when he may check), capped by his stack;
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
    """A player got his cards of a street, secret to him."""

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
    contested: False when everybody else had folded out of it. chunks: index -> contribution.
    """

    pot: int
    size: int
    shares: Mapping[int, int]
    contested: bool


Fact: TypeAlias = (
    Posted | HoleDealt | Acted | StreetDealt | Uncalled | Shown | Mucked | PotAwarded
)


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand at one moment; all tuples run by entrant index, money in minor units."""

    setup: HandSetup
    street: int
    board: tuple[int, ...]
    deck_position: int
    hole: tuple[tuple[int, ...], ...]
    stacks: tuple[int, ...]
    bets: tuple[int, ...]
    """Live chips of this street."""
    contributions: tuple[int, ...]
    """All chips put in this hand, antes and dead posts included."""
    folded: tuple[bool, ...]
    actor: int | None
    """Whose turn it is; None when the hand is over."""
    is_over: bool


def start(setup: HandSetup) -> tuple[Hand, tuple[Fact, ...]]:
    """Post the forced bets, deal, and find the first actor (or run to the end)."""
    raise NotImplementedError


def options(hand: Hand) -> Options:
    """Return what the actor may do. Only while the hand is not over."""
    raise NotImplementedError


def act(hand: Hand, index: int, action: Action) -> tuple[Hand, tuple[Fact, ...]] | Rejected:
    """Take one action of the entrant `index`, or refuse it with a code and change nothing."""
    raise NotImplementedError


def fold_out_of_turn(hand: Hand, index: int) -> tuple[Hand, tuple[Fact, ...]]:
    """Fold someone who left though it is not his turn; runs on when only one is left."""
    raise NotImplementedError
