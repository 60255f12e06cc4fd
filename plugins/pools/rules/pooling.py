"""Opening pools, blocking and allowing bets in them, and saying that something is about to happen.

Source: betting-pools protocol, "Pools", ops 385 and 396 to 3985.
"""

from __future__ import annotations

from dataclasses import replace

from plugins.pools.rules import shapes, targets
from plugins.pools.rules.betting_types import DEAD_HEATS, PRICE_UNIT, PoolRules
from plugins.pools.rules.state import BINARY, TIMED, UNRESOLVED_MAX, Game, Pool
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules.mode import Json, Rejected

POOL_TARGETS_MAX = 200
BINARY_TARGETS = 2
WHOLE_BP = 10_000
PRICE_MAX = 100 * PRICE_UNIT


def create(story: Unfolding) -> Rejected | None:
    """Create and open a pool (op 385). Refusals: not_an_admin_of_the_game, game_closed,
    game_not_open, no_such_action, no_such_target, bad_target, bad_time, bad_rules,
    too_many_pools."""
    game, args = story.game, story.args
    if (refused := _may_create(story)) is not None:
        return refused
    action = args["action"].strip().lower()
    if action not in game.actions:
        return Rejected("no_such_action")
    chosen = _targets(game, args)
    if isinstance(chosen, Rejected):
        return chosen
    if (refused := _times(args, story.now_ms)) is not None:
        return refused
    rules = _rules(args.get("rules") or {})
    if isinstance(rules, Rejected):
        return rules
    pool = Pool(
        id=story.fresh_uuid(), description=args["description"], action=action, targets=chosen,
        kind=args["pool_type"], created_ms=story.now_ms, start_ms=args["start_at"],
        finish_ms=args["finish_at"], stop_ms=args["stop_accepting_bets_at"],
        recreate=args["recreate_on_end"], rules=rules, is_blocked=args["is_blocked"],
        is_hot=args["is_hot"],
    )
    announce(story, pool)
    story.answer = {"pool_id": pool.id}
    return None


def announce(story: Unfolding, pool: Pool) -> None:
    """Tell of a new pool."""
    story.tell("new_betting_pool", shapes.pool(story.game, pool, story.now_ms))


def _may_create(story: Unfolding) -> Rejected | None:
    game = story.game
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    if game.closed or game.closing_by is not None:
        return Rejected("game_closed")
    if not game.opened or story.now_ms < game.open_ms:
        return Rejected("game_not_open")
    if len(game.unresolved()) >= UNRESOLVED_MAX:
        return Rejected("too_many_pools", {"limit": UNRESOLVED_MAX})
    return None


def _targets(game: Game, args: Json) -> tuple[str, ...] | Rejected:
    """Return the pool's targets: known, of one level, `none` among them unless it is binary."""
    chosen = [name.lower() for name in targets.names(args["targets"])]
    chosen = list(dict.fromkeys(chosen))
    if len(chosen) > POOL_TARGETS_MAX:
        return Rejected("bad_target", {"detail": f"More than {POOL_TARGETS_MAX} targets."})
    for name in chosen:
        if name not in game.targets:
            return Rejected("no_such_target", {"target": name[:targets.NAME_MAX]})
    if len({targets.level(name) for name in chosen if name != targets.NONE}) > 1:
        return Rejected("bad_target", {"detail": "The targets have to be of one level."})
    if args["pool_type"] in BINARY:
        if len(chosen) != BINARY_TARGETS:
            return Rejected("bad_target", {"detail": "A binary pool has exactly two targets."})
        return tuple(chosen)
    if not any(name != targets.NONE for name in chosen):
        return Rejected("bad_target", {"detail": "A pool needs a target other than none."})
    return tuple(chosen) if targets.NONE in chosen else (*chosen, targets.NONE)


def _times(args: Json, now_ms: int) -> Rejected | None:
    """Refuse moments that are over or in the wrong order."""
    start, stop, finish = args["start_at"], args["stop_accepting_bets_at"], args["finish_at"]
    if finish is None and args["pool_type"] in TIMED:
        return _bad_time("finish_at", "A pool of this type needs it")
    for name, moment in (("stop_accepting_bets_at", stop), ("finish_at", finish)):
        if moment is not None and moment <= max(now_ms, start or 0):
            return _bad_time(name, "It has to lie in the future, after start_at")
    if finish is not None and stop is not None and stop > finish:
        return _bad_time("stop_accepting_bets_at", "It has to lie before finish_at")
    return None


def _bad_time(field: str, why: str) -> Rejected:
    return Rejected("bad_time", {"field": field, "detail": f"{field}: {why}."})


def _rules(given: Json) -> PoolRules | Rejected:
    rules = PoolRules(**given)
    wrong = (
        not 0 <= rules.takeout_bp < WHOLE_BP or not 0 <= rules.breakage <= PRICE_UNIT
        or not 0 <= rules.minimum_price <= PRICE_MAX or rules.dead_heat not in DEAD_HEATS
    )
    return Rejected("bad_rules") if wrong else rules


# -- blocking and allowing -------------------------------------------------------------------


def block(story: Unfolding) -> Rejected | None:
    """Take no bets from a moment on (ops 397, 3975); a moment that is over is now."""
    return _switch(story, "block")


def allow(story: Unfolding) -> Rejected | None:
    """Take bets again from a moment on (ops 398, 3985)."""
    return _switch(story, "allow")


def _switch(story: Unfolding, what: str) -> Rejected | None:
    """Refusals: not_an_admin_of_the_game, no_such_pool, no_such_action, pool_closed, game_closed.

    args: `pool_id`, or `action` for all its pools; `at`: epoch ms or None.
    """
    game, at = story.game, story.args["at"]
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    if game.closed or (what == "allow" and game.closing_by is not None):
        return Rejected("game_closed")
    chosen = _chosen(game, story.args)
    if isinstance(chosen, Rejected):
        return chosen
    moment = story.now_ms if at is None else max(at, story.now_ms)
    if "action" in story.args:
        past = "blocked" if what == "block" else "allowed"
        story.tell(f"betting_for_game_action_{past}", {
            "game_id": game.id, "action": story.args["action"], f"{past}_at": moment,
        })
    for pool in chosen:
        if moment > story.now_ms:
            story.tell("_betting_scheduled", {
                "pool_id": pool.id,
                "block_at": moment if what == "block" else pool.block_ms,
                "allow_at": moment if what == "allow" else pool.allow_ms,
            })
        else:
            switch_now(story, pool, what)
    story.answer = {
        "pool_ids": [pool.id for pool in chosen], "at": moment,
        "action": story.args.get("action"),
    }
    return None


def switch_now(story: Unfolding, pool: Pool, what: str) -> None:
    """Block or allow a pool at once."""
    past = "blocked" if what == "block" else "allowed"
    story.tell(f"betting_in_pool_{past}", {
        "pool_id": pool.id, "game_id": story.game.id, f"{past}_at": story.now_ms,
    })


def _chosen(game: Game, args: Json) -> list[Pool] | Rejected:
    if "action" in args:
        if args["action"] not in game.actions:
            return Rejected("no_such_action")
        return [
            pool for pool in game.unresolved()
            if pool.action == args["action"] and pool.is_open and not pool.has_expired
        ]
    pool = game.pools.get(args["pool_id"])
    if pool is None:
        return Rejected("no_such_pool")
    return [pool] if pool.is_open and not pool.has_expired else Rejected("pool_closed")


# -- hot pools -------------------------------------------------------------------------------


def suggest_hot(story: Unfolding) -> Rejected | None:
    """Say that something is likely to happen (ops 396, 3961).

    args: `pool_id`, or `action_id` and `target_id`; `likely_to_happen_at` or None.
    Refusals: not_an_admin_of_the_game, game_closed, no_such_pool, no_such_action, no_such_target.
    """
    game, args = story.game, story.args
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    if game.closed:
        return Rejected("game_closed")
    action, target = args.get("action_id"), args.get("target_id")
    if action is None:
        pool = game.pools.get(args["pool_id"])
        if pool is None:
            return Rejected("no_such_pool")
        chosen = [pool] if pool.is_open else []
    else:
        if action not in game.actions:
            return Rejected("no_such_action")
        if target not in game.targets:
            return Rejected("no_such_target")
        chosen = [
            pool for pool in game.unresolved()
            if pool.is_open and pool.action == action
            and targets.winning(pool.targets, str(target)) is not None
        ]
    if action is None and not chosen:
        return Rejected("pool_closed")
    said = {
        "game_id": game.id, "action_id": action, "target_id": target,
        "pool_ids": [pool.id for pool in chosen],
        "likely_to_happen_at": args["likely_to_happen_at"],
    }
    story.tell("hot_betting_pool_suggested", said)
    story.answer = said
    return None


def again(story: Unfolding, pool: Pool) -> None:
    """Open the same pool again (`recreate_on_end`), its moments moved on by its age."""
    age_ms = story.now_ms - (pool.created_ms if pool.start_ms is None else pool.start_ms)

    def later(moment: int | None) -> int | None:
        return None if moment is None else moment + age_ms

    announce(story, replace(
        pool, id=story.fresh_uuid(), created_ms=story.now_ms, start_ms=later(pool.start_ms),
        finish_ms=later(pool.finish_ms), stop_ms=later(pool.stop_ms), is_blocked=False,
        is_hot=False, likely_ms=None, has_expired=False, ending=None, result=None,
    ))
