"""How pools end: by an event, by time, by hand; and how the ended ones are settled.

Ending a pool is part of the commit that caused it and stops its betting at once. Settling it is a
command of its own, sent to the room itself: so one commit settles one pool, however many an event
ends, it comes again after a crash, and it may run on a worker thread.
"""

from __future__ import annotations

from plugins.pools.rules import shapes, targets
from plugins.pools.rules.betting_types import Outcome, Settlement
from plugins.pools.rules.pooling import again, switch_now
from plugins.pools.rules.settlement import settle
from plugins.pools.rules.state import Ending, Game, Happened, Pool
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules import books
from vphost.rules.mode import Json, Posting, Rejected, Send

SETTLE = "pools.settle"


def end(story: Unfolding, pool: Pool, winner: str | None, happened_ms: int | None) -> None:
    """Fix a pool's result (no winner: void) and ask for its settlement."""
    before = story.game.pools[pool.id].ending
    turn = 1 if before is None else before.round + 1
    story.tell("_pool_ending", {
        "pool_id": pool.id, "winner": winner, "happened_at": happened_ms,
        "is_void": winner is None, "round": turn,
    })
    story.sends.append(Send(
        f"{SETTLE}:{pool.id}:{turn}", f"room:{story.game.id}", SETTLE, {"pool_id": pool.id}
    ))


# -- events ----------------------------------------------------------------------------------


def register(story: Unfolding) -> Rejected | None:
    """Register what happened (op 395) and end the pools that it decides.

    args: `action_id`, `target_id`, `happened_at` or None. The same event again, with the same
    given moment, changes nothing: the first one is the answer.
    Refusals: not_an_admin_of_the_game, game_closed, game_not_open, no_such_action,
    no_such_target, not_a_leaf, in_the_future.
    """
    game, args = story.game, story.args
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    action, target = args["action_id"].strip().lower(), args["target_id"].strip().lower()
    if (refused := _may_register(story, action, target)) is not None:
        return refused
    if repeated(game, action, target, args["happened_at"]) is not None:
        return None
    given = args["happened_at"]
    happened_ms = story.now_ms if given is None else given
    said = {
        "event_id": story.fresh_uuid(), "game_id": game.id, "action_id": action,
        "target_id": target, "happened_at": happened_ms,
    }
    story.tell("game_event_registered", said, hidden={"was_given": given is not None})
    ended = []
    for pool in game.unresolved():
        winner = _decided(pool, action, target, happened_ms)
        if winner is not None:
            end(story, pool, winner, happened_ms)
            ended.append(pool.id)
    story.answer = {**said, "pool_ids": ended}
    return None


def _may_register(story: Unfolding, action: str, target: str) -> Rejected | None:
    game = story.game
    if game.closed:
        return Rejected("game_closed")
    if not game.opened or story.now_ms < game.open_ms:
        return Rejected("game_not_open")
    if action not in game.actions:
        return Rejected("no_such_action")
    if target not in game.targets:
        return Rejected("no_such_target")
    if not targets.is_leaf(game.targets, target):
        return Rejected("not_a_leaf")
    given = story.args["happened_at"]
    return Rejected("in_the_future") if given is not None and given > story.now_ms else None


def repeated(game: Game, action: str, target: str, happened_ms: int | None) -> Happened | None:
    """Return the event that is the same as a new one whose moment was given."""
    if happened_ms is None:
        return None
    return next((
        one for one in game.events
        if (one.action, one.target, one.happened_ms) == (action, target, happened_ms)
        and one.was_given
    ), None)


def _decided(pool: Pool, action: str, target: str, happened_ms: int) -> str | None:
    """Return the target with which an event ends a pool, None when it does not."""
    if pool.action != action or pool.is_binary or not pool.is_open:
        return None
    began = pool.start_ms is None or happened_ms >= pool.start_ms
    over = pool.finish_ms is not None and happened_ms >= pool.finish_ms
    return targets.winning(pool.targets, target) if began and not over else None


# -- by hand and by time ---------------------------------------------------------------------


def resolve(story: Unfolding) -> Rejected | None:
    """Resolve or void a pool by hand (op 399). args: `pool_id`, `target` or None for void.

    Asked again with the same target, the answer is the same; a settlement that waits is sent again.
    Refusals: not_an_admin_of_the_game, no_such_pool, no_such_target, pool_already_resolved.
    """
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    pool = story.game.pools.get(story.args["pool_id"])
    if pool is None:
        return Rejected("no_such_pool")
    given = story.args["target"]
    winner = None if given is None else given.strip().lower()
    if winner is not None and winner not in pool.targets:
        return Rejected("no_such_target")
    known: Ending | None = pool.ending
    first = pool.result or known
    if first is not None and first.winner != winner:
        return Rejected("pool_already_resolved")
    if pool.result is None:
        end(story, pool, winner, None if known is None else known.happened_ms)
        story.answer = {"pool_id": pool.id}
    return None


def expire(story: Unfolding, pool: Pool) -> None:
    """End a pool whose `finish_at` has come; a binary one waits for people."""
    said = {"pool_id": pool.id, "game_id": story.game.id, "expired_at": story.now_ms}
    if pool.is_binary:
        story.tell("_pool_expired", said)
        switch_now(story, pool, "block")
    else:
        story.tell("bet_pool_expired", said)
        end(story, pool, targets.NONE, None)


# -- settling --------------------------------------------------------------------------------


def settle_pool(story: Unfolding) -> None:
    """Settle an ended pool; one that is settled stays as it is."""
    pool = story.game.pools.get(story.args["pool_id"])
    if pool is None or pool.ending is None:
        return
    ending = pool.ending
    winners = () if ending.winner is None else (ending.winner,)
    settled = settle(
        pool.bets, Outcome(winners, ending.happened_ms, ending.is_void), pool.rules
    )
    _tell(story, pool, ending, settled)
    game = story.game
    if pool.recreate and not ending.is_void and not game.closed and game.closing_by is None:
        again(story, pool)


def _tell(story: Unfolding, pool: Pool, ending: Ending, settled: Settlement) -> None:
    game = story.game
    said: dict[str, Json] = {
        "pool_id": pool.id, "game_id": game.id, "currency": game.currency,
        "winning_target": ending.winner, "is_void": ending.is_void,
        "resolved_at": story.now_ms, "is_money_return": settled.is_money_return,
        "total_amount": pool.total, "bets_count": pool.count, "bettors_count": len(pool.stakes),
        "takeout": settled.takeout, "breakage": settled.breakage, "minus": settled.minus,
        "returned_amount": sum(settled.payouts.values()),
        "invalidated_bettors": list(settled.invalidated_bettors),
    }
    name = "_bet_pool_resolved"
    if not shapes.is_crowded(game, pool):
        name = "bet_pool_resolved"
        said["winners"] = {str(user): net for user, net in sorted(settled.winners.items())}
        said["losers"] = {str(user): net for user, net in sorted(settled.losers.items())}
    story.tell(name, said, _postings(game, pool, settled))


def _postings(game: Game, pool: Pool, settled: Settlement) -> tuple[Posting, ...]:
    """Return the movements out of the pool's account, the house's part included."""
    currency, people = game.currency, game.people
    if not pool.total:
        return ()
    house = (
        ("takeout", settled.takeout), ("breakage", settled.breakage), ("minus", -settled.minus),
    )
    return (
        Posting(books.pool(game.id, pool.id), currency, -pool.total),
        *(
            Posting(books.user(people[number].user), currency, amount)
            for number, amount in settled.payouts.items()
        ),
        *(Posting(books.house(what), currency, amount) for what, amount in house if amount),
    )
