"""Events, views and refusals become the frames of the protocol, compared with its examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import orjson
import pytest

from vphost.rules.codes import CODES
from vphost.rules.mode import Event, Labels, Rejected
from vphost.rules.money import to_minor
from vphost.tables.codec import TableCodec
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.outgoing import OutgoingCheck, UndescribedFrame
from vphost.wire.schemas import SchemaSet

TABLE = "380d2dde-9a05-494e-a3c6-c64085cee936"
LABELS = Labels(2, "PLAY", "C")
EMPTY = {"feed_message": None, "telemetry_trace_id": None, "duration": None}
ACK = {
    "player": 58, "action": "action_raise", "amount": 200, "bet": 300, "table_stack": 3600,
    "delayed_table_stack": 0, "bank": 1000, "seat": 1, "username": "user_1",
    "has_initial_buy_in": True, "executed_by": "USER", "action_time": 2500,
}
TURN = {
    "player": 58, "seat": 1, "available_actions": ["action_fold", "action_raise", "action_call"],
    "bet": 100, "call_amount": 100, "min_amount": 300, "max_amount": 3900, "min_total": 400,
    "max_total": 4000, "interval": 30_000,
    "timestamp_turn_expiration": 1615367240839, "timestamp_total_expiration": 1615367250839,
}
INFO = {
    "player": 58, "seat": 1, "username": "user_1", "bank": 3000, "table_stack": 0,
    "delayed_table_stack": 0, "has_initial_buy_in": False, "status": "S", "jitsi_id": None,
}
REVEAL = {
    "players": [100, 200], "pocket_cards": {"100": ["AC", "6D"], "200": ["8H", "2H"]},
    "announce_time": 3000, "card_reveal_time": 5000,
    "best_hands": {"100": {"river": "Flush (10 High)"}},
    "final_community_cards": ["4C", "7H", "5D", "AS", "9H"],
    "finish_time_expiration": 1619775055271,
}
GAME_END = {
    "best_hands_combinations": {"129": "Straight, 7-J", "130": "Flush (Ace High)"},
    "side_pot_evaluation_time": 7000,
    "best_hands": {"129": ["7S", "9D", "8S", "JS", "10D"], "130": ["7S", "8S", "JS", "4S", "AS"]},
    "pocket_cards": {"129": ["2C", "10D"], "130": ["5H", "AS"]},
    "can_show_cards": [], "can_call_rabbit_hunt": [],
    "side_pots_evaluation_expiration": 1619775055271,
    "winners": [{"pot_id": 0, "pot_size": 400, "pot_chunks": [400], "winners": [130],
                 "reason": ["Flush (Ace High)"]}],
}


@pytest.fixture(scope="module")
def checked(codec: TableCodec, schemas: SchemaSet) -> OutgoingCheck:
    """The codec with every frame held against its schema."""
    return OutgoingCheck(codec, schemas, "table/out/")


def at(order: int = 0, seq: int | None = 7, **labels: Any) -> FrameContext:
    """Return what the frames of a commit share."""
    return FrameContext(TABLE, seq, order, 1619775048288, replace(LABELS, **labels))


def sent(
    checked: OutgoingCheck, name: str, data: Mapping[str, Any],
    secret: Mapping[int, Mapping[str, Any]] | None = None, player: int | None = None, **labels: Any,
) -> dict[str, Any]:
    """Return the frame of an event, decoded."""
    event = Event(name, data, secret or {})
    frame: dict[str, Any] = orjson.loads(checked.event(at(**labels), event, player))
    return frame


def test_game_end_is_the_frame_of_the_source(checked: OutgoingCheck) -> None:
    frame = orjson.loads(checked.event(at(order=3), Event("game_end", GAME_END), None))
    feed = {"message_template": "{{1}} wins with {{2}}", "body": {
        "1": {"type": "PLAYER", "player_id": 130},
        "2": {"type": "HAND", "hand_combination": "Flush (Ace High)"}}}
    assert frame == {
        "event": "game_end", "timestamp": 1619775048.288,
        "payload": {
            **GAME_END, "channel": "T", "table_token": TABLE, "player": None, "order": 3, "seq": 7,
            "side_pot_evaluation_time": 7.0, "side_pots_evaluation_expiration": 1619775055.271,
            "winners": [{"pot_id": 0, "pot_size": "4.00", "pot_chunks": ["4.00"],
                         "winners": [130], "reason": ["Flush (Ace High)"]}],
            **EMPTY, "player_id": None, "player_name": None, "feed_message": [feed],
        },
    }


def test_turn_has_decimal_strings_and_seconds(checked: OutgoingCheck) -> None:
    assert sent(checked, "turn", TURN)["payload"] == {
        **TURN, "bet": "1.00", "call_amount": "1.00", "min_amount": "3.00",
        "max_amount": "39.00", "min_total": "4.00", "max_total": "40.00", "interval": 30.0,
        "timestamp_turn_expiration": 1615367240.839,
        "timestamp_total_expiration": 1615367250.839, "table_token": TABLE, "channel": "T",
        "order": 0, "seq": 7, **EMPTY, "player_id": 58, "player_name": None,
    }


def test_deadlines_are_shown_by_the_wall_clock(checked: OutgoingCheck) -> None:
    context = FrameContext(TABLE, 7, 0, 1619775048288, LABELS, shift_ms=-3_600_000)
    frame = orjson.loads(checked.event(context, Event("turn", TURN), None))
    assert frame["timestamp"] == 1619775048.288, "that is the wall clock's already"
    assert frame["payload"]["timestamp_turn_expiration"] == 1615367240.839 - 3_600
    assert frame["payload"]["timestamp_total_expiration"] == 1615367250.839 - 3_600
    assert frame["payload"]["interval"] == 30.0
    nested = {"turn": {**TURN, "timestamp": 1615367234781}}
    view = {"private_data": {**PRIVATE, **nested}}
    [private] = [orjson.loads(one) for one in checked.view(context, view, None)]
    turn = private["payload"]["turn"]
    assert turn["timestamp_turn_expiration"] == 1615367240.839 - 3_600
    assert turn["timestamp"] == 1615367234.781
    state = orjson.loads(checked.view(
        context, {"game_state": {**STATE, "table_expiration": 1_700_000_000_000}}, None
    )[0])
    assert state["payload"]["table_expiration"] == 1_700_000_000.0


def test_amounts_that_may_be_missing_stay_null(checked: OutgoingCheck) -> None:
    names = ("min_amount", "max_amount", "min_total", "max_total")
    payload = sent(checked, "turn", {**TURN, **dict.fromkeys(names)})["payload"]
    assert [payload[name] for name in names] == [None] * 4


@pytest.mark.parametrize("none", [False, True])
def test_a_turn_of_an_old_journal_is_told_in_added_chips(
    checked: OutgoingCheck, none: bool
) -> None:
    new = {**TURN, **dict.fromkeys(("min_amount", "max_amount", "min_total", "max_total"))} \
        if none else TURN
    old = {**new, "min_amount": new["min_total"], "max_amount": new["max_total"]}
    del old["min_total"], old["max_total"]
    assert sent(checked, "turn", old) == sent(checked, "turn", new)


def test_the_example_of_join_status(checked: OutgoingCheck) -> None:
    payload = sent(checked, "player_join_status_updated",
                   {"player": 5, "join_status": "ALLOWED_TO_PLAY"})["payload"]
    assert (payload["join_status"], payload["player"]) == ("ALLOWED_TO_PLAY", 5)


def test_rabbit_hunt_is_the_frame_of_the_source(checked: OutgoingCheck) -> None:
    data = {"player": 55, "community_cards": ["4C", "7H", "5D", "AS", "9H"],
            "rabbit_hunt_cards": ["AS", "9H"]}
    assert sent(checked, "open_rabbit_hunt_cards", data)["payload"] == {
        **data, "table_token": TABLE, "order": 0, "channel": "T", "seq": 7, **EMPTY,
        "player_id": 55, "player_name": None, "feed_message": {
            "message_template": "{{1}} looks at the cards that did not come.",
            "body": {"1": {"type": "PLAYER", "player_id": 55}},
        },
    }


def test_events_without_fields_of_their_own(checked: OutgoingCheck) -> None:
    for name in ("end_current_game", "current_game_ended"):
        assert sent(checked, name, {})["payload"]["player"] is None


def test_an_action_is_acknowledged_in_words(checked: OutgoingCheck) -> None:
    payload = sent(checked, "action_ack", ACK)["payload"]
    assert (payload["action_repr_name"], payload["action_repr_value"]) == ("Raise", "3.00")
    assert (payload["amount"], payload["bet"], payload["action_time"]) == ("2.00", "3.00", 2.5)
    assert (payload["player_id"], payload["player_name"]) == (58, "user_1")
    assert payload["feed_message"] == {"message_template": "{{1}} raises to {{2}}", "body": {
        "1": {"type": "PLAYER", "player_id": 58},
        "2": {"type": "MONEY", "amount": "3.00", "game_mode": "C"}}}


def test_words_of_the_mode_are_kept(checked: OutgoingCheck) -> None:
    data = {**ACK, "action_repr_name": "All In", "action_repr_value": 300}
    payload = sent(checked, "action_ack", data)["payload"]
    assert (payload["action_repr_name"], payload["action_repr_value"]) == ("All In", "3.00")


def test_a_change_of_the_bank_may_be_negative(checked: OutgoingCheck) -> None:
    data = {**ACK, "action": "update_bankroll", "amount": -2050}
    assert sent(checked, "action_ack", data)["payload"]["amount"] == "-20.50"


@pytest.mark.parametrize(("decimals", "text"), [(0, "300"), (2, "3.00"), (8, "0.00000300")])
def test_the_currency_says_how_many_decimals(
    checked: OutgoingCheck, decimals: int, text: str
) -> None:
    assert sent(checked, "action_ack", ACK, decimals=decimals)["payload"]["bet"] == text


def test_own_cards_go_to_their_owner_alone(checked: OutgoingCheck) -> None:
    data = {"player": 80, "seat": 1, "pocket_cards": None}
    secret = {80: {"pocket_cards": ["AC", "6D"]}}
    for viewer in (None, 81):
        public = checked.event(at(), Event("pocket_cards", data, secret), viewer)
        assert b"AC" not in public
        assert orjson.loads(public)["payload"]["channel"] == "T"
    own = sent(checked, "pocket_cards", data, secret, 80)["payload"]
    assert (own["pocket_cards"], own["channel"], own["seq"]) == (["AC", "6D"], "P", 7)


def test_what_is_hidden_is_in_no_frame(checked: OutgoingCheck) -> None:
    event = Event("join", {"player": 1}, hidden={"seed": "5eed"})
    assert b"5eed" not in checked.event(at(), event, None)
    assert b"5eed" not in checked.event(at(), event, 1)


@pytest.mark.parametrize(("name", "status", "reason"), [
    ("player_left", "L", "You left the table"),
    ("player_kicked", "K", "You were kicked by table creator"),
])
def test_who_goes_is_told_why_under_the_same_seq(
    checked: OutgoingCheck, name: str, status: str, reason: str
) -> None:
    data, secret = {**INFO, "seat": None, "status": status}, {58: {"reason": reason}}
    others = sent(checked, name, data, secret)
    assert (others["event"], others["payload"]["status"]) == (name, status)
    assert "reason" not in others["payload"]
    own = sent(checked, name, data, secret, 58)
    assert own["event"] == "force_disconnect_user"
    assert own["payload"] == {
        "reason": reason, "player": 58, "table_token": TABLE, "channel": "P", "order": 0, "seq": 7,
        **EMPTY, "player_id": 58, "player_name": None,
    }


def test_configurations_are_answered_as_the_source_does(checked: OutgoingCheck) -> None:
    config = {
        "name": "name", "allowed_games": ["THD"], "THD": {"format": "blinds", "limit": "NL"},
        "big_blind": 200, "ante": 0, "turn_time_limit": 30, "rabbit_hunting": True,
        "straddles": False, "tournament_settings": {
            "entry_fee": 1000, "payout_table": {"1": 100}, "starting_chips": 150000,
            "level_duration": 900, "pausing": True,
            "blind_schedule": {"1": {"ante": 0, "small_blind": 1000, "big_blind": 2000}}},
    }
    answered = sent(checked, "state_config_updated", {"config": config})["payload"]["config"]
    assert (answered["big_blind"], answered["ante"]) == (2, 0)
    assert answered["turn_time_limit"] == 30
    assert (answered["rabbit_hunting"], answered["straddles"]) == ("true", "false")
    settings = answered["tournament_settings"]
    assert (settings["pausing"], settings["starting_chips"]) == ("true", 1500)
    assert settings["blind_schedule"]["1"]["big_blind"] == 20
    assert settings["entry_fee"] == 10
    assert all(type(answered[name]) in (int, float) for name in ("big_blind", "ante"))


@pytest.mark.parametrize(("decimals", "minor", "number"), [
    (2, 25, 0.25), (2, 100, 1), (8, 25, 0.00000025), (0, 50, 50), (2, 10**11 - 1, 999999999.99),
    (8, 2**52 - 1, 45035996.27370495),
])
def test_a_setting_is_a_number_and_reads_back_exactly(
    checked: OutgoingCheck, decimals: int, minor: int, number: float
) -> None:
    frame = sent(checked, "state_config_updated", {"config": {"ante": minor}}, decimals=decimals)
    answered = frame["payload"]["config"]["ante"]
    assert answered == number and to_minor(answered, decimals) == minor


def test_prizes_are_numbers(checked: OutgoingCheck) -> None:
    told = sent(checked, "tournament_winners", {"winners": {"100": 400, "200": 650}})
    assert told["payload"]["winners"] == {"100": 4, "200": 6.5}


def test_read_only_and_tuple_data_can_be_sent(checked: OutgoingCheck) -> None:
    data = MappingProxyType({**REVEAL, "players": (100, 200),
                             "pocket_cards": MappingProxyType({"100": ("AC", "6D")})})
    assert sent(checked, "heads_up_showdown", data)["payload"]["players"] == [100, 200]


NINE: list[int | None] = [None] * 9
STATE: dict[str, Any] = {
    "game_id": "307cf8b7-c318-48b0-8949-072f7863d9e7", "sequence": 0, "betting_round": 0,
    "dealer_seat": 1, "turn_player_seat": 1, "seats": [None, 80, *NINE[:6], 81],
    "players": [None, 80, *NINE[:6], 81], "players_username": {"80": "ann", "81": "bob"},
    "bets": [[None, 25, *NINE[:6], 50]], "pots": [75], "pots_players": [[80, 81]],
    "pots_participants": [{"80": 25, "81": 50}], "pots_winners": [[]], "community_cards": [],
    "rabbit_hunt_cards": [], "folded_players": [], "players_stack": {"80": 4975, "81": 4950},
    "players_delayed_stack": {"80": 0, "81": 0}, "players_bank": {"80": 0, "81": 0},
    "players_statuses": {"80": "S", "81": "S"},
    "players_join_statuses": {"80": "ALLOWED_TO_PLAY", "81": "ALLOWED_TO_PLAY"},
    "players_initial_buy_in": [80, 81], "players_jitsi_id": {"80": None, "81": None},
    "feed_messages": [
        {"event": "action_ack", "data": {**ACK, "action": "small_blind", "amount": 25}},
        {"event": "turn", "data": TURN},
        {"event": "game_end", "data": GAME_END},
    ],
    "end_after_current_game": False, "game_mode": "C", "host_status": "HERE",
}
PRIVATE: dict[str, Any] = {
    "pocket_cards": ["4S", "KS"], "turn": TURN, "show_pocket_cards": None, "game_end": None,
    "timed_event_scenario": None, "winners_award_timer": None, "pause_winners_award_timer": None,
    "blind_level_data": None, "tournament_winners": None, "state_config": {"big_blind": 50},
}


def seen(checked: OutgoingCheck, **private: Any) -> list[dict[str, Any]]:
    """Return the frames of a view, decoded."""
    view = {"game_state": STATE, "private_data": {**PRIVATE, **private}}
    return [orjson.loads(frame) for frame in checked.view(at(seq=41), view, 80)]


def test_a_view_is_two_frames_in_order(checked: OutgoingCheck) -> None:
    state, private = seen(checked)
    assert [(f["event"], f["payload"]["order"]) for f in (state, private)] == [
        ("game_state", 0), ("private_data", 1)]
    assert (state["payload"]["channel"], private["payload"]["channel"]) == ("T", "P")


def test_the_state_has_amounts_everywhere_in_the_wires_form(checked: OutgoingCheck) -> None:
    state = seen(checked)[0]["payload"]
    assert state["bets"] == [[None, "0.25", *NINE[:6], "0.50"]]
    assert (state["pots"], state["pots_participants"]) == (["0.75"], [{"80": "0.25", "81": "0.50"}])
    assert state["players_stack"] == {"80": "49.75", "81": "49.50"}
    assert state["seq"] == 41


def test_the_state_tells_the_feed_of_the_hand(checked: OutgoingCheck) -> None:
    templates = [m["message_template"] for m in seen(checked)[0]["payload"]["feed_messages"]]
    assert templates == ["{{1}} posts the small blind {{2}}", "{{1}} wins with {{2}}"]


def test_only_the_state_carries_a_seq(checked: OutgoingCheck) -> None:
    assert "seq" not in seen(checked)[1]["payload"]


def test_private_data_holds_the_turn_as_it_was_sent(checked: OutgoingCheck) -> None:
    turn = seen(checked)[1]["payload"]["turn"]
    assert (turn["event"], turn["bet"], turn["interval"]) == ("turn", "1.00", 30.0)
    assert (turn["table_token"], turn["channel"], turn["player"]) == (TABLE, "T", 58)
    assert turn["timestamp"] == 1619775048.288


def test_private_data_keeps_the_time_the_mode_gives(checked: OutgoingCheck) -> None:
    turn = seen(checked, turn={**TURN, "timestamp": 1615367234781})[1]["payload"]["turn"]
    assert turn["timestamp"] == 1615367234.781


def test_private_data_has_the_names_of_the_source_too(checked: OutgoingCheck) -> None:
    private = seen(checked)[1]["payload"]
    assert private["winners"] is None
    updated = private["state_config_updated"]
    assert (updated["event"], updated["config"]) == (
        "state_config_updated", private["state_config"])
    ended = seen(checked, game_end=GAME_END)[1]["payload"]
    assert ended["winners"] == ended["game_end"] and ended["winners"]["event"] == "game_end"


def test_private_data_names_the_reveal(checked: OutgoingCheck) -> None:
    two = seen(checked, timed_event_scenario=REVEAL)[1]["payload"]["timed_event_scenario"]
    assert (two["event"], two["finish_time_expiration"]) == ("heads_up_showdown", 1619775055.271)
    three = {**REVEAL, "players": [100, 200, 300]}
    scenario = seen(checked, timed_event_scenario=three)[1]["payload"]["timed_event_scenario"]
    assert scenario["event"] == "all_in_scenario"
    covering = {**REVEAL, "event": "all_in_scenario"}
    scenario = seen(checked, timed_event_scenario=covering)[1]["payload"]["timed_event_scenario"]
    assert scenario["event"] == "all_in_scenario"


def test_private_data_lists_shown_cards(checked: OutgoingCheck) -> None:
    shown = {"player": 21, "seat": 2, "visible_cards": ["JS", None],
             "best_hand": ["JS"], "best_hand_combination": None}
    (one,) = seen(checked, show_pocket_cards=[shown], turn=None)[1]["payload"]["show_pocket_cards"]
    assert (one["event"], one["visible_cards"]) == ("show_pocket_cards", ["JS", None])


def test_a_view_does_not_change_what_the_mode_gave(checked: OutgoingCheck) -> None:
    before = orjson.dumps([STATE, PRIVATE])
    seen(checked)
    assert orjson.dumps([STATE, PRIVATE]) == before


def refused(
    checked: OutgoingCheck, request: Request | BadMessage, code: str, **detail: Any
) -> dict[str, Any]:
    """Return the answer to a refused request, decoded."""
    answer = checked.rejected(at(seq=None), request, Rejected(code, detail), 58)
    frame: dict[str, Any] = orjson.loads(answer)
    return frame


def test_a_refusal_says_what_and_why(checked: OutgoingCheck) -> None:
    request = Request("action_raise", {"amount": 100}, "r-1", raw="action_raise")
    frame = refused(checked, request, "raise_too_small", min_amount=300, max_amount=None)
    assert frame["event"] == "action_error"
    text = CODES["raise_too_small"].text
    assert frame["payload"] == {
        "error": text, "error_representation": text, "code": "raise_too_small",
        "action": "action_raise", "amount": "1.00", "request_id": "r-1", "player": 58,
        "detail": {"min_amount": "3.00", "max_amount": None}, "table_token": TABLE,
        "channel": "P", "order": 0, **EMPTY, "player_id": 58, "player_name": None,
    }


def test_a_refusal_repeats_the_total_that_was_named(checked: OutgoingCheck) -> None:
    request = Request("action_raise", {"total": 100}, "r-1", raw="action_raise")
    payload = refused(checked, request, "raise_too_small", min_total=400)["payload"]
    assert (payload["amount"], payload["total"]) == (None, "1.00")
    assert payload["detail"] == {"min_total": "4.00"}


def test_broken_input_is_explained_to_people(checked: OutgoingCheck) -> None:
    bad = BadMessage("bad_amount", "amount has to be above 0.", "buy_in", "r-2")
    payload = refused(checked, bad, "bad_amount", detail="amount has to be above 0.")["payload"]
    assert payload["error"] == CODES["bad_amount"].text
    assert payload["error_representation"] == "amount has to be above 0."
    assert (payload["action"], payload["amount"], payload["request_id"]) == ("buy_in", None, "r-2")
    nothing = refused(checked, BadMessage("bad_message", ""), "bad_message", detail="")["payload"]
    assert nothing["action"] is None
    assert nothing["error_representation"] == "The message is not valid."


@pytest.mark.parametrize("op", ["game_start", "next_hand"])
def test_a_game_that_cannot_start_has_an_event_of_its_own(checked: OutgoingCheck, op: str) -> None:
    frame = refused(checked, Request(op, {}, None), "not_enough_players")
    assert (frame["event"], frame["payload"]["channel"]) == ("unable_to_start_game", "T")
    assert frame["payload"]["error"] == (
        "Unable to start the game with less than 2 players with enough money.")
    assert frame["payload"]["action"] == op


def test_a_code_of_a_plugin_can_be_answered(checked: OutgoingCheck) -> None:
    payload = refused(checked, Request("join", {}, None), "moon_is_full")["payload"]
    assert (payload["code"], payload["error"]) == ("moon_is_full", "moon is full.")


def test_every_known_code_makes_a_valid_answer(checked: OutgoingCheck) -> None:
    for code in CODES:
        assert refused(checked, Request("join", {}, None), code)["payload"]["code"] == code


def test_notices_go_to_one_socket(checked: OutgoingCheck) -> None:
    context = at(seq=None)
    connected = orjson.loads(checked.notice(
        context, "user_connected", {"user": "u-1", "username": "ann", "player": None}))
    assert connected["payload"]["user"] == "u-1"
    error = orjson.loads(checked.notice(
        context, "auth_error", {"code": "token_expired", "detail": "The token has expired."}))
    assert (error["payload"]["code"], error["payload"]["channel"]) == ("token_expired", "P")
    assert "seq" not in error["payload"]


def test_a_notice_that_the_protocol_lacks_is_empty(
    checked: OutgoingCheck, codec: TableCodec
) -> None:
    assert codec.notice(at(), "moonrise", {}) == b""
    assert checked.notice(at(), "moonrise", {}) == b""


@pytest.mark.parametrize("data", [
    {**ACK, "action_time": None}, {**ACK, "seat": 12}, {**ACK, "colour": "red"},
    {k: v for k, v in ACK.items() if k != "bank"},
])
def test_the_check_finds_a_frame_that_breaks_its_schema(
    checked: OutgoingCheck, data: dict[str, Any]
) -> None:
    with pytest.raises(UndescribedFrame, match="action_ack"):
        checked.event(at(), Event("action_ack", data), None)


def test_the_check_finds_a_frame_without_a_schema(checked: OutgoingCheck) -> None:
    with pytest.raises(UndescribedFrame, match="moonrise"):
        checked.check(b'{"event":"moonrise"}')


def test_every_example_carries_the_common_fields(
    codec: TableCodec, schemas: SchemaSet
) -> None:
    common = set(schemas.document("common/payload.json")["$defs"]["answer"]["properties"])
    for name in codec.events:
        for example in schemas.document(f"table/out/{name}.json")["examples"]:
            assert common <= example["payload"].keys(), name
