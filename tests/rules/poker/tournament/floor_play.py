"""Tables of an event for the tests: by their sizes, or drawn at random with busts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from hypothesis import strategies as st

from vphost.rules.poker.seats import Positions, first_positions
from vphost.rules.poker.tournament.floor import FloorTable, Seated


def seed(number: int) -> bytes:
    """Return a seed of 32 bytes."""
    return sha256(number.to_bytes(8, "big")).digest()


def table(
    number: int, taken: Sequence[int], last: Positions | None = None, *, seats: int = 9,
    in_hand: bool = False, received: bool = False, locked: bool = False,
    vacated: Sequence[int] = (), moved: Mapping[int, int] | None = None,
    absent: Sequence[int] = (),
) -> FloorTable:
    """Return a table whose players are number * 100 + seat. moved: seat -> hands since."""
    hands = moved or {}
    if last is None and len(taken) > 1:
        last = first_positions(min(taken), taken)
    seated = {
        seat: Seated(number * 100 + seat, hands.get(seat), seat in absent) for seat in taken
    }
    return FloorTable(
        number, tuple(range(seats)), seated, last, in_hand, received, locked, frozenset(vacated)
    )


def of_sizes(*sizes: int, seats: int = 9) -> tuple[FloorTable, ...]:
    """Return tables 1, 2, ... with so many players on the lowest seats."""
    return tuple(
        table(number, range(size), seats=seats) for number, size in enumerate(sizes, 1)
    )


@st.composite
def tables(draw: st.DrawFn, number: int, seats: int) -> FloorTable:
    """Return a table between or in a hand, with anybody's seat empty and anybody moved there."""
    all_seats = list(range(seats))
    dealt = draw(st.lists(st.sampled_from(all_seats), min_size=2, unique=True))
    left = draw(st.lists(st.sampled_from(dealt), min_size=1, unique=True))
    moved = draw(st.dictionaries(st.sampled_from(left), st.integers(0, 9)))
    return table(
        number, left, first_positions(draw(st.sampled_from(dealt)), dealt), seats=seats,
        in_hand=draw(st.booleans()), received=draw(st.booleans()),
        vacated=[seat for seat in dealt if seat not in left], moved=moved,
        absent=draw(st.lists(st.sampled_from(left), unique=True)),
    )


@st.composite
def floors(draw: st.DrawFn, most: int = 4) -> tuple[FloorTable, ...]:
    """Return the tables of an event, each with at least one player."""
    seats = draw(st.integers(2, 9))
    return tuple(
        draw(tables(number, seats)) for number in range(1, draw(st.integers(1, most)) + 1)
    )


def people(floor: Sequence[FloorTable]) -> list[int]:
    """Return all players of a floor, sorted."""
    return sorted(one.player for table in floor for one in table.seated.values())
