"""Banks, buy-ins, the delayed stack, and the way back to where the money came from."""

from __future__ import annotations

import pytest

from tests.rules.poker.table.cash_table import ROOM, CashTable
from vphost.rules import books


@pytest.fixture
def table() -> CashTable:
    return CashTable()


def test_the_first_seat_opens_a_bank_issued_from_the_world(table: CashTable) -> None:
    table.seat("ann", chips=0)
    assert table.player("ann").bank == 50000
    assert table.accounts[books.WORLD] == -50000
    table.do("ann", "sit_player", seat=None)
    table.do("ann", "sit_player", seat=3)
    assert table.player("ann").bank == 50000


def test_a_wallet_funds_the_bank() -> None:
    table = CashTable({"funding": "wallet"})
    table.accounts = {books.WORLD: -90000, books.user("ann"): 90000}
    table.seat("ann")
    assert table.accounts[books.user("ann")] == 40000
    assert table.player("ann").bank == 40000
    table.do("ann", "leave_player")
    assert table.accounts[books.user("ann")] == 90000


def test_the_first_buy_in_has_a_minimum_later_ones_have_none(table: CashTable) -> None:
    table.seat("ann", chips=0)
    assert table.refused("ann", "buy_in", amount=99) == "below_minimum"
    table.do("ann", "buy_in", amount=100)
    assert table.names() == ["action_ack", "bankroll"]
    assert table.one("action_ack").data["has_initial_buy_in"] is True
    assert table.one("bankroll").data == {
        "player": 1, "bank": 49900, "table_stack": 100, "delayed_table_stack": 0,
        "bank_open": True,
    }
    table.do("ann", "buy_in", amount=1)


def test_refused_buy_ins(table: CashTable) -> None:
    table.come("ann")
    assert table.refused("ann", "buy_in", amount=500) == "not_seated"
    table.seat("ann", chips=0)
    for amount in (0, -5, 2**60):
        assert table.refused("ann", "buy_in", amount=amount) == "bad_amount"
    assert table.refused("ann", "buy_in", amount=20001) == "above_maximum"
    table.do("ann", "buy_in", amount=20000)
    assert table.refused("ann", "buy_in", amount=1) == "above_maximum"


def test_the_bank_has_to_cover_the_buy_in() -> None:
    table = CashTable({"default_bank_value": 20})
    table.seat("ann", chips=0)
    assert table.refused("ann", "buy_in", amount=2001) == "insufficient_funds"
    table.do("ann", "buy_in", amount=2000)
    assert table.player("ann").bank == 0


def test_chips_bought_in_a_hand_wait_for_the_next(table: CashTable) -> None:
    table.start("ann", "bob")
    table.do("ann", "buy_in", amount=5000)
    ann = table.player("ann")
    assert (ann.delayed, ann.chips) == (5000, ann.stack + 5000)
    assert table.turn["max_total"] == 10000
    assert table.refused("ann", "buy_in", amount=10000) == "above_maximum"
    table.fold_out()
    stack = table.player("ann").stack
    start = table.next_deal()
    assert start.data["players_stack"]["1"] == stack + 5000
    assert start.data["players_delayed_stack"]["1"] == 0
    assert table.player("ann").delayed == 0


def test_who_is_not_in_the_hand_buys_at_once(table: CashTable) -> None:
    table.start("ann", "bob")
    table.seat("cid")
    assert (table.player("cid").stack, table.player("cid").delayed) == (10000, 0)


def test_the_host_changes_banks(table: CashTable) -> None:
    table.seat("ann", "bob", chips=0)
    table.do("host", "update_bankroll", changes=[
        {"player": 1, "amount": 2000}, {"player": 2, "amount": -2000},
    ])
    assert table.names() == ["action_ack", "bankroll"] * 2
    assert (table.player("ann").bank, table.player("bob").bank) == (52000, 48000)


def test_a_change_of_banks_is_all_or_nothing(table: CashTable) -> None:
    table.seat("ann", "bob", chips=0)
    table.come("cid")
    good = {"player": 1, "amount": 2000}
    assert table.refused("host", "update_bankroll", changes=[
        good, {"player": 2, "amount": -50001}]) == "would_go_below_zero"
    assert table.refused("host", "update_bankroll", changes=[
        good, {"player": 1, "amount": -52001}]) == "would_go_below_zero"
    assert table.refused("host", "update_bankroll", changes=[
        good, {"player": 3, "amount": 1}]) == "not_seated"
    assert table.refused("host", "update_bankroll", changes=[
        good, {"player": 9, "amount": 1}]) == "no_such_player"
    assert table.refused("host", "update_bankroll", changes=[
        good, {"player": 1, "amount": 0}]) == "bad_amount"
    assert table.refused("host", "update_bankroll", changes=[
        {"player": 1, "amount": 2**53 - 1}]) == "bad_amount"
    assert table.player("ann").bank == 50000


def test_wallet_banks_are_not_the_hosts() -> None:
    table = CashTable({"funding": "wallet", "default_bank_value": 0})
    table.seat("ann", chips=0)
    assert table.refused("host", "update_bankroll", changes=[
        {"player": 1, "amount": 1}]) == "disabled"


def test_leaving_without_a_game_cashes_out_at_once(table: CashTable) -> None:
    table.seat("ann")
    table.do("ann", "leave_player")
    assert table.names() == ["bankroll", "player_left"]
    assert set(table.accounts.values()) == {0}
    table.seat("ann", chips=0)
    assert table.player("ann").bank == 50000


def test_bank_and_stack_of_who_left_stay_until_the_game_ends(table: CashTable) -> None:
    table.start("ann", "bob", "cid")
    table.fold_out()
    ann = table.player("ann")
    table.do("ann", "leave_player")
    assert table.player("ann").stack == ann.stack
    table.come("ann")
    table.do("ann", "sit_player", seat=8)
    back = table.player("ann")
    assert (back.stack, back.bank, back.has_initial_buy_in) == (ann.stack, ann.bank, True)
    table.do("ann", "leave_player")
    table.do("host", "end_current_game")
    assert set(table.accounts.values()) == {0}


def test_the_end_of_a_game_cashes_everybody_out(table: CashTable) -> None:
    table.start("ann", "bob")
    table.do("bob", "buy_in", amount=700)
    table.fold_out()
    table.do("host", "end_current_game")
    assert table.names() == ["end_current_game", "current_game_ended"]
    assert all(amount == 0 for amount in table.accounts.values())
    assert table.accounts[books.bank(ROOM, 1)] == 0
    assert table.player("ann").seat == 0


def test_a_new_game_opens_new_banks_for_those_who_kept_their_seats(table: CashTable) -> None:
    table.start("ann", "bob")
    table.fold_out()
    table.do("host", "end_current_game")
    assert table.refused("ann", "buy_in", amount=99) == "below_minimum"
    table.do("ann", "buy_in", amount=10000)
    assert (table.player("ann").bank, table.player("ann").stack) == (40000, 10000)
    table.do("bob", "sit_player", seat=1)
    assert table.player("bob").bank == 50000
    table.do("bob", "buy_in", amount=10000)
    table.begin()
