"""Who is in a game and who governs it: joining, leaving, admins, chat."""

from __future__ import annotations

from plugins.pools.rules.state import PRESENCE_MAX
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules.mode import Rejected

SUBSCRIBERS_MAX = 100_000


def join(story: Unfolding) -> Rejected | None:
    """Subscribe a user to the game (op 363); who joined stays joined. Refusals: game_closed,
    game_full."""
    game, who = story.game, story.asker()
    if game.closed:
        return Rejected("game_closed")
    if who.number in game.subscribed:
        return None
    if len(game.subscribed) >= SUBSCRIBERS_MAX:
        return Rejected("game_full")
    said = {"game_id": game.id, "user_id": who.number, "user_name": who.name}
    if len(game.subscribed) >= PRESENCE_MAX:
        story.tell("_user_joined_game", {**said, "user": who.user})
    else:
        story.tell("user_joined_game", said, hidden={"user": who.user})
    return None


def leave(story: Unfolding) -> Rejected | None:
    """End a user's subscription (op 364). Refusals: not_joined."""
    game, who = story.game, story.asker()
    if who.number not in game.subscribed:
        return Rejected("not_joined")
    crowded = len(game.subscribed) > PRESENCE_MAX
    story.tell("_user_left_game" if crowded else "user_left_game", {
        "game_id": game.id, "user_id": who.number, "user_name": who.name,
    })
    return None


def become_admin(story: Unfolding) -> Rejected | None:
    """Take the game's privileges (op 616); for admins of its source. Refusals:
    not_an_admin_of_the_source, too_many_admins, game_closed."""
    game, who = story.game, story.asker()
    if game.closed:
        return Rejected("game_closed")
    if who.number in game.admins:
        return None
    if not story.is_source_admin():
        return Rejected("not_an_admin_of_the_source")
    if len(game.admins) >= game.admins_max:
        return Rejected("too_many_admins")
    story.tell("_admin_appointed", {
        "user_id": who.number, "user": who.user, "user_name": who.name,
    })
    return None


def appoint(story: Unfolding) -> Rejected | None:
    """Give somebody the game's privileges (op 617); for its admins. args: `other` as `_by`, with
    their `user`. Refusals: not_an_admin_of_the_game, too_many_admins, game_closed."""
    game, other = story.game, story.args["other"]
    if game.closed:
        return Rejected("game_closed")
    if not story.is_admin():
        return Rejected("not_an_admin_of_the_game")
    if other["number"] in game.admins:
        return None
    if len(game.admins) >= game.admins_max:
        return Rejected("too_many_admins")
    story.tell("_admin_appointed", {
        "user_id": other["number"], "user": other["user"], "user_name": other["name"],
    })
    return None


def chat(story: Unfolding) -> Rejected | None:
    """Say something to all who joined (op 900); for those who joined. Refusals: not_joined,
    game_closed."""
    game, who = story.game, story.asker()
    if game.closed:
        return Rejected("game_closed")
    if who.number not in game.subscribed:
        return Rejected("not_joined")
    said = {
        "sender": who.name, "text": story.args["text"], "received_at": story.now_ms,
        "channel": game.id,
    }
    story.tell("text_message", said)
    story.answer = said
    return None
