"""Algorithms 3, 4 and 7: breaking, balancing, halting, seats for who comes late."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.tournament.floor_play import floors, of_sizes, people, seed, table
from tests.rules.poker.tournament.laws import laws
from vphost.rules.poker.seats import Positions, dead_button
from vphost.rules.poker.tournament.balancing import (
    BalanceRules, balance, is_in_orbit, mover_of, must_halt, next_move, seat_for_mover,
)
from vphost.rules.poker.tournament.breaking import break_table, can_break_now, table_to_break
from vphost.rules.poker.tournament.floor import (
    FloorTable, Reason, put_moves, table_cap, tables_needed, waits_for_button,
)
from vphost.rules.poker.tournament.floor_pass import FloorRules, next_pass
from vphost.rules.poker.tournament.late_seats import late_seat, takes_entries

CLOSE = BalanceRules()
LOOSE = BalanceRules(loose=True)
SEEDS = st.binary(min_size=32, max_size=32)


# Breaking.

def test_alg_03_breaks_the_table_with_fewest_players() -> None:
    assert table_to_break(of_sizes(7, 3, 7), ()) == 2


def test_alg_03_of_equal_tables_the_highest_number_breaks() -> None:
    assert table_to_break(of_sizes(6, 6, 6), ()) == 3


def test_alg_03_the_published_order_comes_first() -> None:
    assert table_to_break(of_sizes(6, 6, 6), (1, 3)) == 1
    assert table_to_break(of_sizes(6, 3, 6), (9, 3)) == 3


@pytest.mark.parametrize("sizes", [(9, 9, 1), (9,), (9, 0), (5, 9)])
def test_alg_03_no_break_while_the_others_are_full(sizes: tuple[int, ...]) -> None:
    assert table_to_break(of_sizes(*sizes), ()) is None


def test_alg_03_a_break_waits_for_its_hand_and_for_who_came() -> None:
    assert can_break_now(table(1, (1, 2)))
    assert not can_break_now(table(1, (1, 2), in_hand=True))
    assert not can_break_now(table(1, (1, 2), received=True))


def test_alg_03_a_locked_table_neither_breaks_nor_takes() -> None:
    floor = (table(1, range(3), locked=True), table(2, range(6)), table(3, range(6)))
    assert table_to_break(floor, ()) is None
    assert table_to_break((floor[0], table(2, range(4)), table(3, range(5))), ()) == 2


def test_alg_03_seats_are_drawn_in_two_steps() -> None:
    floor = of_sizes(7, 7, 4)
    ways = {
        tuple((move.player, move.to_table, move.to_seat) for move in sorted(
            break_table(floor, 3, seed(number)), key=lambda move: move.player
        )) for number in range(200)
    }
    assert {one[0][1:] for one in ways} == {(1, 7), (1, 8), (2, 7), (2, 8)}
    assert break_table(floor, 3, seed(1)) == break_table(floor, 3, seed(1))


@laws
@given(floors(), SEEDS)
def test_alg_03_a_break_keeps_everybody_below_the_cap(
    floor: tuple[FloorTable, ...], lot: bytes
) -> None:
    number = table_to_break(floor, ())
    if number is None:
        return
    moves = break_table(floor, number, lot)
    after = put_moves(floor, moves)
    leaving = floor[number - 1]
    assert people(after) == people(floor)
    assert sorted(move.player for move in moves) == people([leaving])
    assert after[number - 1].size == 0 and all(move.reason is Reason.BREAK for move in moves)
    cap = table_cap(len(people(floor)), len(leaving.open_seats))
    before = max(one.size for one in floor if one is not leaving)
    assert max(one.size for one in after) <= max(before, cap)


@pytest.mark.parametrize(("seat", "waits"), [
    (1, False), (2, True), (3, True), (4, False), (5, False), (6, False), (0, False),
])
def test_alg_03_nobody_is_dealt_in_between_button_and_small_blind(seat: int, waits: bool) -> None:
    assert waits_for_button(Positions(1, 4, 6), seat) is waits


def test_alg_03_the_gap_may_lie_across_seat_zero() -> None:
    assert [s for s in range(9) if waits_for_button(Positions(7, 1, 2), s)] == [0, 8]
    assert not any(waits_for_button(Positions(3, 3, 5), seat) for seat in range(9))


# Balancing.

def test_alg_04_who_is_due_the_big_blind_moves_from_the_fullest() -> None:
    floor = (table(1, range(9), Positions(0, 1, 2)), table(2, (0, 4, 8), Positions(0, 4, 8)))
    move = next_move(floor, CLOSE)
    assert move is not None
    assert (move.player, move.from_seat, move.to_table) == (103, 3, 2)
    assert (move.reason, move.giver_size, move.taker_size) == (Reason.BALANCE, 9, 3)


@pytest.mark.parametrize("sizes", [(9, 8), (5, 5, 4), (3,), ()])
def test_alg_04_a_difference_of_one_stays(sizes: tuple[int, ...]) -> None:
    assert balance(of_sizes(*sizes), CLOSE) == ()


def test_alg_04_ties_go_to_the_lowest_table() -> None:
    move = next_move(of_sizes(7, 7, 5, 5), CLOSE)
    assert move is not None and (move.from_table, move.to_table) == (1, 3)


def test_alg_04_only_a_table_between_hands_gives() -> None:
    busy, idle, short = (
        table(1, range(8), in_hand=True), table(2, range(7)), table(3, range(5), in_hand=True),
    )
    assert next_move((busy, idle, short), CLOSE) is None
    move = next_move((busy, table(2, range(8)), short), CLOSE)
    assert move is not None and (move.from_table, move.to_table) == (2, 3)


def test_alg_04_who_moved_in_this_orbit_is_passed_over() -> None:
    full = table(1, range(6), Positions(0, 1, 2), moved={3: 5, 4: 6})
    assert mover_of(full) == 4
    assert is_in_orbit(full, full.seated[3]) and not is_in_orbit(full, full.seated[4])
    assert mover_of(table(1, range(3), Positions(0, 1, 2), moved={0: 0, 1: 0, 2: 0})) is None


def test_alg_04_who_is_alone_moves_again() -> None:
    assert mover_of(table(1, [4], Positions(3, 4, 5), moved={4: 0})) == 4


def test_alg_04_who_sits_out_may_go_first() -> None:
    full = table(1, range(6), Positions(0, 1, 2), absent=[5, 1])
    assert mover_of(full) == 3
    assert mover_of(full, absent_first=True) == 5


@pytest.mark.parametrize(("taken", "last", "seat"), [
    # Seats 4 and 5 are both the next big blind: the lowest.
    ((0, 3, 6), Positions(0, 3, 3), 4),
    # Right behind the last big blind: posts it in the next hand.
    ((0, 2, 4), Positions(0, 2, 4), 5),
    # The last big blind has busted: seat 4 would be the next small blind.
    ((0, 2, 6), Positions(0, 2, 4), 5),
    # The big blind goes to seat 5 next, so that seat 6 has to wait for one hand.
    ((0, 1, 2, 3, 4, 5), Positions(2, 3, 4), 6),
    # The big blind soonest across seat 8.
    ((1, 6, 8), Positions(1, 6, 8), 0),
])
def test_alg_04_the_seat_that_posts_the_big_blind_soonest(
    taken: tuple[int, ...], last: Positions, seat: int
) -> None:
    assert seat_for_mover(table(1, taken, last)) == seat


def test_alg_04_a_move_waits_where_only_the_small_blind_is_free() -> None:
    short = table(2, (0, 1), Positions(1, 2, 2), seats=3)
    assert short.free_seats == (2,) and seat_for_mover(short) is None
    assert next_move((table(1, range(4), seats=4), short), CLOSE) is None


@pytest.mark.parametrize(("sizes", "moves"), [
    ((9, 7, 8), 0), ((9, 6, 8), 1), ((9, 7), 1), ((9, 7, 0), 1),
])
def test_alg_04_tolerance_of_two_with_three_tables(sizes: tuple[int, ...], moves: int) -> None:
    assert len(balance(of_sizes(*sizes), LOOSE)) == moves


def test_alg_04_a_locked_table_neither_gives_nor_takes() -> None:
    floor = (table(1, range(9), locked=True), table(2, range(2), locked=True))
    assert balance((*floor, table(3, range(5))), CLOSE) == ()


@laws
@given(floors(), st.booleans(), st.booleans())
def test_alg_04_balancing_moves_nobody_twice_and_evens_out(
    floor: tuple[FloorTable, ...], loose: bool, absent_first: bool
) -> None:
    rules = BalanceRules(loose=loose, absent_first=absent_first)
    moves = balance(floor, rules)
    after = put_moves(floor, moves)
    assert people(after) == people(floor)
    assert len({move.player for move in moves}) == len(moves)
    at = {one.number: one for one in floor}
    for move in moves:
        giver, taker = at[move.from_table], at[move.to_table]
        assert not giver.in_hand and move.giver_size - move.taker_size >= 2
        assert giver.size == 1 or not is_in_orbit(giver, giver.seated[move.from_seat])
        seats = [*taker.seated, move.to_seat]
        assert taker.last is not None
        assert dead_button(taker.last, seats).small_blind != move.to_seat
        at = {one.number: one for one in put_moves(tuple(at.values()), (move,))}
    assert balance(after, rules) == ()


@laws
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_alg_04_sizes_differ_by_at_most_one_afterwards(sizes: list[int]) -> None:
    floor = of_sizes(*sizes)
    after = put_moves(floor, balance(floor, CLOSE))
    left = [one.size for one in after]
    # Where the next small blind's is the only free seat a move waits; these tables have others.
    assert max(left) - min(left) <= 1
    assert people(after) == people(floor)


def test_alg_04_a_thousand_players_are_balanced_fast() -> None:
    floor = of_sizes(*([9] * 78 + [7] * 35 + [6] * 9))
    assert sum(one.size for one in floor) == 1001
    started = time.process_time()
    moves = balance(floor, CLOSE)
    assert time.process_time() - started < 2
    sizes = [one.size for one in put_moves(floor, moves)]
    assert max(sizes) - min(sizes) <= 1


# Halting.

def test_alg_04_a_table_three_short_halts_once_blinds_are_impacted() -> None:
    full = table(1, range(9))
    dead = table(2, (0, 1, 2, 3, 4, 5), Positions(5, 6, 7), vacated=(6, 7, 8))
    assert must_halt(dead, (full, dead), CLOSE)
    passed = table(2, (0, 1, 2, 3, 4, 5), Positions(3, 4, 5), vacated=(6, 7, 8))
    assert must_halt(passed, (full, passed), CLOSE)
    later = table(2, (0, 1, 2, 3, 4, 5), Positions(1, 2, 3), vacated=(6, 7, 8))
    assert not must_halt(later, (full, later), CLOSE)


def test_alg_04_no_halt_when_two_short_late_or_switched_off() -> None:
    short = table(2, (0, 1, 2, 3, 4, 5), Positions(3, 4, 5), vacated=(6, 7, 8))
    assert not must_halt(short, (table(1, range(8)), short), CLOSE)
    assert not must_halt(short, (table(1, range(9)), short), BalanceRules(halts=False))
    fresh = table(2, (0, 1, 2, 3, 4, 5), Positions(3, 4, 5), vacated=(6,))
    assert not must_halt(fresh, (table(1, range(9)), fresh), CLOSE)


def test_alg_04_a_seat_that_is_taken_again_is_not_short() -> None:
    short = table(2, (0, 1, 2, 3, 4, 5), Positions(3, 4, 5), vacated=(6, 7, 8))
    filled = short.with_player(6, 106)
    assert filled.vacated == {7, 8} and not must_halt(filled, (table(1, range(9)),), CLOSE)


# The order of the rules at a hand's end.

RULES = FloorRules(9, CLOSE, (), False)


def test_alg_03_a_break_comes_before_balancing() -> None:
    found = next_pass(of_sizes(8, 7, 3), RULES, seed(1))
    assert found.closes == 3 and {move.reason for move in found.moves} == {Reason.BREAK}


def test_alg_03_nobody_is_moved_while_a_break_waits() -> None:
    floor = (table(1, range(8)), table(2, range(6)), table(3, range(3), in_hand=True))
    found = next_pass(floor, RULES, seed(1))
    assert found.moves == () and found.waits_for == (3,)


def test_alg_06_a_final_table_waits_for_all_hands() -> None:
    waiting = (table(1, range(5)), table(2, range(4), in_hand=True))
    assert next_pass(waiting, RULES, seed(1)).waits_for == (2,)
    assert next_pass(of_sizes(5, 4), RULES, seed(1)).redraws


def test_alg_04_without_a_break_tables_are_balanced() -> None:
    found = next_pass(of_sizes(9, 7, 9), RULES, seed(1))
    assert [move.from_table for move in found.moves] == [1] and not found.redraws


# Late registration and re-entry.

def test_alg_07_a_latecomer_sits_at_the_emptiest_table() -> None:
    floor = (table(1, range(8)), table(2, (0, 2, 6), Positions(0, 2, 4)))
    found = late_seat(floor, 7, range(9), seed(1))
    assert (found.table, found.seat, found.opens, found.moves) == (2, 5, False, ())


def test_alg_07_a_new_table_opens_when_all_are_full() -> None:
    floor = of_sizes(9, 9)
    found = late_seat(floor, 7, range(9), seed(1))
    assert (found.table, found.opens) == (3, True)
    opened = FloorTable(3, tuple(range(9)), {}, None).with_player(found.seat, 7)
    after = put_moves((*floor, opened), found.moves)
    assert sorted(one.size for one in after) == [6, 6, 7]
    assert {move.reason for move in found.moves} == {Reason.NEW_TABLE}


def test_alg_02_nobody_is_placed_at_a_table_at_the_cap() -> None:
    # Twelve fit at two tables of six; the one with room has eight and the other is locked.
    floor = (table(1, range(3), locked=True), table(2, range(8)))
    assert late_seat(floor, 7, range(9), seed(1)).table == 3


def test_alg_07_players_in_a_hand_stay_where_they_are() -> None:
    floor = (table(1, range(9), in_hand=True), table(2, range(9)))
    found = late_seat(floor, 7, range(9), seed(1))
    assert {move.from_table for move in found.moves} == {2} and len(found.moves) == 4


def test_alg_07_only_the_small_blinds_seat_is_better_than_no_seat() -> None:
    short = table(1, (0, 1), Positions(1, 2, 2), seats=3)
    found = late_seat((short,), 7, range(3), seed(1))
    assert (found.seat, found.opens) == (2, False)


def test_alg_07_the_first_of_all_opens_table_one() -> None:
    found = late_seat((), 7, range(9), seed(1))
    assert (found.table, found.opens, found.moves) == (1, True, ())


@pytest.mark.parametrize(("level", "remaining", "is_open"), [
    (1, 30, True), (6, 30, True), (7, 30, False), (6, 4, True), (6, 3, False), (6, 2, False),
])
def test_alg_07_entry_ends_with_the_level_or_the_money(
    level: int, remaining: int, is_open: bool
) -> None:
    assert takes_entries(
        level=level, last_level=6, remaining=remaining, paid_places=3
    ) is is_open


@laws
@given(floors(), SEEDS)
def test_alg_07_a_latecomer_never_breaks_the_cap(
    floor: tuple[FloorTable, ...], lot: bytes
) -> None:
    seats = floor[0].open_seats
    found = late_seat(floor, 7, seats, lot)
    remaining = len(people(floor)) + 1
    if found.opens:
        assert found.table == len(floor) + 1
        floor = (*floor, FloorTable(found.table, seats, {}, None))
    after = put_moves(tuple(
        one.with_player(found.seat, 7) if one.number == found.table else one for one in floor
    ), found.moves)
    assert people(after) == sorted([*people(floor), 7])
    assert len({move.player for move in found.moves}) == len(found.moves)
    assert after[found.table - 1].size <= table_cap(remaining, len(seats))
    assert tables_needed(remaining, len(seats)) <= len(after)
