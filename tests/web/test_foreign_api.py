"""A second dialect of REST beside the host's: every answer below its prefix is in its own words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.web.foreign_api import Abroad, Answer, Foreign, abroad
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.plugin_api import HOST_API, Api, Host, Reply, Resource, Verb, hookimpl
from vphost.web.apis import QUERY_MAX, VALUE_MAX

NOTES = "/notes/v1/one/notes"
GOOD = {"text": "hello"}


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Abroad]:
    async with abroad(tmp_path) as running:
        yield running


def in_its_words(answer: Answer) -> dict[str, Any]:
    """Return the error of a refusal that is told as the dialect tells them."""
    assert set(answer.body) == {"error"}, answer
    error: dict[str, Any] = answer.body["error"]
    assert set(error) == {"type", "message", "request", "context"}
    assert error["context"]["id"] == answer.headers["x-incident-id"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-dialect"] == "foreign" and "www-authenticate" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    return error


# -- answers -----------------------------------------------------------------------------------


async def test_answers_lie_in_the_envelope(host: Abroad) -> None:
    made = await host.call("POST", NOTES, GOOD)
    assert (made.status, made.body) == (201, {"data": {"count": 1}, "meta": []})
    assert made.headers["location"] == "/notes/v1/here"
    assert (await host.call("GET", "/notes/v1/board", key="")).body == {
        "data": {"count": 0}, "meta": [],
    }


async def test_lists_take_the_pages_of_the_api(host: Abroad) -> None:
    host.plugin.notes = [f"n{number}" for number in range(17)]
    first, second = await host.call("GET", NOTES), await host.call("GET", f"{NOTES}?page=2")
    assert first.body["meta"] == {"page": 1, "perPage": 15, "total": 17}
    assert first.body["data"] + second.body["data"] == host.plugin.notes
    assert len((await host.call("GET", f"{NOTES}?perPage=100")).body["data"]) == 17
    wrong = in_its_words(await host.call("GET", f"{NOTES}?perPage=101&limit=5"))
    assert set(wrong["context"]["meta"]) == {"perPage", "limit"}


async def test_the_function_hears_who_calls(host: Abroad) -> None:
    await host.call("GET", NOTES)
    await host.call("GET", "/notes/v1/me", key="", X_Player="ann")
    await host.call("GET", "/notes/v1/board")
    key, user, nobody = host.plugin.asked
    assert (key.user, key.username, key.notes) == ("notes:0001", "one", {"of": "one"})
    assert key.scopes == {"notes:read", "notes:write"} and key.host is None
    assert (user.user, user.scopes, user.notes) == ("ann", frozenset(), {"device": "phone"})
    assert (nobody.user, nobody.notes) == ("", {})


async def test_head_and_etags_are_as_everywhere(host: Abroad) -> None:
    answer = await host.call("HEAD", NOTES)
    assert (answer.status, answer.body) == (200, None)


async def test_repeated_calls_get_the_first_answer(host: Abroad) -> None:
    first = await host.call("POST", NOTES, GOOD, X_Once="1")
    again = await host.call("POST", NOTES, GOOD, X_Once="1")
    assert first.status == again.status == 201 and first.body == again.body
    assert again.headers["location"] == "/notes/v1/here" and host.plugin.notes == ["hello"]
    other = in_its_words(await host.call("POST", NOTES, {"text": "bye"}, X_Once="1"))
    assert other["context"]["cause"] == "id_reused"
    await host.call("POST", NOTES, GOOD, Idempotency_Key="1")
    await host.call("POST", NOTES, GOOD, Idempotency_Key="1")
    elsewhere = await host.call("POST", "/notes/v1/two/notes", GOOD, "k-other-0003", X_Once="1")
    assert elsewhere.status == 201 and len(host.plugin.notes) == 4


# -- refusals ----------------------------------------------------------------------------------


REFUSED: list[tuple[int, str, dict[str, Any]]] = [
    (401, "no_such_key", {"key": ""}),
    (401, "no_such_key", {"key": "wrong"}),
    (401, "no_such_key", {"key": "", "Authorization": "Bearer x"}),
    (401, "not_authenticated", {"key": "vph_x"}),
    (403, "forbidden", {"key": "k-other-0003"}),
    (403, "forbidden", {"key": "", "X_Player": "ann"}),
    (403, "forbidden", {"verb": "POST", "body": GOOD, "key": "k-reader-0002"}),
    (403, "forbidden", {"path": "/notes/v1/me"}),
    (403, "forbidden", {"path": "/notes/v1/wallet"}),
    (429, "too_many_attempts", {"key": "slow"}),
    (503, "store_down", {"key": "down"}),
    (404, "not_found", {"path": "/notes/v1/nothing/here"}),
    (404, "not_found", {"path": "/notes/v1/"}),
    (404, "not_found", {"path": "/notes/v1"}),
    (404, "not_found", {"path": "/notes/v1?x=1"}),
    (404, "not_found", {"path": "/notes/v1/nothing", "verb": "PATCH", "body": GOOD}),
    (404, "not_found", {"path": "/notes/v1/ONE/board"}),
    (404, "not_found", {"path": "/notes/v1/me/"}),
    (405, "method_not_allowed", {"verb": "DELETE"}),
    (405, "method_not_allowed", {"verb": "PROPFIND"}),
    (400, "unsupported_media_type", {"verb": "POST", "body": b"a=1", "Content_Type": "text/plain"}),
    (400, "bad_message", {"verb": "POST"}),
    (400, "bad_message", {"verb": "POST", "body": b"{"}),
    (400, "bad_message", {"verb": "POST", "body": b'{"text": "aa", "text": "bb"}'}),
    (400, "bad_message", {"verb": "POST", "body": {"text": "a"}}),
    (400, "bad_message", {"verb": "POST", "body": {"text": "aa", "more": 1}}),
    (400, "bad_message", {"body": GOOD}),
    (400, "bad_message", {"path": f"{NOTES}?x=1"}),
    (400, "bad_message", {"path": f"{NOTES}?page=1&page=2"}),
    (400, "bad_header", {"verb": "POST", "body": GOOD, "X_Once": "a b"}),
    (413, "too_large", {"verb": "POST", "body": {"text": "a" * 5_000}}),
    (413, "too_large", {"verb": "POST", "Content_Length": "9999999"}),
    (413, "too_large", {"verb": "POST", "Content_Length": "9999999", "path": "/notes/v1/nothing"}),
    (491, "limits_reached", {"verb": "POST", "body": {"text": "full"}}),
]


async def test_every_refusal_is_in_its_words(host: Abroad) -> None:
    for status, code, call in REFUSED:
        answer = await host.call(Accept="text/html", **{"verb": "GET", "path": NOTES, **call})
        cause = in_its_words(answer)["context"]["cause"]
        assert (answer.status, cause) == (status, code), call
        assert host.plugin.notes == []
        if status == 405:
            assert answer.headers["allow"] == "GET, POST, HEAD"
        if status in (429, 503):
            assert int(answer.headers["retry-after"]) >= 1


async def test_the_refused_fields_and_parameters_are_told(host: Abroad) -> None:
    wrong = in_its_words(await host.call("POST", NOTES, {"more": 1}))
    assert set(wrong["context"]["meta"]) == {"text", "more"}
    long = "x" * (VALUE_MAX + 9)
    asked = f"{NOTES}?apiKey=k-nobody-9876&page=0&long={long}&" + "&".join(
        f"p{number}=1" for number in range(QUERY_MAX)
    )
    shown = in_its_words(await host.call("GET", asked, key=""))["request"]["parameters"]
    assert shown["apiKey"] == "***9876" and shown["page"] == "0"
    assert shown["long"] == "x" * VALUE_MAX and len(shown) == QUERY_MAX


async def test_a_fault_of_ours_is_in_its_words(host: Abroad, expect_log: Any) -> None:
    expect_log("request_failed|status=500")
    answer = await host.call("POST", NOTES, {"text": "crash"})
    error = in_its_words(answer)
    assert (answer.status, error["type"]) == (500, "Internal")
    assert "secret" not in json.dumps(answer.body)


async def test_too_many_calls_are_refused_in_its_words(tmp_path: Path) -> None:
    async with abroad(tmp_path, requests_per_s=1, requests_burst=1) as host:
        answers = [await host.call("GET", NOTES) for _ in range(3)]
    assert {in_its_words(one)["context"]["cause"] for one in answers if one.status != 200} == {
        "too_many_messages"
    }


async def test_an_api_that_cannot_refuse_is_answered_for(host: Abroad, expect_log: Any) -> None:
    told = expect_log("api_cannot_refuse")
    broken = dataclasses.replace(host.plugin.api, refuse=lambda refusal: Reply({1, 2}))
    host.app._server._server.apis._longest_first.insert(0, broken)
    answer = await host.call("POST", NOTES, Content_Length="9999999")
    assert answer.status == 500 and answer.body["code"] == "internal_error" and told


# -- neighbours --------------------------------------------------------------------------------


async def test_the_hosts_own_words_stay(host: Abroad) -> None:
    for path in ("/api/v1/nothing/", "/api/v1/notes/v1/"):
        answer = await host.call("GET", path)
        assert answer.status == 404 and set(answer.body) == {"detail", "code"}
        large = await host.call("POST", path, Content_Length="9999999")
        assert large.status == 413 and set(large.body) == {"detail", "code"}


async def test_beside_the_prefix_it_has_nothing_to_say(host: Abroad) -> None:
    for path in ("/notes/v2/", "/notes/", "/notes/v1x", "/nothing"):
        answer = await host.call("GET", path)
        assert answer.status == 404 and set(answer.body) == {"ok", "code", "message", "id"}


async def test_a_key_of_this_host_opens_what_its_scope_says(host: Abroad) -> None:
    keys = host.app.house.keys
    texts = {}
    for scope in ("wallet", "rounds"):
        made = await keys.create(scope, [scope], None)
        assert isinstance(made, tuple)
        texts[scope] = made[1]
    assert (await host.call("GET", "/notes/v1/wallet", key=texts["wallet"])).status == 200
    wrong = await host.call("GET", "/notes/v1/wallet", key=texts["rounds"])
    assert wrong.status == 403 and in_its_words(wrong)
    as_bearer = await host.call(
        "GET", "/notes/v1/wallet", key="", Authorization=f"Bearer {texts['wallet']}"
    )
    assert as_bearer.status == 401


# -- the reference -----------------------------------------------------------------------------


async def test_it_has_a_reference_of_its_own(host: Abroad) -> None:
    own = (await host.call("GET", "/reference/notes.json")).body
    OpenAPIV31SpecValidator(own).validate()
    assert own["info"]["title"] == "Notes" and set(own["paths"]) == {
        "/notes/v1/{integration}/notes", "/notes/v1/me", "/notes/v1/wallet", "/notes/v1/board",
    }
    add = own["paths"]["/notes/v1/{integration}/notes"]["post"]
    assert add["security"] == [{"notes": ["notes:write"]}]
    assert own["components"]["securitySchemes"]["notes"]["name"] == "X-API-Key"
    assert "415" not in add["responses"] and {"201", "400", "401", "491"} <= set(add["responses"])
    assert [one["name"] for one in add["parameters"]] == ["X-Once"]
    listed = own["paths"]["/notes/v1/{integration}/notes"]["get"]["parameters"]
    assert [one["name"] for one in listed] == ["page", "perPage", "apiKey"]
    assert "WWW-Authenticate" not in json.dumps(own)
    ours = (await host.call("GET", "/swagger.json")).body
    assert not any(path.startswith("/notes") for path in ours["paths"])


# -- wrong ones --------------------------------------------------------------------------------


async def nothing(*_: object) -> Any:
    raise NotImplementedError


def resource(path: str, api: Api, access: str = "public", idempotent: bool = False) -> Resource:
    return Resource(path, {"GET": Verb(nothing, "x", {200: None}, idempotent=idempotent)},
                    {"GET": access}, api=api)


ONE = Api("one", "/one/", "One", identify=nothing)


@pytest.mark.parametrize(("resources", "why"), [
    ([resource("/two/a", ONE)], "is not below"),
    ([resource("/one/a", dataclasses.replace(ONE, name="One"))], "lower-case"),
    ([resource("/one/a", dataclasses.replace(ONE, name="vphost"))], "another Api of the name"),
    ([resource("/one/a", ONE), resource("/one/b", dataclasses.replace(ONE, title="x"))],
     "another Api of the name"),
    ([resource("/one/a", ONE), resource("/one/b", dataclasses.replace(ONE, name="two"))],
     "another Api has the prefix"),
    *(([resource(f"{prefix}a", dataclasses.replace(ONE, prefix=prefix))], why) for prefix, why in (
        ("/one", "not written like"), ("one/", "not written like"), ("/", "not written like"),
        ("/One/", "not written like"), ("/a b/", "not written like"), ("/a//", "not written like"),
        ("/api/", "host's own"), ("/api/v1/", "another Api has the prefix"), ("/ws/x/", "host's"),
        ("/api/v1/tables/", "host's own"), ("/static/", "host's own"), ("/api/v2/", "host's own"),
        ("/uploads/a/", "host's own"), ("/reference/", "host's own"), ("/admin/", "host's own"),
    )),
    ([resource("/one/a", ONE, "operator")], "does not know operators"),
    ([resource("/api/v1/x/a/", HOST_API, "key(foo)")], "can have the scope 'foo'"),
    ([resource("/one/a", dataclasses.replace(ONE, idempotency=""), idempotent=True)],
     "knows no repeated calls"),
])
def test_a_wrong_api_stops_the_start(
    tmp_path: Path, resources: list[Resource], why: str
) -> None:
    with pytest.raises(PluginError, match=why):
        registered(tmp_path, resources)


@pytest.mark.parametrize("api", [
    ONE, HOST_API, dataclasses.replace(ONE, prefix="/api/v1/tournament/"),
    dataclasses.replace(ONE, prefix="/v1/"), dataclasses.replace(ONE, prefix="/api/v1/x/one/"),
])
def test_a_right_api_is_taken(tmp_path: Path, api: Api) -> None:
    registered(tmp_path, [resource(f"{api.prefix}a", api), resource(f"{api.prefix}b", api)])


def registered(folder: Path, *plugins: list[Resource]) -> None:
    """Register one plugin for each list of resources."""
    registry = PluginRegistry()
    for number, resources in enumerate(plugins):
        class Plugin:
            VPHOST_CONTRACT = 1
            given = resources

            @hookimpl
            def register_routes(self, host: Host) -> list[Resource]:
                return self.given

            def of_plugin(self, name: str, house: frozenset[str]) -> Any:
                return self

        registry.add(f"p{number}", Plugin())
    registry.register()
    registry.register_doors(Plugin())  # type: ignore[arg-type]


def test_an_api_belongs_to_one_plugin(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="plugin p1: there is another Api"):
        registered(tmp_path, [resource("/one/a", ONE)], [resource("/one/b", ONE)])


@pytest.mark.parametrize("access", [
    "key(", "key()", "key(A)", "user(wallet)", "public(wallet)", "keys", "Key", "", ":",
    "key(wallet) words",
])
async def test_a_statement_that_is_none_stops_the_start(tmp_path: Path, access: str) -> None:
    class Wrong(Foreign):
        @hookimpl
        def register_routes(self, host: Host) -> list[Resource]:
            return [resource("/notes/v1/a", self.api, access)]

    plugins = PluginRegistry()
    plugins.add("notes", Wrong(tmp_path / "schemas"))
    app = App(Config(store="memory:", var=tmp_path, port=0), plugins=plugins)
    with pytest.raises(Exception, match="/notes/v1/a"):
        await app.start()
