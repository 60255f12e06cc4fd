"""Balancing: who moves, where to, and when a short table waits instead of playing on.

Asked when a table's hand has ended. The player due the big blind next moves to the seat that
posts it soonest but is never the next small blind; nobody is moved twice in an orbit as long as
somebody else can go.
Source: TDA 11-A and 11-D, WT 66 and 67 (poker-rules case 70).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vphost.rules.poker.seats import Positions
from vphost.rules.poker.tournament.floor import (
    FloorTable, Move, Reason, Seated, clockwise, next_positions, put_moves,
)

LOOSE_TABLES = 3
"""The number of tables from which the setting `loose` allows a difference of two."""
SHORT_BY = 3
"""A table this many players short of the fullest is halted (TDA 11-D)."""


@dataclass(frozen=True, slots=True)
class BalanceRules:
    """How closely tables are kept even.

    loose: allow a difference of two, not one, while three tables or more play. absent_first:
    prefer to move players who sit out. halts: halt a table that is three or more short.
    """

    loose: bool = False
    absent_first: bool = False
    halts: bool = True


def next_move(
    floor: Sequence[FloorTable], rules: BalanceRules, reason: Reason = Reason.BALANCE
) -> Move | None:
    """Return the move that evens tables out next, None when they are even or must wait.

    From the fullest table (between those, one that is between hands, then the lowest number) to
    the emptiest. A fullest table in a hand is waited for.
    """
    tables = [table for table in floor if table.size and not table.locked]
    takers = [table for table in tables if table.free_seats]
    if not takers:
        return None
    taker = min(takers, key=lambda table: (table.size, table.number))
    top = max(table.size for table in tables)
    playing = sum(1 for table in floor if table.size)
    allowed = 2 if rules.loose and playing >= LOOSE_TABLES else 1
    if top - taker.size <= allowed:
        return None
    givers = (table for table in tables if table.size == top and not table.in_hand)
    for giver in sorted(givers, key=lambda table: table.number):
        seat = mover_of(giver, absent_first=rules.absent_first)
        place = seat_for_mover(taker)
        if seat is not None and place is not None:
            return Move(
                giver.seated[seat].player, giver.number, seat, taker.number, place, reason,
                giver.size, taker.size,
            )
    return None


def balance(
    floor: Sequence[FloorTable], rules: BalanceRules, reason: Reason = Reason.BALANCE
) -> tuple[Move, ...]:
    """Return all moves that can be made now, in order; none twice for the same player."""
    return tuple(_moves(tuple(floor), rules, reason))


def _moves(
    floor: tuple[FloorTable, ...], rules: BalanceRules, reason: Reason
) -> Iterator[Move]:
    while (move := next_move(floor, rules, reason)) is not None:
        yield move
        floor = put_moves(floor, (move,))


def mover_of(table: FloorTable, *, absent_first: bool = False) -> int | None:
    """Return the seat of the player who is moved away: the one due the big blind next.

    Players moved in this orbit are passed over, except one who is alone at the table.
    absent_first: players who sit out are moved before the others.
    """
    seats = due_order(table)
    if len(seats) > 1:
        seats = [seat for seat in seats if not is_in_orbit(table, table.seated[seat])]
    if absent_first:
        seats.sort(key=lambda seat: not table.seated[seat].sits_out)
    return seats[0] if seats else None


def due_order(table: FloorTable) -> list[int]:
    """Return the taken seats in the order in which they post the big blind, the next one first.

    Before a table's first hand it is the order of the seats.
    """
    start = table.last.big_blind if table.last is not None else -1
    return clockwise(start, table.seated)


def is_in_orbit(table: FloorTable, one: Seated) -> bool:
    """Return whether the big blind has not been round the table since somebody was moved here."""
    return one.hands_since_move is not None and one.hands_since_move < table.size


def seat_for_mover(table: FloorTable) -> int | None:
    """Return the worst free seat: the big blind soonest, never the next small blind.

    Equally soon: the lowest seat. None when no seat is left but the small blind's; the move waits.
    """
    best: tuple[int, int] | None = None
    for seat in table.free_seats:
        seats = [*table.seated, seat]
        positions = next_positions(table, seats)
        if positions is not None and positions.small_blind == seat:
            continue
        rank = _hands_until_big_blind(seat, seats, positions)
        if best is None or (rank, seat) < best:
            best = rank, seat
    return None if best is None else best[1]


def _hands_until_big_blind(seat: int, seats: list[int], positions: Positions | None) -> int:
    """Return after how many hands a seat posts the big blind; 0 at a table that has no hand yet."""
    if positions is None:
        return 0
    order = [positions.big_blind, *clockwise(positions.big_blind, seats)]
    return order.index(seat)


def must_halt(table: FloorTable, floor: Sequence[FloorTable], rules: BalanceRules) -> bool:
    """Return whether a table waits for players instead of dealing its next hand.

    It does when it is three or more short of the fullest table by elimination, once the blinds
    are impacted: the next small blind is dead, or the big blind would pass the seat of somebody
    eliminated. A difference that comes from late players has nobody wait.
    Source: TDA 11-D.
    """
    if not rules.halts:
        return False
    top = max(other.size for other in floor)
    short = min(top - table.size, len(table.vacated))
    return short >= SHORT_BY and _blinds_are_impacted(table)


def _blinds_are_impacted(table: FloorTable) -> bool:
    positions = next_positions(table, table.seated)
    if table.last is None or positions is None:
        return True
    passed = clockwise(table.last.big_blind, [*table.vacated, *table.seated])
    return positions.small_blind not in table.seated or passed[0] in table.vacated
