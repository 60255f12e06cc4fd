"""What it costs a player to change their place in the order of the blinds.

A player who moves away from the big blind plays hands for which the others pay. Moving past two
active players is free. The count runs over the whole game: otherwise one could move past two
players again and again and never pay a blind. Whoever moves past more posts both blinds or waits
for the big blind, and has then paid for those hands. Moving towards the big blind costs nothing,
but a small blind that was still due after a big blind is owed. What counts is where a player sat
when the last hand was dealt and where they sit when the next one is: standing up, leaving and
coming back, and sitting out in between change nothing.
Source: WSOP Live Action 159, 160 (changing seats) and 154 to 156 (what is posted).
"""

from __future__ import annotations

from collections.abc import Collection

from vphost.rules.changing import replace
from vphost.rules.poker.seats import Positions, moving_button, next_seat, previous_seat
from vphost.rules.poker.table.state import ALLOWED, NEW_READY, SIT_OUT_READY, Deal, Player, Table

FREE_PLACES = 2
"""How many active players one may move past in a game without posting or waiting."""
READY = frozenset({NEW_READY, SIT_OUT_READY})
HALF = 2
"""Seat numbers are doubled where a place between two seats is needed."""


def judge_moves(table: Table) -> Table:
    """Return the table with what those owe who changed places since the last hand.

    Sets `missed_big`, `missed_small`, `ahead` and `place` of those players, nothing else.
    """
    deal = table.deal
    if deal is None:
        return table
    judged = table
    for player in table.seated():
        if has_moved(player):
            judged = judged.with_player(judge(table, deal, player))
    return judged


def has_moved(player: Player) -> bool:
    """Return whether somebody sits elsewhere than where they stood in the last hand."""
    return player.place is not None and player.seat not in (None, player.place)


def judge(table: Table, deal: Deal, player: Player) -> Player:
    """Return one player who moved, with what they owe for it."""
    assert player.place is not None and player.seat is not None
    moved = replace(player, place=player.seat)
    others = {
        one.id: HALF * one.seat for one in table.seated()
        if one.seat is not None and one.id != player.id and would_play(one)
    }
    if not others or player.missed_big:
        return moved
    old = HALF * player.place
    # Somebody else may sit there by now: then the place just after them stands for the old one.
    old += old in others.values()
    big, small = hands_until_blinds(deal, others, player.id, old)
    new_big, new_small = hands_until_blinds(deal, others, player.id, HALF * player.seat)
    # Each hand more until the big blind is a player who has been moved past.
    ahead = max(0, player.ahead + new_big - big)
    if ahead > FREE_PLACES:
        return replace(moved, missed_big=True, missed_small=True)
    # From the old seat the small blind came first; from the new one it would not be paid.
    skips_small = small < big and new_small > new_big
    return replace(moved, ahead=ahead, missed_small=player.missed_small or skips_small)


def ahead_after_post(places: Positions, player: Player, seats: Collection[int]) -> int:
    """Return how far ahead a player is after posting, which pays for one round of the table.

    places: those of the hand in which they post. seats: of all who are dealt in.
    """
    assert player.seat is not None
    hands = 1 + first_blinds(places, player.seat, seats)[0]
    return max(0, player.ahead + min(0, hands - len(seats)))


def would_play(player: Player) -> bool:
    """Return whether somebody is dealt in without owing anything."""
    owes = player.missed_big or player.missed_small
    is_new = player.join_status == NEW_READY and player.place is None
    return bool(player.chips) and not player.leaving and (
        player.join_status == ALLOWED
        or player.join_status in READY and not owes and not is_new
    )


def hands_until_blinds(
    deal: Deal, others: dict[int, int], player: int, seat: int
) -> tuple[int, int]:
    """Return how many hands pass before a player on a seat has the big and the small blind.

    others: player id -> seat of those who play, doubled like `seat`; they stay as they are.
    """
    seats = {**others, player: seat}
    return first_blinds(last_positions(deal, seats, HALF), seat, tuple(seats.values()))


def first_blinds(positions: Positions, seat: int, seats: Collection[int]) -> tuple[int, int]:
    """Return in which hand after this one, from 0, a seat has the big and the small blind."""
    found: dict[str, int] = {}
    for hand in range(HALF * (len(seats) + 1)):
        positions = moving_button(positions, seats, ())
        if positions.big_blind == seat:
            found.setdefault("big", hand)
        elif positions.small_blind == seat:
            found.setdefault("small", hand)
    return found["big"], found["small"]


def last_positions(deal: Deal, seats: dict[int, int], scale: int = 1) -> Positions:
    """Return where button and blinds of the last hand are now.

    seats: player id -> seat of those who play. Button and big blind move along with a player who
    has passed nobody; else they stay where they were.
    """
    small_blind = deal.button_seat if deal.small_blind_seat is None else deal.small_blind_seat
    return Positions(
        _follow(deal, deal.button_seat, seats, scale), scale * small_blind,
        _follow(deal, deal.big_blind_seat, seats, scale),
    )


def _follow(deal: Deal, seat: int, seats: dict[int, int], scale: int) -> int:
    """Return where a place of the last hand is now."""
    old, new = scale * seat, seats.get(holder(deal, seat))
    return old if new is None or not passed_nobody(old, new, seats.values()) else new


def positions_behind_mover(deal: Deal, seats: dict[int, int]) -> Positions | None:
    """Return where the blinds go on when the last big blind has stepped past somebody.

    The big blind goes to whoever was next, as if nobody had moved, and the small one, which the
    mover owes, is dead: else two friends could spare one of them all blinds. None: it has not.
    """
    mover = holder(deal, deal.big_blind_seat)
    others = [seat for player, seat in seats.items() if player != mover]
    new = seats.get(mover)
    if new is None or len(others) < HALF or passed_nobody(deal.big_blind_seat, new, others):
        return None
    return Positions(
        previous_seat(deal.big_blind_seat, others), deal.big_blind_seat,
        next_seat(deal.big_blind_seat, others),
    )


def holder(deal: Deal, seat: int) -> int:
    """Return who was dealt in on a seat."""
    return deal.players[deal.seats.index(seat)]


def passed_nobody(old: int, new: int, seats: Collection[int]) -> bool:
    """Return whether nobody sits between two seats, on one of the two ways."""
    low, high = min(old, new), max(old, new)
    inside = any(low < seat < high for seat in seats)
    outside = any(not low <= seat <= high for seat in seats)
    return not inside or not outside
