"""Plain HTTP: shapes of refusals, limits, files, access."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tests.web.web_edge import Edge, Raw, parse_answer, running
from vphost.rules.mode import Json
from vphost.web.access import AccessNotStated, check
from vphost.web.site import Limits
from vphost.wire.endpoints import Route

JSON = "Content-Type: application/json"


async def tell(
    verb: str, user: str | None, groups: Mapping[str, str], body: Json
) -> tuple[int, Json]:
    """A plugin's route that says what it was asked."""
    if groups.get("id") == "broken":
        raise RuntimeError("card AS")
    return 200, {"verb": verb, "user": user, "groups": dict(groups), "got": repr(body)}


ROUTE = Route(
    r"/api/v1/x/tell/(?P<id>[a-z]{1,9})/", {"GET": "public", "POST": "user", "DELETE": "operator"},
    tell, {"POST": "schema"},
)


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """An edge with some files and one plugin route."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<p>lobby")
    (tmp_path / "static" / "play.html").write_text("<p>play")
    (tmp_path / "static" / "app.js").write_text("export {}")
    (tmp_path / "static" / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("key")
    (tmp_path / "static" / "out").symlink_to(tmp_path / "secret.txt")
    made = Edge(static=tmp_path / "static", schemas={"/schemas/v1/demo/a.json": b"{}"},
                routes=[ROUTE])
    async with running(made):
        yield made


async def problem(edge: Edge, request: str) -> tuple[int, str]:
    """Return status and code of a refusal, whose shape is always the same."""
    status, headers, body = await edge.http(request)
    answer = json.loads(body)
    assert headers["content-type"].startswith("application/problem+json")
    assert set(answer) == {"ok", "code", "message", "id"} and answer["ok"] is False
    return status, answer["code"]


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        ("GET /nowhere HTTP/1.1", 404, "not_found"),
        ("GET /nowhere?token=x HTTP/1.1", 404, "not_found"),
        ("POST / HTTP/1.1", 405, "method_not_allowed"),
        ("TRACE / HTTP/1.1", 405, "method_not_allowed"),
        ("POST /api/v1/x/tell/a/ HTTP/1.1", 401, "not_authenticated"),
        ("POST /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Bearer bad", 401, "not_authenticated"),
        ("POST /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Bearer old", 401, "token_expired"),
        ("POST /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Basic dTp1", 401, "not_authenticated"),
        ("DELETE /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Bearer u1", 403, "forbidden"),
        ("PUT /api/v1/x/tell/a/ HTTP/1.1", 405, "method_not_allowed"),
    ],
)
async def test_refusals_have_one_shape(
    edge: Edge, request_line: str, status: int, code: str
) -> None:
    assert await problem(edge, request_line) == (status, code)


@pytest.mark.parametrize("path", ["/nowhere", "/static/nowhere.js", "/account/nowhere/x/"])
async def test_a_browser_gets_a_page_where_nothing_is(edge: Edge, path: str) -> None:
    page = edge.site.static / "error.html"
    page.write_text("<h1>{{title}}</h1> {{status}} {{incident}}")
    accept = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
    status, headers, body = await edge.http(f"GET {path} HTTP/1.1\n{accept}")
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert body.decode() == f"<h1>There is nothing here</h1> 404 {headers['x-incident-id']}"
    status, headers, body = await edge.http(f"HEAD {path} HTTP/1.1\n{accept}")
    assert (status, body) == (404, b"")


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/schemas/v1/nowhere.json", "/nowhere"])
async def test_programs_get_json_where_nothing_is(edge: Edge, path: str) -> None:
    (edge.site.static / "error.html").write_text("a page")
    accept = "*/*" if path == "/nowhere" else "text/html"
    _, headers, body = await edge.http(f"GET {path} HTTP/1.1\nAccept: {accept}")
    assert "json" in headers["content-type"] and json.loads(body)["code"] == "not_found"


async def test_405_says_what_is_allowed(edge: Edge) -> None:
    _, headers, _ = await edge.http("PATCH /api/v1/x/tell/a/ HTTP/1.1")
    assert headers["allow"] == "GET, POST, DELETE, HEAD"
    _, headers, _ = await edge.http("GET /api/v1/auth/guest/ HTTP/1.1")
    assert headers["allow"] == "POST"


@pytest.mark.parametrize("verb", ["GET", "TRACE", "FOO", "OPTIONS"])
async def test_where_nothing_is_no_verb_is_merely_the_wrong_one(edge: Edge, verb: str) -> None:
    status, headers, body = await edge.http(f"{verb} /api/v1/nothing/ HTTP/1.1")
    assert status == 404 and json.loads(body)["code"] == "not_found"
    assert "allow" not in {name.lower() for name in headers}


async def test_401_says_how_to_sign_in(edge: Edge) -> None:
    _, headers, _ = await edge.http("POST /api/v1/x/tell/a/ HTTP/1.1")
    assert headers["www-authenticate"] == "Bearer"


async def test_head_is_get_without_a_body(edge: Edge) -> None:
    status, headers, body = await edge.http("HEAD / HTTP/1.1")
    assert (status, headers["content-length"], body) == (200, "8", b"")
    status, _, body = await edge.http("HEAD /nowhere HTTP/1.1")
    assert (status, body) == (404, b"")


async def test_every_answer_has_the_security_headers_and_no_banner(edge: Edge) -> None:
    for line in ("GET / HTTP/1.1", "GET /nowhere HTTP/1.1", "GET /livez HTTP/1.1"):
        _, headers, _ = await edge.http(line)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ('{"a": 1, "a": 2}', JSON, 400, "bad_message"),
        ('{"a": NaN}', JSON, 400, "bad_message"),
        ('{"a": 1', JSON, 400, "bad_message"),
        ("[" * 100_000, JSON, 400, "bad_message"),
        ("[" * 17 + "]" * 17, JSON, 400, "bad_message"),
        ('{"a": ' + "1" * 5000 + "}", JSON, 400, "bad_message"),
        ("--b", "Content-Type: multipart/form-data; boundary=b", 415, "unsupported_media_type"),
        ("a=1", "Content-Type: application/x-www-form-urlencoded", 415,
         "unsupported_media_type"),
    ],
    ids=["duplicate key", "NaN", "cut off", "deep", "too deep", "long number", "multipart",
         "form"],
)
async def test_broken_bodies_are_refused(
    edge: Edge, body: str, kind: str, status: int, code: str
) -> None:
    request = f"POST /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Bearer u1\n{kind}\n\n{body}"
    assert await problem(edge, request) == (status, code)


async def test_decimals_in_bodies_are_exact(edge: Edge) -> None:
    request = f'POST /api/v1/x/tell/a/ HTTP/1.1\nAuthorization: Bearer u1\n{JSON}\n\n[0.10]'
    _, _, body = await edge.http(request)
    assert json.loads(body)["got"] == "[Decimal('0.10')]"


async def test_a_plugin_route_gets_user_groups_and_body(edge: Edge) -> None:
    status, _, body = await edge.http(
        f'POST /api/v1/x/tell/abc/ HTTP/1.1\nAuthorization: Bearer u1\n{JSON}\n\n{{"n": 1}}'
    )
    assert status == 200
    assert json.loads(body) == {
        "verb": "POST", "user": "u1", "groups": {"id": "abc"}, "got": "{'n': 1}"
    }


async def test_a_body_that_nobody_expects_is_refused(edge: Edge) -> None:
    request = f"GET /api/v1/x/tell/abc/ HTTP/1.1\n{JSON}\n\n{{}}"
    assert await problem(edge, request) == (400, "bad_message")


async def test_a_bug_is_an_incident_and_says_nothing(
    edge: Edge, expect_log: Callable[[str], list[str]]
) -> None:
    lines = expect_log("request_failed")
    expect_log("'request'")
    status, _, body = await edge.http("GET /api/v1/x/tell/broken/?token=tok HTTP/1.1")
    answer = json.loads(body)
    assert (status, answer["code"]) == (500, "internal_error")
    assert b"AS" not in body and answer["id"] in lines[0]
    assert "tok=" not in lines[0] and "token" not in lines[0]


@pytest.mark.parametrize(
    ("access", "wrong"), [({}, "no verb"), ({"GET": "all"}, "no level"), ({"GET": ""}, "empty")]
)
def test_a_verb_without_access_stops_the_start(access: dict[str, str], wrong: str) -> None:
    with pytest.raises(AccessNotStated):
        check("/x/", ["GET"], access)


def test_an_access_for_a_verb_that_is_not_served_stops_the_start() -> None:
    with pytest.raises(AccessNotStated, match="POST /x/"):
        check("/x/", ["GET"], {"GET": "public", "POST": "user"})


@pytest.mark.parametrize(
    "path",
    ["..%2fsecret.txt", "../secret.txt", "..%5csecret.txt", "%2e%2e/secret.txt", ".hidden",
     "app.js%00", "out", "", "/", "//etc/passwd", "x" * 300, "app.js/", "%252e%252e/secret.txt"],
)
async def test_no_path_leads_out_of_the_static_folder(edge: Edge, path: str) -> None:
    assert await problem(edge, f"GET /static/{path} HTTP/1.1") == (404, "not_found")


async def test_files_are_revalidated_by_etag(edge: Edge) -> None:
    status, headers, body = await edge.http("GET /static/app.js HTTP/1.1")
    assert (status, body, headers["content-type"]) == (
        200, b"export {}", "text/javascript; charset=utf-8"
    )
    status, _, body = await edge.http(
        f"GET /static/app.js HTTP/1.1\nIf-None-Match: {headers['etag']}"
    )
    assert (status, body) == (304, b"")


async def test_pages_and_schemas_are_served(edge: Edge) -> None:
    assert (await edge.http("GET / HTTP/1.1"))[2] == b"<p>lobby"
    assert (await edge.http("GET /play/AB2C HTTP/1.1"))[2] == b"<p>play"
    assert (await edge.http("GET /schemas/v1/demo/a.json HTTP/1.1"))[2] == b"{}"
    for missing in ("demo/b.json", "demo/../secret.txt", "other/a.json", "demo/"):
        assert (await edge.http(f"GET /schemas/v1/{missing} HTTP/1.1"))[0] == 404


async def test_readiness_follows_the_life_of_the_host(edge: Edge) -> None:
    assert (await edge.http("GET /readyz HTTP/1.1"))[0] == 200
    edge.site.is_draining = True
    assert (await edge.http("GET /readyz HTTP/1.1"))[0] == 503
    assert (await edge.http("GET /livez HTTP/1.1"))[0] == 200


async def test_guests_are_made_where_there_are_some(edge: Edge) -> None:
    status, _, body = await edge.http("POST /api/v1/auth/guest/ HTTP/1.1\nContent-Length: 0")
    assert status == 201 and json.loads(body)["user"] == {"id": "g"}
    edge.guests.make = None
    request = "POST /api/v1/auth/guest/ HTTP/1.1\nContent-Length: 0"
    status, _, body = await edge.http(request)
    assert status == 404
    assert json.loads(body) == {"detail": "There is no such thing.", "code": "not_found"}


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST /api/v1/auth/guest/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
    ],
    ids=["half a header", "half a body"],
)
async def test_half_a_request_is_cut_off(raw: bytes) -> None:
    limits = Limits(idle_connection_s=0.1, body_s=0.1)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as connection:
        await connection.write(raw)
        assert b"200" not in await connection.read_all()


async def raw_answer(edge: Edge, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the answer to raw bytes."""
    async with Raw.connected(edge.port) as connection:
        await connection.write(request)
        return parse_answer(await connection.read_all())


async def test_what_is_no_http_is_answered_with_an_incident_id_of_its_own() -> None:
    async with running(Edge()) as edge:
        request = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
        answers = [await raw_answer(edge, request) for _ in range(2)]
    for status, headers, body in answers:
        assert (status, headers["connection"]) == (400, "close")
        told = json.loads(body)
        assert (told["code"], told["id"]) == ("bad_message", headers["x-incident-id"])
    assert answers[0][1]["x-incident-id"] != answers[1][1]["x-incident-id"]


@pytest.mark.parametrize("extra", [3000, 300_000])
async def test_a_header_over_the_limit_is_answered_with_431(extra: int) -> None:
    async with running(Edge(Limits(header_bytes=2000))) as edge:
        status, headers, body = await raw_answer(
            edge, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * extra + b"\r\n\r\n"
        )
        assert (status, headers["content-type"]) == (
            431, "application/problem+json; charset=utf-8"
        )
        told = json.loads(body)
        assert (told["code"], told["id"]) == ("too_large", headers["x-incident-id"])


@pytest.mark.parametrize(
    ("length", "sent"), [("1001", 0), ("1001", 1001), ("9" * 40, 0), ("300000", 300_000)]
)
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
async def test_a_body_over_the_limit_is_answered_with_413(
    length: str, sent: int, expect: str
) -> None:
    async with running(Edge(Limits(body_bytes=1000))) as edge:
        status, headers, body = await raw_answer(
            edge, f"POST /api/v1/auth/guest/ HTTP/1.1\r\nHost: a\r\n{expect}"
            f"Content-Length: {length}\r\n\r\n".encode() + b"x" * sent
        )
        assert (status, headers["content-type"]) == (
            413, "application/json; charset=utf-8"
        )
        assert json.loads(body)["code"] == "too_large"
        assert headers["x-incident-id"]


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    async with running(Edge(Limits(body_bytes=1000))) as edge:
        status, _, _ = await raw_answer(
            edge, b"POST /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Content-Length: 1000\r\n\r\n" + b"x" * 1000
        )
        assert status == 404


async def test_chunks_over_the_limit_are_refused() -> None:
    async with running(Edge(Limits(body_bytes=1000))) as edge:
        status, _, _ = await raw_answer(
            edge, b"POST /api/v1/auth/guest/ HTTP/1.1\r\nHost: a\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"
        )
        assert status == 400


async def test_a_dripped_header_is_cut_off() -> None:
    async with running(Edge(Limits(idle_connection_s=0.3))) as edge:
        async with Raw.connected(edge.port) as connection:
            drip = asyncio.create_task(connection.read_all())
            await connection.write(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
            while not drip.done():
                await connection.write(b"x")
                await asyncio.wait([drip], timeout=0.02)
            assert drip.result() == b""


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Transfer-Encoding: xchunked",
        "Host: b",
        "X : y",
        "X: a\r\n folded: b\r\nContent-Length: 5x",
    ],
)
async def test_ambiguous_requests_are_refused(headers: str) -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as connection:
        await connection.write(
            f"POST /api/v1/auth/guest/ HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\nhello".encode()
        )
        answer = await asyncio.wait_for(connection.reader.read(100), 10)
        assert answer == b"" or b" 400 " in answer
