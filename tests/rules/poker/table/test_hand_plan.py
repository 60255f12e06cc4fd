"""The plan of a hand goes through its stored form unchanged, also one of before."""

from __future__ import annotations

import json

from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.plan import HandPlan, PlannedEntrant

ENTRANTS = (PlannedEntrant(3, 0, straddle=100), PlannedEntrant(1, 4, live_post=50, dead_post=25))


def test_a_plan_comes_back_as_it_was_stored() -> None:
    plan = HandPlan(
        bytes(range(32)), ENTRANTS, 0, None, 1, (7,), (8, 9), {3: -1},
        Stakes(25, 50, 10, AnteKind.BIG_BLIND, 50, 100), 5, 1,
    )
    assert HandPlan.load(json.loads(json.dumps(plan.stored()))) == plan


def test_what_is_usual_is_not_stored() -> None:
    stored = HandPlan(bytes(32), ENTRANTS, 0, 0, 1).stored()
    assert list(stored) == [
        "seed", "entrants", "button", "small_blind", "big_blind", "missed_small", "missed_big",
    ]
    assert HandPlan.load(stored) == HandPlan(bytes(32), ENTRANTS, 0, 0, 1)
