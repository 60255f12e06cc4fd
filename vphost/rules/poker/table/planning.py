"""What the plan of a hand is made of: who is dealt in, what they post, where the button is.

A format's `plan` puts these together. The plan is stored with the hand, so that every replay sets
the same hand up again, whatever the format has become since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from vphost.rules.changing import replace
from vphost.rules.poker.seats import Positions, first_positions, indexes, moving_button, straddles
from vphost.rules.poker.stakes import Stakes
from vphost.rules.poker.table.plan import HandPlan, PlannedEntrant
from vphost.rules.poker.table.setup import hand_setup
from vphost.rules.poker.table.state import SIT_OUT, Player, Table

NO_SEED = bytes(32)
"""For looking ahead, when the cards do not matter."""


def could_deal(table: Table) -> bool:
    """Return whether a hand could be dealt now: at least two would play."""
    for player, status in table.format.statuses_before_deal(table).items():
        table = table.change(player, join_status=status, posts=False)
    return table.format.plan(table, NO_SEED) is not None


def absences(table: Table) -> dict[int, str]:
    """Return player id -> SIT_OUT for everybody whom the format leaves out as absent."""
    return {
        player.id: SIT_OUT for player in table.seated() if table.format.sits_out(table, player)
    }


def entrant(player: Player, live_post: int = 0, dead_post: int = 0) -> PlannedEntrant:
    """Return one entrant of a plan. live_post, dead_post: beside a blind of their position."""
    assert player.seat is not None, "a player who stands is not dealt in"
    return PlannedEntrant(player.id, player.seat, live_post, dead_post)


def next_button(table: Table, seed: bytes, seats: Sequence[int]) -> Positions:
    """Return the positions of the next hand among those who play; drawn by lot in the first."""
    deal = table.deal
    if deal is None or deal.small_blind_seat is None:
        lot = int.from_bytes(sha256(b"button" + seed).digest(), "big") % len(seats)
        return first_positions(seats[lot], seats)
    return moving_button(
        Positions(deal.button_seat, deal.small_blind_seat, deal.big_blind_seat), seats, ()
    )


def planned(
    table: Table, seed: bytes, places: Positions, entrants: Sequence[PlannedEntrant],
    stakes: Stakes | None = None, *, first_betting: int = 0, unit: int = 1,
    missed_small: Iterable[int] = (), missed_big: Iterable[int] = (),
    ahead: Mapping[int, int] | None = None, positions: tuple[int, int, int] | None = None,
    chips: str = "",
) -> HandPlan:
    """Return the plan of a hand, with the straddles of those who volunteered.

    entrants: clockwise, as `entrant` makes them. stakes: None for those of the configuration.
    first_betting: the street on which betting begins. unit: the smallest chip. missed_small,
    missed_big (players whom the blinds passed over), ahead (player -> hands): where blinds are
    owed. positions, chips: as in `HandPlan`.
    """
    at = indexes(places, [one.seat for one in entrants])
    plan = HandPlan(
        seed, tuple(entrants), at.button, at.small_blind, at.big_blind, tuple(missed_small),
        tuple(missed_big), ahead, stakes, unit, first_betting, positions, chips,
    )
    return with_straddles(table, plan)


def with_straddles(table: Table, plan: HandPlan) -> HandPlan:
    """Return a plan with the straddles of the volunteers."""
    if not table.config["straddles"] or plan.first_betting:
        return plan
    entrants = list(plan.entrants)
    wishes = [i for i, one in enumerate(entrants) if table.players[one.player].straddles]
    for player in table.players.values():
        table = table.with_player(replace(player, stack=player.chips))
    for index, total in straddles(hand_setup(table, plan), wishes).items():
        entrants[index] = replace(entrants[index], straddle=total)
    return replace(plan, entrants=tuple(entrants))
