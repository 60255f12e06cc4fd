"""The seat draw: who sits where when an event begins, and at its final table.

The seed belongs in the first commit, sealed until it is used, so that a restart draws the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vphost.rules.poker.tournament.floor import tables_needed
from vphost.rules.poker.tournament.lots import draw_below, draw_order, stream_for


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A table of a draw. number: from 1. places: seat -> player. button: one of these seats."""

    number: int
    places: Mapping[int, int]
    button: int


def draw_seats(
    players: Sequence[int], open_seats: Sequence[int], seed: bytes
) -> tuple[DrawnTable, ...]:
    """Draw table, seat and button of every player; sizes of tables differ by at most one.

    players: without repetition, in an order that everybody can check. open_seats: the seats of
    each table, indexed from 0. seed: 32 bytes.
    Players are shuffled and dealt round over the tables, then each table's seats are shuffled and
    its button is drawn. Source: TDA 5 (random seating).
    """
    assert len(set(players)) == len(players) and len(set(open_seats)) == len(open_seats)
    count = tables_needed(len(players), len(open_seats))
    order = draw_order(players, stream_for("players", seed))
    return tuple(
        _drawn(number, order[number - 1::count], open_seats, seed)
        for number in range(1, count + 1)
    )


def draw_table(
    number: int, players: Sequence[int], open_seats: Sequence[int], seed: bytes
) -> DrawnTable:
    """Draw the seats and the button of one table, as for a final table.

    players: at least one, at most as many as there are seats.
    """
    assert 1 <= len(players) <= len(open_seats)
    return _drawn(number, draw_order(players, stream_for("players", seed)), open_seats, seed)


def _drawn(
    number: int, players: Sequence[int], open_seats: Sequence[int], seed: bytes
) -> DrawnTable:
    stream = stream_for(f"table {number}", seed)
    seats = draw_order(open_seats, stream)[:len(players)]
    button = seats[draw_below(len(seats), stream)]
    return DrawnTable(number, dict(sorted(zip(seats, players))), button)
