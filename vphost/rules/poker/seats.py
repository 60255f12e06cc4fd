"""Who is the button and who posts the blinds in the next hand, by seat number.

Two customs, both the house's choice by kind of game (poker-rules, "House choices"):

- moving button (cash): the button goes to the next player, the blinds sit after it. A player may
  escape a big blind when others leave.
- dead button (tournaments): the big blind goes to the next player and nobody escapes it; the
  small blind stands where the big blind was and the button where the small blind was, even if
  nobody sits there any more.

Both: with more than two players nobody pays the big blind twice running; with two the button is
the small blind, and whoever was the big blind is not again.
Source: TDA 2024, rules 32 and 34-B; WSOP Tournament Rules 85 to 87 (poker-rules cases 29 to 34).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vphost.rules.poker.forced import forced_for
from vphost.rules.poker.limits import FixedLimit
from vphost.rules.poker.setup import HandSetup


@dataclass(frozen=True, slots=True)
class Positions:
    """Seat numbers of one hand. Button and small blind may be empty seats (dead)."""

    button: int
    small_blind: int
    big_blind: int


@dataclass(frozen=True, slots=True)
class Indexes:
    """The same for `HandSetup`: indexes among those dealt in; small_blind None when dead."""

    button: int
    small_blind: int | None
    big_blind: int


def first_positions(button: int, seats: Collection[int]) -> Positions:
    """Return the positions of a game's first hand, the button given to a player by lot."""
    if len(seats) == 2:
        return Positions(button, button, next_seat(button, seats))
    small_blind = next_seat(button, seats)
    return Positions(button, small_blind, next_seat(small_blind, seats))


def moving_button(
    last: Positions, seats: Collection[int], newcomers: Collection[int]
) -> Positions:
    """Return the positions of the next hand of a cash game.

    seats: those of all who would play, at least two, newcomers included. newcomers: those of
    players who have to wait or post. A newcomer is passed over by button and small blind and may
    become the big blind; while fewer than three others play, newcomers count like everybody.
    """
    if len(seats) == 2:
        return _heads_up(last, seats)
    settled = [seat for seat in seats if seat not in newcomers]
    if len(settled) < 3:
        settled = list(seats)
    button = next_seat(last.button, settled)
    while True:
        small_blind = next_seat(button, settled)
        big_blind = next_seat(small_blind, seats)
        if big_blind != last.big_blind:
            return Positions(button, small_blind, big_blind)
        button = small_blind


def dead_button(last: Positions, seats: Collection[int]) -> Positions:
    """Return the positions of the next hand of a tournament.

    seats: those of players with chips, at least two. The big blind moves one player on, whatever
    happens.
    """
    if len(seats) == 2:
        return _heads_up(last, seats)
    big_blind = next_seat(last.big_blind, seats)
    button = last.small_blind
    if button in (big_blind, last.big_blind):
        button = previous_seat(last.big_blind, seats)
    return Positions(button, last.big_blind, big_blind)


def may_enter(positions: Positions, seat: int) -> bool:
    """Return whether a newcomer may be dealt in on this seat: not between button and big blind.

    The button has to pass them first (poker-rules case 34); as the big blind they come in at once.
    """
    span = (positions.big_blind - positions.button) % _CIRCLE
    return not 0 < (seat - positions.button) % _CIRCLE < span


def indexes(positions: Positions, seats: Sequence[int]) -> Indexes:
    """Return the positions as indexes of `seats`, which lists those dealt in, clockwise.

    An empty button seat becomes the last player before it.
    """
    button = positions.button
    if button not in seats:
        button = previous_seat(button, seats)
    small_blind = positions.small_blind
    return Indexes(
        seats.index(button),
        seats.index(small_blind) if small_blind in seats else None,
        seats.index(positions.big_blind),
    )


def next_seat(seat: int, seats: Collection[int]) -> int:
    """Return the first of `seats` clockwise after a seat number, which need not be among them."""
    return min(seats, key=lambda other: (other - seat - 1) % _CIRCLE)


def previous_seat(seat: int, seats: Collection[int]) -> int:
    """Return the first of `seats` counter-clockwise before a seat number."""
    return min(seats, key=lambda other: (seat - other - 1) % _CIRCLE)


def straddles(setup: HandSetup, wishes: Collection[int]) -> dict[int, int]:
    """Return which of the wished straddles stand: index -> street total.

    setup: the hand as it would begin, without straddles. wishes: indexes that want to straddle.
    The button's straddle takes precedence and is alone. Otherwise the player left of the big
    blind may double it, the next one may double that, and so on. Always in full; none heads-up,
    none in fixed limit.
    Source: WSOP Live Action Rules 11 and 161 (poker-rules case 26), else convention.
    """
    count = len(setup.entrants)
    if count < 3 or isinstance(setup.limit, FixedLimit):
        return {}
    total = 2 * setup.stakes.big_blind
    if setup.button in wishes and _can_pay(setup, setup.button, total):
        return {setup.button: total}
    standing: dict[int, int] = {}
    for step in range(1, count):
        index = (setup.big_blind + step) % count
        is_blind = index == setup.small_blind
        if is_blind or index not in wishes or not _can_pay(setup, index, total):
            break
        standing[index] = total
        total *= 2
    return standing


def _can_pay(setup: HandSetup, index: int, total: int) -> bool:
    """Return whether a stack covers a straddle after its other forced chips."""
    ante, _, ante_for_all = forced_for(setup, index)
    return setup.entrants[index].stack >= total + ante + ante_for_all


def _heads_up(last: Positions, seats: Collection[int]) -> Positions:
    """Give the big blind to the next player after the last one; the other has the button."""
    big_blind = next_seat(last.big_blind, seats)
    button = next_seat(big_blind, seats)
    return Positions(button, button, big_blind)


_CIRCLE = 1 << 16
"""More seats than any table has, so that differences of seat numbers can wrap round."""
