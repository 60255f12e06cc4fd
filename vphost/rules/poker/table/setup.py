"""From a table and a plan to the machine's setup: stakes, entrants, the shuffled deck."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.rules.poker.dealing import deck_from_seed
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.setup import SHOW_ALL_ONCE_ALL_IN, Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.variants import VARIANTS


def hand_setup(table: Table, plan: HandPlan) -> HandSetup:
    """Return what the machine needs to start a hand at a table. plan: as for `planned_setup`."""
    assert table.game is not None
    stacks = {one.player: table.players[one.player].stack for one in plan.entrants}
    return planned_setup(table.game.type, table.config, stacks, plan)


def planned_setup(
    game: str, config: Mapping[str, Json], stacks: Mapping[int, int], plan: HandPlan
) -> HandSetup:
    """Return what the machine needs to start a hand.

    stacks: player id -> chips before anything is posted.
    """
    return HandSetup(
        variant=VARIANTS[game],
        limit=LIMITS[config[game]["limit"]],
        stakes=stakes(config) if plan.stakes is None else plan.stakes,
        entrants=tuple(
            Entrant(
                player=one.player, seat_no=one.seat + 1, stack=stacks[one.player],
                live_post=one.live_post, dead_post=one.dead_post, straddle=one.straddle,
            )
            for one in plan.entrants
        ),
        button=plan.button, small_blind=plan.small_blind, big_blind=plan.big_blind,
        deck=deck_from_seed(plan.seed), unit=plan.unit, given_hole={},
        muck=config.get("muck", SHOW_ALL_ONCE_ALL_IN),
        first_betting=plan.first_betting,
    )


def stakes(config: Mapping[str, Json]) -> Stakes:
    """Return the forced bets of a configuration."""
    return Stakes(
        small_blind=config["small_blind"], big_blind=config["big_blind"], ante=config["ante"],
        ante_kind=AnteKind.ALL, small_bet=config["min_limit_size"],
        big_bet=config["max_limit_size"],
    )
