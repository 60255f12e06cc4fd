"""From a table and a plan to the machine's setup: stakes, entrants, the shuffled deck."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.rules.poker.dealing import deck_from_seed
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.setup import SHOW_ALL_ONCE_ALL_IN, Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.variants import VARIANTS


def hand_setup(table: Table, plan: Mapping[str, Json]) -> HandSetup:
    """Return what the machine needs to start a hand at a table. plan: as for `planned_setup`."""
    assert table.game is not None
    stacks = {one["player"]: table.players[one["player"]].stack for one in plan["entrants"]}
    return planned_setup(table.game.type, table.config, stacks, plan)


def planned_setup(
    game: str, config: Mapping[str, Json], stacks: Mapping[int, int], plan: Mapping[str, Json]
) -> HandSetup:
    """Return what the machine needs to start a hand.

    plan: the hidden part of `_hand_started`: seed (hex), entrants clockwise with what they post,
    positions as indexes into them; `stakes` where they are not those of the configuration,
    `first_betting` where betting begins on a later street. stacks: player id -> chips before
    anything is posted.
    """
    own_stakes = plan.get("stakes")
    return HandSetup(
        variant=VARIANTS[game],
        limit=LIMITS[config[game]["limit"]],
        stakes=stakes(config) if own_stakes is None else load_stakes(own_stakes),
        entrants=tuple(
            Entrant(
                player=one["player"], seat_no=one["seat"] + 1, stack=stacks[one["player"]],
                live_post=one["live_post"], dead_post=one["dead_post"], straddle=one["straddle"],
            )
            for one in plan["entrants"]
        ),
        button=plan["button"], small_blind=plan["small_blind"], big_blind=plan["big_blind"],
        deck=deck_from_seed(bytes.fromhex(plan["seed"])), unit=1, given_hole={},
        muck=config.get("muck", SHOW_ALL_ONCE_ALL_IN),
        first_betting=plan.get("first_betting", 0),
    )


def stakes(config: Mapping[str, Json]) -> Stakes:
    """Return the forced bets of a configuration."""
    return Stakes(
        small_blind=config["small_blind"], big_blind=config["big_blind"], ante=config["ante"],
        ante_kind=AnteKind.ALL, small_bet=config["min_limit_size"],
        big_bet=config["max_limit_size"],
    )


def stored_stakes(own: Stakes) -> dict[str, Json]:
    """Return stakes as JSON."""
    return {
        "small_blind": own.small_blind, "big_blind": own.big_blind, "ante": own.ante,
        "ante_kind": own.ante_kind.value, "small_bet": own.small_bet, "big_bet": own.big_bet,
    }


def load_stakes(stored: Mapping[str, Json]) -> Stakes:
    """Return the stakes that `stored_stakes` wrote."""
    return Stakes(**{**stored, "ante_kind": AnteKind(stored["ante_kind"])})
