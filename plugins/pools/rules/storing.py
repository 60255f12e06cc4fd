"""A game as JSON and back, for snapshots. Short keys and arrays: there may be 100,000 bets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.pools.rules.betlog import BetLog
from plugins.pools.rules.betting_types import PoolRules
from plugins.pools.rules.intmap import IntMap
from plugins.pools.rules.state import Ending, Game, Happened, Person, Pool, Result
from vphost.rules.mode import Json

GAME_FIELDS = (
    "source", "name", "kind", "currency", "decimals", "hashtag", "open_ms", "close_ms",
    "live_start_ms", "live_finish_ms", "admins_max", "actions", "targets", "opened",
    "closing_by", "closes_when_settled", "closed", "wake_ms", "weight",
)
POOL_FIELDS = (
    "id", "description", "action", "kind", "created_ms", "start_ms", "finish_ms", "stop_ms",
    "recreate", "is_blocked", "is_hot", "likely_ms", "block_ms", "allow_ms", "has_expired",
    "total", "count", "commit_bytes", "bets_bytes",
)
ENDING_FIELDS = ("winner", "happened_ms", "is_void", "round")
RESULT_FIELDS = (
    "winner", "is_void", "resolved_ms", "is_money_return", "takeout", "breakage", "minus",
)
RULE_FIELDS = ("takeout_bp", "breakage", "minimum_price", "dead_heat")


def dump(game: Game) -> dict[str, Json]:
    """Return the whole state; there is a boundary at every moment."""
    return {
        **_fields(game, GAME_FIELDS),
        "people": [[p.number, p.user, p.name, p.points] for p in game.people.values()],
        "subscribed": list(game.subscribed), "admins": list(game.admins),
        "events": [
            [one.id, one.action, one.target, one.happened_ms, one.was_given]
            for one in game.events
        ],
        "pools": [_pool(pool) for pool in game.pools.values()],
    }


def load(room_id: str, dumped: Mapping[str, Json]) -> Game:
    """Return the state that `dump` wrote."""
    people = [Person(*one) for one in dumped["people"]]
    pools = {one["id"]: _loaded(one) for one in dumped["pools"]}
    exposure: dict[int, int] = {}
    for pool in pools.values():
        if pool.result is None:
            for number, staked in pool.stakes.items():
                exposure[number] = exposure.get(number, 0) + staked
    return Game(
        id=room_id, **{name: dumped[name] for name in GAME_FIELDS},
        users={one.user: one.number for one in people},
        people=IntMap.of((one.number, one) for one in people),
        subscribed=IntMap.of((number, True) for number in dumped["subscribed"]),
        admins=tuple(dumped["admins"]),
        events=tuple(Happened(*one) for one in dumped["events"]), pools=pools,
        exposure=IntMap.of(exposure.items()),
    )


def _fields(thing: Any, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: getattr(thing, name) for name in names}


def _pool(pool: Pool) -> dict[str, Json]:
    place = {target: index for index, target in enumerate(pool.targets)}
    result = None
    if pool.result is not None:
        result = {
            **_fields(pool.result, RESULT_FIELDS),
            "invalidated": list(pool.result.invalidated),
            "returned": list(pool.result.returned.items()),
        }
    return {
        **_fields(pool, POOL_FIELDS), "targets": list(pool.targets),
        "rules": _fields(pool.rules, RULE_FIELDS),
        "bets": [
            [bet.user, place[bet.target], bet.amount_minor, bet.placed_at_ms]
            for bet in pool.bets
        ],
        "stakes": None if result is None else list(pool.stakes.items()),
        "totals": [[place[t], amount, bets] for t, (amount, bets) in pool.totals.items()],
        "ending": None if pool.ending is None else _fields(pool.ending, ENDING_FIELDS),
        "result": result,
    }


def _loaded(dumped: Mapping[str, Json]) -> Pool:
    names = tuple(dumped["targets"])
    stakes: dict[int, int] = dict(map(tuple, dumped["stakes"] or ()))
    latest: dict[int, int] = {}
    bets = BetLog(names)
    for index, (user, place, amount, at_ms) in enumerate(dumped["bets"]):
        stakes[user] = stakes.get(user, 0) + amount
        bets = bets.with_bet(user, names[place], amount, at_ms, latest.get(user))
        latest[user] = index
    ending, result = dumped["ending"], dumped["result"]
    return Pool(
        **{name: dumped[name] for name in POOL_FIELDS}, targets=names,
        rules=PoolRules(**dumped["rules"]), bets=bets,
        stakes=IntMap.of(stakes.items()), latest=IntMap.of(latest.items()),
        totals={names[place]: (amount, count) for place, amount, count in dumped["totals"]},
        ending=None if ending is None else Ending(**ending),
        result=None if result is None else Result(
            **{name: result[name] for name in RESULT_FIELDS},
            invalidated=tuple(result["invalidated"]),
            returned=IntMap.of(map(tuple, result["returned"])),
        ),
    )
