"""Amounts are the chips that an action adds; totals of the street stand beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.poker.table.cash_table import MODE, CashTable
from vphost.rules.mode import Rejected
from vphost.rules.poker.table.evolve_hand import with_deal

NAMES = ("bet", "call_amount", "min_amount", "max_amount", "min_total", "max_total")


def told(table: CashTable) -> tuple[int | None, ...]:
    """Return what the running turn says: own bet, call, then least and most in both forms."""
    return tuple(table.turn[name] for name in NAMES)


def blinds_of(small: int, big: int, *users: str, chips: int, **settings: Any) -> CashTable:
    """Return a table of certain blinds in major units, its first hand dealt."""
    table = CashTable({
        "small_blind": small, "big_blind": big, "min_buy_in": 1, "max_buy_in": 1000, **settings,
    })
    table.start(*users, chips=chips)
    return table


def test_the_example_of_the_source() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    assert told(table) == (1_00, 1_00, 3_00, 39_00, 4_00, 40_00)


@pytest.mark.parametrize("args", [{"amount": 3_00}, {"total": 4_00}])
def test_both_forms_name_the_same_raise(args: dict[str, int]) -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    table.do(table.actor, "action_raise", **args)
    ack = table.one("action_ack").data
    assert (ack["amount"], ack["bet"], ack["table_stack"]) == (3_00, 4_00, 36_00)
    assert told(table) == (2_00, 2_00, 4_00, 38_00, 6_00, 40_00)


def test_the_big_blind_raises_without_what_is_posted() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    table.play("c")
    assert told(table) == (2_00, 0, 2_00, 38_00, 4_00, 40_00)
    assert table.refused(table.actor, "action_raise", amount=1_99) == "raise_too_small"
    assert table.refused(table.actor, "action_raise", amount=38_01) == "raise_too_large"
    table.do(table.actor, "action_raise", amount=38_00)
    ack = table.one("action_ack").data
    assert (ack["amount"], ack["bet"], ack["all_in"]) == (38_00, 40_00, True)


def test_an_ante_is_no_part_of_the_bet() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00, ante=5)
    assert told(table) == (1_00, 1_00, 3_00, 34_00, 4_00, 35_00)


def test_a_straddle_is_part_of_its_bet() -> None:
    table = blinds_of(1, 2, "ann", "bob", "cid", "dan", chips=40_00, straddles=True)
    table.fold_out()
    straddler = next(
        user for user in ("ann", "bob", "cid", "dan")
        if not isinstance(table.ask(user, "straddle"), Rejected)
    )
    table.next_deal()
    table.play("ccc")
    assert table.actor == straddler
    assert (table.turn["bet"], table.turn["min_amount"], table.turn["min_total"]) == (
        4_00, 4_00, 8_00)


def test_a_call_for_less_is_the_whole_stack() -> None:
    table = blinds_of(1, 2, "ann", "bob", "cid", chips=40_00)
    rich = table.actor
    table.do(rich, "buy_in", amount=20_00)
    table.fold_out()
    table.next_deal()
    while table.actor != rich:
        table.play("c")
    table.do(rich, "action_raise", total=50_00)
    bet, call, *limits = told(table)
    assert call == table.player(table.actor).stack and limits == [None] * 4
    assert table.refused(table.actor, "action_call", amount=50_00 - (bet or 0)) == (
        "wrong_call_amount")
    table.play("c")
    ack = table.one("action_ack").data
    assert (ack["amount"], ack["bet"], ack["all_in"]) == (call, (bet or 0) + call, True)


def test_an_all_in_below_the_least_raise_is_offered() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=3_50)
    assert told(table) == (1_00, 1_00, 2_50, 2_50, 3_50, 3_50)
    assert table.refused(table.actor, "action_raise", amount=2_49) == "raise_too_small"
    table.do(table.actor, "action_raise", amount=2_50)
    assert table.one("action_ack").data["all_in"] is True


def test_limits_have_one_size_in_added_chips() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00, THD={"format": "blinds", "limit": "FL"},
                      min_limit_size=2, max_limit_size=4)
    assert told(table) == (1_00, 1_00, 3_00, 3_00, 4_00, 4_00)


def test_the_pot_is_offered_in_added_chips() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00, THD={"format": "blinds", "limit": "PL"})
    assert told(table) == (1_00, 1_00, 3_00, 5_00, 4_00, 6_00)
    assert table.refused(table.actor, "action_raise", amount=5_01) == "raise_too_large"
    table.do(table.actor, "action_raise", amount=5_00)
    assert told(table) == (2_00, 4_00, 8_00, 16_00, 10_00, 18_00)


def test_a_refusal_names_the_limits_in_both_forms() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    outcome = table.ask(table.actor, "action_raise", amount=2_99)
    assert outcome == Rejected("raise_too_small", {
        "call_amount": 1_00, "min_amount": 3_00, "max_amount": 39_00, "min_total": 4_00,
        "max_total": 40_00,
    })


def test_an_amount_and_a_total_are_refused_together() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    outcome = table.ask(table.actor, "action_raise", amount=3_00, total=4_00)
    assert outcome == Rejected("bad_message", {"field": "total"})


@pytest.mark.parametrize("name", ["amount", "total"])
@pytest.mark.parametrize("value", [0, -1, -50])
def test_nothing_or_less_is_a_bad_amount(name: str, value: int) -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    assert table.refused(table.actor, "action_raise", **{name: value}) == "bad_amount"


def test_a_turn_of_an_old_journal_is_shown_in_added_chips() -> None:
    table = blinds_of(1, 2, "ann", "bob", chips=40_00)
    event = table.newest("turn")
    old = {**event.data, "min_amount": 4_00, "max_amount": 40_00}
    del old["min_total"], old["max_total"]
    state = MODE.evolve(with_deal(table.state, turn=None), replace(event, data=old))
    assert MODE.view(state, 1)["private_data"]["turn"] == event.data
