"""The machine of one poker hand: a frozen state, one step function, facts as results.

`start` posts the forced bets and deals; `act` takes one player action and runs on by itself
through everything that needs no decision: the end of a round, the next street, the return of an
uncalled bet, the showdown, the awards. It returns a new state and the facts in order.

The state is frozen between steps. Within one step the work is done on a mutable `Progress`
(`progress.py`), because one step may change most fields many times.
"""

from __future__ import annotations

from vphost.rules.mode import Rejected
from vphost.rules.poker import betting
from vphost.rules.poker.facts import Action, Fact, Options
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.posting import post_all
from vphost.rules.poker.progress import HandProgress
from vphost.rules.poker.setup import HandSetup


def start(setup: HandSetup) -> tuple[Hand, tuple[Fact, ...]]:
    """Post the forced bets, deal, and find the first actor (or run to the end)."""
    progress = HandProgress.of_setup(setup)
    progress.begin(post_all(progress))
    return progress.freeze(), tuple(progress.facts)


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
    progress = HandProgress.of_hand(hand)
    progress.act(index, action, full_raise)
    return progress.freeze(), tuple(progress.facts)


def fold_out_of_turn(hand: Hand, index: int) -> tuple[Hand, tuple[Fact, ...]]:
    """Fold a player who left, out of turn; the hand runs on when only one is left.

    Does nothing when they have folded already or the hand is over.
    """
    if hand.is_over or hand.folded[index]:
        return hand, ()
    progress = HandProgress.of_hand(hand)
    progress.leave(index)
    return progress.freeze(), tuple(progress.facts)
