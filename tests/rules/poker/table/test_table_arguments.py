"""Commands that come past the wire's schemas: whatever they bring, the table goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CashTable
from vphost.rules.mode import SYSTEM, Rejected
from vphost.rules.poker.table.arguments import OPTIONAL, REQUIRED
from vphost.rules.poker.table.events import BETTING
from vphost.rules.poker.table.mode import OF_HOST, OF_OWNER, OF_PLAYER, OF_SYSTEM, OF_USER

OPS = sorted({*OF_SYSTEM, *OF_USER, *OF_HOST, *OF_OWNER, *OF_PLAYER, *BETTING})
ODD = [
    None, True, False, 0, -1, 2**63, -(2**64), 0.5, float("nan"), "", "x" * 1001, "\x00",
    "\ud800", b"bytes", [], [1], ["AS"], [[]], [{}], {}, {"player": 1}, {"x": object()},
    [{"player": 1, "amount": "1"}], [{"player": True, "amount": 1}], object(),
]


@pytest.fixture
def table() -> CashTable:
    """A hand is on, and the host plays: he may ask for most things."""
    table = CashTable(host="ann")
    table.start("ann", "bob", "cid")
    return table


def user_of(op: str) -> str:
    """Return somebody who may ask for an operation."""
    return SYSTEM if op in OF_SYSTEM else "ann"


@pytest.mark.parametrize(("op", "name"), [
    (op, name) for op, arguments in REQUIRED.items() for name in arguments
])
def test_a_missing_argument_is_named(table: CashTable, op: str, name: str) -> None:
    outcome = table.ask(user_of(op), op)
    assert outcome == Rejected("bad_message", {"field": name})


@pytest.mark.parametrize("table_of_arguments", [REQUIRED, OPTIONAL])
def test_an_argument_of_a_wrong_kind_is_named(table: CashTable, table_of_arguments: Any) -> None:
    valid = {
        "paused_ms": 0, "seat": 0, "jitsi_id": "j", "amount": 1, "changes": [],
        "game_type": "THD", "immediately": True, "player": 1, "message": "hi", "cards": ["AS"],
        "config": {}, "game_mode": "C",
    }
    for op, arguments in table_of_arguments.items():
        whole = {name: valid[name] for name in REQUIRED.get(op, {})}
        for name in arguments:
            for odd in (b"bytes", 0.5, object(), {1: 2}):
                outcome = table.ask(user_of(op), op, **{**whole, name: odd})
                assert outcome == Rejected("bad_message", {"field": name}), (op, name, odd)


@pytest.mark.parametrize("op", OPS)
def test_no_argument_stops_the_table(table: CashTable, op: str) -> None:
    names = sorted({*REQUIRED.get(op, ()), *OPTIONAL.get(op, ()), "colour"})
    for odd in ODD:
        table.ask(user_of(op), op, **dict.fromkeys(names, odd))
        table.ask("zoe", op, **dict.fromkeys(names, odd))


@pytest.mark.parametrize("field", [
    "name", "allowed_games", "THD", "OMH", "game_mode", "currency", "funding", "seats", "ante",
    "big_blind", "straddles", "turn_time_limit", "tournament_settings",
])
def test_no_setting_stops_the_table(table: CashTable, field: str) -> None:
    for odd in ODD:
        table.ask("ann", "configure", config={field: odd})
    for odd in ODD:
        table.ask("ann", "configure", config={}, currencies={"EUR": odd})


def test_who_may_not_ask_learns_that_first(table: CashTable) -> None:
    assert table.refused("bob", "resume") == "forbidden"
    assert table.refused("bob", "game_start") == "not_the_host"
    assert table.refused("zoe", "buy_in") == "not_a_player"
    assert table.refused("bob", "dance") == "unknown_action"
