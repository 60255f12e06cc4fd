"""JSON from strangers means one thing or nothing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from vphost.wire.strict_json import DEPTH_MAX, FRAME_MAX, NotJson, parse


@pytest.mark.parametrize(("text", "value"), [
    ('{"a": 1}', {"a": 1}), ("10.50", Decimal("10.50")), ("20.0", 20), ("2e1", 20), ("-0.0", 0),
    ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ("10.000000000000000001", Decimal("10.000000000000000001")), ('"\\ud83d\\ude00"', "😀"),
    ("0e999", 0), (b'{"a": "\xc3\xa9"}', {"a": "é"}),
])
def test_json_is_read_exactly(text: str | bytes, value: object) -> None:
    assert parse(text) == value


def test_a_whole_number_is_an_int_however_it_is_written() -> None:
    assert [type(parse(text)) for text in ("3", "3.0", "3e0", "0.0")] == [int] * 4


@pytest.mark.parametrize("text", [
    "", " ", "{", '{"a":}', "{'a': 1}", "[1,]", "nul", "NaN", "Infinity", "-Infinity", "1e400",
    "-1e400", "1e30", "1e-30", "01", "+1", ".5", "1.", "9223372036854775808", "1" * 5000,
    '"\\ud800"', '"\ud800"', '"a\nb"', b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", "// a\n1",
    '{"a":1}{"a":1}', '"\\x41"', "\x00", "\ufeff{}",
])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(NotJson) as refused:
        parse(text)
    assert refused.value.code == "bad_message"


@pytest.mark.parametrize("text", [
    '{"amount":1,"amount":1000}', '{"a":{"b":1,"b":1}}', '[{"a":1},{"a":1,"a":2}]',
    '{"a":1,"\\u0061":2}', '{"a":":","a":""}', '{"":1,"":2}',
])
def test_a_field_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(NotJson, match="twice"):
        parse(text)


def test_the_same_field_in_two_objects_is_fine() -> None:
    assert parse('[{"a":1},{"a":2}]') == [{"a": 1}, {"a": 2}]


def test_nesting_is_bounded() -> None:
    assert parse("[" * DEPTH_MAX + "]" * DEPTH_MAX)
    for levels in (DEPTH_MAX + 1, 900, 1_000, 1_025, 30_000):
        with pytest.raises(NotJson):
            parse("[" * levels + "]" * levels)
        with pytest.raises(NotJson):
            parse('{"a":' * levels + "1" + "}" * levels)


def test_brackets_inside_texts_are_no_nesting() -> None:
    assert parse(json.dumps("[{" * 100)) == "[{" * 100


def test_a_wide_message_is_not_a_deep_one() -> None:
    assert parse("[" + ",".join(["[]"] * 100) + "]") == [[]] * 100


def test_the_size_is_bounded() -> None:
    assert len(parse('"' + "a" * (FRAME_MAX - 2) + '"')) == FRAME_MAX - 2
    with pytest.raises(NotJson) as refused:
        parse('"' + "a" * (FRAME_MAX - 1) + '"')
    assert refused.value.code == "too_large"


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_frame_is_read_or_refused(frame: bytes | str) -> None:
    try:
        parse(frame)
    except NotJson as refused:
        assert refused.code in ("bad_message", "too_large")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_what_was_written_is_what_is_read(value: object) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(("text", "field"), [
    ('{"a":1,"amount":1e30}', "amount"), ('{"amount":1e-30,"a":1}', "amount"),
    ('{"amount":1e1000,"a":1}', "amount"), ('{"a":1,"amount":123456789012345678901}', "amount"),
    ('{"a":1,"b":{"c":[1,{"d":1e99}]}}', "b.c.1.d"), ('{"a":1,"seat":1,"seat":2}', "seat"),
    ('{"a":1,"seat":NaN}', "seat"), ('{"a":1,"b":-Infinity,"c":1e99}', "b"),
    ('{"a":1,"b":' + "9" * 5000 + "}", "b"), ('{"a":1,"' + "x" * 100 + '":1e99}', "x" * 64),
])
def test_a_wrong_value_is_named_with_its_field(text: str, field: str) -> None:
    with pytest.raises(NotJson) as refused:
        parse(text)
    assert refused.value.field == field
    assert refused.value.rest.get("a") == 1 and field not in refused.value.rest


@pytest.mark.parametrize("text", [
    "1e99", '{"a":1e99', '[{"a":', "[" * 900 + "1e99" + "]" * 900, b'{"a":"\xff"}', "NaN,",
])
def test_where_no_field_is_wrong_none_is_named(text: str | bytes) -> None:
    with pytest.raises(NotJson) as refused:
        parse(text)
    assert refused.value.field == "" and not refused.value.rest
