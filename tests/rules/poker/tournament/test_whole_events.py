"""Whole events in memory: random hands, every pure rule of seats, places and money together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from tests.fuzz.sizes import BASE_SEED, often
from tests.rules.poker.tournament.floor_play import people, seed
from vphost.rules.poker.seats import dead_button, first_positions
from vphost.rules.poker.tournament.balancing import BalanceRules, is_in_orbit, must_halt
from vphost.rules.poker.tournament.bounties import WonPot, collect, pay_last
from vphost.rules.poker.tournament.draw import draw_seats, draw_table
from vphost.rules.poker.tournament.final_table import final_table_size
from vphost.rules.poker.tournament.floor import (
    FloorTable, Seated, begin_hand, end_hand, put_moves, waits_for_button,
)
from vphost.rules.poker.tournament.floor_pass import FloorRules, next_pass
from vphost.rules.poker.tournament.hand_for_hand import announce, is_due, next_round, report_hand
from vphost.rules.poker.tournament.payouts import Standard
from vphost.rules.poker.tournament.places import (
    Across, Finisher, Placed, final_places, rank, share_prizes,
)
from vphost.rules.poker.tournament.prizes import make_pool, prizes

STACK, BUY_IN, BOUNTY = 1500, 1000, 200


class Event:
    """An event of many tables whose hands are decided by dice: who is all-in, who wins."""

    def __init__(self, players: int, seats: int, number: int) -> None:
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
        self.floor: tuple[FloorTable, ...] = tuple(
            FloorTable(
                one.number, tuple(range(seats)), {s: Seated(p) for s, p in one.places.items()},
                first_positions(one.button, list(one.places)) if len(one.places) > 1 else None,
            )
            for one in draw_seats(range(players), range(seats), self.seed)
        )
        paid_in = players * BUY_IN
        pool = make_pool(
            Standard(BUY_IN - BOUNTY, 10), paid_in=paid_in, bounties=players * BOUNTY,
            guarantee=0, entries=players,
        )
        self.prizes = prizes(Standard(BUY_IN - BOUNTY, 10), pool.total, players)

    def play(self) -> None:
        """Play to the end, one table's hand after the other, or all of them hand for hand."""
        for _ in range(200 * self.entries):
            if len(self.chips) == 1:
                return
            if is_due(
                remaining=len(self.chips), paid_places=self.prizes.paid_places,
                tables=len(self.floor),
            ):
                self.play_round()
            else:
                table = self.dice.choice(self.ready())
                self.take_down(self.play_hand(table))
            self.rearrange()
        raise AssertionError("the event does not end")

    def ready(self) -> list[int]:
        """Return the tables that deal their next hand now; at least one does."""
        found = [
            table.number for table in self.floor
            if table.size > 1 and not must_halt(table, self.floor, self.rules.balance)
        ]
        assert found, "nobody can play"
        return found

    def play_round(self) -> None:
        """Play hand for hand: every table one hand, reported in any order and twice."""
        barrier = announce({number: self.dealt.get(number, 0) for number in self.ready()})
        tables = list(barrier.hands)
        self.dice.shuffle(tables)
        for number in tables:
            hand = self.dealt.get(number, 0)
            barrier = report_hand(barrier, number, hand, self.play_hand(number))
            barrier = report_hand(barrier, number, hand, ())
        assert barrier.is_complete and next_round(barrier, {}).round == 2
        self.take_down(barrier.busts)

    def play_hand(self, number: int) -> tuple[Finisher, ...]:
        """Play one hand of a table and return who busted."""
        self.dealt[number] = self.dealt.get(number, 0) + 1
        table = self.at(number)
        positions = (
            first_positions(min(table.seated), list(table.seated)) if table.last is None
            else dead_button(table.last, list(table.seated))
        )
        dealt = [s for s in table.seated if not waits_for_button(positions, s)]
        assert positions.big_blind in dealt and len(dealt) >= 2
        self.put(begin_hand(table, positions, dealt))
        busts = tuple(self.showdown(number, dealt, positions.button))
        out = [seat for seat in dealt if table.seated[seat].player not in self.chips]
        self.put(end_hand(self.at(number), out))
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
        found = next_pass(self.floor, self.rules, seed(len(self.hands)))
        assert len({move.player for move in found.moves}) == len(found.moves)
        for move in found.moves:
            giver = self.at(move.from_table)
            one = giver.seated[move.from_seat]
            assert found.closes or giver.size == 1 or not is_in_orbit(giver, one)
        self.floor = tuple(
            table for table in put_moves(self.floor, found.moves) if table.number != found.closes
        )
        if found.redraws:
            size = final_table_size(self.seats, when_all_fit=False)
            drawn = draw_table(1, sorted(self.chips), range(size), self.seed)
            places = {seat: Seated(player) for seat, player in drawn.places.items()}
            self.floor = (FloorTable(
                1, tuple(range(size)), places, first_positions(drawn.button, list(places))
            ),)
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
@pytest.mark.parametrize("number", range(often(1, 200)))
def test_an_event_ends_with_all_places_chips_and_money(
    players: int, seats: int, number: int
) -> None:
    event = Event(players, seats, number)
    event.play()
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
