"""What is done with the seats of an event when a hand has ended: one rule after the other.

A final table comes before a break, a break before balancing. While one of the first two waits for
a hand to end, nobody is moved, since the move would be undone by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vphost.rules.poker.tournament.balancing import BalanceRules, balance
from vphost.rules.poker.tournament.breaking import break_table, can_break_now, table_to_break
from vphost.rules.poker.tournament.final_table import forms_final_table
from vphost.rules.poker.tournament.floor import FloorTable, Move


@dataclass(frozen=True, slots=True)
class FloorRules:
    """How an event seats its players.

    seats: of a table. break_order: table numbers as published, first to break first; may be
    empty. final_when_all_fit: the final table is formed when one table holds everybody.
    """

    seats: int
    balance: BalanceRules
    break_order: tuple[int, ...]
    final_when_all_fit: bool


@dataclass(frozen=True, slots=True)
class FloorPass:
    """What is to be done now.

    moves: in order. closes: the table that breaks. redraws: everybody draws a seat at the final
    table. waits_for: tables whose hand has to end first: the running one or, at a table that
    breaks and to which somebody has just come, the next one, which it deals even if it would be
    halted. For a final table nobody deals meanwhile.
    """

    moves: tuple[Move, ...] = ()
    closes: int | None = None
    redraws: bool = False
    waits_for: tuple[int, ...] = ()


def next_pass(floor: Sequence[FloorTable], rules: FloorRules, seed: bytes) -> FloorPass:
    """Return what the floor needs when a hand of any table has ended. seed: 32 bytes."""
    if forms_final_table(floor, rules.seats, when_all_fit=rules.final_when_all_fit):
        playing = tuple(table.number for table in floor if table.in_hand)
        return FloorPass(redraws=not playing, waits_for=playing)
    number = table_to_break(floor, rules.break_order)
    if number is None:
        return FloorPass(balance(floor, rules.balance))
    table = next(table for table in floor if table.number == number)
    if not can_break_now(table):
        return FloorPass(waits_for=(number,))
    return FloorPass(break_table(floor, number, seed), closes=number)
