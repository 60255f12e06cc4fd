"""What only the host of the table may do beside starting hands, and a player's own leaving."""

from __future__ import annotations

from vphost.rules.mode import Json, Rejected
from vphost.rules.poker.table import events
from vphost.rules.poker.table.betting import fold_away
from vphost.rules.poker.table.ending import end_game
from vphost.rules.poker.table.leaving import remove
from vphost.rules.poker.table.state import KICKED, LEFT, Player
from vphost.rules.poker.table.unfolding import Unfolding

EXTRA_MS = 3_000
"""What a pause adds, so that nobody is surprised by the deal."""


def leave(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Leave the table, seated or not; in a hand the cards are folded now, the rest follows it.

    Refusals: action_not_available (they are leaving already).
    """
    if not unfolding.table.is_playing(player.id):
        remove(unfolding, player.id, LEFT)
        review(unfolding)
        return None
    if player.leaving:
        return Rejected("action_not_available")
    unfolding.tell(events.PLAYER_LEAVING, {"player": player.id, "how": LEFT})
    fold_away(unfolding, player.id)
    return None


def kick(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Send a player away: when the hand is over, or at once when they are in none.

    Refusals: not_the_host, no_such_player, cannot_kick_yourself, action_not_available (they are
    leaving already).
    """
    player = unfolding.table.players.get(args["player"])
    if player is None or player.gone:
        return Rejected("no_such_player")
    if player.user == unfolding.table.host:
        return Rejected("cannot_kick_yourself")
    if player.leaving:
        return Rejected("action_not_available")
    if unfolding.table.is_playing(player.id):
        unfolding.tell(events.PLAYER_LEAVING, {"player": player.id, "how": KICKED})
    else:
        remove(unfolding, player.id, KICKED)
        review(unfolding)
    return None


def review(unfolding: Unfolding) -> None:
    """Let the format of a running game look at who is left, now that no hand runs."""
    if unfolding.table.game is not None and unfolding.table.running is None:
        unfolding.table.format.review(unfolding)


def pause(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Stop the time between hands. Refusals: not_the_host, no_game, action_not_available."""
    if unfolding.table.game is None:
        return Rejected("no_game")
    award = unfolding.table.game.award
    if award is None or award.expires_ms is None:
        return Rejected("action_not_available")
    left = max(0, award.expires_ms - unfolding.now_ms)
    unfolding.tell(events.PAUSE_AWARD_TIMER, {
        "player": None, "winners_award_timer_remaining_time": left,
        "winners_award_timer_remaining_time_with_extra_time": left + EXTRA_MS,
        **unfolding.table.format.pause_fields(unfolding.table, unfolding.now_ms, stops=True),
    })
    return None


def unpause(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Let the time between hands run on. Refusals: not_the_host, no_game, action_not_available."""
    if unfolding.table.game is None:
        return Rejected("no_game")
    award = unfolding.table.game.award
    if award is None or award.remaining_ms is None:
        return Rejected("action_not_available")
    unfolding.tell(events.UNPAUSE_AWARD_TIMER, {
        "player": None,
        "winners_award_timer_expiration": unfolding.now_ms + award.remaining_ms + EXTRA_MS,
        **unfolding.table.format.pause_fields(
            unfolding.table, unfolding.now_ms + EXTRA_MS, stops=False
        ),
        "is_winners_award_timer_paused": False,
        "show_pause_button": award.remaining_ms > EXTRA_MS,
        "end_after_current_game": unfolding.table.game.ending,
        "post_event": award.event["post_event"],
    })
    return None


def end_current_game(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """End the game when the hand is over, at once when none runs.

    Refusals: not_the_host, no_game, action_not_available (it is ending already).
    """
    game = unfolding.table.game
    if game is None:
        return Rejected("no_game")
    if game.ending:
        return Rejected("action_not_available")
    caller = unfolding.table.of_user(unfolding.command.user)
    unfolding.tell(events.END_CURRENT_GAME, {"player": None if caller is None else caller.id})
    if unfolding.table.running is None:
        end_game(unfolding)
    return None
