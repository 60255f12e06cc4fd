"""Folders of schemas: found under their ids, compiled, served as they lie, explained in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vphost.wire.schemas import BASE, DRAFT, SchemaError, SchemaSet
from vphost.wire.shape import INWARD, OUTWARD, compile_shape, describe


def schema(place: str, **rules: Any) -> str:
    """Return the text of a schema file."""
    return json.dumps({"$schema": DRAFT, "$id": BASE + place, **rules})


def folder(at: Path, **files: str) -> Path:
    """Write schema files; `__` in a name stands for a folder."""
    for name, text in files.items():
        file = at / (name.replace("__", "/") + ".json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return at


def test_a_plugins_folder_lies_under_its_prefix(tmp_path: Path) -> None:
    text = schema("dice/in/roll.json", type="object")
    loaded = SchemaSet.load([("dice", folder(tmp_path, in__roll=text))])
    assert list(loaded.names("dice/in/")) == ["roll"]
    assert loaded.served() == {"/schemas/v1/dice/in/roll.json": text.encode()}
    assert loaded.validator("dice/in/roll.json").is_valid({})


def test_schemas_refer_to_each_other_across_folders(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", common__money=schema(
        "common/money.json", **{"$defs": {"out": {"type": "string", "x-unit": "money"}}}))
    two = folder(tmp_path / "two", out__paid=schema(
        "dice/out/paid.json", properties={"a": {"$ref": "../../common/money.json#/$defs/out"}}))
    loaded = SchemaSet.load([("", one), ("dice", two)])
    assert not loaded.validator("dice/out/paid.json").is_valid({"a": 1})
    node = describe(loaded, BASE + "dice/out/paid.json", loaded.document("dice/out/paid.json"))
    shape = compile_shape(node, OUTWARD)
    assert shape is not None
    assert shape({"a": 150, "b": 150}, 2) == {"a": "1.50", "b": 150}


@pytest.mark.parametrize(("text", "says"), [
    ("{", "a.json"), ("[]", "has to be an object"),
    (schema("b.json"), "a.json: its $id has to be"), (schema("a.json", type="text"), "a.json"),
    (schema("a.json", **{"$ref": "gone.json"}), "a.json"),
    (schema("a.json", **{"$ref": "https://elsewhere.example/x.json"}), "a.json"),
    (schema("a.json", pattern="("), "a.json"), (schema("a.json", format="moon-phase"), "a.json"),
])
def test_a_broken_schema_stops_the_start_and_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SchemaError) as broken:
        SchemaSet.load([("", folder(tmp_path, a=text))])
    assert says in str(broken.value)


def test_two_files_at_one_place_are_refused(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", dice__a=schema("dice/a.json"))
    two = folder(tmp_path / "two", a=schema("dice/a.json"))
    with pytest.raises(SchemaError, match="another schema"):
        SchemaSet.load([("", one), ("dice", two)])


def test_files_of_another_draft_are_only_served(tmp_path: Path) -> None:
    old = json.dumps({"$schema": "http://json-schema.org/draft-06/schema#", "id": "x"})
    loaded = SchemaSet.load([("", folder(tmp_path, egpp__old=old))])
    assert list(loaded.served()) == ["/schemas/v1/egpp/old.json"]
    assert "egpp/old.json" not in loaded


@pytest.mark.parametrize(("message", "text"), [
    ({}, "n is missing."),
    ({"n": 1, "x" * 99: 1}, "The message has a field that is not known here."),
    ({"n": "1"}, "n has to be of type integer."), ({"n": 11}, "n has to be at most 10."),
    ({"n": 1, "s": ["abcde"]}, "s.0 has to have at most 4 characters."),
    ({"n": 1, "s": ["a", "a"]}, "s names something twice."),
    ([], "The message has to be of type object."),
    ({"n": 1, "e": "c"}, "e has to be one of a or b."),
])
def test_a_fault_is_one_sentence_without_the_value(tmp_path: Path, message: Any, text: str) -> None:
    rules = {"type": "object", "required": ["n"], "additionalProperties": False, "properties": {
        "n": {"type": "integer", "maximum": 10}, "e": {"enum": ["a", "b"]},
        "s": {"type": "array", "items": {"type": "string", "maxLength": 4}, "uniqueItems": True}}}
    loaded = SchemaSet.load([("", folder(tmp_path, a=schema("a.json", **rules)))])
    fault = loaded.explain("a.json", message)
    assert fault is not None
    assert fault.text == text


def test_a_good_message_has_no_fault(schemas: SchemaSet) -> None:
    assert schemas.explain("table/in/action_fold.json", {"action": "action_fold"}) is None


def test_a_huge_message_is_explained_by_the_quick_validator(schemas: SchemaSet) -> None:
    bad = {"action": "update_bankroll", "payload": [{"player": 1, "amount": "x"}] * 3000}
    fault = schemas.explain("table/in/update_bankroll.json", bad)
    assert fault is not None
    assert fault.text.startswith("payload")


def test_one_place_cannot_have_two_units(tmp_path: Path) -> None:
    rules = {"allOf": [{"properties": {"a": {"x-unit": "money"}}}],
             "properties": {"a": {"x-unit": "time"}}}
    loaded = SchemaSet.load([("", folder(tmp_path, a=schema("a.json", **rules)))])
    with pytest.raises(SchemaError, match="two units"):
        describe(loaded, BASE + "a.json", loaded.document("a.json"))


def test_units_inside_maps_lists_and_alternatives(tmp_path: Path) -> None:
    money = {"x-unit": "money"}
    rules = {"properties": {
        "map": {"properties": {"n": {"type": "integer"}}, "additionalProperties": money},
        "lists": {"items": {"items": money}},
        "either": {"oneOf": [{"type": "null"}, {"properties": {"a": money}}, {"items": money}]},
        "when": {"x-unit": "time"}, "long": {"x-unit": "duration"}, "flag": {"x-unit": "boolean"},
    }}
    loaded = SchemaSet.load([("", folder(tmp_path, a=schema("a.json", **rules)))])
    shape = compile_shape(describe(loaded, BASE + "a.json", loaded.document("a.json")), OUTWARD)
    assert shape is not None
    given = {"map": {7: 100, "n": 5, "x": None}, "lists": [[None, 25], []], "either": None,
             "when": 1500, "long": 0, "flag": False, "other": 100}
    assert shape(given, 2) == {
        "map": {"7": "1.00", "n": 5, "x": None}, "lists": [[None, "0.25"], []], "either": None,
        "when": 1.5, "long": 0.0, "flag": "false", "other": 100}
    assert shape({"either": {"a": 5}}, 2) == {"either": {"a": "0.05"}}
    assert shape({"either": [5]}, 2) == {"either": ["0.05"]}


def test_a_schema_without_units_needs_no_shape(schemas: SchemaSet) -> None:
    place = "table/in/action_fold.json"
    node = describe(schemas, BASE + place, schemas.document(place))
    assert compile_shape(node, INWARD) is None
