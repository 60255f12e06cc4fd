"""Attacks on plain HTTP and REST, by their numbers: what the index does not find elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.rest_client import PASSWORD, People, people
from tests.web.web_edge import Raw, parse_answer
from vphost.services.accounts.mail_templates import confirm_email
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.web.access import level_of
from vphost.web.rest import areas

NEW = {"email": "eve@example.org", "username": "eve", "password": PASSWORD}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[People]:
    async with people(tmp_path) as made:
        yield made


async def raw(house: People, request: bytes) -> bytes:
    """Return all that a request is answered with until the host closes."""
    async with Raw.connected(house.host.port) as connection:
        await connection.write(request)
        return await connection.read_all()


async def test_26_five_thousand_headers_are_refused(house: People) -> None:
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(5000))
    answer = await raw(house, b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")
    assert b" 200 " not in answer[:20]


async def test_27_a_body_of_200_megabytes_is_refused_before_it_comes(house: People) -> None:
    answer = await asyncio.wait_for(raw(
        house, b"POST /api/v1/auth/token/ HTTP/1.1\r\nHost: a\r\n"
        b"Content-Type: application/json\r\nContent-Length: 209715200\r\n\r\n{",
    ), 5)
    assert parse_answer(answer)[0] in (400, 413)


async def test_27_multipart_and_forms_are_never_parsed(house: People) -> None:
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n for n in range(10_000)
    ) + b"--b--\r\n"
    for kind, body in (
        ("multipart/form-data; boundary=b", parts),
        ("application/x-www-form-urlencoded", b"email=a&password=b"), ("text/plain", b"{}"),
        ("", b"{}"),
    ):
        answer = await house.call("POST", "auth/token/", body, Content_Type=kind)
        assert (answer.status, answer.code) == (415, "unsupported_media_type")


MEANINGLESS = (b"[" * 60_000, b'{"email": "\\ud800"}', b"\xff", b"{", b"\xef\xbb\xbf{}")
MEANINGLESS_EMAIL = (
    b'{"email": NaN}', b'{"email": 1e400}', b'{"email": ' + b"9" * 5000 + b"}",
    b'{"email":"a","email":"b"}',
)


async def test_28_29_bodies_without_one_meaning_are_refused(house: People) -> None:
    for body in MEANINGLESS:
        answer = await house.call("POST", "auth/token/", body)
        assert (answer.status, answer.code) == (400, "bad_message"), body[:40]
    for body in MEANINGLESS_EMAIL:
        answer = await house.call("POST", "auth/token/", body)
        assert (answer.status, answer.body.keys()) == (400, {"email"}), body[:40]
    answer = await house.call("POST", "auth/token/", b"[" * 200_000)
    assert (answer.status, answer.code) == (413, "too_large")


async def test_30_a_field_that_is_not_known_is_refused(house: People) -> None:
    for name in ("is_admin", "is_operator", "balance", "host", "id", "kind", "__proto__"):
        answer = await house.post("registration/", {**NEW, name: True})
        assert (answer.status, list(answer.body)) == (400, [name])


async def test_32_no_text_of_a_caller_gets_into_a_header(house: People) -> None:
    for text in ("a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\x7fb"):
        answer = await house.post("registration/", {**NEW, "username": text})
        assert answer.status == 400 and "x-evil" not in answer.headers
        body = json.dumps({"email": text, "password": text}).encode()
        answer = await house.call("POST", "auth/token/", body, X_Request_ID="1%0d%0aX-Evil: 1")
        assert "x-evil" not in answer.headers and "1%0d" not in str(answer.headers)


async def test_33_nothing_redirects(house: People) -> None:
    for path in ("/?next=//evil.example", "/api/v1/auth/token?next=//evil", "//evil.example/",
                 "/static?next=//evil", "/api/v1/users/current?redirect=http://evil"):
        answer = await raw(
            house, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        status, headers, _ = parse_answer(answer)
        assert not 300 <= status < 400 and "location" not in headers


async def test_34_a_forwarded_address_of_a_stranger_changes_nothing(house: People) -> None:
    statuses = []
    for number in range(40):
        answer = await house.call(
            "POST", "auth/token/", {"email": f"u{number}@example.org", "password": "x"},
            X_Forwarded_For=f"10.0.0.{number}", Forwarded=f"for=10.0.0.{number}",
            X_Real_IP=f"10.0.0.{number}",
        )
        statuses.append(answer.status)
    assert 429 in statuses


async def test_34_behind_a_trusted_proxy_clients_are_told_apart(tmp_path: Path) -> None:
    async with people(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        for number in range(40):
            answer = await house.call(
                "POST", "auth/token/", {"email": f"u{number}@example.org", "password": "x"},
                X_Forwarded_For=f"10.0.0.{number}",
            )
            assert answer.status == 401


async def test_35_other_methods_are_405_and_nothing_overrides_one(house: People) -> None:
    for verb in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "CONNECT", "POSTX"):
        answer = await house.call(verb, "auth/token/")
        assert answer.status == 405 and answer.headers["allow"] == "POST"
    answer = await house.call(
        "POST", "users/current/", X_HTTP_Method_Override="GET", X_Method_Override="GET"
    )
    assert (answer.status, answer.headers["allow"]) == (405, "GET, PATCH, HEAD")
    answer = await house.call("GET", "lobby/tables/", Origin="https://evil.example")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def every_verb() -> list[tuple[str, str, str]]:
    """Return (verb, path, level) of everything that the host serves below /api/v1/."""
    return [
        (verb, one.path, level_of(access))
        for one in (*areas.resources(), *LOBBY, *POKER) for verb, access in one.access.items()
    ]


@pytest.fixture(scope="module")
def paths() -> dict[str, str]:
    """Something that fits for every name in a path."""
    return {"token": "AAAA", "id": "1", "number": "1", "short_table_token": "AAAA"}


async def test_72_every_verb_that_is_not_public_asks_who_calls(
    house: People, paths: dict[str, str]
) -> None:
    await house.register("ada")
    user = (await house.sign_in("ada"))["access"]
    for verb, path, level in every_verb():
        below = path.removeprefix("/api/v1/").format(**paths)
        if level != "public":
            assert (await house.call(verb, below)).status == 401, (verb, path)
            assert (await house.call(verb, below, token="a.b.c")).status == 401, (verb, path)
        if level == "operator":
            assert (await house.call(verb, below, token=user)).status == 403, (verb, path)


async def test_72_nothing_inner_is_served_to_the_public(house: People) -> None:
    for path in ("/metrics", "/debug", "/debug/pprof", "/.env", "/.git/config"):
        answer = await raw(
            house, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        assert parse_answer(answer)[0] in (401, 404), path


# -- 62: texts -------------------------------------------------------------------------------


NO_NAMES = (
    "<img src=x onerror=alert(1)>", "\u202eada", "a\u200bda", "a" * 10_000, "{{7*7}}", "a'b",
    "=cmd()", "../ada", "ada\u0000",
)


async def test_62_a_name_that_is_no_name_is_refused(house: People) -> None:
    for name in NO_NAMES:
        answer = await house.post("registration/", {**NEW, "username": name})
        assert (answer.status, list(answer.body)) == (400, ["username"]), name[:40]


async def test_62_a_name_that_looks_like_a_taken_one_is_refused(house: People) -> None:
    answers = []
    names = ("alice", "Alice", "a1ice", "\u0430lice", "dealer", "हिन्दी")
    for number, name in enumerate(names):
        body = {"email": f"u{number}@example.org", "username": name, "password": PASSWORD}
        answer = await house.post("registration/", body)
        answers.append(answer.body["username"][0] if answer.status == 400 else answer.status)
    looks = "Looks like a name that is taken."
    script = "Needs 2 to 32 letters and digits of one script, dots, dashes and underscores."
    assert answers == [201, "Is taken.", looks, script, looks, 201]


def test_62_a_letter_shows_a_name_as_text() -> None:
    letter = confirm_email("1", "a@b", "<img onerror=x>", "http://h/#key=a&b\"c")
    assert "<img" not in letter.html and "&lt;img onerror=x&gt;" in letter.html
    assert '"c' not in letter.html and "a&amp;b&quot;c" in letter.html


# -- 71: bugs --------------------------------------------------------------------------------


async def test_71_a_fault_is_an_incident_and_others_go_on(house: People, expect_log: Any) -> None:
    lines = expect_log("request_failed")
    expect_log("'request'")
    await house.register("ada")
    pair = await house.sign_in("ada")

    async def broken(user: str) -> Any:
        raise RuntimeError("a secret")

    async with house.socket(pair["access"]) as socket:
        area = house.host.app.areas.accounts
        area.profile, profile = broken, area.profile
        answer = await house.call("GET", "users/current/", token=pair["access"])
        assert (answer.status, answer.code) == (500, "internal_error")
        assert answer.headers["x-incident-id"] in lines[0] and "secret" not in str(answer)
        area.profile = profile
        await socket.say(op="ring")
        while (await socket.message())["event"] != "rang":
            pass
    assert await house.is_good(pair["access"])
