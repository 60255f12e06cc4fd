"""What the plan of a hand is made of: who is dealt in, what they post, where the button is.

A format's `plan` puts these together. The plan is stored with the hand, so that every replay sets
the same hand up again, whatever the format has become since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from vphost.rules.changing import replace
from vphost.rules.mode import EMPTY, Json
from vphost.rules.poker.seats import Positions, first_positions, indexes, moving_button, straddles
from vphost.rules.poker.stakes import Stakes
from vphost.rules.poker.table.setup import hand_setup, stored_stakes
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


def entrant(player: Player, live_post: int = 0, dead_post: int = 0) -> dict[str, Json]:
    """Return one entrant of a plan. live_post, dead_post: beside a blind of their position."""
    return {
        "player": player.id, "seat": player.seat, "straddle": 0, "live_post": live_post,
        "dead_post": dead_post,
    }


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
    table: Table, seed: bytes, places: Positions, entrants: list[dict[str, Json]],
    stakes: Stakes | None = None, *, first_betting: int = 0,
    passed_over: Mapping[str, Json] = EMPTY,
) -> dict[str, Json]:
    """Return the hidden part of `_hand_started`, from which every replay sets the hand up again.

    entrants: clockwise, as `entrant` makes them. stakes: None for those of the configuration.
    first_betting: the street on which betting begins. passed_over: `missed_small` and `missed_big`
    (ids of players whom the blinds passed over) and `ahead` (player id -> hands), where blinds
    are owed.
    """
    at = indexes(places, [int(one["seat"]) for one in entrants])
    plan: dict[str, Json] = {
        "seed": seed.hex(), "entrants": entrants, "button": at.button,
        "small_blind": at.small_blind, "big_blind": at.big_blind,
        "missed_small": [], "missed_big": [], **passed_over,
    }
    if stakes is not None:
        plan["stakes"] = stored_stakes(stakes)
    if first_betting:
        plan["first_betting"] = first_betting
    put_straddles(table, plan)
    return plan


def put_straddles(table: Table, plan: dict[str, Json]) -> None:
    """Write the straddles of the volunteers into a plan."""
    if not table.config["straddles"] or plan.get("first_betting"):
        return
    entrants = plan["entrants"]
    wishes = [i for i, one in enumerate(entrants) if table.players[one["player"]].straddles]
    for player in table.players.values():
        table = table.with_player(replace(player, stack=player.chips))
    for index, total in straddles(hand_setup(table, plan), wishes).items():
        entrants[index]["straddle"] = total
