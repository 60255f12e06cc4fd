"""Every refusal that a program can meet: its code, its meaning, its HTTP status.

Codes are never reused and never renamed. A plugin adds its own with its mode.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A refusal: the sentence for people, and the HTTP status with which REST answers it."""

    text: str
    status: int


CODES: dict[str, Code] = {
    # broken input, at the edge
    "bad_message": Code("The message is not valid.", 400),
    "bad_config": Code("The table's configuration is not valid.", 400),
    "unknown_action": Code("There is no such action.", 400),
    "bad_amount": Code("The amount is not valid.", 400),
    "too_large": Code("The message is too large.", 413),
    "too_many_messages": Code("Too many messages.", 429),
    "too_many_sockets": Code("You have too many connections.", 429),
    # who asks
    "not_authenticated": Code("Please sign in.", 401),
    "token_expired": Code("The token has expired.", 401),
    "already_connected": Code("You have connected from somewhere else.", 409),
    "forbidden": Code("You may not do this.", 403),
    "not_found": Code("There is no such thing.", 404),
    "method_not_allowed": Code("The method is not allowed here.", 405),
    "unsupported_media_type": Code("The body has to be JSON.", 415),
    # accounts
    "bad_username": Code(
        "A name has 2 to 32 letters, digits, dots, dashes and underscores.", 400
    ),
    "username_taken": Code("The name is taken.", 409),
    "email_taken": Code("The mail address belongs to another account.", 409),
    "bad_credentials": Code(
        "No account with a confirmed mail address has this password.", 401
    ),
    "token_reused": Code("The token has been used before; please sign in again.", 401),
    "bad_key": Code("The key is wrong, too old or used up.", 400),
    "too_many_attempts": Code("Too many attempts, try again later.", 429),
    "too_many_keys": Code("There are already two live keys of this name; revoke one first.", 409),
    # REST
    "version_changed": Code("It has been changed in the meantime; read it again.", 409),
    "still_running": Code("The same request is still being processed.", 409),
    "bad_header": Code("A header field is not valid.", 400),
    # the host
    "busy": Code("The room is busy, try again.", 503),
    "store_down": Code(
        "The store does not answer. What you did may still count when it is back.", 503
    ),
    "draining": Code("The server is being restarted, try again in a moment.", 503),
    "room_quarantined": Code("The table has been stopped because of a fault.", 503),
    "internal_error": Code("Something went wrong on our side.", 500),
    "id_reused": Code("This id was used for something else.", 409),
    # money
    "insufficient_funds": Code("There is not enough money.", 402),
    "would_go_below_zero": Code("The amount would go below zero.", 409),
    # payments
    "payment_running": Code("A payment for this table is in progress.", 409),
    "payment_refused": Code("The payment provider refuses this payment.", 502),
    "payments_down": Code("The payment provider does not answer, try again later.", 503),
    "payment_mismatch": Code("The payment is not the one that was asked for.", 409),
    "bad_signature": Code("The signature is wrong or too old.", 400),
    # uploads
    "upload_refused": Code("This upload was not granted, or the grant has expired.", 403),
    "already_uploaded": Code("The file has been uploaded before.", 409),
    "storage_full": Code("There is no space for more files.", 507),
    # tables
    "not_the_host": Code("Only the host of the table may do this.", 403),
    "not_a_player": Code("You are not a player of this table.", 403),
    "not_seated": Code("Take a seat first.", 409),
    "seat_taken": Code("The seat is taken.", 409),
    "no_such_seat": Code("There is no such seat.", 400),
    "no_such_player": Code("There is no such player.", 404),
    "hand_running": Code("A hand is being played.", 409),
    "no_hand": Code("No hand is being played.", 409),
    "game_running": Code("A game is being played.", 409),
    "no_game": Code("No game is being played.", 409),
    "no_report": Code("No game has ended at this table yet.", 409),
    "game_mode_not_chosen": Code("A game mode has to be chosen first.", 409),
    "mode_not_available": Code("This game mode is not available at this table.", 409),
    "game_type_not_allowed": Code("This game is not allowed at this table.", 400),
    "not_enough_players": Code(
        "Unable to start the game with less than 2 players with enough money.", 409
    ),
    "table_not_paid": Code("The table has not been paid for.", 409),
    "table_paid": Code("The table has been paid for.", 409),
    "table_full": Code("The table has no room for more players.", 409),
    "already_open": Code("The table has been opened.", 409),
    "table_expired": Code("The table has expired.", 409),
    "below_minimum": Code("The amount is below the minimum.", 400),
    "above_maximum": Code("The amount is above the maximum.", 400),
    "not_your_turn": Code("It is not your turn.", 409),
    "turn_expired": Code("Your time to act has run out.", 409),
    "action_not_available": Code("This action is not possible now.", 409),
    "wrong_call_amount": Code("This is not the amount to call.", 400),
    "raise_too_small": Code("The raise is too small.", 400),
    "raise_too_large": Code("The raise is too large.", 400),
    "not_your_cards": Code("These are not your cards.", 400),
    "cannot_show_cards": Code("You cannot show cards now.", 409),
    "disabled": Code("This is disabled at this table.", 409),
    "cannot_kick_yourself": Code("You cannot kick yourself.", 409),
    # hand histories
    "bad_hand_history": Code("The hand history is not valid.", 400),
    "variant_not_supported": Code("This game is not supported.", 400),
    "bad_deal": Code("The cards do not fit the hand.", 400),
    "hand_unfinished": Code("The hand is not finished.", 409),
    "unknown_cards": Code("The cards that decide the hand are not known.", 409),
}
