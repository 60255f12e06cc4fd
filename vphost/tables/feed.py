"""The table's feed: which event says which line.

Every template of the protocol stands here and nowhere else. A line is built from an event's data
in the host's units; amounts leave as decimal strings.
Source: table protocol, "Frames" (`feed_message`) and the changes 1.0.76 to 1.0.82.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vphost.rules.mode import Json
from vphost.rules.money import to_major

Data: TypeAlias = Mapping[str, Json]
Line: TypeAlias = dict[str, Json]
Teller: TypeAlias = Callable[[Data, int, str], "Line | list[Line] | None"]
"""(data, decimals of the currency, game mode) -> what the feed says of an event."""

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
    "update_bankroll": ("Bankroll", "The bank of {{1}} changes by {{2}}"),
}
"""action of `action_ack` -> the word for the avatar, the line for the feed."""
TOTALS = frozenset({"action_bet", "action_raise", "straddle"})
"""Actions whose amount in words is the total of the round, not the chips added."""
WITHOUT_AMOUNT = frozenset({"action_fold", "action_check"})


def shown_amount(data: Data) -> Json:
    """Return the amount that stands beside an action's word, minor units, None for none."""
    action = data["action"]
    if action in WITHOUT_AMOUNT:
        return None
    return data["bet"] if action in TOTALS else data["amount"]


def line(template: str, *body: Line) -> Line:
    """Return one line; the template's places are filled in order."""
    return {
        "message_template": template, "body": {str(n): part for n, part in enumerate(body, 1)}
    }


def player(number: Json) -> Line:
    """Return the formatter of a player."""
    return {"type": "PLAYER", "player_id": number}


def money(amount: int, decimals: int, game_mode: str) -> Line:
    """Return the formatter of an amount given in minor units."""
    return {"type": "MONEY", "amount": to_major(amount, decimals), "game_mode": game_mode}


def _action_ack(data: Data, decimals: int, game_mode: str) -> Line:
    template = ACTIONS[data["action"]][1]
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
    """One line per winner of any pot, in the order the pots are awarded.

    Who won because all others had folded has no hand to name; his line names the money (ours).
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


TELLERS: Mapping[str, Teller] = {
    "action_ack": _action_ack, "player_seated": _player_seated,
    "blind_level_data": _blind_level_data, "game_end": _game_end,
}
"""event -> its lines; events that are not here have none."""


def retell(events: list[Mapping[str, Json]], decimals: int, game_mode: str) -> list[Line]:
    """Return the lines of earlier events, oldest first.

    events: {"event": name, "data": data} each, as a mode's view of `feed_messages` has them.
    """
    lines: list[Line] = []
    for event in events:
        teller = TELLERS.get(event["event"])
        told = None if teller is None else teller(event["data"], decimals, game_mode)
        lines.extend(told if isinstance(told, list) else [] if told is None else [told])
    return lines
