"""The rules core against PokerKit: actions per second on the same hands in the same run.

Hands are random six-handed hold'em (no limit, pot limit and fixed limit are rows of their own),
played once beforehand and written down as plain words. Then both play the same words in turns,
round by round, so that whatever else the machine does hits both. What is timed on both sides is
what a table needs of its rules: begin a hand with known cards, ask before every action what may be
done, act, and go on to the stacks at the end. Reading files and cards, random numbers, dealing
from a seed and making a game (not a hand of it) are outside, and so is the time that other
programs take (it is the time of the processor). `ratio` is ours to theirs, by the
median of the rounds; `ratio_unasked` is against a PokerKit that is not asked what may be done,
while ours still is.
"""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from statistics import median
from typing import Any

from pokerkit import (
    Automation, Card, FixedLimitTexasHoldem, NoLimitTexasHoldem, Poker, PotLimitOmahaHoldem, State,
)

from vphost.rules.mode import Rejected
from vphost.rules.poker.cards import PHH_OF_ID
from vphost.rules.poker.dealing import deck_from_seed
from vphost.rules.poker.facts import Action, ActionKind
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import FIXED_LIMIT, NO_LIMIT, POT_LIMIT, Limit
from vphost.rules.poker.machine import act, options, start
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.variants import HOLDEM

HANDS = 100
ROUNDS = 7
SEED = 20261120
PLAYERS = 6
STACK = 10_000
SMALL, BIG = 50, 100
AUTOMATIONS = (
    Automation.ANTE_POSTING, Automation.BET_COLLECTION, Automation.BLIND_OR_STRADDLE_POSTING,
    Automation.CARD_BURNING, Automation.HOLE_CARDS_SHOWING_OR_MUCKING, Automation.HAND_KILLING,
    Automation.CHIPS_PUSHING, Automation.CHIPS_PULLING,
)
BOARD = ((0, 3), (3, 4), (4, 5))

Cards = tuple[list[list[Card]], list[list[Card]]]

Script = tuple[tuple[str, int], ...]
"""A hand's actions: fold, call (a check too) or raise, with the street total of a raise."""


class PotLimitTexasHoldem(PotLimitOmahaHoldem):
    """PokerKit's pot limit with two cards instead of four."""

    hole_dealing_count = 2
    hand_types = NoLimitTexasHoldem.hand_types  # type: ignore[assignment]


def main() -> Iterator[dict[str, Any]]:
    """Yield one row for each limit."""
    warnings.simplefilter("ignore")
    for limit in (NO_LIMIT, POT_LIMIT, FIXED_LIMIT):
        dice = Random(SEED)
        setups = [setup_of(dice, limit) for _ in range(HANDS)]
        scripts = [written(dice, setup) for setup in setups]
        actions = sum(len(script) for script in scripts)
        cards = [cards_of(setup) for setup in setups]
        game = game_of(limit)
        ours: list[float] = []
        asked: list[float] = []
        unasked: list[float] = []
        for _ in range(ROUNDS):
            mine, ends = timed(play_ours, setups, scripts)
            for rates, asks in ((asked, True), (unasked, False)):
                seconds, other_ends = timed(partial(play_pokerkit, game, asks), cards, scripts)
                assert ends == other_ends, "both have to end with the same stacks"
                rates.append(actions / seconds)
            ours.append(actions / mine)
        yield {
            "what": f"rules core, {limit.code} hold'em, {PLAYERS} players",
            "hands": HANDS,
            "actions": actions,
            "actions_per_s": round(median(ours)),
            "pokerkit_actions_per_s": round(median(asked)),
            "ratio": round(median(a / b for a, b in zip(ours, asked)), 1),
            "ratio_unasked": round(median(a / b for a, b in zip(ours, unasked)), 1),
        }


def setup_of(dice: Random, limit: Limit) -> HandSetup:
    """Return a hand of equal stacks."""
    entrants = tuple(Entrant(index, index + 1, STACK, 0, 0, 0) for index in range(PLAYERS))
    return HandSetup(HOLDEM, limit, Stakes(SMALL, BIG, 0, AnteKind.ALL, BIG, 2 * BIG), entrants,
                     PLAYERS - 1, 0, 1, deck_from_seed(dice.randbytes(32)), 1, {})


def written(dice: Random, setup: HandSetup) -> Script:
    """Return the actions of a random hand, raises full and within PokerKit's own cap."""
    hand, _ = start(setup)
    words: list[tuple[str, int]] = []
    raises = 0
    while not hand.is_over:
        assert hand.actor is not None
        told = options(hand)
        chance = dice.random()
        street = hand.street
        if told.min_to is not None and told.max_to is not None and chance < 0.2 and raises < 3:
            to = min(told.max_to, told.min_to + int(dice.expovariate(1 / 200)))
            words.append(("raise", to))
            raises += 1
        else:
            words.append(("fold" if told.call and chance < 0.5 else "call", 0))
        hand = step(hand, *words[-1])
        raises = raises if hand.street == street else 0
    return tuple(words)


def step(hand: Hand, word: str, to: int) -> Hand:
    """Ask what may be done, and do what the script says."""
    told = options(hand)
    if word == "raise":
        action = Action(ActionKind.RAISE if hand.high else ActionKind.BET, to)
    elif word == "fold":
        action = Action(ActionKind.FOLD, None)
    elif told.can_check:
        action = Action(ActionKind.CHECK, None)
    else:
        action = Action(ActionKind.CALL, told.call)
    assert hand.actor is not None
    answer = act(hand, hand.actor, action)
    assert not isinstance(answer, Rejected)
    return answer[0]


def timed(
    play: Callable[[Any, Script], tuple[int, ...]], hands: list[Any], scripts: list[Script]
) -> tuple[float, list[tuple[int, ...]]]:
    """Return the seconds for all hands, and the stacks that they end with."""
    gc.collect()
    began = time.process_time()
    ends = [play(hand, script) for hand, script in zip(hands, scripts)]
    return time.process_time() - began, ends


def play_ours(setup: HandSetup, script: Script) -> tuple[int, ...]:
    """Play a script here."""
    hand, _ = start(setup)
    for word, to in script:
        hand = step(hand, word, to)
    assert hand.is_over
    return hand.stacks


def play_pokerkit(game: Poker, asks: bool, cards: Cards, script: Script) -> tuple[int, ...]:
    """Play a script in PokerKit. asks: what may be done, before every action."""
    state = game([STACK] * PLAYERS, PLAYERS)
    hole, board = cards
    for pair in hole:
        state.deal_hole(pair)
    street = 0
    for word, to in script:
        if asks:
            asked(state)
        if word == "raise":
            state.complete_bet_or_raise_to(to)
        elif word == "fold":
            state.fold()
        else:
            state.check_or_call()
        while state.can_deal_board():
            state.deal_board(board[street])
            street += 1
    assert not state.status
    return tuple(state.stacks)


def asked(state: State) -> tuple[int | None, ...]:
    """Return what a table tells the actor."""
    return (
        state.checking_or_calling_amount,
        state.min_completion_betting_or_raising_to_amount,
        state.max_completion_betting_or_raising_to_amount,
    )


def cards_of(setup: HandSetup) -> Cards:
    """Return a hand's cards as PokerKit has them: each player's, then each street's."""
    deck = [next(iter(Card.parse(PHH_OF_ID[card]))) for card in setup.deck]
    hole = 2 * PLAYERS
    board = deck[hole:hole + 5]
    return [deck[index:hole:PLAYERS] for index in range(PLAYERS)], [
        board[first:last] for first, last in BOARD
    ]


def game_of(limit: Limit) -> Poker:
    """Return the same game in PokerKit."""
    begin = (AUTOMATIONS, True, 0, (SMALL, BIG))
    if limit is FIXED_LIMIT:
        return FixedLimitTexasHoldem(*begin, BIG, 2 * BIG)
    return (NoLimitTexasHoldem if limit is NO_LIMIT else PotLimitTexasHoldem)(*begin, BIG)
