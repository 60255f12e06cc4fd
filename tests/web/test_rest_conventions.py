"""What every REST area may rely on: queries, pages, versions, repeated calls, refusals, rates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.services.memory_store import MemoryDocuments
from tests.web.web_edge import Edge, running
from vphost.rules.mode import Json
from vphost.services.clock import SystemClock
from vphost.services.idempotency import Idempotency
from vphost.services.ports import Documents, StoreDown
from vphost.services.throttle import Rate
from vphost.store import open_store
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.web.access import AccessNotStated
from vphost.web.rest import areas
from vphost.web.rest.permissions import ACCESS
from vphost.web.rest.serve import handler_of, regex_of
from vphost.web.server import urls
from vphost.wire.rest import (
    BODY_BYTES, NUMBER, PAGE, TOKEN, Ask, Query, Refused, Reply, Resource, Verb, page,
)

FLAG = Query("flag", {"type": "boolean", "description": "A switch."})
SIZE = Query("size", {"type": "integer", "minimum": 1, "maximum": 9, "description": "x"}, True)
NOTES = "/api/v1/x/notes/"


@dataclass
class Notes:
    """A small area over real documents. gate: what creating waits for."""

    documents: Documents
    asked: list[Ask[Any]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    down: bool = False

    async def list_all(self, ask: Ask[Any]) -> Reply:
        limit = ask.query["limit"]
        found = await self.documents.find("notes", {}, ask.query.get("after", ""), limit + 1)
        rows = [(one.id, dict(one.body)) for one in found]
        return Reply(page(rows, limit, NOTES, ask.query))

    async def create(self, ask: Ask[Any]) -> Reply:
        self.asked.append(ask)
        await self.gate.wait()
        if self.down:
            raise StoreDown("test")
        if ask.body.get("text") == "bad":
            raise Refused(fields={"text": ["Is bad."]})
        made = await self.documents.insert("notes", ask.action_id, ask.body)
        return Reply({"id": made.id}, 201, made.version, {"Location": NOTES + made.id})

    async def read(self, ask: Ask[Any]) -> Reply:
        found = await self.documents.get("notes", ask.path["token"])
        if found is None:
            raise Refused("not_found")
        return Reply(dict(found.body), version=found.version)

    async def change(self, ask: Ask[Any]) -> Reply:
        found = await self.documents.get("notes", ask.path["token"])
        assert found is not None
        version = ask.expect(found.version)
        self.asked.append(ask)
        await self.gate.wait()
        changed = await self.documents.replace("notes", found.id, version, ask.body)
        return Reply(dict(changed.body), version=changed.version)

    async def echo(self, ask: Ask[Any]) -> Reply:
        return Reply({"query": dict(ask.query), "id": ask.path["id"]})

    async def wrong(self, ask: Ask[Any]) -> Reply:
        return Reply({}, 202)

    def resources(self) -> list[Resource]:
        user = {"GET": "user", "POST": "user"}
        return [
            Resource(NOTES, {
                "GET": Verb(self.list_all, "List.", {200: "s"}, query=PAGE),
                "POST": Verb(self.create, "Create.", {201: "s"}, body="s", idempotent=True),
            }, user),
            Resource(NOTES + "{token}/", {
                "GET": Verb(self.read, "Read.", {200: "s"}),
                "PATCH": Verb(self.change, "Change.", {200: "s"}, body="s", versioned=True),
            }, {"GET": "user", "PATCH": "user: its owner"}, {"token": TOKEN}),
            Resource("/api/v1/x/echo/{id}/", {
                "GET": Verb(self.echo, "Echo.", {200: "s"}, query=(FLAG, SIZE)),
                "POST": Verb(self.wrong, "Err.", {200: "s"}),
            }, {"GET": "public", "POST": "public"}, {"id": NUMBER}),
        ]


@dataclass
class Desk:
    """An edge with notes, and calls to it."""

    edge: Edge
    notes: Notes

    async def call(
        self, verb: str, path: str, body: Json = None, user: str = "ann", **headers: str
    ) -> tuple[int, dict[str, str], Json]:
        lines = [f"{verb} {path} HTTP/1.1", f"Authorization: Bearer {user}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        text = "\n".join([*lines, "Content-Type: application/json"])
        text += "" if body is None else "\n\n" + json.dumps(body)
        status, found, content = await self.edge.http(text)
        return status, found, json.loads(content) if content else None

    async def create(self, text: str, **more: str) -> tuple[int, dict[str, str], Json]:
        return await self.call("POST", NOTES, {"text": text}, **more)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    journal, documents = await open_store("memory:")
    notes = Notes(documents)
    notes.gate.set()
    await documents.declare("notes", (), ())
    edge = Edge(routes=notes.resources())
    edge.site.idempotency = Idempotency(documents, SystemClock())
    await edge.site.idempotency.open()
    async with running(edge):
        yield Desk(edge, notes)
    await journal.close()


# -- lists -----------------------------------------------------------------------------------


async def test_pages_show_everything_once_in_order_whatever_is_added(desk: Desk) -> None:
    ids = sorted([(await desk.create(str(number)))[2]["id"] for number in range(7)])
    seen, path, pages = [], f"{NOTES}?limit=3", 0
    while path:
        _, _, body = await desk.call("GET", path)
        assert set(body) == {"results", "next"} and len(body["results"]) <= 3
        seen += [one["text"] for one in body["results"]]
        path, pages = body["next"], pages + 1
        await desk.notes.documents.insert("notes", f"0-{pages}", {"text": "before"})
    assert sorted(seen) == [str(number) for number in range(7)] and pages == 3
    assert len(ids) == 7


@pytest.mark.parametrize(("query", "field"), [
    ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
    ("limit=1&limit=2", "limit"), ("after=%27%20or%201", "after"), ("after=" + "x" * 65, "after"),
    ("where=1", "where"), ("limit=" + "9" * 5000, "limit"), ("%ff=1", "\xff"),
])
async def test_a_query_that_does_not_fit_is_a_field_error(
    desk: Desk, query: str, field: str
) -> None:
    status, _, body = await desk.call("GET", f"{NOTES}?{query}")
    assert status == 400 and list(body) == [field]


async def test_parameters_have_their_types(desk: Desk) -> None:
    status, _, body = await desk.call("GET", "/api/v1/x/echo/7/?flag=true&size=3")
    assert (status, body) == (200, {"query": {"flag": True, "size": 3}, "id": 7})
    status, _, body = await desk.call("GET", "/api/v1/x/echo/7/")
    assert (status, body) == (400, {"size": ["This field is required."]})


@pytest.mark.parametrize("name", ["0", "-1", "1.5", "x", "9" * 40, "%00", "1%0d%0a"])
async def test_a_path_that_names_nothing_is_404(desk: Desk, name: str) -> None:
    status, _, body = await desk.call("GET", f"/api/v1/x/echo/{name}/?size=1")
    assert (status, body["code"]) == (404, "not_found")


# -- versions --------------------------------------------------------------------------------


async def test_a_version_that_is_not_the_newest_is_refused(desk: Desk) -> None:
    _, headers, body = await desk.create("a")
    path = f"{NOTES}{body['id']}/"
    assert headers["etag"] == '"1"' and headers["location"].endswith(body["id"])
    status, headers, _ = await desk.call("PATCH", path, {"text": "b"}, If_Match='"1"')
    assert (status, headers["etag"]) == (200, '"2"')
    status, _, body = await desk.call("PATCH", path, {"text": "c"}, If_Match='"1"')
    assert (status, body["code"]) == (409, "version_changed")
    assert (await desk.call("PATCH", path, {"text": "d"}))[0] == 200
    assert (await desk.call("PATCH", path, {"text": "d"}, If_Match="*"))[0] == 200
    status, _, body = await desk.call("PATCH", path, {"text": "e"}, If_Match="1")
    assert (status, body["code"]) == (400, "bad_header")


async def test_of_two_changes_at_once_one_is_refused(desk: Desk) -> None:
    _, _, body = await desk.create("a")
    path = f"{NOTES}{body['id']}/"
    desk.notes.gate.clear()
    calls = [asyncio.create_task(desk.call("PATCH", path, {"text": t})) for t in "bc"]
    while len(desk.notes.asked) < 3:
        await asyncio.sleep(0.001)
    desk.notes.gate.set()
    answers = await asyncio.gather(*calls)
    assert sorted(status for status, _, _ in answers) == [200, 409]


# -- 69: Idempotency-Key ---------------------------------------------------------------------


async def test_69_the_same_key_acts_once_and_answers_the_same(desk: Desk) -> None:
    first = await desk.create("a", Idempotency_Key="k")
    again = await desk.create("a", Idempotency_Key="k")
    assert again[0] == first[0] == 201 and again[2] == first[2]
    assert again[1]["location"] == first[1]["location"]
    assert len(desk.notes.asked) == 1


async def test_69_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    await desk.create("a", Idempotency_Key="k")
    status, _, body = await desk.create("b", Idempotency_Key="k")
    assert (status, body["code"]) == (409, "id_reused")


async def test_69_another_users_key_is_another_key(desk: Desk) -> None:
    _, _, first = await desk.create("a", Idempotency_Key="k", user="ann")
    status, _, second = await desk.create("b", Idempotency_Key="k", user="bob")
    assert status == 201 and first["id"] != second["id"]


async def test_69_the_same_key_at_once_is_refused(desk: Desk) -> None:
    desk.notes.gate.clear()
    first = asyncio.create_task(desk.create("a", Idempotency_Key="k"))
    while not desk.notes.asked:
        await asyncio.sleep(0.001)
    status, headers, body = await desk.create("a", Idempotency_Key="k")
    assert (status, body["code"]) == (409, "still_running") and headers["retry-after"]
    desk.notes.gate.set()
    assert (await first)[0] == 201


async def test_69_a_refusal_or_a_fault_is_not_kept(desk: Desk) -> None:
    assert (await desk.create("bad", Idempotency_Key="k"))[2] == {"text": ["Is bad."]}
    desk.notes.down = True
    status, headers, body = await desk.create("a", Idempotency_Key="k")
    assert (status, body["code"], headers["retry-after"]) == (503, "store_down", "1")
    desk.notes.down = False
    assert (await desk.create("a", Idempotency_Key="k"))[0] == 201
    first, second, third = (ask.action_id for ask in desk.notes.asked)
    assert first == second == third


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "\u00fc"])
async def test_a_key_that_is_none_is_refused(desk: Desk, key: str) -> None:
    status, _, body = await desk.create("a", Idempotency_Key=key)
    assert (status, body["code"]) == (400, "bad_header")


# -- refusals --------------------------------------------------------------------------------


async def test_28_a_body_is_read_up_to_what_its_verb_states(desk: Desk) -> None:
    frame = len(json.dumps({"text": ""}))
    assert (await desk.create("x" * (BODY_BYTES - frame)))[0] == 201
    status, _, body = await desk.create("x" * (BODY_BYTES - frame + 1))
    assert (status, body["code"]) == (413, "too_large")
    assert len(desk.notes.asked) == 1


async def test_every_refusal_has_an_incident_and_one_of_two_shapes(desk: Desk) -> None:
    for verb, path in (("GET", NOTES + "none/"), ("PUT", NOTES), ("GET", "/api/v1/none/")):
        status, headers, body = await desk.call(verb, path)
        assert status >= 400 and set(body) == {"detail", "code"}
        assert len(headers["x-incident-id"]) == 12
        assert headers["content-type"].startswith("application/json")


async def test_an_answer_that_was_not_stated_is_a_bug(desk: Desk, expect_log: Any) -> None:
    expect_log("request_failed")
    expect_log("'request'")
    status, headers, body = await desk.call("POST", "/api/v1/x/echo/1/")
    assert (status, body["code"]) == (500, "internal_error")


async def test_an_address_that_calls_too_often_is_told_when_to_come_back(desk: Desk) -> None:
    now = [0]
    desk.edge.site.request_rate = Rate(0.5, 2, lambda: now[0])
    assert [(await desk.call("GET", NOTES))[0] for _ in range(3)] == [200, 200, 429]
    _, headers, body = await desk.call("GET", NOTES)
    assert (headers["retry-after"], body["code"]) == ("2", "too_many_messages")
    now[0] += 2_000
    assert (await desk.call("GET", NOTES))[0] == 200


# -- the access table ------------------------------------------------------------------------


@pytest.mark.parametrize("access", [{}, {"GET": "everybody"}, {"GET": "user", "PUT": "user"}])
def test_a_resource_without_its_access_stops_the_start(access: dict[str, str]) -> None:
    notes = Notes(MemoryDocuments())
    resource = Resource("/api/v1/x/a/", {"GET": Verb(notes.list_all, "x", {200: "s"})}, access)
    with pytest.raises(AccessNotStated, match="/api/v1/x/a/|GET|PUT"):
        urls(Edge().site, [], [resource], lambda schema, body: None)


def test_a_row_that_nothing_serves_stops_the_start() -> None:
    with pytest.raises(AccessNotStated, match="/api/v1/nowhere/"):
        areas.resources({**ACCESS, "nowhere/": {"GET": "public"}})


def test_every_resource_of_the_host_is_whole() -> None:
    for one in (*areas.resources(), *LOBBY, *POKER):
        assert one.path.startswith("/api/v1/") and one.path.endswith("/") and one.area
        assert set(one.verbs) == set(one.access), one.path
        for verb in one.verbs.values():
            assert verb.summary.endswith(".") and verb.answers
            assert all(200 <= status < 300 for status in verb.answers)


def test_a_name_in_a_path_needs_its_schema() -> None:
    with pytest.raises(ValueError, match="names and parameters"):
        handler_of(Resource("/x/{id}/", {}, {}))
    assert regex_of(Resource("/x.y/{id}/", {}, {})) == r"/x\.y/(?P<id>[^/]{1,64})/"
