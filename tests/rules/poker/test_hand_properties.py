"""What holds in every hand, whatever is posted, dealt and tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings, strategies as st

from tests.fuzz.sizes import LONG, often
from tests.rules.poker.poker_table import check_invariants
from vphost.rules.codes import CODES
from vphost.rules.mode import Rejected
from vphost.rules.poker.dealing import deck_from_seed
from vphost.rules.poker.facts import (
    Action, ActionKind, Fact, Mucked, PotAwarded, Shown, StreetDealt,
)
from vphost.rules.poker.forced import forced_for
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import FIXED_LIMIT, NO_LIMIT, POT_LIMIT, Limit
from vphost.rules.poker.machine import act, fold_out_of_turn, options, start
from vphost.rules.poker.pots import side_pots
from vphost.rules.poker.seats import straddles
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.variants import HOLDEM, OMAHA, Variant

MOST_ACTIONS = 400
DICE = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)


@st.composite
def setups(draw: st.DrawFn) -> HandSetup:
    """Draw a hand with 2 to 10 players, any forced bets and mostly short stacks."""
    stacks = draw(st.lists(st.integers(1, 500), min_size=2, max_size=10))
    count = len(stacks)
    posts = draw(st.lists(st.sampled_from([(0, 0), (0, 0), (20, 0), (0, 10), (20, 10)]),
                          min_size=count, max_size=count))
    button = draw(st.integers(0, count - 1))
    small = button if count == 2 else (button + 1) % count
    big = (small + 1) % count
    dead_small = count > 2 and draw(st.booleans())
    entrants = tuple(
        Entrant(index, index + 1, stack, *((0, 0) if index in (small, big) else posts[index]), 0)
        for index, stack in enumerate(stacks)
    )
    ante = draw(st.sampled_from([0, 0, 3, 20, 45]))
    stakes = Stakes(10, 20, ante, draw(st.sampled_from(AnteKind)), 20, 40)
    variants: list[Variant] = [HOLDEM, HOLDEM, OMAHA]
    limits: list[Limit] = [NO_LIMIT, NO_LIMIT, POT_LIMIT, FIXED_LIMIT]
    setup = HandSetup(
        draw(st.sampled_from(variants)),
        draw(st.sampled_from(limits)),
        stakes, entrants, button, None if dead_small else small, big,
        deck_from_seed(draw(st.integers(0, 2**32)).to_bytes(32, "big")),
        draw(st.sampled_from([1, 1, 5])), {},
    )
    return with_straddles(setup, draw(st.sets(st.integers(0, 9))))


def with_straddles(setup: HandSetup, wishes: set[int]) -> HandSetup:
    """Return the setup with those straddles that stand; posters do not straddle."""
    wishes = {index for index in wishes if index < len(setup.entrants)
              and not setup.entrants[index].live_post + setup.entrants[index].dead_post}
    standing = straddles(setup, wishes)
    return replace(setup, entrants=tuple(
        replace(entrant, straddle=standing.get(index, 0))
        for index, entrant in enumerate(setup.entrants)
    ))


def wanted(hand: Hand, dice: int) -> tuple[int, Action]:
    """Return an action that the dice name: mostly legal, sometimes anything."""
    assert hand.actor is not None
    told = options(hand)
    choice, rest = dice % 10, dice // 10
    if choice == 0:
        return rest % len(hand.stacks), anything(rest)
    if choice <= 3 and told.min_to is not None and told.max_to is not None:
        kind = ActionKind.RAISE if hand.high else ActionKind.BET
        amounts = (told.min_to, told.max_to, told.min_to + rest % (told.max_to - told.min_to + 1))
        return hand.actor, Action(kind, amounts[rest % 3])
    if told.can_check:
        return hand.actor, Action(ActionKind.CHECK, None)
    if choice == 4:
        return hand.actor, Action(ActionKind.FOLD, None)
    return hand.actor, Action(ActionKind.CALL, told.call)


def anything(dice: int) -> Action:
    """Return some action, sensible or not."""
    amounts: tuple[Any, ...] = (None, -5, 0, 1, 20, 40, 10**9, 1.5, dice % 500)
    return Action(list(ActionKind)[dice % 5], amounts[dice % len(amounts)])


def is_told(hand: Hand, index: int, action: Action) -> bool:
    """Return whether the options allow an action."""
    told = options(hand)
    if index != hand.actor:
        return False
    match action.kind:
        case ActionKind.FOLD:
            return True
        case ActionKind.CHECK:
            return told.can_check
        case ActionKind.CALL:
            return not told.can_check and action.amount == told.call
    return (
        (action.kind is ActionKind.BET) == (hand.high == 0)
        and isinstance(action.amount, int)
        and told.min_to is not None
        and told.max_to is not None
        and told.min_to <= action.amount <= told.max_to
    )


def naive_pots(layered: Sequence[int], dead: Sequence[int], folded: Sequence[bool]) -> list[Any]:
    """Return sizes and who can win, chip by chip."""
    live = [index for index, gone in enumerate(folded) if not gone]
    pots: dict[tuple[int, ...], int] = {tuple(live): sum(dead)}
    last = tuple(live)
    for level in range(1, max(layered) + 1):
        eligible = tuple(index for index in live if layered[index] >= level)
        last = eligible or last
        pots[last] = pots.get(last, 0) + sum(1 for chips in layered if chips >= level)
    return [(size, eligible) for eligible, size in pots.items() if size]


def check_end(hand: Hand, facts: Sequence[Fact]) -> None:
    """Check pots, winners, and what was revealed, of a hand that is over."""
    layered = [chips - dead for chips, dead in zip(hand.contributions, hand.dead)]
    # Where all chips came back as uncalled, a pot of nothing still says who won.
    everybody_left = tuple(index for index, gone in enumerate(hand.folded) if not gone)
    pots = naive_pots(layered, hand.dead, hand.folded) or [(0, everybody_left)]
    awards = [fact for fact in facts if isinstance(fact, PotAwarded)]
    assert [(fact.size, fact.pot) for fact in awards] == [
        (size, number) for number, (size, _) in reversed(list(enumerate(pots)))
    ]
    shown = [fact.index for fact in facts if isinstance(fact, Shown)]
    mucked = [fact.index for fact in facts if isinstance(fact, Mucked)]
    live = {index for index, folded in enumerate(hand.folded) if not folded}
    assert len(set(shown + mucked)) == len(shown + mucked) and set(shown + mucked) <= live
    for fact in awards:
        size, eligible = pots[fact.pot]
        assert sum(fact.shares.values()) == sum(fact.chunks.values()) == size
        assert set(fact.shares) <= set(eligible) and fact.contested == (len(eligible) > 1)
        if fact.contested:
            best = max(strength(hand, index) for index in eligible)
            assert set(fact.shares) == {i for i in eligible if strength(hand, i) == best}
            assert set(fact.shares) <= set(shown)
    if len(live) == 1:
        assert not shown and not mucked
    elif any(isinstance(fact, StreetDealt) and fact.all_in for fact in facts):
        first = next(at for at, fact in enumerate(facts)
                     if isinstance(fact, StreetDealt) and fact.all_in)
        assert {fact.index for fact in facts[:first] if isinstance(fact, Shown)} == live


def strength(hand: Hand, index: int) -> int:
    """Return a player's strength on the board of the end."""
    return hand.setup.variant.strength(hand.hole[index], hand.board)


@settings(max_examples=often(80, 10000), deadline=None, derandomize=not LONG)
@given(setups(), DICE)
def test_chips_and_cards_are_conserved_and_only_told_actions_are_taken(
    setup: HandSetup, dice: list[int]
) -> None:
    chips = sum(entrant.stack for entrant in setup.entrants)
    hand, told = start(setup)
    facts = list(told)
    check_invariants(hand, chips)
    for step in range(MOST_ACTIONS):
        if hand.is_over:
            break
        index, action = wanted(hand, dice[step % len(dice)] + step)
        copy = replace(hand)
        answer = act(hand, index, action)
        assert hand == copy
        assert isinstance(answer, Rejected) != is_told(hand, index, action)
        if isinstance(answer, Rejected):
            assert answer.code in CODES
            continue
        assert answer == act(hand, index, action), "the same action gives the same facts"
        hand, told = answer
        facts += told
        check_invariants(hand, chips)
    assert hand.is_over, "a hand ends"
    check_end(hand, facts)


@settings(max_examples=often(40, 4000), deadline=None, derandomize=not LONG)
@given(setups(), DICE)
def test_leaving_at_any_moment_keeps_the_hand_sound(setup: HandSetup, dice: list[int]) -> None:
    chips = sum(entrant.stack for entrant in setup.entrants)
    hand, told = start(setup)
    facts = list(told)
    for step in range(MOST_ACTIONS):
        if hand.is_over:
            break
        number = dice[step % len(dice)]
        if number % 4 == 0:
            standing = [index for index, folded in enumerate(hand.folded) if not folded]
            hand, told = fold_out_of_turn(hand, standing[number // 4 % len(standing)])
        else:
            answer = act(hand, *wanted(hand, number - number % 10 + 5))
            assert not isinstance(answer, Rejected)
            hand, told = answer
        facts += told
        check_invariants(hand, chips)
    assert hand.is_over
    check_end(hand, facts)


@settings(max_examples=often(60, 7500), deadline=None, derandomize=not LONG)
@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 0, 0, 7]), st.booleans()),
                min_size=2, max_size=8))
@example([(0, 7, False), (30, 0, False), (30, 0, True)])
def test_side_pots_agree_with_counting_chip_by_chip(
    players: list[tuple[int, int, bool]]
) -> None:
    layered, dead, folded = (list(column) for column in zip(*players))
    folded[0] = False
    pots = side_pots(layered, dead, folded)
    assert [(pot.size, pot.eligible) for pot in pots if pot.size] == naive_pots(
        layered, dead, folded
    )
    for pot in pots:
        assert sum(pot.chunks) == pot.size


@settings(max_examples=often(40, 5000), deadline=None, derandomize=not LONG)
@given(setups())
def test_nobody_is_forced_to_pay_more_than_his_stack(setup: HandSetup) -> None:
    for index, entrant in enumerate(setup.entrants):
        costs = forced_for(setup, index)
        assert min(costs) >= 0 and sum(costs) <= entrant.stack
