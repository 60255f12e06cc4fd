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


def leave(story: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Leave the table, seated or not; in a hand the cards are folded now, the rest follows it.

    Refusals: action_not_available (they are leaving already).
    """
    if not story.table.is_playing(player.id):
        remove(story, player.id, LEFT)
        review(story)
        return None
    if player.leaving:
        return Rejected("action_not_available")
    story.tell(events.PLAYER_LEAVING, {"player": player.id, "how": LEFT})
    fold_away(story, player.id)
    return None


def kick(story: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Send a player away when the hand is over, at once when he is in none.

    Refusals: not_the_host, no_such_player, cannot_kick_yourself, action_not_available (he goes
    already).
    """
    player = story.table.players.get(args["player"])
    if player is None or player.gone:
        return Rejected("no_such_player")
    if player.user == story.table.host:
        return Rejected("cannot_kick_yourself")
    if player.leaving:
        return Rejected("action_not_available")
    if story.table.is_playing(player.id):
        story.tell(events.PLAYER_LEAVING, {"player": player.id, "how": KICKED})
    else:
        remove(story, player.id, KICKED)
        review(story)
    return None


def review(story: Unfolding) -> None:
    """Let the format of a running game look at who is left, now that no hand runs."""
    if story.table.game is not None and story.table.running is None:
        story.table.format.review(story)


def pause(story: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Stop the time between hands. Refusals: not_the_host, no_game, action_not_available."""
    if story.table.game is None:
        return Rejected("no_game")
    award = story.table.game.award
    if award is None or award.expires_ms is None:
        return Rejected("action_not_available")
    left = max(0, award.expires_ms - story.now_ms)
    story.tell(events.PAUSE_AWARD_TIMER, {
        "player": None, "winners_award_timer_remaining_time": left,
        "winners_award_timer_remaining_time_with_extra_time": left + EXTRA_MS,
        **story.table.format.pause_fields(story.table, story.now_ms, stops=True),
    })
    return None


def unpause(story: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Let it run on. Refusals: not_the_host, no_game, action_not_available."""
    if story.table.game is None:
        return Rejected("no_game")
    award = story.table.game.award
    if award is None or award.remaining_ms is None:
        return Rejected("action_not_available")
    story.tell(events.UNPAUSE_AWARD_TIMER, {
        "player": None,
        "winners_award_timer_expiration": story.now_ms + award.remaining_ms + EXTRA_MS,
        **story.table.format.pause_fields(story.table, story.now_ms + EXTRA_MS, stops=False),
        "is_winners_award_timer_paused": False,
        "show_pause_button": award.remaining_ms > EXTRA_MS,
        "end_after_current_game": story.table.game.ending,
        "post_event": award.event["post_event"],
    })
    return None


def end_current_game(story: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """End the game when the hand is over, at once when none runs.

    Refusals: not_the_host, no_game, action_not_available (it is ending already).
    """
    game = story.table.game
    if game is None:
        return Rejected("no_game")
    if game.ending:
        return Rejected("action_not_available")
    caller = story.table.of_user(story.command.user)
    story.tell(events.END_CURRENT_GAME, {"player": None if caller is None else caller.id})
    if story.table.running is None:
        end_game(story)
    return None
