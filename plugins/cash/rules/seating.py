"""Who is dealt into the next hand, who posts what, and where button and blinds are.

Whoever played goes on. New players, and those who come back after missing blinds, either wait for
the big blind or post and come in once the button has passed them. A player who sits out and comes
back before a blind has passed them owes nothing. While fewer than two players are settled,
everybody who is ready plays without posting. A player for whom the system acted is sat out: after
one such hand if they have no connection, after two in a row if they have one. A player who ran out
of chips and buys new ones after blinds have passed them waits like one who comes back. A player who
changed seats may owe blinds for it (`moving`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugins.cash.rules.moving import (
    READY, ahead_after_post, has_moved, holder, judge_moves, last_positions,
    positions_behind_mover, would_play,
)
from vphost.rules.poker.seats import (
    Positions, dead_button, may_enter, moving_button, next_seat,
)
from vphost.rules.poker.table.format import CASH
from vphost.rules.poker.table.plan import HandPlan, PlannedEntrant
from vphost.rules.poker.table.planning import entrant, next_button, planned
from vphost.rules.poker.table.ring_game import RingGame
from vphost.rules.poker.table.state import (
    ALLOWED, NEW_READY, SEATS, SIT_OUT, SIT_OUT_READY, Player, Table,
)


class CashGame(RingGame):
    """The cash game. Implements `vphost.rules.poker.table.format.Format`."""

    game_mode = CASH

    def statuses_before_deal(self, table: Table) -> dict[int, str]:
        """Let the absent sit out, and who owes blinds wait for theirs or post."""
        changes: dict[int, str] = {}
        for player in judge_moves(table).seated():
            if self.sits_out(table, player):
                changes[player.id] = SIT_OUT
            elif player.join_status == ALLOWED and player.chips and owes(player):
                changes[player.id] = SIT_OUT_READY
        return changes

    def owes_for_move(self, table: Table, player: int) -> bool:
        """Say whether a move past more than two active players has to be paid for."""
        judged = judge_moves(table).players[player]
        return judged.join_status == ALLOWED and owes(judged)

    def plan(self, table: Table, seed: bytes) -> HandPlan | None:
        """Deal in who played, and newcomers on their big blind or with their posts."""
        before, table = table, judge_moves(table)
        seating = _seating(table)
        if len(seating.players) + len(seating.newcomers) < 2:
            return None
        places = _positions(table, seating, seed)
        dealt = {**seating.players, **{
            seat: player for seat, player in seating.newcomers.items()
            if seat == places.big_blind or player.posts and may_enter(places, seat)
        }}
        entrants = [
            _entrant(table, dealt[seat], seat in seating.newcomers and seat != places.big_blind)
            for seat in sorted(dealt)
        ]
        small, big = _missed(before, table, places, set(dealt))
        return planned(
            table, seed, places, entrants, missed_small=small, missed_big=big,
            ahead=_ahead(before, table, places, entrants),
        )


def owes(player: Player) -> bool:
    """Return whether blinds have passed somebody that they did not pay."""
    return player.missed_big or player.missed_small


@dataclass(frozen=True, slots=True)
class Seating:
    """Seat -> player: those who play as before, and newcomers, who wait or post."""

    players: Mapping[int, Player]
    newcomers: Mapping[int, Player]


def _seating(table: Table) -> Seating:
    players: dict[int, Player] = {}
    newcomers: dict[int, Player] = {}
    for player in table.seated():
        assert player.seat is not None
        if would_play(player):
            players[player.seat] = player
        elif player.chips and not player.leaving and player.join_status in READY:
            newcomers[player.seat] = player
    if len(players) < 2:
        return Seating({**players, **newcomers}, {})
    return Seating(players, newcomers)


def _positions(table: Table, seating: Seating, seed: bytes) -> Positions:
    """Return button and blinds of the next hand.

    With two settled players and a newcomer, `moving_button` would count the newcomer like anybody
    else and could give them the button before they paid a blind. So here the settled two have
    button and small blind. A newcomer who is due the big blind takes it, and three are dealt in;
    otherwise the blinds go on between the two, as heads-up.
    """
    settled = sorted(seating.players)
    everybody = sorted({*seating.players, *seating.newcomers})
    deal = table.deal
    if deal is None:
        return next_button(table, seed, settled)
    seats = {
        player.id: seat for seat, player in (*seating.players.items(), *seating.newcomers.items())
    }
    behind = positions_behind_mover(deal, seats)
    if behind is not None:
        return behind
    last = last_positions(deal, seats)
    if deal.small_blind_seat is None:
        return dead_button(last, everybody)
    if len(settled) > 2 or len(everybody) == 2:
        return moving_button(last, everybody, sorted(seating.newcomers))
    button = next_seat(last.button, settled)
    small_blind = next_seat(button, settled)
    big_blind = next_seat(small_blind, everybody)
    if big_blind in seating.newcomers and big_blind != last.big_blind:
        return Positions(button, small_blind, big_blind)
    return moving_button(last, settled, ())


def _entrant(table: Table, player: Player, posts: bool) -> PlannedEntrant:
    """Return one entrant. posts: they come in by posting instead of on the big blind."""
    is_new = player.join_status == NEW_READY and player.place is None
    live = posts and (is_new or player.missed_big)
    dead = posts and not is_new and player.missed_small
    return entrant(
        player, table.config["big_blind"] if live else 0,
        table.config["small_blind"] if dead else 0,
    )


def _missed(
    before: Table, table: Table, places: Positions, dealt: set[int]
) -> tuple[list[int], list[int]]:
    """Return the players who missed the small blind, and those who missed the big blind.

    The blinds passed them over as they moved on from the last hand, or they owed them already.

    before: the table before moves were judged. A player who stands is passed over at the seat that
    they had when a hand was last dealt.
    """
    deal = table.deal
    small: list[int] = []
    big: list[int] = []
    if deal is None:
        return small, big
    last_small = deal.button_seat if deal.small_blind_seat is None else deal.small_blind_seat
    for player in table.players.values():
        seat = player.place if player.seat is None else player.seat
        if seat is None or player.seat in dealt:
            continue
        moved = has_moved(before.players[player.id])
        if player.missed_small or not moved and (
            _is_between(seat, last_small, places.small_blind)
        ):
            small.append(player.id)
        if player.missed_big or player.id != holder(deal, deal.big_blind_seat) and (
            _is_between(seat, deal.big_blind_seat, places.big_blind)
        ):
            big.append(player.id)
    return small, big


def _ahead(
    before: Table, table: Table, places: Positions, entrants: Sequence[PlannedEntrant]
) -> dict[int, int]:
    """Return player -> how far ahead of the blinds they are now, where that changes."""
    seats = [one.seat for one in entrants]
    posted = {one.player for one in entrants if one.live_post}
    ahead = {
        player.id: ahead_after_post(places, player, seats) if player.id in posted else player.ahead
        for player in table.seated()
    }
    return {
        number: after for number, after in ahead.items()
        if after != before.players[number].ahead
    }


def _is_between(seat: int, start: int, end: int) -> bool:
    return 0 < (seat - start) % SEATS < (end - start) % SEATS
