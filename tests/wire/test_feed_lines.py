"""The feed's lines, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from vphost.tables.feed import ACTIONS, TELLERS, retell
from vphost.wire.schemas import SchemaSet


def told(name: str, **data: Any) -> Any:
    """Return what the feed says of an event of a cash table with cents."""
    return TELLERS[name](data, 2, "C")


def said(line: Any) -> str:
    """Return a line as people would read it."""
    text: str = line["message_template"]
    for place, part in line["body"].items():
        value = next(v for k, v in part.items() if k not in ("type", "game_mode"))
        text = text.replace("{{" + place + "}}", str(value))
    return text


@pytest.mark.parametrize(("action", "line"), [
    ("action_fold", "7 folds"), ("action_check", "7 checks"), ("action_call", "7 calls 2.00"),
    ("action_bet", "7 bets 3.00"), ("action_raise", "7 raises to 3.00"),
    ("small_blind", "7 posts the small blind 2.00"), ("big_blind", "7 posts the big blind 2.00"),
    ("action_ante", "7 posts the ante 2.00"), ("straddle", "7 straddles to 3.00"),
    ("bring_in", "7 brings in 2.00"), ("live_post", "7 posts 2.00"),
    ("dead_post", "7 posts 2.00 dead"), ("uncalled_bet", "7 takes back 2.00"),
    ("buy_in", "7 buys in for 2.00"),
])
def test_an_action_in_words(action: str, line: str) -> None:
    assert said(told("action_ack", player=7, action=action, amount=200, bet=300)) == line


def test_a_changed_bank_has_no_line() -> None:
    assert told("action_ack", player=7, action="update_bankroll", amount=200, bet=0) is None


HAND = {"best_hand_combination": "Pair of Aces"}


@pytest.mark.parametrize(("event", "data", "line"), [
    ("player_left", {"player": 7}, "7 left the table."),
    ("player_kicked", {"player": 7}, "7 was sent away."),
    ("join", {"player": 7, "immediately": True}, "7 joins at once."),
    ("join", {"player": 7}, "7 joins with the big blind."),
    ("sit_out", {"player": 7}, "7 sits out."),
    ("show_pocket_cards", {"player": 7, **HAND}, "7 shows Pair of Aces"),
    ("show_pocket_cards", {"player": 7, "best_hand_combination": None}, "7 shows cards."),
    ("open_rabbit_hunt_cards", {"player": 7}, "7 looks at the cards that did not come."),
    ("heads_up_showdown", {"players": [7, 8]}, "7 and 8 show their cards."),
    ("all_in_scenario", {"players": [7, 8, 9]}, "7, 8 and 9 show their cards."),
    ("end_current_game", {"player": 7}, "7 ends the game after this hand."),
    ("end_current_game", {"player": None}, "The game ends after this hand."),
    ("current_game_ended", {"player": None}, "The game is over."),
    ("game_mode_chosen", {"game_mode": "TD"}, "The host chose a tournament with a director."),
    ("state_config_updated", {"changed": ["ante"], "takes_effect": "next_hand"},
     "The settings change with the next hand."),
    ("state_config_updated", {"changed": ["ante"], "takes_effect": "now"},
     "The settings have changed."),
    ("host_left", {"player": 7, "game_end_expiration": 1},
     "The host 7 left. The game ends soon unless they come back."),
    ("host_left", {"player": 7, "game_end_expiration": None}, "The host 7 left."),
    ("start_tournament", {"player": None}, "The tournament begins."),
])
def test_an_event_in_words(event: str, data: dict[str, Any], line: str) -> None:
    assert said(told(event, **data)) == line


def test_every_winner_of_a_tournament_has_a_line() -> None:
    lines = told("tournament_winners", winners={"7": 400, "8": 650})
    assert [said(line) for line in lines] == ["7 wins 4.00", "8 wins 6.50"]


@pytest.mark.parametrize("data", [{"changed": []}, {}])
def test_settings_that_are_only_told_again_have_no_line(data: dict[str, Any]) -> None:
    assert told("state_config_updated", config={}, **data) is None


def test_all_in_is_said() -> None:
    line = told("action_ack", player=7, action="action_call", amount=200, bet=300, all_in=True)
    assert said(line) == "7 calls 2.00 and is all-in"


def test_every_action_of_the_schema_has_its_words(schemas: SchemaSet) -> None:
    fields = schemas.document("table/out/action_ack.json")["$defs"]["fields"]["properties"]
    assert set(fields["action"]["enum"]) == set(ACTIONS)


def test_money_says_what_kind_of_chips_it_is() -> None:
    line = TELLERS["action_ack"](
        {"player": 7, "action": "action_call", "amount": 5, "bet": 5}, 0, "T")
    assert isinstance(line, dict)
    assert line["body"]["2"] == {"type": "MONEY", "amount": "5", "game_mode": "T"}


def test_taking_and_leaving_a_seat() -> None:
    assert said(told("player_seated", player=7, seat=0)) == "7 took seat 0."
    assert said(told("player_seated", player=7, seat=None)) == "7 left the seat."


def test_new_blinds() -> None:
    assert said(told("blind_level_data", blinds_level=5)) == "New Blinds Level: 5"
    assert told("blind_level_data", blinds_level=None) is None


def pot(chunks: dict[int, int], reasons: list[str]) -> dict[str, Any]:
    """Return one pot of `game_end`."""
    return {"pot_id": 0, "pot_size": sum(chunks.values()), "pot_chunks": list(chunks.values()),
            "winners": list(chunks), "reason": reasons}


def test_every_winner_of_any_pot_has_one_line() -> None:
    lines = told("game_end", winners=[
        pot({300: 400}, ["Pair of 3's + J 10 8"]),
        pot({200: 50, 300: 50}, ["Ace High + 10 8 7 6", "Pair of 3's + J 10 8"]),
    ])
    assert [said(line) for line in lines] == [
        "300 wins with Pair of 3's + J 10 8", "200 wins with Ace High + 10 8 7 6"]


def test_who_wins_because_all_others_folded_shows_no_hand() -> None:
    lines = told("game_end", winners=[pot({7: 150}, []), pot({7: 50}, [])])
    assert [said(line) for line in lines] == ["7 wins 2.00"]


def test_earlier_events_are_retold_in_order() -> None:
    lines = retell([
        {"event": "action_ack", "data": {"player": 7, "action": "action_fold"}},
        {"event": "bankroll", "data": {"player": 7}},
        {"event": "game_end", "data": {"winners": [pot({8: 100}, [])]}},
        {"event": "blind_level_data", "data": {"blinds_level": None}},
    ], 2, "C")
    assert [said(line) for line in lines] == ["7 folds", "8 wins 1.00"]
