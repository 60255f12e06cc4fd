"""A modest hold'em opponent for the demo: what it would do in a spot, purely from what it sees.

It plays tight before the flop, bets what it has made after it, and bluffs now and then; the dice
are passed in as a number, so that the same spot with the same dice gives the same action. Of four
cards it plays the two that are best just now: never an error, and no great Omaha.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from phevaluator import evaluate_cards

from vphost.rules.poker.cards import ID_OF_WIRE


@dataclass(frozen=True, slots=True)
class Spot:
    """What a bot sees when it is to act; money in minor units, bets as street totals."""

    #: Bets are whole multiples of it where they can be.
    unit: int
    #: Wire names.
    hole: tuple[str, ...]
    #: Wire names.
    board: tuple[str, ...]
    #: All chips in the middle, bets of this street included.
    pot: int
    #: Chips that a call adds.
    call: int
    #: None when no bet or raise is possible, like `max_to`.
    min_to: int | None
    max_to: int | None
    can_check: bool


def choose(spot: Spot, dice: float) -> tuple[str, int | None]:
    """Return the action's name and its amount.

    dice: uniform in [0, 1). Returns: `action_fold` or `action_check` without an amount,
    `action_call` with the chips to pay, or `raise` with the street total, which the caller names
    `action_bet` or `action_raise`, whichever is offered.
    """
    hole = tuple(ID_OF_WIRE[name] for name in spot.hole)
    board = tuple(ID_OF_WIRE[name] for name in spot.board)
    pairs = list(combinations(hole, 2))
    if board:
        strength = made_strength(min(pairs, key=lambda pair: evaluate_cards(*pair, *board)), board)
    else:
        strength = max(opening_strength(pair) for pair in pairs)
    price = spot.call / (spot.pot + spot.call) if spot.call else 0.0
    if spot.min_to is not None and spot.max_to is not None:
        if strength > 0.75 and dice < 0.8 or dice < 0.06:
            return "raise", sized(spot, strength)
    if spot.can_check:
        return "action_check", None
    if strength + (dice - 0.5) * 0.2 > price + 0.12:
        return "action_call", spot.call
    return "action_fold", None


def sized(spot: Spot, strength: float) -> int:
    """Return a raise of about two thirds of the pot, the whole stack with the very best."""
    assert spot.min_to is not None and spot.max_to is not None
    if strength > 0.97:
        return spot.max_to
    wanted = spot.min_to + (spot.pot * 2 // 3 if spot.board else spot.pot // 2)
    return min(spot.max_to, max(spot.min_to, wanted // spot.unit * spot.unit))


def opening_strength(hole: tuple[int, ...]) -> float:
    """Return how good two cards are before the flop, 0 to 1: height, pairs, suits, closeness."""
    low, high = sorted(card // 4 for card in hole)
    if low == high:
        return 0.55 + 0.45 * high / 12
    suited = 0.06 if hole[0] % 4 == hole[1] % 4 else 0.0
    close = max(0.0, 0.08 - 0.02 * (high - low - 1))
    return 0.04 * high + 0.025 * low + suited + close


def made_strength(hole: tuple[int, ...], board: tuple[int, ...]) -> float:
    """Return the share of all opposing pairs of cards that this hand beats now, 0 to 1."""
    own = evaluate_cards(*hole, *board)
    unseen = [card for card in range(52) if card not in hole and card not in board]
    beaten = total = 0
    for pair in combinations(unseen, 2):
        total += 1
        beaten += evaluate_cards(*pair, *board) > own
    return beaten / total
