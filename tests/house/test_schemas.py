"""Every schema is strict, bounded, described, and tells right from wrong by its own examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "schemas"
FILES = sorted(p for p in FOLDER.rglob("*.json"))


def schema(path: Path) -> dict[str, Any]:
    """Return one schema file."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


DOCUMENTS = {path: schema(path) for path in FILES}
MESSAGES = [p for p in FILES if "common" not in p.parts and "$schema" in DOCUMENTS[p]]


def registry() -> jsonschema_rs.Registry:
    """Return all schemas under their ids."""
    return jsonschema_rs.Registry(
        [(doc["$id"], doc) for doc in DOCUMENTS.values() if "$id" in doc]
    )


def validator(path: Path) -> Any:
    """Return the compiled schema of one file."""
    return jsonschema_rs.Draft202012Validator(
        DOCUMENTS[path], registry=registry(), validate_formats=True
    )


def nodes(node: Any, trail: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every subschema with its place."""
    if not isinstance(node, dict):
        return
    yield trail, node
    for key in ("properties", "$defs", "patternProperties"):
        for name, child in (node.get(key) or {}).items():
            yield from nodes(child, f"{trail}/{key}/{name}")
    for key in ("items", "additionalProperties", "unevaluatedProperties", "if", "then", "else"):
        yield from nodes(node.get(key), f"{trail}/{key}")
    for key in ("oneOf", "anyOf", "allOf", "prefixItems"):
        for position, child in enumerate(node.get(key) or []):
            yield from nodes(child, f"{trail}/{key}/{position}")


def types(node: dict[str, Any]) -> set[str]:
    """Return the JSON types that a subschema names."""
    named = node.get("type", [])
    return {named} if isinstance(named, str) else set(named)


def name(path: Path) -> str:
    """Return the path below schemas/, for test ids."""
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_id_says_where_the_file_lies(path: Path) -> None:
    document = DOCUMENTS[path]
    if "$schema" in document:
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"https://vphost.example/schemas/v1/{name(path)}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_objects_are_closed_and_everything_is_bounded(path: Path) -> None:
    open_ends = []
    for trail, node in nodes(DOCUMENTS[path]):
        if "object" in types(node) and not (
            "additionalProperties" in node or "unevaluatedProperties" in node
        ):
            open_ends.append(f"{trail}: object is open")
        if "array" in types(node) and "maxItems" not in node:
            open_ends.append(f"{trail}: array without maxItems")
        if "string" in types(node) and not node.keys() & {"maxLength", "enum", "const", "format"}:
            open_ends.append(f"{trail}: string without maxLength")
        if types(node) & {"integer", "number"} and not (
            {"minimum", "maximum"} <= node.keys()
            or {"exclusiveMinimum", "maximum"} <= node.keys()
            or node.keys() & {"enum", "const"}
        ):
            open_ends.append(f"{trail}: number without bounds")
    assert open_ends == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_field_is_described(path: Path) -> None:
    silent = [
        f"{trail}/{field}"
        for trail, node in nodes(DOCUMENTS[path])
        for field, child in (node.get("properties") or {}).items()
        if isinstance(child, dict) and "description" not in child and "$ref" not in child
    ]
    assert silent == []


@pytest.mark.parametrize("path", MESSAGES, ids=name)
def test_examples_are_told_apart(path: Path) -> None:
    document = DOCUMENTS[path]
    assert document.get("examples"), "a valid example is missing"
    assert document.get("x-invalid-examples"), "an invalid example is missing"
    check = validator(path)
    for example in document["examples"]:
        check.validate(example)
    accepted = [e for e in document["x-invalid-examples"] if check.is_valid(e)]
    assert accepted == []
