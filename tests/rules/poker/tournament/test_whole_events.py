"""Whole events in memory: random hands, every pure rule of seats, places and money together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from tests.fuzz.sizes import BASE_SEED, often
from tests.rules.poker.tournament.floor_play import people, seed
from vphost.rules.poker.seats import dead_button, first_positions, next_seat
from vphost.rules.poker.tournament.balancing import BalanceRules, is_in_orbit, must_halt
from vphost.rules.poker.tournament.bounties import WonPot, collect, pay_last
from vphost.rules.poker.tournament.draw import draw_seats, draw_table
from vphost.rules.poker.tournament.final_table import final_table_size, forms_final_table
from vphost.rules.poker.tournament.floor import (
    FloorTable, Seated, begin_hand, end_hand, put_moves, waits_for_button,
)
from vphost.rules.poker.tournament.floor_pass import FloorPass, FloorRules, next_pass
from vphost.rules.poker.tournament.hand_for_hand import Barrier, announce, is_due, report_hand
from vphost.rules.poker.tournament.late_seats import late_seat, takes_entries
from vphost.rules.poker.tournament.payouts import Standard
from vphost.rules.poker.tournament.places import (
    Across, Finisher, Placed, final_places, rank, share_prizes,
)
from vphost.rules.poker.tournament.prizes import make_pool, reckon_prizes

STACK, BUY_IN, BOUNTY = 1500, 1000, 200


class Event:
    """An event of many tables whose hands are decided by dice: who is all-in, who wins."""

    def __init__(self, players: int, seats: int, number: int, late: int = 0) -> None:
        self.dice = Random(f"{BASE_SEED}:{players}:{seats}:{number}")
        self.seed = seed(number)
        self.seats = seats
        self.rules = FloorRules(seats, BalanceRules(), (), False)
        self.entries = players
        self.chips = {player: STACK for player in range(players)}
        self.heads = {player: BOUNTY for player in range(players)}
        self.bounties_paid = 0
        self.hands: list[tuple[Placed, ...]] = []
        self.dealt: dict[int, int] = {}
        self.playing: dict[int, list[int]] = {}
        self.found = FloorPass()
        self.barrier: Barrier | None = None
        drawn = draw_seats(range(players), range(seats), self.seed)
        self.buttons = {one.number: one.button for one in drawn}
        self.floor: tuple[FloorTable, ...] = tuple(
            FloorTable(
                one.number, tuple(range(seats)), {s: Seated(p) for s, p in one.places.items()}, None
            ) for one in drawn
        )
        self.late = late
        self.reckon_prizes()

    def reckon_prizes(self) -> None:
        """Make pool and prizes of the entries so far."""
        payout = Standard(BUY_IN - BOUNTY, 10)
        pool = make_pool(
            payout, paid_in=self.entries * BUY_IN, bounties=self.entries * BOUNTY, guarantee=0,
            entries=self.entries,
        )
        self.prizes = reckon_prizes(payout, pool.total, self.entries)

    def play(self) -> None:
        """Play to the end: hands begin and end at any table in any order."""
        for _ in range(400 * self.entries):
            if len(self.chips) == 1:
                return
            if self.dice.random() < 0.2:
                self.enter_late()
            self.step(self.dice.choice([
                *(table for table in self.floor if table.in_hand),
                *(table for table in self.floor if self.may_begin(table)),
            ]))
        raise AssertionError("the event does not end")

    def enter_late(self) -> None:
        """Seat somebody new while entries are taken; full tables open another one."""
        is_open = takes_entries(
            level=1, last_level=1, remaining=len(self.chips),
            paid_places=self.prizes.paid_places,
        )
        if not self.late or not is_open or self.barrier is not None:
            return
        self.late -= 1
        player, self.entries = self.entries, self.entries + 1
        seats = tuple(range(self.seats))
        found = late_seat(self.floor, player, seats, seed(player))
        if found.opens:
            self.floor = (*self.floor, FloorTable(found.table, seats, {}, None))
        self.put(self.at(found.table).with_player(found.seat, player))
        for move in found.moves:
            assert not self.at(move.from_table).in_hand
            self.floor = put_moves(self.floor, (move,))
        self.chips[player], self.heads[player] = STACK, BOUNTY
        self.reckon_prizes()

    def step(self, table: FloorTable) -> None:
        """Begin a table's hand, or end it and do what follows."""
        if not table.in_hand:
            self.begin(table)
            return
        busts = self.end(table)
        if self.barrier is None:
            self.take_down(busts)
        else:
            self.barrier = report_hand(
                self.barrier, table.number, self.dealt[table.number], busts
            )
            # A report that comes again.
            self.barrier = report_hand(self.barrier, table.number, self.dealt[table.number], ())
            if not self.barrier.is_complete:
                return
            self.take_down(self.barrier.busts)
            self.barrier = None
        self.rearrange()
        if is_due(
            remaining=len(self.chips), paid_places=self.prizes.paid_places,
            tables=len(self.floor),
        ):
            self.barrier = announce({
                one.number: self.dealt.get(one.number, 0) + (not one.in_hand)
                for one in self.floor if one.in_hand or self.may_begin(one)
            })

    def may_begin(self, table: FloorTable) -> bool:
        """Return whether a table deals its next hand now."""
        if table.in_hand or table.size < 2:
            return False
        if self.barrier is not None:
            return self.barrier.hands.get(table.number) == self.dealt.get(table.number, 0) + 1
        if self.found.waits_for and self.final_is_due():
            return False
        return table.number in self.found.waits_for or not must_halt(
            table, self.floor, self.rules.balance
        )

    def final_is_due(self) -> bool:
        """Return whether the final table waits for the last hands."""
        return forms_final_table(self.floor, self.seats, when_all_fit=False)

    def begin(self, table: FloorTable) -> None:
        """Begin a table's next hand."""
        self.dealt[table.number] = self.dealt.get(table.number, 0) + 1
        seats = list(table.seated)
        if table.last is None:
            button = self.buttons.get(table.number, min(seats))
            positions = first_positions(
                button if button in seats else next_seat(button, seats), seats
            )
        else:
            positions = dead_button(table.last, seats)
        dealt = [seat for seat in seats if not waits_for_button(positions, seat)]
        assert positions.big_blind in dealt and len(dealt) >= 2
        if table.last is not None and len(seats) > 2:
            assert positions.big_blind != table.last.big_blind
        self.playing[table.number] = dealt
        self.put(begin_hand(table, positions, dealt))

    def end(self, table: FloorTable) -> tuple[Finisher, ...]:
        """End a table's hand and return who busted in it."""
        assert table.last is not None
        dealt = self.playing[table.number]
        busts = tuple(self.showdown(table.number, dealt, table.last.button))
        out = [seat for seat in dealt if table.seated[seat].player not in self.chips]
        self.put(end_hand(table, out))
        return busts

    def showdown(self, number: int, dealt: list[int], button: int) -> Iterator[Finisher]:
        """Let two or three go all-in; the winner takes from each up to their own stack."""
        table = self.at(number)
        seats = self.dice.sample(dealt, min(len(dealt), self.dice.choice((2, 2, 3))))
        players = [table.seated[seat].player for seat in seats]
        start = {player: self.chips[player] for player in players}
        winner = players[0]
        for loser in players[1:]:
            lost = min(start[loser], start[winner])
            self.chips[winner] += lost
            self.chips[loser] -= lost
        losers = [player for player in players[1:] if not self.chips[player]]
        pots = (WonPot(frozenset(players), (winner,)),)
        self.heads, paid = collect(self.heads, losers, pots, progressive=True)
        self.bounties_paid += sum(one.cash for one in paid)
        for seat, player in zip(seats, players):
            if player in losers:
                del self.chips[player]
                yield Finisher(player, number, start[player], (seat - button - 1) % 9 + 1)

    def take_down(self, busts: Sequence[Finisher]) -> None:
        """Rank who busted and check that nothing has been lost."""
        placed = rank(busts, len(self.chips), Across.TIE)
        if placed:
            self.hands.append(placed)
        assert sum(self.chips.values()) == self.entries * STACK
        assert people(self.floor) == sorted(self.chips)

    def rearrange(self) -> None:
        """Close empty tables, break, balance or form the final table; check every move."""
        self.floor = tuple(table for table in self.floor if table.size)
        self.found = found = next_pass(self.floor, self.rules, seed(len(self.hands)))
        assert len({move.player for move in found.moves}) == len(found.moves)
        for move in found.moves:
            giver = self.at(move.from_table)
            one = giver.seated[move.from_seat]
            assert not giver.in_hand
            assert found.closes or giver.size == 1 or not is_in_orbit(giver, one)
            self.floor = put_moves(self.floor, (move,))
        self.floor = tuple(table for table in self.floor if table.number != found.closes)
        if found.redraws:
            size = final_table_size(self.seats, when_all_fit=False)
            drawn = draw_table(1, sorted(self.chips), range(size), self.seed)
            places = {seat: Seated(player) for seat, player in drawn.places.items()}
            self.floor = (FloorTable(1, tuple(range(size)), places, None),)
            self.buttons = {1: drawn.button}
        assert people(self.floor) == sorted(self.chips)

    def at(self, number: int) -> FloorTable:
        """Return a table."""
        return next(table for table in self.floor if table.number == number)

    def put(self, changed: FloorTable) -> None:
        """Put a table back."""
        self.floor = tuple(
            changed if table.number == changed.number else table for table in self.floor
        )


EVENTS = [(2, 9), (9, 9), (10, 9), (27, 9), (45, 6), (33, 2), (64, 8), (180, 9)]


@pytest.mark.parametrize(("players", "seats"), EVENTS)
@pytest.mark.parametrize("late", [0, 20])
@pytest.mark.parametrize("number", range(often(1, 100)))
def test_an_event_ends_with_all_places_chips_and_money(
    players: int, seats: int, late: int, number: int
) -> None:
    event = Event(players, seats, number, late)
    event.play()
    players = event.entries
    winner = next(iter(event.chips))
    placed = (Placed(1, (winner,)), *final_places(event.hands, 1, ()))
    assert sorted(entry for one in placed for entry in one.entries) == list(range(players))
    assert placed[-1].last == players
    paid = share_prizes(placed, event.prizes.amounts)
    last_bounty = pay_last(event.heads, [winner])[winner]
    assert event.bounties_paid + last_bounty == players * BOUNTY
    assert sum(paid.values()) + event.bounties_paid + last_bounty == players * BUY_IN


def test_the_same_seed_gives_the_same_event() -> None:
    first, second = Event(45, 6, 3), Event(45, 6, 3)
    first.play()
    second.play()
    assert first.hands == second.hands and first.heads == second.heads


def test_late_entries_open_tables_in_a_running_event() -> None:
    event = Event(27, 9, 0, late=20)
    event.play()
    assert event.entries > 40 and max(event.dealt) > 3
