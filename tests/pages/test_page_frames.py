"""The frames that the page's tests are made of are frames of the protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pages import scenes
from vphost.wire.schemas import SchemaSet

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.json"))


@pytest.fixture(scope="module")
def schemas() -> SchemaSet:
    return SchemaSet.load([("", ROOT / "schemas")])


def check(schemas: SchemaSet, frame: scenes.Frame) -> None:
    fault = schemas.explain(f"table/out/{frame['event']}.json", frame)
    assert fault is None, (frame["event"], fault)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_recorded_session_is_valid(path: Path, schemas: SchemaSet) -> None:
    frames = json.loads(path.read_text())
    assert len(frames) > 100
    for frame in frames:
        check(schemas, frame)


@pytest.mark.parametrize("name", sorted(scenes.SCENES))
def test_a_scene_is_valid(name: str, schemas: SchemaSet) -> None:
    for frame in scenes.SCENES[name]():
        check(schemas, frame)
