"""A table with a sit-n-go tournament: the cash tests' table with another format."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from plugins.tournament.rules.sit_and_go import SitAndGo
from tests.rules.poker.table.cash_table import CashTable
from vphost.rules.mode import Event
from vphost.rules.poker.table.checked_format import CheckedFormat
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.mode import TableMode

MODE = TableMode(Formats([CheckedFormat(SitAndGo())]))
STEPS_MAX = 5_000


def tournament(
    players: int, make: type[CashTable] = CashTable, /, **settings: Any
) -> CashTable:
    """Return a table at which so many sit, before the start. settings: of the tournament."""
    own = {"level_duration": 60, "entry_fee": 10, **settings}
    table = make(settings={"game_mode": "T", "tournament_settings": own}, mode=MODE)
    for number in range(players):
        table.seat(f"user{number}", chips=0)
    table.come_host()
    return table


def act(table: CashTable, chooser: random.Random) -> None:
    """Let whoever's turn it is do something legal."""
    turn = table.turn
    op, args = chooser.choice(turn["available_actions"]), {}
    if op == "action_call":
        args["amount"] = turn["call_amount"]
    if op in ("action_bet", "action_raise"):
        args["amount"] = chooser.choice([turn["min_amount"], turn["max_amount"]])
    table.do(table.actor, op, **args)


def step(table: CashTable, chooser: random.Random) -> None:
    """Let somebody act, or let the clock ring."""
    deal = table.state.running
    if deal is not None and deal.turn is not None:
        act(table, chooser)
        return
    wake = table.mode.wake_at(table.state)
    assert wake is not None, "nothing will happen any more"
    table.now = max(table.now, wake)
    table.tick()


def play_out(table: CashTable, chooser: random.Random) -> None:
    """Play until the game is over."""
    for _ in range(STEPS_MAX):
        if table.state.game is None:
            return
        step(table, chooser)
    raise AssertionError("the tournament does not end")


def events(table: CashTable, name: str) -> list[Event]:
    """Return all events of a name that were told."""
    return [event for event in table.told if event.name == name]


def places(table: CashTable) -> dict[int, int]:
    """Return player id -> the best of the places that they share, of those who are out."""
    return {
        player: event.data["place"]
        for event in events(table, "player_eliminated") for player in event.data["players"]
    }


def prizes(table: CashTable) -> Mapping[str, int]:
    """Return player id -> prize as told at the end."""
    (event,) = events(table, "tournament_winners")
    return {key: amount for key, amount in event.data["winners"].items() if amount}
