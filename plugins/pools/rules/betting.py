"""Placing a bet: the money moves to the pool's account in the commit that accepts it.

Whether the commit that settles the pool, and the snapshot of the game, stay below what a store
takes is checked here, while a bet can still be refused.
"""

from __future__ import annotations

from plugins.pools.rules.state import (
    COMMIT_BYTES_MAX, DUMP_BYTES_MAX, STAKE_BYTES, Game, Person, Pool, bet_bytes, bet_id,
    person_bytes, stake_bytes,
)
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules import books
from vphost.rules.mode import Rejected
from vphost.rules.money import MAX_MINOR

TOTAL_MAX = 2**62
"""The most that one pool may hold, minor units: sums stay within 64 bits."""


def place(story: Unfolding) -> Rejected | None:
    """Place a bet (op 392). args: `pool_id`, `target`, `amount` in minor units.

    Refusals: no_such_pool, game_closed, betting_blocked, pool_closed, pool_not_open,
    no_such_target, bad_amount, pool_full, game_full; insufficient_funds from the ledger.
    """
    game, args, who = story.game, story.args, story.asker()
    pool = game.pools.get(args["pool_id"])
    if pool is None:
        return Rejected("no_such_pool")
    refused = _may_bet(story, pool) or _fits(game, pool, who)
    if refused is not None:
        return refused
    target, amount = args["target"].strip().lower(), args["amount"]
    if target not in pool.targets:
        return Rejected("no_such_target")
    if not 0 < amount <= MAX_MINOR or pool.total + amount > TOTAL_MAX:
        return Rejected("bad_amount")
    placed = {
        "pool_id": pool.id, "target": target, "amount": amount, "placed_at": story.now_ms,
        "user_id": who.number, "user": who.user, "user_name": who.name,
    }
    postings = books.move(
        books.user(who.user), books.pool(game.id, pool.id), game.currency, amount
    )
    story.tell("_bet_placed", placed, postings)
    story.answer = {
        "game_id": game.id, "pool_id": pool.id, "bet_id": bet_id(pool.id, pool.count),
        "target": target, "amount": amount, "placed_at": story.now_ms,
    }
    return None


def _may_bet(story: Unfolding, pool: Pool) -> Rejected | None:
    game, now_ms = story.game, story.now_ms
    if game.closed or game.closing_by is not None:
        return Rejected("game_closed")
    if pool.takes_bets(now_ms):
        return None
    if pool.start_ms is not None and now_ms < pool.start_ms:
        return Rejected("pool_not_open", {"start_at": pool.start_ms})
    if pool.is_open and (pool.is_blocked or pool.block_ms is not None) and not pool.has_expired:
        return Rejected("betting_blocked")
    return Rejected("pool_closed")


def _fits(game: Game, pool: Pool, who: Person) -> Rejected | None:
    """Refuse what would make the settlement or the snapshot too large for the store."""
    more = 0 if who.number in pool.stakes else stake_bytes(game, who)
    if pool.commit_bytes + more > COMMIT_BYTES_MAX:
        return Rejected("pool_full")
    weight = game.weight + bet_bytes(who.number, MAX_MINOR) + STAKE_BYTES + person_bytes(who)
    return Rejected("game_full") if weight > DUMP_BYTES_MAX else None
