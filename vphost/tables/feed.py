"""The table's feed: which lines an event has.

All templates of the protocol are here and nowhere else. A line is built from an event's data in the
host's units; amounts in it are decimal strings of major units.
Source: table protocol, "Frames" (`feed_message`) and the changes 1.0.76 to 1.0.82.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vphost.rules.mode import Json
from vphost.rules.money import to_major
from vphost.rules.poker.table import events

Data: TypeAlias = Mapping[str, Json]
Line: TypeAlias = dict[str, Json]
Teller: TypeAlias = Callable[[Data, int, str], "Line | list[Line] | None"]
"""(data, decimals of the currency, game mode) -> an event's lines in the feed, None for none."""

ACTIONS: Mapping[str, tuple[str, str]] = {
    "action_fold": ("Fold", "{{1}} folds"),
    "action_check": ("Check", "{{1}} checks"),
    "action_call": ("Call", "{{1}} calls {{2}}"),
    "action_bet": ("Bet", "{{1}} bets {{2}}"),
    "action_raise": ("Raise", "{{1}} raises to {{2}}"),
    "small_blind": ("Small Blind", "{{1}} posts the small blind {{2}}"),
    "big_blind": ("Big Blind", "{{1}} posts the big blind {{2}}"),
    "action_ante": ("Ante", "{{1}} posts the ante {{2}}"),
    "straddle": ("Straddle", "{{1}} straddles to {{2}}"),
    "bring_in": ("Bring In", "{{1}} brings in {{2}}"),
    "live_post": ("Post", "{{1}} posts {{2}}"),
    "dead_post": ("Post", "{{1}} posts {{2}} dead"),
    "uncalled_bet": ("Returned", "{{1}} takes back {{2}}"),
    "buy_in": ("Buy In", "{{1}} buys in for {{2}}"),
    "update_bankroll": ("Bankroll", ""),
}
"""action of `action_ack` -> the word for the avatar, the line for the feed ("": none, 1.0.80)."""
TOTALS = frozenset({"action_bet", "action_raise", "straddle"})
"""Actions whose amount in words is the total of the round, not the chips added."""
WITHOUT_AMOUNT = frozenset({"action_fold", "action_check"})


def shown_amount(data: Data) -> Json:
    """Return the amount shown with an action, minor units; None when there is none."""
    action = data["action"]
    if action in WITHOUT_AMOUNT:
        return None
    return data["bet"] if action in TOTALS else data["amount"]


def line(template: str, *body: Line) -> Line:
    """Return one line; the template's placeholders are filled in order."""
    return {
        "message_template": template, "body": {str(n): part for n, part in enumerate(body, 1)}
    }


def player(number: Json) -> Line:
    """Return the formatter of a player."""
    return {"type": "PLAYER", "player_id": number}


def money(amount: int, decimals: int, game_mode: str) -> Line:
    """Return the formatter of an amount given in minor units."""
    return {"type": "MONEY", "amount": to_major(amount, decimals), "game_mode": game_mode}


def _action_ack(data: Data, decimals: int, game_mode: str) -> Line | None:
    template = ACTIONS[data["action"]][1]
    if not template:
        return None
    amount = shown_amount(data)
    if amount is None:
        return line(template, player(data["player"]))
    if data.get("all_in"):
        template += " and is all-in"
    return line(template, player(data["player"]), money(amount, decimals, game_mode))


def _player_seated(data: Data, decimals: int, game_mode: str) -> Line:
    who, seat = player(data["player"]), data["seat"]
    if seat is None:
        return line("{{1}} left the seat.", who)
    return line("{{1}} took seat {{2}}.", who, {"type": "SEAT", "seat": seat})


def _blind_level_data(data: Data, decimals: int, game_mode: str) -> Line | None:
    level = data["blinds_level"]
    if level is None:
        return None
    return line("New Blinds Level: {{1}}", {"type": "BLIND_LEVEL", "blind_level": level})


def _game_end(data: Data, decimals: int, game_mode: str) -> list[Line]:
    """Return one line per winner of any pot, in the order in which the pots are awarded.

    A player who won because all others folded has no hand to name; the line names the money (ours).
    """
    won: dict[Json, int] = {}
    hands: dict[Json, str] = {}
    for pot in data["winners"]:
        for place, winner in enumerate(pot["winners"]):
            won[winner] = won.get(winner, 0) + pot["pot_chunks"][place]
            if place < len(pot["reason"]):
                hands.setdefault(winner, pot["reason"][place])
    return [
        line("{{1}} wins with {{2}}", player(w), {"type": "HAND", "hand_combination": hands[w]})
        if w in hands
        else line("{{1}} wins {{2}}", player(w), money(won[w], decimals, game_mode))
        for w in won
    ]


def _says(template: str) -> Teller:
    """Return a teller of a fixed line."""
    return lambda data, decimals, game_mode: line(template)


def _does(template: str, of_nobody: str | None = None) -> Teller:
    """Return a teller of a line about a player. of_nobody: the line when the event names none."""

    def tell(data: Data, decimals: int, game_mode: str) -> Line | None:
        if data.get("player") is None:
            return None if of_nobody is None else line(of_nobody)
        return line(template, player(data["player"]))

    return tell


def _join(data: Data, decimals: int, game_mode: str) -> Line:
    how = "at once" if data.get("immediately") else "with the big blind"
    return line(f"{{{{1}}}} joins {how}.", player(data["player"]))


def _show_pocket_cards(data: Data, decimals: int, game_mode: str) -> Line:
    who, hand = player(data["player"]), data["best_hand_combination"]
    if hand is None:
        return line("{{1}} shows cards.", who)
    return line("{{1}} shows {{2}}", who, {"type": "HAND", "hand_combination": hand})


def _reveal(data: Data, decimals: int, game_mode: str) -> Line:
    """Return the line that says who shows, all-in before the river."""
    places = [f"{{{{{place}}}}}" for place in range(1, len(data["players"]) + 1)]
    who = f"{', '.join(places[:-1])} and {places[-1]}"
    return line(f"{who} show their cards.", *map(player, data["players"]))


def _game_mode_chosen(data: Data, decimals: int, game_mode: str) -> Line | None:
    name = GAME_MODES.get(data["game_mode"])
    return None if name is None else line(f"The host chose {name}.")


def _state_config_updated(data: Data, decimals: int, game_mode: str) -> Line | None:
    """Return a line when settings change; None when they are merely repeated before a hand."""
    if not data.get("changed"):
        return None
    if data.get("takes_effect") == "next_hand":
        return line("The settings change with the next hand.")
    return line("The settings have changed.")


def _host_left(data: Data, decimals: int, game_mode: str) -> Line:
    template = "The host {{1}} left."
    if data.get("game_end_expiration") is not None:
        template += " The game ends soon unless they come back."
    return line(template, player(data["player"]))


def _tournament_winners(data: Data, decimals: int, game_mode: str) -> list[Line]:
    return [
        line("{{1}} wins {{2}}", player(int(number)), money(amount, decimals, game_mode))
        for number, amount in data["winners"].items()
    ]


GAME_MODES = {"C": "a cash game", "T": "a tournament", "TD": "a tournament with a director"}
TELLERS: Mapping[str, Teller] = {
    events.ACTION_ACK: _action_ack, events.PLAYER_SEATED: _player_seated,
    "blind_level_data": _blind_level_data, events.GAME_END: _game_end,
    events.PLAYER_LEFT: _does("{{1}} left the table."),
    events.PLAYER_KICKED: _does("{{1}} was sent away."),
    events.JOIN: _join, events.SIT_OUT: _does("{{1}} sits out."),
    events.SHOW_POCKET_CARDS: _show_pocket_cards,
    events.OPEN_RABBIT_HUNT_CARDS: _does("{{1}} looks at the cards that did not come."),
    events.HEADS_UP_SHOWDOWN: _reveal, events.ALL_IN_SCENARIO: _reveal,
    events.END_CURRENT_GAME: _does(
        "{{1}} ends the game after this hand.", "The game ends after this hand."),
    events.CURRENT_GAME_ENDED: _says("The game is over."),
    events.GAME_MODE_CHOSEN: _game_mode_chosen, events.STATE_CONFIG_UPDATED: _state_config_updated,
    events.HOST_LEFT: _host_left, "start_tournament": _says("The tournament begins."),
    "tournament_winners": _tournament_winners,
}
"""Event -> the teller of its lines; events that are not here have none."""


def retell(events: list[Mapping[str, Json]], decimals: int, game_mode: str) -> list[Line]:
    """Return the lines of earlier events, oldest first.

    events: each `{"event": name, "data": data}`, as in `feed_messages` of a mode's view.
    """
    lines: list[Line] = []
    for event in events:
        teller = TELLERS.get(event["event"])
        told = None if teller is None else teller(event["data"], decimals, game_mode)
        lines.extend(told if isinstance(told, list) else [] if told is None else [told])
    return lines
