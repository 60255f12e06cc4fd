"""Random hands from a seed, and a ledger that follows them by their facts alone."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from vphost.rules.poker.dealing import deck_from_seed
from vphost.rules.poker.facts import (
    Acted, Action, ActionKind, Fact, HoleDealt, Posted, PotAwarded, StreetDealt, Uncalled,
)
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import Limit
from vphost.rules.poker.machine import options
from vphost.rules.poker.seats import straddles
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.variants import HOLDEM, OMAHA

SMALL, BIG = 50, 100
POSTS = ((0, 0), (0, 0), (0, 0), (BIG, 0), (0, SMALL), (BIG, SMALL))


def random_setup(dice: Random, limit: Limit) -> HandSetup:
    """Return a hand of any shape: 2 to 10 players, all antes, posts, straddles, short stacks."""
    count = dice.randint(2, 10)
    deep = dice.choice((150, 600, 2_000, 20_000))
    button = dice.randrange(count)
    small = button if count == 2 else (button + 1) % count
    big = (small + 1) % count
    posts = [(0, 0) if index in (small, big) else dice.choice(POSTS) for index in range(count)]
    entrants = [
        Entrant(index, index + 1, dice.randint(1, deep), *posts[index], 0)
        for index in range(count)
    ]
    setup = HandSetup(
        dice.choice((HOLDEM, HOLDEM, HOLDEM, OMAHA)),
        limit,
        Stakes(SMALL, BIG, dice.choice((0, 0, 10, 25, 100)), dice.choice(list(AnteKind)), BIG,
               2 * BIG),
        tuple(entrants),
        button,
        None if count > 2 and dice.random() < 0.1 else small,
        big,
        deck_from_seed(dice.randbytes(32)),
        dice.choice((1, 1, 1, 25)),
        {},
    )
    return _straddled(setup, dice)


def _straddled(setup: HandSetup, dice: Random) -> HandSetup:
    """Return the setup with straddles now and then, of players who post nothing else."""
    if dice.random() < 0.8:
        return setup
    free = [index for index, one in enumerate(setup.entrants) if not one.live_post + one.dead_post]
    standing = straddles(setup, [index for index in free if dice.random() < 0.7])
    entrants = tuple(
        Entrant(one.player, one.seat_no, one.stack, one.live_post, one.dead_post,
                standing.get(index, 0))
        for index, one in enumerate(setup.entrants)
    )
    return HandSetup(setup.variant, setup.limit, setup.stakes, entrants, setup.button,
                     setup.small_blind, setup.big_blind, setup.deck, setup.unit, {})


def random_action(dice: Random, hand: Hand) -> Action:
    """Return a legal action of whose turn it is; raises of all sizes, more calls than folds."""
    told = options(hand)
    choice = dice.random()
    if told.min_to is not None and told.max_to is not None and choice < 0.35:
        kind = ActionKind.RAISE if hand.high else ActionKind.BET
        some = min(told.max_to, told.min_to + int(dice.expovariate(1 / (2 * BIG))))
        return Action(kind, dice.choice((told.min_to, some, some, some, told.max_to)))
    if told.can_check:
        return Action(ActionKind.CHECK if choice < 0.98 else ActionKind.FOLD, None)
    if choice < 0.55:
        return Action(ActionKind.FOLD, None)
    return Action(ActionKind.CALL, told.call)


def random_nonsense(dice: Random) -> Action:
    """Return an action that may be legal but mostly is not."""
    amounts: tuple[Any, ...] = (
        None, -BIG, 0, 1, 1.5, True, "100", 10**12, dice.randrange(500), dice.randrange(5_000)
    )
    return Action(dice.choice(list(ActionKind)), dice.choice(amounts))


class Ledger:
    """Stacks and middle as the facts tell them; checked after every single fact."""

    def __init__(self, setup: HandSetup) -> None:
        self.stacks = [entrant.stack for entrant in setup.entrants]
        self.middle = 0
        self.chips = sum(self.stacks)
        self.cards: list[int] = []
        self.board: tuple[int, ...] = ()

    def follow(self, hand: Hand, facts: Iterable[Fact]) -> None:
        """Note the facts of one step; then they have to be the hand's own numbers."""
        for fact in facts:
            self._note(fact)
            assert sum(self.stacks) + self.middle == self.chips, fact
            assert min(self.stacks) >= 0 and self.middle >= 0, fact
        assert tuple(self.stacks) == hand.stacks and self.middle == hand.pot
        assert self.board == hand.board
        assert len(self.cards) == len(set(self.cards))

    def _note(self, fact: Fact) -> None:
        match fact:
            case Posted(index=index, amount=amount) | Acted(index=index, amount=amount):
                self._pay(index, amount)
            case Uncalled(index=index, amount=amount):
                self._pay(index, -amount)
            case PotAwarded(size=size, shares=shares, chunks=chunks):
                assert sum(shares.values()) == sum(chunks.values()) == size
                self.middle -= size
                for index, amount in shares.items():
                    assert amount >= 0
                    self.stacks[index] += amount
            case HoleDealt(cards=cards):
                self.cards += cards
            case StreetDealt(cards=cards, board=board):
                self.cards += cards
                self.board += cards
                assert self.board == board

    def _pay(self, index: int, amount: int) -> None:
        self.stacks[index] -= amount
        self.middle += amount


def check_options(hand: Hand) -> None:
    """Fail unless what the actor may do makes sense by itself, whatever the limit."""
    assert hand.actor is not None
    told = options(hand)
    bet, stack = hand.bets[hand.actor], hand.stacks[hand.actor]
    assert stack > 0 and not hand.folded[hand.actor]
    assert told.call == min(stack, max(0, hand.high - bet))
    assert told.can_check == (told.call == 0)
    if told.min_to is None or told.max_to is None:
        assert told.min_to is None and told.max_to is None
        return
    assert hand.high < told.min_to <= told.max_to <= bet + stack
    match hand.setup.limit.code:
        case "NL":
            assert told.max_to == bet + stack
        case "PL":
            assert told.max_to <= hand.high + hand.pot + SMALL + BIG + hand.high - bet
        case "FL":
            size = 2 * BIG if hand.street > 1 else BIG
            assert told.min_to == told.max_to <= hand.high + size
