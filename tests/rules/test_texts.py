"""Texts of people: whether there is anything to see."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from plugins.cash.rules.seating import CashGame
from plugins.pools.rules.targets import BadName, check_new
from vphost.rules.mode import Json
from vphost.rules.poker.table.arguments import is_said
from vphost.rules.poker.table.config import NAME_LENGTH_MAX, words
from vphost.rules.poker.table.format import Formats
from vphost.rules.texts import is_visible
from vphost.wire.faults import faults
from vphost.wire.schemas import SchemaSet

FORMATS = Formats([CashGame()])


@cache
def schemas() -> SchemaSet:
    """Return the host's schemas."""
    return SchemaSet.load([("", Path(__file__).parents[2] / "schemas")])


FORMATS = Formats([CashGame()])
BLANK = [
    "", " ", "\u00a0\u2003\u3000", "\u2800", "\u2800 \u2800", "\u3164", "\uffa0", "\u115f\u1160",
    "\u200b", "\u200d\u200c", "\u2060\ufeff", "\u00ad", "\u034f", "\u061c", "\u180e", "\u202e",
    "\u2066\u2069", "\ufe0f", "\U000e0020\U000e007f", "\U000e0100", "\u17b4\u17b5", "\u0301",
    "\u2028", "\ufffc", "\U0001d159", "\ufff0", "\u2065", "\x00", "\ud800",
]
VISIBLE = [
    "a", "हिन्दी", "தமிழ்", "สมหญิง", "🂡", "👨\u200d👩\u200d👧", "!", "…", "0", " x ", "e\u0301",
    "\u202eabc", "\ue000", "\U0001fae9",
]


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_what_shows_nothing_is_no_text(text: str) -> None:
    assert not is_visible(text)
    assert not is_said(text)
    wrong: dict[str, str] = {}
    words({"name": text[:NAME_LENGTH_MAX]}, FORMATS, wrong)
    assert set(wrong) == {"name"}
    if text.strip():
        for actions, targets in (([text], []), ("Goal," + text, ""), ("", ["a:" + text])):
            with pytest.raises(BadName):
                check_new(actions, targets)


@pytest.mark.parametrize("text", VISIBLE, ids=ascii)
def test_what_shows_something_is_a_text(text: str) -> None:
    assert is_visible(text) and is_said(text)
    wrong: dict[str, str] = {}
    words({"name": text}, FORMATS, wrong)
    assert not wrong
    check_new([text], [f"{text}:{text}"])


@pytest.mark.parametrize(("schema", "message"), [
    ("table/in/send_chat_message.json",
     {"action": "send_chat_message", "payload": {"message": "\u2800\u3164"}}),
    ("rest/tables/create.json", {"name": "\u3164"}),
    ("rest/tables/patch.json", {"name": "\u2800"}),
    ("rest/admin/reason.json", {"reason": "\u200b"}),
])
def test_schemas_ask_for_something_to_see(schema: str, message: Json) -> None:
    fault = schemas().explain(schema, message)
    assert fault is not None and fault.keyword == "format"
    assert fault.text.endswith("has to show something.")
    field = "payload.message" if "payload" in message else next(iter(message))
    assert faults(schemas().validator(schema), message) == {
        field: ["Has to show something."]
    }


@pytest.mark.parametrize(("name", "field"), [
    ("text_message", "text"), ("create_game", "game_name"),
    ("create_and_open_game", "game_name"), ("open_game_source", "source_name"),
])
def test_pools_ask_for_something_to_see(name: str, field: str) -> None:
    place = f"pools/in/{name}.json"
    good = dict(schemas().document(place)["examples"][0])
    assert schemas().explain(place, good) is None
    fault = schemas().explain(place, {**good, field: "\u2800"})
    assert fault is not None and fault.path == (field,)
