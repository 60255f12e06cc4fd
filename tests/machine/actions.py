"""Every action of the table protocol with arguments, good ones and bad ones, by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def one_of(name: str, *values: Any) -> Callable[[int], dict[str, Any]]:
    """Return a function that picks a value by number."""
    return lambda variant: {name: values[variant % len(values)]}


def none(variant: int) -> dict[str, Any]:
    """Return no arguments."""
    return {}


def straddles(variant: int) -> dict[str, Any]:
    """Return no amount, or one that may be wrong."""
    amounts: list[dict[str, Any]] = [{}, {}, {"amount": 1}, {"amount": "0.07"}]
    return amounts[variant % 4]


def bankrolls(variant: int) -> dict[str, Any]:
    """Return one or two changes of banks."""
    amounts: list[Any] = [20, -1000, "0.01", "-0.50"]
    changes = [
        {"player": variant % 5 + 1, "amount": amounts[variant % 4]},
        {"player": 1 + variant // 2, "amount": 5},
    ]
    return {"payload": changes[:1 + variant % 2]}


ARGUMENTS: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "sit_player": one_of("seat", None, 0, 1, 2, 3, 4, 8, 9),
    "update_jitsi_id": one_of("jitsi_id", "video-1", "video-2"),
    "buy_in": one_of("amount", 1, "0.99", 10, 20, 60, "0.001", 500, -1),
    "update_bankroll": bankrolls,
    "game_start": one_of("game_type", "THD", "THD", "THD", "OMH"),
    "next_hand": none,
    "straddle": straddles,
    "join": one_of("immediately", True, "false", False, "true"),
    "sit_out": none,
    "kick_player_after_game": lambda variant: {"payload": {"player": variant + 1}},
    "leave_player": none,
    "send_chat_message": lambda variant: {"payload": {"message": "hello " * (variant + 1)}},
    "open_rabbit_hunt_cards": none,
    "pause_next_hand": none,
    "unpause_next_hand": none,
    "end_current_game": none,
    "initialize_state": lambda variant: [{}, {"since": 0}, {"since": 10**9}][variant % 3],
    "action_fold": none,
    "action_check": none,
    "action_call": one_of("amount", "0.25", "0.50", 1, 50, "0.10"),
    "action_bet": one_of("amount", "0.50", 1, 2, 60, "0.001", 10**9, 0),
    "action_raise": lambda variant: one_of(
        "total" if variant % 2 else "amount", 1, 2, "1.50", 20, 60, "90071992547409.91",
    )(variant // 2),
    "dance": none,
}
ACTIONS = sorted(ARGUMENTS)
