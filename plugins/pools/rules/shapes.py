"""A game, its pools and results as the wire names them, with money in minor units.

These are the payloads of events and answers; the codec turns the units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from plugins.pools.rules import targets
from plugins.pools.rules.betting_types import PRICE_UNIT, PoolRules
from plugins.pools.rules.intmap import IntMap
from plugins.pools.rules.state import PRESENCE_MAX, Game, Happened, Pool, Result
from vphost.rules.mode import Json


def actions(game: Game) -> dict[str, Json]:
    """Return the actions, id -> name."""
    return {action: {"name": name} for action, name in game.actions.items()}


def heading(game: Game) -> dict[str, Json]:
    """Return what answers to creating and opening a game tell."""
    return {
        "source_id": game.source, "game_id": game.id, "game_name": game.name, "type": game.kind,
        "currency": game.currency, "open_at": game.open_ms, "live_start_at": game.live_start_ms,
        "live_finish_at": game.live_finish_ms, "close_at": game.close_ms, "hashtag": game.hashtag,
    }


def opened(game: Game) -> dict[str, Json]:
    """Return the heading with actions and the nested targets."""
    return {**heading(game), "actions": actions(game), "targets": targets.nested(game.targets)}


def details(game: Game, now_ms: int) -> dict[str, Json]:
    """Return all that anybody may know of a game (res 342)."""
    return {
        **opened(game), "name": game.name, "status": game.status(now_ms),
        "past_events": {one.id: happened(one) for one in game.events},
    }


def happened(one: Happened) -> dict[str, Json]:
    """Return an event under its id."""
    return {
        "happened_at": one.happened_ms, "target_id": one.target, "action_id": one.action,
    }


def listed(game: Game, now_ms: int) -> dict[str, Json]:
    """Return a game as a line of a list."""
    return {
        "status": game.status(now_ms), "name": game.name, "type": game.kind,
        "open_at": game.open_ms, "close_at": game.close_ms, "currency": game.currency,
    }


def rules(one: PoolRules) -> dict[str, Json]:
    """Return a pool's rules; prices in ten-thousandths."""
    return {
        "takeout_bp": one.takeout_bp, "breakage": one.breakage,
        "minimum_price": one.minimum_price, "dead_heat": one.dead_heat,
    }


def pool(game: Game, one: Pool, now_ms: int) -> dict[str, Json]:
    """Return a pool as lists and announcements tell it."""
    return {
        "pool_id": one.id, "game_id": game.id, "description": one.description,
        "action": one.action, "targets": list(one.targets), "pool_type": one.kind,
        "created_at": one.created_ms, "start_at": one.start_ms, "finish_at": one.finish_ms,
        "stop_accepting_bets_at": one.stop_ms, "recreate_on_end": one.recreate,
        "is_blocked": one.is_blocked, "is_hot": one.is_hot,
        "likely_to_happen_at": one.likely_ms, "status": one.status(now_ms),
        "currency": game.currency, "rules": rules(one.rules),
    }


def distribution(game: Game, one: Pool) -> dict[str, Json]:
    """Return the stakes of a pool by target (res 360).

    to_win_if_backed: what one more unit of the currency on the target would pay for each unit,
    ten-thousandths; 1.0 in an empty pool without takeout.
    """
    unit = int(10 ** game.decimals)
    share = PRICE_UNIT - one.rules.takeout_bp
    lines = {}
    for target in one.targets:
        amount, bets = one.totals.get(target, (0, 0))
        lines[target] = {
            "amount": amount, "bets_count": bets,
            "to_win_if_backed": (one.total + unit) * share // (amount + unit),
        }
    return {
        "pool_id": one.id, "game_id": game.id, "currency": game.currency,
        "total_amount": one.total, "bets_count": one.count, "bettors_count": len(one.stakes),
        "distribution": lines,
    }


def result(game: Game, one: Pool, ended: Result) -> dict[str, Json]:
    """Return how a pool ended, without who won (res 362, above PRESENCE_MAX)."""
    return {
        "pool_id": one.id, "game_id": game.id, "currency": game.currency,
        "winning_target": ended.winner, "is_void": ended.is_void,
        "resolved_at": ended.resolved_ms, "is_money_return": ended.is_money_return,
        "total_amount": one.total, "bets_count": one.count, "bettors_count": len(one.stakes),
        "takeout": ended.takeout, "breakage": ended.breakage, "minus": ended.minus,
        "returned_amount": one.total - ended.takeout - ended.breakage + ended.minus,
    }


def net_results(
    stakes: IntMap[int], returned: IntMap[int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return winners and losers: user -> how much more, or less, they got than they put in."""
    winners, losers = {}, {}
    for number, staked in stakes.items():
        net = returned.get(number, 0) - staked
        if net > 0:
            winners[str(number)] = net
        elif net < 0:
            losers[str(number)] = -net
    return winners, losers


def whole_result(game: Game, one: Pool, ended: Result) -> dict[str, Json]:
    """Return how a pool ended with everybody's win and loss."""
    winners, losers = net_results(one.stakes, ended.returned)
    return {
        **result(game, one, ended), "winners": winners, "losers": losers,
        "invalidated_bettors": list(ended.invalidated),
    }


def own_result(
    one: Pool, ended: Result, number: int, invalidated: Collection[int]
) -> dict[str, Json] | None:
    """Return what one user put in and got back; None when they had no bet.

    invalidated: those of the result, as a set where many are asked for.
    """
    staked = one.stakes.get(number, 0)
    if not staked:
        return None
    return {
        "user_id": number, "staked": staked, "returned": ended.returned.get(number, 0),
        "is_invalidated": number in invalidated,
    }


def is_crowded(game: Game, one: Pool) -> bool:
    """Return whether results are told as totals with the receiver's own."""
    return max(len(game.subscribed), len(one.stakes)) > PRESENCE_MAX


def presence(game: Game) -> Mapping[str, Json]:
    """Return the count that is told instead of names when a crowd comes and goes."""
    return {"game_id": game.id, "subscribers_count": len(game.subscribed)}
