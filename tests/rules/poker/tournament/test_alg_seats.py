"""Algorithms 1, 2 and 6: the draw, the cap, the final table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.floor_play import of_sizes, seed
from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.tournament.draw import draw_seats, draw_table
from vphost.rules.poker.tournament.final_table import final_table_size, forms_final_table
from vphost.rules.poker.tournament.floor import table_cap, tables_needed
from vphost.rules.poker.tournament.lots import LOTS_MAX, draw_below, draw_order, stream_for

SEEDS = st.binary(min_size=32, max_size=32)


def test_alg_01_tables_are_the_quotient_rounded_up() -> None:
    drawn = draw_seats(range(1, 20), range(9), seed(1))
    assert [len(table.places) for table in drawn] == [7, 6, 6]
    assert [table.number for table in drawn] == [1, 2, 3]


def test_alg_01_a_thousand_players_are_drawn() -> None:
    drawn = draw_seats(range(1000), range(9), seed(2))
    assert len(drawn) == 112
    assert sorted(p for t in drawn for p in t.places.values()) == list(range(1000))


def test_alg_01_the_same_seed_draws_the_same_for_ever() -> None:
    first, second = draw_seats(range(10, 15), range(3), bytes(32))
    assert (dict(first.places), first.button) == ({0: 12, 1: 11, 2: 14}, 1)
    assert (dict(second.places), second.button) == ({0: 10, 2: 13}, 2)


def test_alg_01_nobody_has_nowhere_to_sit() -> None:
    assert draw_seats((), range(9), seed(3)) == ()


@laws
@given(st.integers(0, 200), st.lists(st.integers(0, 8), min_size=2, unique=True), SEEDS)
def test_alg_01_everybody_sits_once_on_an_open_seat(
    count: int, seats: list[int], lot: bytes
) -> None:
    drawn = draw_seats(range(count), seats, lot)
    assert drawn == draw_seats(range(count), seats, lot)
    assert sorted(p for t in drawn for p in t.places.values()) == list(range(count))
    assert len(drawn) == tables_needed(count, len(seats))
    assert all(set(t.places) <= set(seats) and t.button in t.places for t in drawn)
    sizes = [len(t.places) for t in drawn] or [0]
    assert max(sizes) - min(sizes) <= 1


def spread(what: Callable[[int], int], kinds: int, times: int = 6000) -> float:
    """Return chi-square of how often each of so many outcomes came."""
    counts = Counter(what(number) for number in range(times))
    expected = times / kinds
    return sum((counts[kind] - expected) ** 2 / expected for kind in range(kinds))


def test_alg_01_table_seat_and_button_are_fair() -> None:
    draws = [draw_seats(range(6), range(3), seed(number)) for number in range(6000)]

    def seat_of_first(number: int) -> int:
        return next(
            table * 3 + seat for table, drawn in enumerate(draws[number])
            for seat, player in drawn.places.items() if player == 0
        )

    # 99.9 % of fair draws are below these (five and two degrees of freedom).
    assert spread(seat_of_first, 6) < 20.5
    assert spread(lambda number: draws[number][1].button, 3) < 13.8


def test_alg_01_lots_are_drawn_above_a_byte() -> None:
    stream = stream_for("test", seed(4))
    drawn = [draw_below(1000, stream) for _ in range(20_000)]
    assert set(drawn) == set(range(1000))
    assert draw_below(1, stream) == 0 and draw_below(LOTS_MAX, stream) < LOTS_MAX
    assert sorted(draw_order(range(3000), stream)) == list(range(3000))
    with pytest.raises(AssertionError):
        draw_below(LOTS_MAX + 1, stream)


def test_alg_01_each_purpose_has_its_own_lots() -> None:
    assert next(stream_for("a", seed(5))) != next(stream_for("b", seed(5)))


@pytest.mark.parametrize(("players", "seats", "cap"), [
    (19, 9, 7), (18, 9, 9), (10, 9, 5), (9, 9, 9), (1, 9, 1), (7, 6, 4), (0, 9, 0), (1000, 9, 9),
])
def test_alg_02_a_table_is_full_at_the_cap(players: int, seats: int, cap: int) -> None:
    assert table_cap(players, seats) == cap


@laws
@given(st.integers(1, 1000), st.integers(2, 9))
def test_alg_02_the_cap_holds_everybody_and_no_more(players: int, seats: int) -> None:
    cap, needed = table_cap(players, seats), tables_needed(players, seats)
    assert cap <= seats and (cap - 1) * needed < players <= cap * needed


@pytest.mark.parametrize(("seats", "size"), [
    (9, 9), (8, 9), (7, 7), (6, 7), (5, 5), (4, 4), (3, 3), (2, 2),
])
def test_alg_06_the_final_table_has_nine_or_seven(seats: int, size: int) -> None:
    assert final_table_size(seats, when_all_fit=False) == size
    assert final_table_size(seats, when_all_fit=True) == seats


@pytest.mark.parametrize(("sizes", "seats", "when_all_fit", "due"), [
    ((5, 5), 9, False, False), ((5, 4), 9, False, True), ((9,), 9, False, False),
    ((5, 4), 8, False, True), ((5, 4), 8, True, False), ((4, 4), 8, True, True),
    ((4, 3), 6, False, True), ((4, 4), 6, False, False), ((4, 3), 6, True, False),
    ((5, 3, 0), 9, False, True), ((8, 0), 9, False, False),
])
def test_alg_06_it_is_formed_of_several_tables(
    sizes: tuple[int, ...], seats: int, when_all_fit: bool, due: bool
) -> None:
    floor = of_sizes(*sizes, seats=seats)
    assert forms_final_table(floor, seats, when_all_fit=when_all_fit) is due


def test_alg_06_all_seats_and_the_button_are_redrawn() -> None:
    drawn = [draw_table(12, range(9), range(9), seed(number)) for number in range(40)]
    assert all(sorted(table.places.values()) == list(range(9)) for table in drawn)
    assert {table.button for table in drawn} == set(range(9))
    assert len({tuple(table.places.items()) for table in drawn}) == 40
