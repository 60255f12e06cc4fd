"""Opening a game, changing it, closing it. Closing is in two phases while people have to resolve.

Source: betting-pools protocol, ops 3702, 373 and 375; the source's warnings at "Close a game".
"""

from __future__ import annotations

from plugins.pools.rules import shapes, targets
from plugins.pools.rules.resolving import end
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules.mode import Rejected

BY_THE_HOST = 0
"""`closing_by` of a game that its own `close_at` closes."""


def open_game(story: Unfolding) -> Rejected | None:
    """Open a created game (op 3702). Refusals: not_an_admin_of_the_source, game_closed,
    game_already_open, bad_target."""
    if (refused := _may_change(story)) is not None:
        return refused
    if story.game.opened:
        return Rejected("game_already_open")
    refused = _change(story, opened=True)
    story.answer = {"game_id": story.game.id}
    return refused


def update(story: Unfolding) -> Rejected | None:
    """Add actions and targets (op 373). Refusals: as for `open_game`."""
    return _may_change(story) or _change(story, opened=False)


def _may_change(story: Unfolding) -> Rejected | None:
    if not story.is_source_admin():
        return Rejected("not_an_admin_of_the_source")
    return Rejected("game_closed") if story.game.closed else None


def _change(story: Unfolding, opened: bool) -> Rejected | None:
    game = story.game
    try:
        targets.check_new(story.args["actions"], story.args["targets"])
        actions = targets.with_actions(game.actions, story.args["actions"])
        tree = targets.with_targets(game.targets, story.args["targets"])
    except targets.BadName as error:
        return Rejected("bad_target", {"detail": f"{error}."})
    story.tell("_game_changed", {"actions": actions, "targets": tree, "opened": opened})
    story.tell("game_details", shapes.details(story.game, story.now_ms))
    return None


def close(story: Unfolding) -> Rejected | None:
    """Close a game (op 375): automatic pools end with `none`, the others are blocked.

    The game takes no more bets and is closed when all its pools are settled, however long people
    take over those that they have to resolve. Answer: `ended`, the ids of the automatic
    pools that it ends; `unresolved`, those of the others.
    Refusals: not_an_admin_of_the_source, game_closed.
    """
    if not story.is_source_admin():
        return Rejected("not_an_admin_of_the_source")
    if story.game.closed:
        return Rejected("game_closed")
    close_as(story, story.args["_by"]["number"])
    return None


def close_as(story: Unfolding, by: int) -> None:
    """Close for somebody, or for the host itself."""
    manual, ended = [], []
    for pool in story.game.unresolved():
        if pool.ending is not None:
            continue
        if pool.is_binary:
            manual.append(pool.id)
            story.tell("betting_in_pool_blocked", {
                "pool_id": pool.id, "game_id": story.game.id, "blocked_at": story.now_ms,
            })
        else:
            ended.append(pool.id)
            end(story, pool, targets.NONE, None)
    story.tell("_game_closing", {"by": by, "closes_when_settled": True})
    close_if_settled(story)
    story.answer = {"unresolved": manual, "ended": ended, "at": story.now_ms}


def close_if_settled(story: Unfolding) -> None:
    """Close a game that is waiting for nothing else."""
    game = story.game
    waits_only = game.closes_when_settled or game.closing_by == BY_THE_HOST
    if waits_only and not game.closed and not game.unresolved():
        story.tell("game_closed", {"game_id": game.id})
