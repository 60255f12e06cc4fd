"""What is told of a body that is wrong: every fault of a usual one, soon of a large one."""

from __future__ import annotations

import time

from vphost.rules.mode import Json
from vphost.wire.faults import BUDGET, FAULTS_MAX, WHOLE, checker
from vphost.wire.schemas import SchemaSet

CONFIG = "table/config.json"
SOON_S = 3.0
"""Collecting all faults of these takes ten times as long and more."""


def games(count: int) -> Json:
    """Return a configuration whose allowed games are none."""
    return {"allowed_games": [1] * count}


def test_every_fault_of_a_usual_body_is_told(schemas: SchemaSet) -> None:
    told = checker(schemas)(CONFIG, {**games(3), "nonsense": 1, "seats": "two"})
    assert {"nonsense", "seats", "allowed_games.0", "allowed_games.2"} <= told.keys()
    assert 4 < len(checker(schemas)(CONFIG, games(BUDGET - 10))) <= FAULTS_MAX


def test_of_a_body_beyond_the_budget_one_fault_is_told(schemas: SchemaSet) -> None:
    assert len(checker(schemas)(CONFIG, games(BUDGET))) == 1


def test_a_megabyte_of_faults_holds_nobody_up(schemas: SchemaSet) -> None:
    began_s = time.perf_counter()
    assert checker(schemas)(CONFIG, games(500_000))
    assert checker(schemas)("rest/debug/check.json", {"messages": [{}] * 300_000})
    assert schemas.explain(CONFIG, games(500_000)) is not None
    assert time.perf_counter() - began_s < SOON_S


def test_what_concerns_no_field_stands_under_its_own_name(schemas: SchemaSet) -> None:
    assert checker(schemas)(CONFIG, []) == {WHOLE: ["Is of the wrong type."]}
