"""What clients send becomes requests, or coded refusals; nothing else ever happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from vphost.rules.codes import CODES
from vphost.rules.mode import Labels
from vphost.rules.money import to_major
from vphost.tables.codec import TableCodec
from vphost.wire.codec import BadMessage, Request
from vphost.wire.schemas import SchemaSet

CODEC = TableCodec(SchemaSet.load([("", Path(__file__).parents[2] / "schemas")]))
CENTS = Labels(decimals=2)
AT = "2017-02-15T20:26:08.937881-06:00"


def send(labels: Labels = CENTS, **body: Any) -> Request | BadMessage:
    """Decode an object as a frame."""
    return CODEC.decode(json.dumps(body), labels)


def args(**body: Any) -> Any:
    """Return the arguments of an object that has to be a request."""
    request = send(**body, timestamp=AT)
    assert isinstance(request, Request), request
    assert request.op == body["action"]
    return request.args


def code(frame: str | bytes) -> str:
    """Return the code of a frame that has to be refused."""
    refused = CODEC.decode(frame, CENTS)
    assert isinstance(refused, BadMessage), refused
    return refused.code


@pytest.mark.parametrize(("body", "expected"), [
    ({"action": "sit_player", "seat": 1, "jitsi_id": "123"}, {"seat": 1, "jitsi_id": "123"}),
    ({"action": "sit_player", "seat": None}, {"seat": None}),
    ({"action": "update_jitsi_id", "jitsi_id": "345"}, {"jitsi_id": "345"}),
    ({"action": "buy_in", "amount": 20.0}, {"amount": 2000}),
    ({"action": "action_call", "amount": 10.0}, {"amount": 1000}),
    ({"action": "action_raise", "amount": "0.75"}, {"amount": 75}),
    ({"action": "action_raise", "total": 3}, {"total": 300}),
    ({"action": "action_bet", "total": "0.75"}, {"total": 75}),
    ({"action": "action_fold"}, {}),
    ({"action": "straddle"}, {}),
    ({"action": "straddle", "amount": "1.00"}, {"amount": 100}),
    ({"action": "game_start", "game_type": "THD"}, {"game_type": "THD"}),
    ({"action": "join", "immediately": "true"}, {"immediately": True}),
    ({"action": "join", "immediately": "false"}, {"immediately": False}),
    ({"action": "join", "immediately": True}, {"immediately": True}),
    ({"action": "join", "immediately": False}, {"immediately": False}),
    ({"action": "kick_player_after_game", "payload": {"player": 69}}, {"player": 69}),
    ({"action": "send_chat_message", "payload": {"message": "Hello World!!!"}},
     {"message": "Hello World!!!"}),
    ({"action": "show_pocket_cards", "data": {"cards": ["8D"]}}, {"cards": ["8D"]}),
    ({"action": "update_bankroll",
      "payload": [{"player": 1, "amount": 20}, {"player": 2, "amount": -20}]},
     {"changes": [{"player": 1, "amount": 2000}, {"player": 2, "amount": -2000}]}),
])
def test_the_frames_of_the_source_become_requests(body: dict[str, Any], expected: Any) -> None:
    assert args(**body) == expected


def test_what_changes_nothing_is_a_query() -> None:
    queries = {name for name in CODEC.actions if _example(name).is_query}
    assert queries == {"initialize_state", "ping"}


def _example(name: str) -> Request:
    file = Path(__file__).parents[2] / "schemas" / "table" / "in" / f"{name}.json"
    request = CODEC.decode(json.dumps(json.loads(file.read_text())["examples"][0]), CENTS)
    assert isinstance(request, Request)
    return request


def test_since_is_an_argument() -> None:
    assert args(action="initialize_state", since=41) == {"since": 41}
    assert args(action="initialize_state") == {}


def test_the_timestamp_may_be_missing() -> None:
    assert isinstance(send(action="action_check"), Request)


def test_the_request_id_is_kept_and_is_no_argument() -> None:
    request = send(action="action_check", request_id="r-1")
    assert isinstance(request, Request)
    assert (request.request_id, request.args, request.raw) == ("r-1", {}, "action_check")


@pytest.mark.parametrize("request_id", ["", "a" * 65, "a\nb", 7, None, ["a"]])
def test_a_bad_request_id_is_refused(request_id: Any) -> None:
    refused = send(action="action_check", request_id=request_id)
    assert isinstance(refused, BadMessage)
    assert (refused.code, refused.op) == ("bad_message", "action_check")


def test_a_request_id_of_64_characters_is_fine() -> None:
    assert isinstance(send(action="action_check", request_id="a" * 64), Request)


def test_a_refusal_carries_the_request_id() -> None:
    refused = send(action="buy_in", amount=-1, request_id="r-9")
    assert refused == BadMessage(
        "bad_amount", "amount has to be above 0.", "buy_in", "r-9", "amount"
    )


@pytest.mark.parametrize("amount", [
    -20, -0.01, 0, 0.0, "0", "0.00", "-5", 10.001, "10.001", 1e308, 10**30, 2**53, "NaN", "nan",
    "Infinity", "1e400", "1e2", "1E+2", " 5", "5 ", "5\n", "+5", "0x10", "1_000", "1,000", "٣", "５",
    "", ".5", "5.", "--5", True, False, None, [], {}, [5], "9" * 17, "9" * 1000,
    "10.000000000000000000000000000001", 10.000000000000002,
])
def test_a_hostile_amount_is_a_bad_amount(amount: Any) -> None:
    for action in ("buy_in", "action_call", "action_bet", "action_raise", "straddle"):
        frame = json.dumps({"action": action, "amount": amount})
        expected = "bad_amount"
        if isinstance(amount, float | int) and not isinstance(amount, bool) and amount > 2**63:
            expected = "bad_message"
        assert code(frame) == expected, action


@pytest.mark.parametrize("action", ["action_bet", "action_raise"])
def test_a_bet_names_its_amount_or_its_total(action: str) -> None:
    assert send(action=action) == BadMessage(
        "bad_message", "amount is missing.", action, field="amount")
    assert send(action=action, amount=1, total=2) == BadMessage(
        "bad_message", "total may not stand beside amount.", action, field="total")
    assert send(action=action, total=0) == BadMessage(
        "bad_amount", "total has to be above 0.", action, field="total")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1e999999999"])
def test_an_amount_that_json_does_not_know_is_a_bad_message(number: str) -> None:
    assert code('{"action":"action_bet","amount":%s}' % number) == "bad_message"


def test_digits_that_a_double_would_lose_are_seen() -> None:
    assert code('{"action":"action_bet","amount":10.000000000000000001}') == "bad_amount"


def test_an_amount_within_a_list_is_a_bad_amount() -> None:
    for amount in (0, "0.001", "x", None, 1e-3):
        frame = {"action": "update_bankroll", "payload": [{"player": 1, "amount": amount}]}
        assert code(json.dumps(frame)) == "bad_amount"


def test_a_missing_amount_is_a_bad_message() -> None:
    assert send(action="buy_in") == BadMessage(
        "bad_message", "amount is missing.", "buy_in", field="amount")


@pytest.mark.parametrize("message, field", [
    ({"action": "buy_in", "amount": 1, "colour": "red"}, "colour"),
    ({"action": "buy_in", "amount": "0.001"}, "amount"),
    ({"action": "sit_player", "seat": "one"}, "seat"), ({"action": "sit_player"}, "seat"),
    ({"action": "buy_in", "amount": 1, "request_id": 1}, "request_id"),
    ({"action": "buy_in", "amount": 1, "timestamp": 5}, "timestamp"),
    ({"action": "update_bankroll", "payload": [
        {"player": 1, "amount": 1}, {"player": 2, "amount": "1.001"}]}, "payload.1.amount"),
    ({"action": "update_bankroll", "payload": [{"player": 1}]}, "payload.0.amount"),
    ({"action": "update_bankroll", "payload": "x"}, "payload"),
    ({"action": 5}, "action"), ({}, "action"), ({"action": "fly"}, "action"),
    ({"action": "initialize_state", "since": "abc"}, "since"),
    ({"action": "x" * 70_000}, ""), ([], ""),
])
def test_a_refusal_names_its_field(message: Any, field: str) -> None:
    refused = CODEC.decode(json.dumps(message), CENTS)
    assert isinstance(refused, BadMessage) and refused.field == field


def test_the_currency_says_how_many_decimals() -> None:
    cases: list[tuple[int, Any, int]] = [
        (0, "7", 7), (8, "0.00000001", 1), (2, 0.1, 10), (2, 1.15, 115),
    ]
    for decimals, amount, minor in cases:
        request = send(Labels(decimals), action="buy_in", amount=amount)
        assert isinstance(request, Request)
        assert request.args == {"amount": minor}
    refused = send(Labels(0), action="buy_in", amount="7.5")
    assert isinstance(refused, BadMessage)
    assert (refused.code, "too many decimals" in refused.detail) == ("bad_amount", True)


def test_the_largest_amount() -> None:
    largest = send(action="buy_in", amount="90071992547409.91")
    assert isinstance(largest, Request)
    assert largest.args == {"amount": 2**53 - 1}
    assert code('{"action":"buy_in","amount":"90071992547409.92"}') == "bad_amount"


@pytest.mark.parametrize(("frame", "expected"), [
    ("", "bad_message"), ("[]", "bad_message"), ("7", "bad_message"), ('"x"', "bad_message"),
    ("null", "bad_message"), ("{}", "bad_message"), ('{"action":7}', "bad_message"),
    ('{"action":null}', "bad_message"), ('{"action":["action_fold"]}', "bad_message"),
    ('{"action":"invalid_action","amount":1000.0}', "unknown_action"),
    ('{"action":"small_blind","amount":10.0}', "unknown_action"),
    ('{"action":"refresh_state"}', "unknown_action"), ('{"action":"game_state"}', "unknown_action"),
    ('{"action":"connect"}', "unknown_action"), ('{"action":"tick"}', "unknown_action"),
    ('{"action":"resume","paused_ms":1}', "unknown_action"), ('{"action":""}', "unknown_action"),
    ('{"action":"__class__"}', "unknown_action"),
    ('{"action":"action_fold","action":"action_check"}', "bad_message"),
    ('{"action":"buy_in","amount":1,"amount":1000}', "bad_message"),
    ('{"action":"action_fold","user":"u-2"}', "bad_message"),
    ('{"action":"action_fold","amount":1,"colour":"red"}', "bad_message"),
    ('{"action":"sit_player","amount":1}', "bad_message"),
    ('{"action":"kick_player_after_game","payload":{"player":1,"user":"u-2"}}', "bad_message"),
    ('{"action":"sit_player","seat":9}', "bad_message"),
    ('{"action":"sit_player","seat":-1}', "bad_message"),
    ('{"action":"sit_player","seat":1.5}', "bad_message"),
    ('{"action":"sit_player","seat":true}', "bad_message"),
    ('{"action":"sit_player"}', "bad_message"),
    ('{"action":"send_chat_message","payload":{"message":"\\u0000"}}', "bad_message"),
    ('{"action":"send_chat_message","payload":{"message":" \\t "}}', "bad_message"),
    ('{"action":"show_pocket_cards","data":{"cards":["8D","8D"]}}', "bad_message"),
    ('{"action":"show_pocket_cards","data":{"cards":["1D"]}}', "bad_message"),
    ('{"action":"action_fold","timestamp":"yesterday"}', "bad_message"),
    ('{"action":"action_fold","timestamp":1629285226}', "bad_message"),
    ('{"action":"game_start","game_type":"XYZ"}', "bad_message"),
    ('{"action":"initialize_state","since":-1}', "bad_message"),
    (b'{"action":"action_fold"\xff}', "bad_message"),
    ('{"action":"send_chat_message","payload":{"message":"' + "a" * 501 + '"}}', "bad_message"),
    ('{"action":"send_chat_message","payload":{"message":"' + "a" * 70_000 + '"}}', "too_large"),
    ('{"action":"action_fold","x":' + "[" * 900 + "]" * 900 + "}", "bad_message"),
])
def test_broken_input_is_coded(frame: str | bytes, expected: str) -> None:
    assert code(frame) == expected


@pytest.mark.parametrize(("body", "expected"), [
    ({"action": "action_fold", "amount": 1}, {}),
    ({"action": "action_check", "amount": "no amount", "total": [], "seat": 99}, {}),
    ({"action": "action_call", "amount": 1, "total": 2}, {"amount": 100}),
    ({"action": "leave_player", "payload": {"player": 7}, "data": None}, {}),
    ({"action": "sit_player", "seat": 1, "amount": 20, "immediately": True}, {"seat": 1}),
    ({"action": "send_chat_message", "payload": {"message": "Hi"}, "token": "x"},
     {"message": "Hi"}),
])
def test_fields_of_other_actions_are_ignored(
    body: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert args(**body) == expected


def test_seat_1_0_is_seat_1() -> None:
    seat = args(action="sit_player", seat=1.0)["seat"]
    assert (seat, type(seat)) == (1, int)


def test_an_unknown_action_is_echoed_up_to_a_bound() -> None:
    refused = send(action="x" * 5000)
    assert isinstance(refused, BadMessage)
    assert refused.op == "x" * 64


def test_a_refusal_never_repeats_a_token() -> None:
    refused = send(action="authenticate", token="se cret")
    assert isinstance(refused, BadMessage)
    assert "cret" not in refused.detail


def test_a_long_message_is_refused_quickly_and_in_words() -> None:
    payload = [1, "a"] * 5000
    refused = CODEC.decode(json.dumps({"action": "update_bankroll", "payload": payload}), CENTS)
    assert isinstance(refused, BadMessage)
    assert refused.detail.startswith("payload")
    spaces = {"action": "send_chat_message", "payload": {"message": " " * 60_000 + "\x01"}}
    assert code(json.dumps(spaces)) == "bad_message"


KEYS = st.sampled_from(["action", "amount", "seat", "payload", "data", "timestamp", "request_id",
                        "player", "cards", "message", "since", "token", "immediately"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from([*sorted(CODEC.actions), AT, "8D", "0.50", "THD", "true"])
)
BODIES = st.dictionaries(KEYS, st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
), max_size=6)


@given(BODIES, st.sampled_from(sorted(CODEC.actions)), st.integers(0, 8))
def test_any_object_becomes_a_request_or_a_coded_refusal(
    body: dict[str, Any], action: str, decimals: int
) -> None:
    frame = json.dumps({**body, "action": action})
    decoded = CODEC.decode(frame, Labels(decimals))
    if isinstance(decoded, BadMessage):
        assert decoded.code in CODES
        assert 0 < len(decoded.detail) < 500
    else:
        amount = decoded.args.get("amount", 1)
        assert type(amount) is int
        assert amount > 0


@given(st.binary(max_size=300))
def test_any_bytes_become_a_request_or_a_coded_refusal(frame: bytes) -> None:
    assert isinstance(CODEC.decode(frame, CENTS), Request | BadMessage)


@given(st.integers(1, 2**53 - 1), st.integers(0, 8))
def test_an_amount_comes_back_as_it_was_sent(minor: int, decimals: int) -> None:
    request = send(Labels(decimals), action="action_bet", amount=to_major(minor, decimals))
    assert isinstance(request, Request)
    assert request.args == {"amount": minor}


@pytest.mark.parametrize("amount", ["1e30", "-1e30", "1e-30", "1e1000", "NaN", "9" * 40])
def test_an_impossible_number_is_named_and_echoed(amount: str) -> None:
    refused = CODEC.decode(
        f'{{"action": "buy_in", "request_id": "r", "amount": {amount}}}', CENTS)
    assert isinstance(refused, BadMessage)
    assert (refused.op, refused.request_id, refused.field) == ("buy_in", "r", "amount")


@pytest.mark.parametrize("action", ["[1]", "{}", '"nope"', "5", "1e99"])
def test_an_impossible_number_beside_no_action_is_named(action: str) -> None:
    refused = CODEC.decode(f'{{"seat": 1e99, "action": {action}}}', CENTS)
    assert isinstance(refused, BadMessage)
    assert (refused.op, refused.field) == (None, "seat")
