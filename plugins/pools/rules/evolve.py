"""Folding committed events into the state of a game. Nothing here can fail or refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from plugins.pools.rules.betlog import BetLog
from plugins.pools.rules.betting_types import PoolRules
from plugins.pools.rules.intmap import IntMap
from plugins.pools.rules.state import (
    EVENTS_MAX, POOL_BYTES, RESOLVED_MAX, STAKE_BYTES, Ending, Game, Happened, Person, Pool, Result,
    bet_bytes, next_deadline, person_bytes, stake_bytes,
)
from vphost.rules.mode import Event, Json

Fold: TypeAlias = Callable[[Game, Mapping[str, Json], Event], Game]


def known(game: Game, number: int, user: str, name: str) -> Game:
    """Return the game with a person in it."""
    if number in game.people:
        return game
    person = Person(number, user, name)
    game.users[user] = number
    return replace(
        game, people=game.people.with_item(number, person),
        weight=game.weight + person_bytes(person),
    )


def _person(game: Game, data: Mapping[str, Json]) -> Game:
    return known(game, data["user_id"], data["user"], data["user_name"])


def _joined(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    game = _person(game, {**data, **event.hidden})
    return replace(game, subscribed=game.subscribed.with_item(data["user_id"], True))


def _left(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return replace(game, subscribed=game.subscribed.without(data["user_id"]))


def _admin(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    game = _person(game, data)
    return replace(game, admins=(*game.admins, data["user_id"]))


def _changed(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    grown = len(str(data["targets"])) + len(str(data["actions"]))
    return replace(
        game, actions=data["actions"], targets=data["targets"],
        opened=game.opened or data["opened"], weight=game.weight + 2 * grown,
    )


def _new_pool(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    pool = Pool(
        id=data["pool_id"], description=data["description"], action=data["action"],
        targets=tuple(data["targets"]), kind=data["pool_type"], created_ms=data["created_at"],
        start_ms=data["start_at"], finish_ms=data["finish_at"],
        stop_ms=data["stop_accepting_bets_at"], recreate=data["recreate_on_end"],
        rules=PoolRules(**data["rules"]), is_blocked=data["is_blocked"], is_hot=data["is_hot"],
        likely_ms=data["likely_to_happen_at"], bets=BetLog(tuple(data["targets"])),
    )
    return replace(game.with_pool(pool), weight=game.weight + pool_bytes(pool))


def pool_bytes(pool: Pool) -> int:
    """Return what a pool without bets adds to a dump at most."""
    return POOL_BYTES + 4 * len(pool.description) + 2 * sum(len(t) + 48 for t in pool.targets)


def _bet(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    game = _person(game, data)
    number, amount, target = data["user_id"], data["amount"], data["target"]
    pool = game.pools[data["pool_id"]]
    staked = pool.stakes.get(number, 0)
    on_target, bets = pool.totals.get(target, (0, 0))
    before = pool.latest.get(number, None)
    in_dump = bet_bytes(number, amount)
    added = in_dump + (0 if staked else STAKE_BYTES)
    person = game.people[number]
    pool = replace(
        pool, bets=pool.bets.with_bet(number, target, amount, data["placed_at"], before),
        stakes=pool.stakes.with_item(number, staked + amount),
        latest=pool.latest.with_item(number, pool.count),
        totals={**pool.totals, target: (on_target + amount, bets + 1)},
        total=pool.total + amount, count=pool.count + 1,
        bets_bytes=pool.bets_bytes + in_dump,
        commit_bytes=pool.commit_bytes + (0 if staked else stake_bytes(game, person)),
    )
    exposure = game.exposure.with_item(number, game.exposure.get(number, 0) + amount)
    return replace(
        game, pools={**game.pools, pool.id: pool}, exposure=exposure, weight=game.weight + added
    )


def _happened(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    one = Happened(
        data["event_id"], data["action_id"], data["target_id"], data["happened_at"],
        event.hidden["was_given"],
    )
    return replace(game, events=(*game.events, one)[-EVENTS_MAX:], weight=game.weight + 256)


def _ending(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    pool = game.pools[data["pool_id"]]
    return game.with_pool(replace(pool, ending=Ending(
        data["winner"], data["happened_at"], data["is_void"], data["round"]
    )))


def _resolved(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    """Close a pool: what everybody got is in the postings."""
    pool = game.pools[data["pool_id"]]
    returned = IntMap.of(
        (game.users[posting.account[5:]], posting.amount)
        for posting in event.postings if posting.account.startswith("user:")
    )
    result = Result(
        winner=data["winning_target"], is_void=data["is_void"], resolved_ms=data["resolved_at"],
        is_money_return=data["is_money_return"], takeout=data["takeout"],
        breakage=data["breakage"], minus=data["minus"],
        invalidated=tuple(data["invalidated_bettors"]), returned=returned,
    )
    done = replace(pool, bets=BetLog(pool.targets), latest=IntMap(), ending=None, result=result)
    weight = game.weight - pool.bets_bytes
    return _forget_oldest(
        replace(game.with_pool(done), weight=weight, **_accounts(game, pool, returned))
    )


def _accounts(game: Game, pool: Pool, returned: IntMap[int]) -> dict[str, Json]:
    """Return exposure and points after a pool."""
    exposure = dict(game.exposure.items())
    people = []
    for number, staked in pool.stakes.items():
        exposure[number] -= staked
        if not exposure[number]:
            del exposure[number]
        person = game.people[number]
        net = returned.get(number, 0) - staked
        if net:
            people.append((number, replace(person, points=person.points + net)))
    return {"exposure": IntMap.of(exposure.items()), "people": game.people.with_items(people)}


def _forget_oldest(game: Game) -> Game:
    resolved = [pool for pool in game.pools.values() if pool.result is not None]
    if len(resolved) <= RESOLVED_MAX:
        return game
    oldest = resolved[0]
    left = {name: pool for name, pool in game.pools.items() if name != oldest.id}
    weight = game.weight - len(oldest.stakes) * STAKE_BYTES - pool_bytes(oldest)
    return replace(game, pools=left, weight=weight)


def _expired(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return game.with_pool(replace(game.pools[data["pool_id"]], has_expired=True))


def _blocked(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    pool = game.pools[data["pool_id"]]
    return game.with_pool(replace(
        pool, is_blocked=True, block_ms=None, allow_ms=_after(pool.allow_ms, data["blocked_at"])
    ))


def _allowed(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    pool = game.pools[data["pool_id"]]
    return game.with_pool(replace(
        pool, is_blocked=False, allow_ms=None, block_ms=_after(pool.block_ms, data["allowed_at"])
    ))


def _after(moment: int | None, now_ms: int) -> int | None:
    return None if moment is None or moment <= now_ms else moment


def _scheduled(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return game.with_pool(replace(
        game.pools[data["pool_id"]], block_ms=data["block_at"], allow_ms=data["allow_at"]
    ))


def _hot(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    for pool_id in data["pool_ids"]:
        game = game.with_pool(replace(
            game.pools[pool_id], is_hot=True, likely_ms=data["likely_to_happen_at"]
        ))
    return game


def _closing(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return replace(
        game, closing_by=data["by"], closes_when_settled=data["closes_when_settled"]
    )


def _closed(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return replace(game, closed=True)


def _nothing(game: Game, data: Mapping[str, Json], event: Event) -> Game:
    return game


FOLDS: Mapping[str, Fold] = {
    "user_joined_game": _joined, "_user_joined_game": _joined,
    "user_left_game": _left, "_user_left_game": _left,
    "_admin_appointed": _admin, "_game_changed": _changed, "game_details": _nothing,
    "new_betting_pool": _new_pool, "_bet_placed": _bet,
    "game_event_registered": _happened, "_pool_ending": _ending,
    "bet_pool_resolved": _resolved, "_bet_pool_resolved": _resolved,
    "bet_pool_expired": _expired, "_pool_expired": _expired,
    "betting_in_pool_blocked": _blocked, "betting_in_pool_allowed": _allowed,
    "betting_for_game_action_blocked": _nothing, "betting_for_game_action_allowed": _nothing,
    "_betting_scheduled": _scheduled, "hot_betting_pool_suggested": _hot,
    "_game_closing": _closing, "game_closed": _closed, "text_message": _nothing,
}
WITHOUT_DEADLINES = frozenset({
    "_bet_placed", "user_joined_game", "_user_joined_game", "user_left_game", "_user_left_game",
    "text_message",
})


def evolve(game: Game, event: Event) -> Game:
    """Fold one committed event."""
    game = FOLDS[event.name](game, event.data, event)
    if event.name in WITHOUT_DEADLINES:
        return game
    return replace(game, wake_ms=next_deadline(game))
