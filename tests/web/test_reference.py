"""The references are what serves: nothing is missing, nothing more is told, validators agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.web.rest_client import people
from vphost.cli.main import main
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.web.rest.areas import resources
from vphost.wire.asyncapi import messages
from vphost.wire.bundle import Bundle
from vphost.wire.endpoints import SocketProtocol
from vphost.wire.schemas import BASE, DRAFT, SchemaSet
from vphost.wire.templates import names, template

ROOT = Path(__file__).parents[2]
SPECIFICATION = (
    ROOT / ".venv/npm/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
)
OPS = ROOT / "schemas/pools/ops.json"
NOT_ANSWERED_HERE = {"plugins"}
AGREED = """
POST auth/registration/, auth/confirm-email/, auth/token/, auth/token/refresh/, auth/token/verify/
POST auth/token/short/, auth/password/change/, auth/password/reset/, auth/password/reset/confirm/
GET users/current/, users/current/stats/, users/current/game-stats/
GET users/current/is-current-user-playing/
GET tables/, tables/{token}/, tables/{token}/stats/
POST tables/, tables/{token}/open/, tables/{token}/join/, tables/{token}/choose_game_mode/
PUT tables/{token}/
PATCH tables/{token}/, tables/{token}/configuration/
DELETE tables/{token}/
GET lookups/table-statuses/, lookups/table-statuses/{id}/
GET lookups/table-types/, lookups/table-types/{id}/
GET players/, players/{id}/, players/{id}/stats/, players/{id}/versus-stats/
PUT players/{id}/
PATCH players/{id}/
POST players/{id}/kick/, players/{id}/leave/
POST reports/{short_table_token}/send-report/
GET payments/prices/
POST payments/prices/{id}/get-payment-intent/, payments/webhook/, uploads/
"""
"""The calls that clients of the table API were promised."""


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what `run.py NAME` prints."""

    def show(name: str) -> Any:
        assert main([name]) == 0
        return json.loads(capsys.readouterr().out)

    return show


def found(node: Any, key: str) -> Iterator[Any]:
    """Yield every value of a key, at any depth."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from found(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from found(item, key)


def served() -> set[tuple[str, str]]:
    """Return (path, verb) of all that a host with poker tables answers."""
    return {(one.path, verb) for one in (*resources(), *LOBBY, *POKER) for verb in one.verbs}


def test_openapi_is_valid_and_tells_every_call(printed: Any) -> None:
    document = printed("openapi")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    told = {
        (path, verb.upper()) for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters" and operation["tags"][0] not in NOT_ANSWERED_HERE
    }
    assert told == served()
    assert document["paths"]["/api/v1/auth/token/"]["post"]["security"] == []
    assert document["paths"]["/api/v1/users/current/"]["get"]["security"] == [{"bearer": []}]


def test_every_call_that_was_agreed_on_is_served() -> None:
    agreed = {
        (verb, f"/api/v1/{path}") for verb, _, paths in (
            line.partition(" ") for line in AGREED.split("\n") if line
        ) for path in paths.split(", ")
    }
    assert len(agreed) == 41 and agreed - {(verb, path) for path, verb in served()} == set()


def test_the_validator_of_openapi_can_say_no(printed: Any) -> None:
    document = printed("openapi")
    del document["paths"]["/api/v1/auth/token/"]["post"]["responses"]["200"]["description"]
    assert list(OpenAPIV31SpecValidator(document).iter_errors())


def test_asyncapi_is_valid_and_tells_every_message(printed: Any) -> None:
    document = printed("asyncapi")
    official = jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text()))
    assert [f"{e.json_path} {e.message[:200]}" for e in official.iter_errors(document)] == []
    channels = document["channels"]
    assert channels["table"]["address"] == "/ws/tables/{room}/"
    assert channels["pools"]["address"] == "/ws/pools/"
    numbers = json.loads(OPS.read_text())
    for folder, kind in (("in", "op"), ("out", "res")):
        files = {path.stem for path in (ROOT / "schemas/table" / folder).glob("*.json")}
        told = {key.removeprefix(f"{folder}.") for key in channels["table"]["messages"]
                if key.startswith(f"{folder}.")}
        assert told == files
        pools = {key.removeprefix(f"{folder}.") for key in channels["pools"]["messages"]
                 if key.startswith(f"{folder}.")}
        assert pools >= set(numbers[kind]) - {"closed"}, set(numbers[kind]) - pools
    document["operations"]["receive.table"]["action"] = "hear"
    assert list(official.iter_errors(document))


def test_every_reference_leads_somewhere_and_schemas_judge_as_the_served_ones(
    printed: Any,
) -> None:
    for name, inside in (("openapi", ()), ("asyncapi", ("schema",))):
        document = printed(name)
        for ref in found(document, "$ref"):
            node = document
            for part in ref.removeprefix("#/").split("/"):
                node = node[part]
        for key, component in document["components"]["schemas"].items():
            pointer = "/".join(["#/components/schemas", key, *inside])
            judge = jsonschema_rs.Draft202012Validator(
                {"$ref": pointer, "components": document["components"]}, validate_formats=True
            )
            schema = component["schema"] if inside else component
            for example in schema.get("examples", []):
                assert judge.is_valid(example), (key, example)
            source = json.loads((ROOT / "schemas" / f"{key.replace('.', '/')}.json").read_text())
            for example in source.get("x-invalid-examples", []):
                assert not judge.is_valid(example), (key, example)


def test_a_bundle_leaves_values_and_names_alone() -> None:
    one: dict[str, Any] = {
        "$schema": DRAFT, "$id": f"{BASE}a/one.json", "type": "object",
        "properties": {
            "examples": {"$ref": "two.json#/$defs/x"}, "$ref": {"type": "string"},
            "value": {"const": {"$ref": "two.json"}},
        },
    }
    two: dict[str, Any] = {
        "$schema": DRAFT, "$id": f"{BASE}a/two.json", "$defs": {"x": {"type": "integer"}},
    }
    bundle = Bundle(SchemaSet({one["$id"]: one, two["$id"]: two}, {}))
    assert bundle.ref("a/one.json") == {"$ref": "#/components/schemas/a.one"}
    shown = bundle.components()["a.one"]["properties"]
    assert shown["examples"] == {"$ref": "#/components/schemas/a.two/$defs/x"}
    assert shown["$ref"] == {"type": "string"}
    assert shown["value"] == {"const": {"$ref": "two.json"}}


def test_a_path_becomes_a_template() -> None:
    pattern = r"/ws/x\.y/(?P<room>[0-9a-z]{4})/?"
    assert template(pattern) == "/ws/x.y/{room}/"
    assert names(pattern) == {"room": "^(?:[0-9a-z]{4})$"}


def test_a_protocol_without_schemas_has_no_messages() -> None:
    protocol = SocketProtocol("bells", "/ws/bells/", None, None)  # type: ignore[arg-type]
    assert messages(protocol, "in", SchemaSet({}, {})) == {}


async def test_a_host_serves_both_and_its_own_page(tmp_path: Path) -> None:
    async with people(tmp_path) as house:
        for place, version in (("/swagger.json", "openapi"), ("/asyncapi.json", "asyncapi")):
            status, headers, body = await house.get(place)
            assert (status, version in json.loads(body)) == (200, True)
            assert headers["content-type"] == "application/json; charset=utf-8"
        for place, kind in (
            ("/swagger/", "text/html"), ("/swagger/swagger-ui-bundle.js", "text/javascript"),
            ("/swagger/swagger-ui.css", "text/css"), ("/static/js/swagger.js", "text/javascript"),
        ):
            status, headers, _ = await house.get(place)
            assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
        for place in ("/swagger/index.css", "/swagger/oauth2-redirect.html", "/swagger/x.js"):
            assert (await house.get(place))[0] == 404
