"""How hands compare, which five cards they are, and what they are called.

The strength is phevaluator's rank turned round, so that the larger number wins: 1 is the worst
high card, 7462 a royal flush. Names are those of the table protocol's section "Settled".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from phevaluator.evaluator import evaluate_cards
from phevaluator.evaluator_omaha import evaluate_omaha_cards

from vphost.rules.poker.cards import RANKS

_WORST = 7463
_ACE = 12


def strength(cards: Sequence[int]) -> int:
    """Return the strength of the best five of five to seven cards; larger wins, equal ties."""
    return _WORST - int(evaluate_cards(*cards))


def omaha_strength(hole: Sequence[int], board: Sequence[int]) -> int:
    """Return the strength of exactly two of four hole cards with three of three to five board
    cards; larger wins."""
    if len(board) == 5 and len(hole) == 4:
        return _WORST - int(evaluate_omaha_cards(*board, *hole))
    return max(strength(five) for five in _omaha_fives(hole, board))


def best_five(cards: Sequence[int]) -> tuple[int, ...]:
    """Return the best five of five to seven cards, the most telling first.

    Pairs and their like stand before kickers, high before low, a wheel's ace last.
    """
    return _in_order(max(combinations(cards, 5), key=strength))


def omaha_best_five(hole: Sequence[int], board: Sequence[int]) -> tuple[int, ...]:
    """Return the best five of exactly two hole cards and three board cards, in reading order."""
    return _in_order(max(_omaha_fives(hole, board), key=strength))


def combination(five: Sequence[int]) -> str:
    """Return the protocol's name of five cards, such as "Two Pair, K's and 5's + 9".

    five: in the order of `best_five`.
    Source: table protocol, "Settled": hand names (aces in words, kickers from high to low).
    """
    ranks = [card >> 2 for card in five]
    is_flush = len({card & 3 for card in five}) == 1
    if len(set(ranks)) == 5:
        return _unpaired(ranks, is_flush)
    return _paired(ranks)


def _unpaired(ranks: list[int], is_flush: bool) -> str:
    """Name five different ranks, highest first (a wheel's ace last)."""
    if ranks[0] - ranks[3] == 3 and (ranks[0] - ranks[4] == 4 or ranks[4] == _ACE):
        if is_flush and ranks[0] == _ACE:
            return "Royal Flush"
        kind = "Straight Flush" if is_flush else "Straight"
        return f"{kind}, {RANKS[ranks[4]]}-{RANKS[ranks[0]]}"
    if is_flush:
        return f"Flush ({_one(ranks[0])} High)"
    return f"{_one(ranks[0])} High{_kickers(ranks[1:])}"


def _paired(ranks: list[int]) -> str:
    """Name five ranks of which some are equal, largest group first."""
    first, second = ranks[0], ranks[-1]
    match sorted((ranks.count(rank) for rank in set(ranks)), reverse=True):
        case [4, 1]:
            return f"Four of a Kind, {_many(first)}{_kickers([second])}"
        case [3, 2]:
            return f"Full House, {_many(first)} over {_many(second)}"
        case [3, 1, 1]:
            return f"Three of a Kind, {_many(first)}{_kickers(ranks[3:])}"
        case [2, 2, 1]:
            return f"Two Pair, {_many(first)} and {_many(ranks[2])}{_kickers([second])}"
        case _:
            return f"Pair of {_many(first)}{_kickers(ranks[2:])}"


def _one(rank: int) -> str:
    """Return a rank in the singular: aces in words."""
    return "Ace" if rank == _ACE else RANKS[rank]


def _many(rank: int) -> str:
    """Return a rank in the plural: aces in words."""
    return "Aces" if rank == _ACE else f"{RANKS[rank]}'s"


def _kickers(ranks: list[int]) -> str:
    return " + " + " ".join(RANKS[rank] for rank in ranks)


def _in_order(five: Sequence[int]) -> tuple[int, ...]:
    """Sort five cards: larger groups first, then higher ranks; the ace of a wheel comes last."""
    ranks = [card >> 2 for card in five]
    if sorted(ranks) == [0, 1, 2, 3, _ACE]:
        return tuple(sorted(five, key=lambda card: -((card >> 2) if card >> 2 < _ACE else -1)))
    return tuple(sorted(five, key=lambda card: (-ranks.count(card >> 2), -(card >> 2), -card)))


def _omaha_fives(hole: Sequence[int], board: Sequence[int]) -> list[tuple[int, ...]]:
    return [
        own + shared for own in combinations(hole, 2) for shared in combinations(board, 3)
    ]
