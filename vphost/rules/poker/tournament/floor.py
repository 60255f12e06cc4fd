"""The floor of an event: its tables with who sits where, and how many sit at a table at most.

A `FloorTable` is what balancing and breaking need to know of a table, no more. A player who is on
the way counts as seated where they go, so that no seat is given twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from vphost.rules.changing import replace
from vphost.rules.poker.seats import Positions, dead_button

SEATS_MIN, SEATS_MAX = 2, 9
"""Seats of a tournament table."""


@dataclass(frozen=True, slots=True)
class Seated:
    """A player on a seat of the floor.

    hands_since_move: hands dealt at this table since they were moved here; None for one who was not
    moved. sits_out: whether they are absent.
    """

    player: int
    hands_since_move: int | None = None
    sits_out: bool = False


@dataclass(frozen=True, slots=True)
class FloorTable:
    """A table of an event, as the director's room knows it."""

    #: Number in the event, from 1.
    number: int
    #: Seats that may be used, indexed from 0; seats that are locked are not among them.
    open_seats: tuple[int, ...]
    #: Seat -> who sits there or is on the way there.
    seated: Mapping[int, Seated]
    #: Button and blinds of the newest hand, the running one if there is one; None before it.
    last: Positions | None
    #: Whether a hand is being played; nobody can be taken away then.
    in_hand: bool = False
    #: Whether somebody has come since its newest hand began; it is not broken then.
    received: bool = False
    #: Whether the director keeps it as it is: nobody is moved to or from it.
    locked: bool = False
    #: Seats emptied by elimination and not taken since.
    vacated: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """How many sit here or are on the way."""
        return len(self.seated)

    @property
    def free_seats(self) -> tuple[int, ...]:
        """The open seats nobody has, lowest first."""
        return tuple(seat for seat in sorted(self.open_seats) if seat not in self.seated)

    def with_player(self, seat: int, player: int) -> FloorTable:
        """Return the table with somebody moved to a free seat."""
        assert seat in self.free_seats, "the seat is taken or closed"
        return replace(
            self, seated={**self.seated, seat: Seated(player, hands_since_move=0)}, received=True,
            vacated=self.vacated - {seat},
        )

    def without_seat(self, seat: int) -> FloorTable:
        """Return the table with a seat left free by a move, which is no elimination."""
        return replace(
            self, seated={place: one for place, one in self.seated.items() if place != seat}
        )


def begin_hand(table: FloorTable, positions: Positions, dealt: Collection[int]) -> FloorTable:
    """Return a table as its next hand begins.

    positions: button and blinds of that hand. dealt: seats that are dealt in; who waits for the
    button has not begun the orbit either.
    """
    seated = {
        seat: one if one.hands_since_move is None or seat not in dealt
        else replace(one, hands_since_move=one.hands_since_move + 1)
        for seat, one in table.seated.items()
    }
    return replace(table, seated=seated, last=positions, in_hand=True, received=False)


def end_hand(table: FloorTable, busted: Collection[int]) -> FloorTable:
    """Return a table whose hand has ended. busted: seats whose players are out of the event."""
    seated = {seat: one for seat, one in table.seated.items() if seat not in busted}
    return replace(
        table, seated=seated, in_hand=False, vacated=table.vacated | frozenset(busted)
    )


class Reason(Enum):
    """Why somebody is moved or given a seat."""

    BALANCE = "balance"
    BREAK = "break"
    NEW_TABLE = "new_table"
    FINAL_TABLE = "final_table"


@dataclass(frozen=True, slots=True)
class Move:
    """One player's move from a seat to a seat."""

    player: int
    from_table: int
    from_seat: int
    to_table: int
    to_seat: int
    reason: Reason
    #: Players at `from_table` before the move.
    giver_size: int
    #: Players at `to_table` before the move.
    taker_size: int


def tables_needed(players: int, seats: int) -> int:
    """Return how many tables hold the players: the quotient, rounded up; 0 for nobody."""
    assert players >= 0 and SEATS_MIN <= seats <= SEATS_MAX
    return -(-players // seats)


def table_cap(players: int, seats: int) -> int:
    """Return at how many players a table is full, so that tables stay even.

    players: those left in the event. seats: of a table.
    """
    needed = tables_needed(players, seats)
    return -(-players // needed) if needed else 0


def put_moves(floor: Sequence[FloorTable], moves: Iterable[Move]) -> tuple[FloorTable, ...]:
    """Return the floor after several moves; tables that nobody sits at any more stay in it."""
    tables = {table.number: table for table in floor}
    for move in moves:
        tables[move.from_table] = tables[move.from_table].without_seat(move.from_seat)
        tables[move.to_table] = tables[move.to_table].with_player(move.to_seat, move.player)
    return tuple(tables[table.number] for table in floor)


def next_positions(table: FloorTable, seats: Collection[int]) -> Positions | None:
    """Return button and blinds of a table's next hand if these seats are taken then.

    Returns: None before the first hand, and when fewer than two would play.
    """
    if table.last is None or len(seats) < 2:
        return None
    return dead_button(table.last, seats)


def waits_for_button(positions: Positions, seat: int) -> bool:
    """Return whether somebody who was moved is not dealt in yet: between button and small blind.

    positions: of the hand that is about to be dealt. They may be the button, the small or the big
    blind. Source: TDA 10.
    """
    span = (positions.small_blind - positions.button) % SEATS_MAX
    return 0 < (seat - positions.button) % SEATS_MAX < span


def clockwise(start: int, seats: Iterable[int]) -> list[int]:
    """Return seats in their order clockwise, the one after `start` first and itself last."""
    return sorted(seats, key=lambda seat: (seat - start - 1) % SEATS_MAX)
