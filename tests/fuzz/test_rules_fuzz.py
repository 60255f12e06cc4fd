"""A great many random actions through the rules core: chips, cards, limits, endings.

`make fuzz` plays more than a million actions; `make test` some thousands with a fixed seed.
"""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.fuzz.random_hands import (
    Ledger, check_options, random_action, random_nonsense, random_setup,
)
from tests.fuzz.sizes import BASE_SEED, often, seed_told
from vphost.rules.codes import CODES
from vphost.rules.mode import Rejected
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import FIXED_LIMIT, NO_LIMIT, POT_LIMIT, Limit
from vphost.rules.poker.machine import act, fold_out_of_turn, start

MOST_STEPS = 600


def played(dice: Random, limit: Limit) -> int:
    """Play one random hand to its end; return how many legal actions were taken."""
    setup = random_setup(dice, limit)
    ledger = Ledger(setup)
    hand, facts = start(setup)
    ledger.follow(hand, facts)
    taken = 0
    for _ in range(MOST_STEPS):
        if hand.is_over:
            assert hand.pot == 0 and sum(hand.stacks) == ledger.chips
            return taken
        check_options(hand)
        if dice.random() < 0.1:
            hand = nonsense(dice, hand, ledger)
        elif dice.random() < 0.01:
            standing = [index for index, folded in enumerate(hand.folded) if not folded]
            hand, facts = fold_out_of_turn(hand, dice.choice(standing))
            ledger.follow(hand, facts)
        else:
            assert hand.actor is not None
            answer = act(hand, hand.actor, random_action(dice, hand))
            assert not isinstance(answer, Rejected), answer
            hand, facts = answer
            ledger.follow(hand, facts)
            taken += 1
    raise AssertionError(f"not over after {MOST_STEPS} steps")


def nonsense(dice: Random, hand: Hand, ledger: Ledger) -> Hand:
    """Try something by anybody; a refusal is coded, what is taken keeps all chips."""
    answer = act(hand, dice.randrange(len(hand.stacks)), random_nonsense(dice))
    if isinstance(answer, Rejected):
        assert answer.code in CODES
        return hand
    ledger.follow(*answer)
    return answer[0]


@pytest.mark.parametrize("limit", [NO_LIMIT, POT_LIMIT, FIXED_LIMIT], ids=lambda one: one.code)
def test_random_actions_conserve_chips_after_every_event(
    limit: Limit, capsys: pytest.CaptureFixture[str]
) -> None:
    least = often(2_500, 350_000)
    actions = hands = 0
    began = time.perf_counter()
    while actions < least:
        seed = f"{BASE_SEED}/{limit.code}/{hands}"
        with seed_told(seed):
            actions += played(Random(seed), limit)
        hands += 1
    assert actions >= least
    if often(0, 1):
        with capsys.disabled():
            print(f"\n{limit.code}: {actions} actions in {hands} hands, seed {BASE_SEED}, "
                  f"{time.perf_counter() - began:.1f} s")
