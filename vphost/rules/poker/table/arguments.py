"""What each operation's arguments have to look like, whoever gives it.

Commands of sockets have gone through a schema before; those that a plugin or a service gives in
the same process have not, and nothing that they bring may stop a table. What an argument means
(a free seat, a legal amount) is judged by the operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vphost.rules.mode import Json
from vphost.rules.texts import is_visible

Check: TypeAlias = Callable[[Json], bool]

WHOLE_MAX = 2**63 - 1
"""Largest number that JSON carries through every store and frame."""
CARDS_MAX = 7
CHANGES_MAX = 100
USERNAME_MAX = 64
JITSI_ID_MAX = 128
TEXT_MAX = 1_000
"""Longest text that is looked at; an operation may have a smaller bound of its own."""


def is_whole(value: Json) -> bool:
    """Return whether it is an integer of 64 bits."""
    return type(value) is int and -WHOLE_MAX <= value <= WHOLE_MAX


def is_count(value: Json) -> bool:
    """Return whether it is an integer of 64 bits, not below zero."""
    return is_whole(value) and value >= 0


def is_flag(value: Json) -> bool:
    """Return whether it is a boolean."""
    return type(value) is bool


def is_text(value: Json, most: int = TEXT_MAX) -> bool:
    """Return whether it is a text of 1 to so many characters that can be written and shown."""
    return isinstance(value, str) and 1 <= len(value) <= most and not any(
        character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff"
        for character in value
    )


def is_said(value: Json) -> bool:
    """Return whether it is a text that shows something."""
    return is_text(value) and is_visible(value)


def is_object(value: Json) -> bool:
    """Return whether it is an object with texts as names."""
    return isinstance(value, Mapping) and all(is_text(name) for name in value)


def is_cards(value: Json) -> bool:
    """Return whether it is a short list of texts."""
    return isinstance(value, list | tuple) and len(value) <= CARDS_MAX and (
        all(isinstance(name, str) for name in value)
    )


def is_changes(value: Json) -> bool:
    """Return whether it is a short list of players with amounts."""
    return isinstance(value, list | tuple) and len(value) <= CHANGES_MAX and all(
        is_object(one) and is_whole(one.get("player")) and is_whole(one.get("amount"))
        for one in value
    )


def is_seat(value: Json) -> bool:
    """Return whether it is a number, or None to stand up."""
    return value is None or is_whole(value)


def is_username(value: Json) -> bool:
    """Return whether it can be somebody's name."""
    return is_text(value, USERNAME_MAX)


def is_jitsi_id(value: Json) -> bool:
    """Return whether it can be somebody's id in the video conference."""
    return is_text(value, JITSI_ID_MAX)


REQUIRED: Mapping[str, Mapping[str, Check]] = {
    "resume": {"paused_ms": is_count},
    "sit_player": {"seat": is_seat},
    "update_jitsi_id": {"jitsi_id": is_jitsi_id},
    "buy_in": {"amount": is_whole},
    "update_bankroll": {"changes": is_changes},
    "game_start": {"game_type": is_text},
    "join": {"immediately": is_flag},
    "kick_player_after_game": {"player": is_whole},
    "send_chat_message": {"message": is_said},
    "show_pocket_cards": {"cards": is_cards},
    "configure": {"config": is_object},
    "choose_game_mode": {"game_mode": is_text},
}
OPTIONAL: Mapping[str, Mapping[str, Check]] = {
    "resume": {"restarted": is_flag, "clock_jumped": is_flag},
    "connect": {"username": is_username, "connections": is_count, "player": is_count},
    "disconnect": {"connections": is_count},
    "sit_player": {"jitsi_id": is_jitsi_id},
    "straddle": {"amount": is_whole},
    "configure": {"currencies": is_object},
    "action_call": {"amount": is_whole},
    "action_bet": {"amount": is_whole, "total": is_whole},
    "action_raise": {"amount": is_whole, "total": is_whole},
}
"""Arguments that may be missing or None; the operation says what that means."""
NONE: Mapping[str, Check] = {}


def wrong_argument(op: str, args: Mapping[str, Json]) -> str | None:
    """Return the name of the first argument that is missing or of a wrong kind; None: all fit."""
    for name, fits in REQUIRED.get(op, NONE).items():
        if name not in args or not fits(args[name]):
            return name
    for name, fits in OPTIONAL.get(op, NONE).items():
        if args.get(name) is not None and not fits(args[name]):
            return name
    return None
