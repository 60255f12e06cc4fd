"""A player's turn as they see it themselves: what a bot needs to choose an action.

Read from the view that the player's own page gets, and from nothing else, so that a bot cannot
know more than a person in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.mode import Json
from vphost.rules.poker.bot import Spot


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """It is the viewer's turn. actions: names of the operations that are offered."""

    spot: Spot
    actions: tuple[str, ...]


def own_turn(view: Mapping[str, Json], player: int) -> OwnTurn | None:
    """Return the turn of a player in their own view, None when it is not theirs."""
    state, own = view["game_state"], view["private_data"]
    turn = own["turn"]
    if turn is None or turn["player"] != player:
        return None
    offered = tuple(turn["available_actions"])
    return OwnTurn(Spot(
        unit=max(1, own["state_config"]["small_blind"]), hole=tuple(own["pocket_cards"] or ()),
        board=tuple(state["community_cards"]), pot=pot_of(state), call=turn["call_amount"],
        min_to=turn["min_total"], max_to=turn["max_total"], can_check="action_check" in offered,
    ), offered)


def pot_of(state: Mapping[str, Json]) -> int:
    """Return all chips in the middle, bets of the street included, minor units."""
    pots: int = sum(state["pots"])
    rounds = state["bets"]
    street = rounds[state["betting_round"]] if state["betting_round"] < len(rounds) else ()
    return pots + sum(bet or 0 for bet in street)
