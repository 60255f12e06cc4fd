"""Seats for latecomers: late registration and re-entry, at the tables there are or a new one.

Source: TDA 8 (a full stack for everybody who enters), and the rule of balancing for the seat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vphost.rules.poker.tournament.balancing import BalanceRules, next_move, seat_for_mover
from vphost.rules.poker.tournament.floor import FloorTable, Move, Reason, put_moves, table_cap
from vphost.rules.poker.tournament.lots import draw_below, stream_for


@dataclass(frozen=True, slots=True)
class LateSeat:
    """A seat for somebody new. opens: whether the table is a new one.

    moves: players who are taken to a new table with them, at once; later hand ends balance the
    rest.
    """

    table: int
    seat: int
    opens: bool
    moves: tuple[Move, ...] = ()


def takes_entries(*, level: int, last_level: int, remaining: int, paid_places: int) -> bool:
    """Return whether registration and re-entry are open.

    level: the blind level now, from 1; last_level: the last one that admits anybody, 0 for none.
    remaining: who still plays. They close for good once no more players than paid places are left.
    """
    return level <= last_level and remaining > paid_places


def late_seat(
    floor: Sequence[FloorTable], player: int, open_seats: Sequence[int], seed: bytes
) -> LateSeat:
    """Return the seat of somebody who enters while the event runs.

    open_seats: of a table, indexed from 0. seed: 32 bytes; chooses the seat at a new table.
    Returns: the worst seat at the emptiest table below the cap, by the rule of balancing (the next
    small blind's when no other is free); when there is no such table, a new one with
    the next number, with the players who move there from tables between hands until sizes differ
    by at most one.
    """
    remaining = sum(table.size for table in floor) + 1
    cap = table_cap(remaining, len(open_seats))
    below = [
        table for table in floor
        if 0 < table.size < cap and table.free_seats and not table.locked
    ]
    if below:
        table = min(below, key=lambda table: (table.size, table.number))
        worst = seat_for_mover(table)
        return LateSeat(table.number, table.free_seats[0] if worst is None else worst, False)
    seat = open_seats[draw_below(len(open_seats), stream_for("late seat", seed))]
    number = max((table.number for table in floor), default=0) + 1
    opened = FloorTable(number, tuple(open_seats), {}, None).with_player(seat, player)
    return LateSeat(number, seat, True, _fill(floor, opened))


def _fill(floor: Sequence[FloorTable], opened: FloorTable) -> tuple[Move, ...]:
    """Return the moves to a new table from those that are between hands."""
    moves: list[Move] = []
    tables = tuple(table for table in floor if not table.in_hand) + (opened,)
    while True:
        move = next_move(tables, BalanceRules(), Reason.NEW_TABLE)
        if move is None or move.to_table != opened.number:
            return tuple(moves)
        moves.append(move)
        tables = put_moves(tables, (move,))
