"""What holds for every pool: the laws at the end of the settlement rules, as properties."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import given, settings, strategies as st

from plugins.pools.rules.betting_types import DEAD_HEATS, PRICE_UNIT, Bet, Outcome, PoolRules
from plugins.pools.rules.settlement import counted, settle, target_pots
from tests.plugins.pools.slips import assert_exact

LAWS = settings(
    max_examples=2_000 if os.environ.get("VPHOST_FUZZ") == "long" else 200, deadline=None
)
TARGETS = ("a", "b", "c", "d")
AMOUNTS = st.one_of(st.integers(1, 30), st.integers(1, 2**70))
USERS = st.integers(1, 6)

BETS = st.lists(
    st.builds(Bet, st.uuids().map(str), USERS, st.sampled_from(TARGETS), AMOUNTS,
              st.integers(0, 20)),
    max_size=14,
)
OUTCOMES = st.builds(
    Outcome, st.lists(st.sampled_from(TARGETS), unique=True, max_size=4).map(tuple),
    st.none() | st.integers(0, 21), st.sampled_from((False, False, False, True)),
    st.lists(st.sampled_from(TARGETS), max_size=1).map(tuple),
)
RULES = st.builds(
    PoolRules, st.integers(0, 9_999), st.sampled_from((0, 1, 100, 500, 1_000, 10_000)),
    st.sampled_from((0, 10_000, 10_500, 11_000, 30_000)), st.sampled_from(DEAD_HEATS),
    st.sampled_from((0, 9_000)), st.sampled_from((0, 10_200)),
)
NO_MINIMUM = RULES.map(lambda rules: replace(rules, minimum_price=0, low_price=0))


def staked(bets: Sequence[Bet], user: int) -> int:
    """Return all that a user put in."""
    return sum(bet.amount_minor for bet in bets if bet.user == user)


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_every_minor_unit_is_somewhere(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    settled = settle(bets, outcome, rules)
    assert_exact(bets, settled)
    assert min(settled.takeout, settled.breakage, settled.minus) >= 0
    assert settled.breakage == 0 or settled.minus == 0
    assert all(type(amount) is int and amount > 0 for amount in settled.payouts.values())


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_nobody_in_a_returned_pool_wins_or_loses(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    settled = settle(bets, outcome, rules)
    if not settled.is_money_return:
        return
    assert settled.payouts == {user: staked(bets, user) for user in {bet.user for bet in bets}}
    assert (settled.takeout, settled.breakage, settled.minus) == (0, 0, 0)
    assert not settled.winners and not settled.losers


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_a_pool_is_returned_when_all_or_none_backed_the_winner(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    in_play = counted(bets, outcome).stakes
    won = set(in_play) & set(outcome.winners)
    is_returned = bool(bets) and (not won or won == set(in_play))
    assert settle(bets, outcome, rules).is_money_return == is_returned


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_net_results_are_what_the_payouts_say(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    settled = settle(bets, outcome, rules)
    for user in {bet.user for bet in bets}:
        net = settled.payouts.get(user, 0) - staked(bets, user)
        assert settled.winners.get(user, 0) == max(net, 0)
        assert settled.losers.get(user, 0) == max(-net, 0)


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_void_stakes_come_back_whole(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    settled = settle(bets, outcome, rules)
    for user, amount in settled.refunds.items():
        assert settled.payouts[user] >= amount
    late = {
        bet.user for bet in bets
        if outcome.happened_at_ms is not None and bet.placed_at_ms >= outcome.happened_at_ms
    }
    assert settled.invalidated_bettors == (() if outcome.is_void else tuple(sorted(late)))


@LAWS
@given(BETS, OUTCOMES, RULES, st.randoms(use_true_random=False))
def test_the_order_of_bets_changes_nothing(
    bets: list[Bet], outcome: Outcome, rules: PoolRules, dice: Random
) -> None:
    settled = settle(bets, outcome, rules)
    shuffled = list(bets)
    dice.shuffle(shuffled)
    again = settle(shuffled, outcome, rules)
    assert again == settled
    assert list(again.payouts) == list(settled.payouts) == sorted(settled.payouts)


@LAWS
@given(BETS.filter(bool), OUTCOMES, RULES, st.data())
def test_a_bet_in_two_pieces_changes_nothing(
    bets: list[Bet], outcome: Outcome, rules: PoolRules, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(bets) - 1))
    bet = bets[place]
    part = data.draw(st.integers(0, bet.amount_minor - 1))
    pieces = [
        replace(bet, id=f"{bet.id}:{amount}", amount_minor=amount)
        for amount in (part, bet.amount_minor - part) if amount
    ]
    whole = settle(bets, outcome, rules)
    assert settle([*bets[:place], *pieces, *bets[place + 1:]], outcome, rules) == whole


@LAWS
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), RULES)
def test_the_price_falls_when_the_winner_is_backed_more(
    on_winner: int, more: int, on_others: int, rules: PoolRules
) -> None:
    """In whole ten-thousands, so that the takeout has no fraction."""

    def paid(stakes: int) -> Fraction:
        bets = [
            Bet("1", 1, "a", stakes * PRICE_UNIT, 1), Bet("2", 2, "b", on_others * PRICE_UNIT, 1),
        ]
        payouts = settle(bets, Outcome(("a",)), replace(rules, low_price=0)).payouts
        return Fraction(payouts.get(1, 0), stakes)

    assert paid(on_winner) >= paid(on_winner + more)


@LAWS
@given(st.dictionaries(st.sampled_from(TARGETS), AMOUNTS, min_size=1), NO_MINIMUM, st.data())
def test_pots_are_within_the_net_and_no_step_takes_more_than_itself(
    won: dict[str, int], rules: PoolRules, data: st.DataObject
) -> None:
    net = data.draw(st.integers(0, 3 * sum(won.values())))
    pots = target_pots(net, won, rules)
    left = net - sum(pots.values())
    most = sum(stakes * rules.breakage // PRICE_UNIT + 2 for stakes in won.values())
    assert left == 0 if rules.breakage == 0 else 0 <= left <= most
    assert all(pot >= 0 for pot in pots.values())


@LAWS
@given(BETS, OUTCOMES, RULES)
def test_who_staked_more_on_a_target_alone_gets_no_less(
    bets: list[Bet], outcome: Outcome, rules: PoolRules
) -> None:
    first = [replace(bet, target="a", placed_at_ms=0) for bet in bets]
    every = [*first, Bet("other", 99, "b", 1, 0)]
    payouts = settle(every, Outcome(("a",)), rules).payouts
    users = sorted({bet.user for bet in first}, key=lambda user: staked(first, user))
    paid = [payouts.get(user, 0) for user in users]
    equal_stakes = len({staked(first, user) for user in users}) < len(users)
    assert paid == sorted(paid) or equal_stakes
