"""Breaking a table: which one goes, and the seats its players draw.

Source: TDA 10 (a random process of two steps; any position may be drawn, nobody is dealt in
between small blind and button), WT 66.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vphost.rules.poker.tournament.floor import FloorTable, Move, Reason
from vphost.rules.poker.tournament.lots import draw_below, draw_order, stream_for


def table_to_break(floor: Sequence[FloorTable], order: Sequence[int]) -> int | None:
    """Return the number of the table that breaks next, None while the others cannot hold it.

    order: table numbers as the director has published them, first to break first; tables that
    are not in it go after those, the one with fewest players first, then the highest number.
    A table is named although it plays or has just received somebody; `can_break_now` says when.
    """
    tables = [table for table in floor if not table.locked and table.size]
    if len(tables) < 2:
        return None
    published = {number: place for place, number in enumerate(order)}
    chosen = min(tables, key=lambda table: (
        published.get(table.number, len(order)), table.size, -table.number
    ))
    free = sum(len(table.free_seats) for table in tables if table is not chosen)
    return chosen.number if free >= chosen.size else None


def can_break_now(table: FloorTable) -> bool:
    """Return whether a table may be broken: its hand has ended and nobody has come since.

    A player who has come to a table where nobody else sits plays no hand there, and moves on.
    """
    return not table.in_hand and (not table.received or table.size < 2)


def break_table(floor: Sequence[FloorTable], number: int, seed: bytes) -> tuple[Move, ...]:
    """Return the moves of everybody at a table to seats of the others, drawn in two steps.

    Seats are taken from the emptiest table first, so that none is above the cap; which of its
    seats is drawn. Then players and these seats are shuffled. floor: with `free_seats` elsewhere
    for all of them, as `table_to_break` makes sure. seed: 32 bytes.
    """
    leaving = next(table for table in floor if table.number == number)
    others = [
        table for table in floor
        if table.number != number and table.size and not table.locked
    ]
    people = draw_order(
        [leaving.seated[seat].player for seat in sorted(leaving.seated)],
        stream_for("players", seed),
    )
    seats = draw_order(list(_seats(others, len(people), seed)), stream_for("seats", seed))
    seat_of = {one.player: seat for seat, one in leaving.seated.items()}
    sizes = {table.number: table.size for table in others}
    return tuple(
        Move(player, number, seat_of[player], table, seat, Reason.BREAK, leaving.size,
             sizes[table])
        for player, (table, seat) in zip(people, seats)
    )


def _seats(
    others: Sequence[FloorTable], count: int, seed: bytes
) -> Iterator[tuple[int, int]]:
    """Yield (table, seat) for a number of players, each from a table that is emptiest by then."""
    stream = stream_for("free seats", seed)
    free = {table.number: list(table.free_seats) for table in others if table.free_seats}
    sizes = {table.number: table.size for table in others}
    for _ in range(count):
        number = min(free, key=lambda table: (sizes[table], table))
        yield number, free[number].pop(draw_below(len(free[number]), stream))
        sizes[number] += 1
        if not free[number]:
            del free[number]
