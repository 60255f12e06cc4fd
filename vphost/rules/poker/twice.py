"""Run it twice: the rest of the board is dealt two times, each for half of every pot.

This is no part of the machine: a hand is played as always, and `run_twice` then turns the end
of an all-in into its end on two boards. So only this file knows of two boards, and a mode uses
it where everybody who is still in agreed before any of those cards were seen.
Source: WSOP Live Action Rules 204 to 213 (poker-rules case 50).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vphost.rules.poker.facts import Fact, PotAwarded, SecondBoard, StreetDealt
from vphost.rules.poker.hand import Hand, pots_of
from vphost.rules.poker.pots import Pot, shares
from vphost.rules.poker.showdown import winners_of


def run_twice(hand: Hand, facts: Sequence[Fact]) -> tuple[Hand, tuple[Fact, ...]]:
    """Return the end of a hand and the facts of its last step, run twice.

    hand, facts: what `act` gave. Cards that were out before the action ended stay; the second
    run takes the cards after those of the first. Each pot is halved, an odd chip goes with the
    first half; `PotAwarded` then tells both halves in one. Where no cards were to come, or the
    hand goes on, nothing changes.
    """
    out = _board_before(facts)
    if not hand.is_over or out is None:
        return hand, tuple(facts)
    missing = len(hand.board) - out
    end = hand.deck_position + missing
    cards = hand.setup.deck[hand.deck_position:end]
    assert len(cards) == missing, "the deck holds a second board"
    board = hand.board[:out] + cards
    halves = tuple(_halves(hand, pot, board) for pot in pots_of(hand))
    told = [_with_shares(fact, halves) for fact in facts]
    first_award = next(place for place, fact in enumerate(told) if isinstance(fact, PotAwarded))
    told.insert(first_award, SecondBoard(cards, board, halves))
    return replace(hand, stacks=_stacks(hand, facts, told), deck_position=end), tuple(told)


def _board_before(facts: Sequence[Fact]) -> int | None:
    """Return how many board cards lay when the action ended; None when no more were to come."""
    for fact in facts:
        if isinstance(fact, StreetDealt) and fact.all_in:
            return len(fact.board) - len(fact.cards)
    return None


def _halves(
    hand: Hand, pot: Pot, second: tuple[int, ...]
) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Return who gets how much of a pot on the first board, and on the second."""
    unit = hand.setup.unit
    later = pot.size // unit // 2 * unit
    first_shares = _shared(hand, pot, hand.board, pot.size - later)
    return first_shares, _shared(hand, pot, second, later)


def _shared(hand: Hand, pot: Pot, board: tuple[int, ...], size: int) -> Mapping[int, int]:
    variant = hand.setup.variant
    strengths = {index: variant.strength(hand.hole[index], board) for index in pot.eligible}
    winners = winners_of(pot, strengths)
    return shares(size, winners, hand.setup.button, len(hand.stacks), hand.setup.unit)


def _with_shares(
    fact: Fact, halves: Sequence[tuple[Mapping[int, int], Mapping[int, int]]]
) -> Fact:
    """Return an award with what both boards give; other facts as they are."""
    if not isinstance(fact, PotAwarded):
        return fact
    first, second = halves[fact.pot]
    both = {**first, **second}
    return replace(
        fact, shares={index: first.get(index, 0) + second.get(index, 0) for index in both}
    )


def _stacks(hand: Hand, before: Sequence[Fact], after: Sequence[Fact]) -> tuple[int, ...]:
    """Return the stacks with one set of awards taken back and the other one paid."""
    stacks = list(hand.stacks)
    for facts, sign in ((before, -1), (after, 1)):
        for fact in facts:
            if isinstance(fact, PotAwarded):
                for index, amount in fact.shares.items():
                    stacks[index] += sign * amount
    return tuple(stacks)
