"""What every refusal of the pools' protocol says to people. Codes of the host keep their texts."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "unknown_op": "There is no such op.",
    "bad_time": "A moment is not valid; times are epoch milliseconds or seconds.",
    "no_such_source": "There is no such source.",
    "no_such_game": "There is no such game.",
    "no_such_pool": "There is no such pool.",
    "no_such_action": "The game has no such action.",
    "no_such_target": "There is no such target.",
    "no_such_user": "There is no such user.",
    "unknown_currency": "The currency is not known here.",
    "bad_target": "The targets are not valid.",
    "bad_rules": "The rules are not valid.",
    "not_a_leaf": "An event has to name a target below which there is none.",
    "in_the_future": "This has not happened yet.",
    "not_a_source_opener": "The operator has not let you open sources.",
    "not_an_admin_of_the_source": "Only admins of the source may do this.",
    "not_an_admin_of_the_game": "Only admins of the game may do this.",
    "too_many_admins": "This game already has enough admins.",
    "source_closed": "The source is closed or being closed.",
    "game_closed": "The game is closed or being closed.",
    "game_not_open": "The game is not open yet.",
    "game_already_open": "The game is open already.",
    "game_full": "The game cannot take more.",
    "not_joined": "Join the game first.",
    "nothing_joined": "You have joined no game.",
    "pool_not_open": "The pool is not open yet.",
    "pool_closed": "The pool takes no bets any more.",
    "pool_full": "The pool cannot take more bettors.",
    "pool_already_resolved": "The pool has been resolved otherwise.",
    "betting_blocked": "Betting in this pool is blocked.",
    "too_many_pools": "The game has too many unresolved pools.",
    "unresolved_pools": "Some pools have to be resolved by hand; then send this again.",
    "too_slow": "It is being done; ask again.",
}
