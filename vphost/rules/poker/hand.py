"""The machine of one poker hand: a frozen state, one step function, facts as results.

`start` posts the forced bets and deals; `act` takes one player action and runs on by itself
through everything that needs no decision: the end of a round, the next street, the return of an
uncalled bet, the showdown, the awards. It returns a new state and the facts in order.

The state is frozen between steps. Within one step the work is done on a mutable `Progress`
(`progress.py`), because one step may change most fields many times.
"""

from __future__ import annotations

from dataclasses import dataclass

from vphost.rules.mode import Rejected
from vphost.rules.poker import betting, forced
from vphost.rules.poker.facts import (
    Acted,
    Action,
    ActionKind,
    Fact,
    HoleDealt,
    Mucked,
    Options,
    Posted,
    PotAwarded,
    Shown,
    StreetDealt,
    Uncalled,
)
from vphost.rules.poker.pots import Pot, side_pots
from vphost.rules.poker.progress import Progress
from vphost.rules.poker.structure import HandSetup

__all__ = [
    "Acted",
    "Action",
    "ActionKind",
    "Fact",
    "Hand",
    "HoleDealt",
    "Mucked",
    "Options",
    "Posted",
    "PotAwarded",
    "Shown",
    "StreetDealt",
    "Uncalled",
    "act",
    "fold_out_of_turn",
    "options",
    "pots_of",
    "start",
]


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand at one moment; all tuples run by entrant index, money in minor units."""

    setup: HandSetup
    street: int
    board: tuple[int, ...]
    deck_position: int
    hole: tuple[tuple[int, ...], ...]
    stacks: tuple[int, ...]
    """Chips behind; after the end, winnings included."""
    bets: tuple[int, ...]
    """Live chips of this street."""
    contributions: tuple[int, ...]
    """All chips put in this hand, antes and dead posts included, less what came back uncalled.
    They stay after the end, as a record; `pot` is then 0."""
    dead: tuple[int, ...]
    """The part of the contributions that belongs to the main pot whoever paid it: an ante paid
    for all, the dead part of a post."""
    folded: tuple[bool, ...]
    answered: tuple[int, ...]
    """The bet to match when each last acted on this street, -1 before he has."""
    high: int
    """The bet to match on this street; a blind or straddle counts in full even if posted short."""
    last_raise: int
    """By how much the last full bet or raise of the street went up; at first the big blind."""
    full_to: int
    """Street total of the last full bet or raise."""
    raises: int
    """Full bets and raises of the street; the big blind is one."""
    live_at_raise: int
    """How many had not folded when the last of them was made."""
    aggressor: int | None
    """Who made the last bet or raise of this street."""
    actor: int | None
    """Whose turn it is; None when the hand is over."""
    is_over: bool

    @property
    def pot(self) -> int:
        """All chips in the middle, bets of this street included; 0 when the hand is over."""
        return 0 if self.is_over else sum(self.contributions)

    @property
    def blinds_paid(self) -> int:
        """What the two blinds of the positions really were, minor units."""
        return forced.blinds_paid(self.setup)

    @property
    def ante_for_all(self) -> int:
        """The ante that one player paid for all, minor units; 0 where everybody pays his own."""
        return forced.ante_for_all(self.setup)


def start(setup: HandSetup) -> tuple[Hand, tuple[Fact, ...]]:
    """Post the forced bets, deal, and find the first actor (or run to the end)."""
    progress = Progress.of_setup(setup)
    progress.begin()
    return _frozen(progress), tuple(progress.facts)


def options(hand: Hand) -> Options:
    """Return what the actor may do. Only while the hand is not over."""
    assert hand.actor is not None, "nobody is to act"
    return betting.options(hand, hand.actor)


def act(hand: Hand, index: int, action: Action) -> tuple[Hand, tuple[Fact, ...]] | Rejected:
    """Take one action of the entrant `index`, or refuse it with a code and change nothing.

    Refusals: no_hand, not_your_turn, bad_amount, action_not_available, wrong_call_amount,
    raise_too_small, raise_too_large; the last four say `call`, `min_to` and `max_to`.
    """
    refusal = betting.refusal(hand, index, action)
    if refusal is not None:
        return refusal
    full_raise = hand.setup.limit.full_raise(hand)
    progress = Progress.of_hand(hand)
    progress.act(index, action, full_raise)
    return _frozen(progress), tuple(progress.facts)


def fold_out_of_turn(hand: Hand, index: int) -> tuple[Hand, tuple[Fact, ...]]:
    """Fold someone who left though it is not his turn; runs on when only one is left.

    Does nothing when he has folded already or the hand is over.
    """
    if hand.is_over or hand.folded[index]:
        return hand, ()
    progress = Progress.of_hand(hand)
    progress.leave(index)
    return _frozen(progress), tuple(progress.facts)


def pots_of(hand: Hand) -> tuple[Pot, ...]:
    """Return the pots without the bets of the running street, main pot first.

    After the end: the pots that were awarded.
    """
    bets = hand.bets if not hand.is_over else (0,) * len(hand.bets)
    layered = [
        chips - dead - bet for chips, dead, bet in zip(hand.contributions, hand.dead, bets)
    ]
    return side_pots(layered, hand.dead, hand.folded)


def _frozen(progress: Progress) -> Hand:
    return Hand(
        progress.setup,
        progress.street,
        progress.board,
        progress.deck_position,
        tuple(progress.hole),
        tuple(progress.stacks),
        tuple(progress.bets),
        tuple(progress.contributions),
        tuple(progress.dead),
        tuple(progress.folded),
        tuple(progress.answered),
        progress.high,
        progress.last_raise,
        progress.full_to,
        progress.raises,
        progress.live_at_raise,
        progress.aggressor,
        progress.actor,
        progress.actor is None,
    )
