"""Uploads into the host's own folder, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.uploads.samples import BAD, FRAME, GOOD, PNG
from tests.web.rest_client import Answer
from tests.web.table_house import TableHouse, User, table_house
from tests.web.web_edge import Raw, parse_answer
from vphost.services.uploads import BYTES_MAX, DESTINATIONS, MIB_PER_DAY

ExpectLog = Callable[[str], list[str]]
pytestmark = pytest.mark.asyncio(loop_scope="module")
MUSIC = "table_custom_background_musics"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TableHouse]:
    """One host for the tests that need none of their own; each has its own users."""
    async with table_house(tmp_path_factory.mktemp("house")) as running:
        yield running


def parts(house: TableHouse) -> list[Path]:
    """Return what is on its way in."""
    return list((house.app.config.var / "uploads/.parts").iterdir())


async def granted(user: User, destination: str = "player_avatars", kind: str = "") -> Any:
    """Return leave for an upload."""
    asked = {"destination": destination, **({"content_type": kind} if kind else {})}
    answer = await user.post("uploads/", asked)
    assert answer.status == 201, answer
    return answer.body


async def sent(
    house: TableHouse, grant: Any, body: bytes, *, verb: str = "PUT", **headers: str
) -> tuple[int, bytes]:
    """Send a file by a grant; returns status and body."""
    fields = {
        "Host": "a", "Connection": "close", "Content-Length": str(len(body)), **grant["headers"],
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    path = grant["url"].removeprefix(house.app.origin)
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    async with Raw.connected(house.people.host.port) as raw:
        await raw.write(f"{verb} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        status, _, content = parse_answer(await raw.read_all())
    return status, content


async def got(house: TableHouse, url: str) -> tuple[int, Any, bytes]:
    """Get a file as a browser does."""
    return await house.people.get(url.removeprefix(house.app.origin))


async def test_every_destination_takes_its_kinds_and_serves_them_harmlessly(
    tmp_path: Path
) -> None:
    async with table_house(tmp_path) as house:
        ada = await house.user("ada")
        for destination, known in DESTINATIONS.items():
            for kind in known.kinds:
                grant = await granted(ada, destination, kind)
                assert (grant["method"], grant["fields"]) == ("PUT", {})
                assert (grant["content_type"], grant["max_bytes"]) == (kind, known.bytes_max)
                assert (await got(house, grant["file_url"]))[0] == 404
                assert (await sent(house, grant, GOOD[kind]))[0] == 201
                status, headers, content = await got(house, grant["file_url"])
                assert (status, content) == (200, GOOD[kind])
                assert headers["content-type"] == kind
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["content-disposition"] == "attachment"
                assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert (await granted(ada))["content_type"] == "image/png"
        assert (await granted(ada, MUSIC))["content_type"] == "audio/mpeg"
        files = [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
        assert len(files) == 8 and all(path.stat().st_mode & 0o077 == 0 for path in files)


async def test_a_player_of_music_may_ask_for_a_piece(house: TableHouse) -> None:
    listener = await house.user("listener")
    grant = await granted(listener, MUSIC)
    body = FRAME.ljust(200_000, b"\0") + b"end"
    assert (await sent(house, grant, body))[0] == 201
    path = grant["file_url"].removeprefix(house.app.origin)
    for asked, status, piece in (
        ("bytes=0-3", 206, body[:4]), ("bytes=100000-", 206, body[100_000:]),
        ("bytes=-3", 206, b"end"), ("bytes=200002-999999", 206, b"d"), ("bytes=0-", 200, body),
        ("bytes=5-2", 200, body), ("bytes=0-1,3-4", 200, body), ("bytes=999999-", 200, body),
        ("bytes=-", 200, body), ("bytes=-0", 200, body),
    ):
        async with Raw.connected(house.people.host.port) as raw:
            await raw.write(
                f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: {asked}\r\n\r\n"
                .encode()
            )
            answer, headers, content = parse_answer(await raw.read_all())
        assert (answer, content) == (status, piece), asked
        told = headers.get("content-range", "")
        assert told.endswith("/200003") if status == 206 else told == ""


async def test_a_grant_is_good_once_even_at_once_and_after_a_restart(tmp_path: Path) -> None:
    store = {"store": f"sqlite:{tmp_path}/a.sqlite"}
    async with table_house(tmp_path, **store) as house:
        ada = await house.user("ada")
        grant, later = await granted(ada), await granted(ada)
        answers = await asyncio.gather(*(
            sent(house, grant, PNG + bytes([number])) for number in range(6)
        ))
        assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409, 409]
        before = (await got(house, grant["file_url"]))[2]
        old = house.app.origin
    async with table_house(tmp_path, **store) as house:
        for one in (grant, later):
            for name in ("url", "file_url"):
                one[name] = one[name].replace(old, house.app.origin)
        assert (await sent(house, grant, PNG))[0] == 409
        assert (await got(house, grant["file_url"]))[2] == before
        assert (await sent(house, later, PNG))[0] == 201


async def test_what_was_not_granted_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async with table_house(tmp_path) as house:
        ada = await house.user("ada")
        grant = await granted(ada)
        name = grant["url"].rpartition("/")[2].partition("?")[0]
        other = "0" * 32 + ".png"
        wrong = [
            grant["url"].replace(name, other), grant["url"].replace("avatars", "avatarz"),
            grant["url"].replace("expires=", "expires=9"), grant["url"][:-1] + "é",
            grant["url"].partition("?")[0], grant["url"].replace("expires=", "expires=-"),
            grant["url"].replace("player_avatars", "table_custom_backgrounds"),
            grant["url"].replace(".png", ".svg"), grant["url"].replace("/uploads/", "/uploads/../"),
        ]
        for url in wrong:
            status, _ = await sent(house, {**grant, "url": url}, PNG)
            assert status in (400, 403, 404), url
        for kind in ("multipart/form-data; boundary=x", "text/html", "image/jpeg", ""):
            status, _ = await sent(house, {**grant, "headers": {"Content-Type": kind}}, PNG)
            assert status == 415, kind
        assert (await sent(house, grant, b""))[0] == 400
        assert (await sent(house, grant, PNG, verb="POST"))[0] == 405
        assert not list((tmp_path / "uploads").rglob("*.png"))
        assert (await sent(house, grant, PNG))[0] == 201
        for path in (other, f"../{name}", "%2e%2e/seal.keys", name + "%00"):
            url = f"/uploads/player_avatars/{path}"
            assert (await house.people.get(url))[0] == 404, path


async def test_a_file_that_is_something_else_is_refused(house: TableHouse) -> None:
    ada = await house.user("liar")
    grant = await granted(ada)
    for body in BAD:
        assert (await sent(house, grant, body))[0] in (400, 415), body
    assert (await sent(house, grant, GOOD["image/jpeg"]))[0] == 415
    assert (await sent(house, grant, PNG))[0] == 201
    assert not parts(house)


async def test_size_is_bound_by_the_destination_and_by_the_folder(
    tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("uploads_full")
    expect_log("507")
    async with table_house(tmp_path, uploads_mib_max=9) as house:
        ada = await house.user("ada")
        largest = FRAME.ljust(8 << 20, b"\0")
        grant = await granted(ada, MUSIC)
        assert (await sent(house, grant, largest))[0] == 201
        status, headers, content = await got(house, grant["file_url"])
        assert (status, content == largest) == (200, True)
        avatar = await granted(ada)
        limit = avatar["max_bytes"]
        assert (await sent(house, avatar, PNG.ljust(limit + 1, b"\0")))[0] == 413
        too_long = {"Content_Length": str(BYTES_MAX + 1)}
        assert (await sent(house, avatar, PNG, **too_long))[0] == 413
        assert (await sent(house, await granted(ada), PNG.ljust(limit, b"\0")))[0] == 507
        assert (await sent(house, avatar, PNG.ljust(1 << 19, b"\0")))[0] == 201
        answer = await ada.post("uploads/", b" " * (1 << 21))
        assert answer.status == 413, "what is no upload has the usual bound"


async def test_an_upload_that_breaks_off_leaves_nothing_and_may_be_done_again(
    house: TableHouse
) -> None:
    ada = await house.user("breaker")
    grant = await granted(ada, "table_custom_backgrounds")
    path = grant["url"].removeprefix(house.app.origin)
    async with Raw.connected(house.people.host.port) as raw:
        await raw.write((
            f"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n"
            "Content-Length: 1000000\r\n\r\n"
        ).encode() + PNG.ljust(100_000, b"\0"))
        async with asyncio.timeout(10):
            while not parts(house):
                await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while parts(house):
            await asyncio.sleep(0.01)
    assert (await sent(house, grant, PNG))[0] == 201


async def test_who_may_ask_how_often_and_for_what(house: TableHouse) -> None:
    ada, bob = await house.user("asker"), await house.user("asker_friend")
    nobody = await house.people.call("POST", "uploads/", {"destination": "player_avatars"})
    assert nobody.status == 401
    for body, field in (
        ({"destination": "elsewhere"}, "destination"), ({}, "destination"),
        ({"destination": "player_avatars", "content_type": "audio/ogg"}, "content_type"),
        ({"destination": "player_avatars", "content_type": "image/svg+xml"}, "content_type"),
        ({"destination": "player_avatars", "name": "../x"}, "name"),
    ):
        answer = await ada.post("uploads/", body)
        assert (answer.status, list(answer.body)) == (400, [field]), body
    answers: list[Answer] = []
    while not answers or answers[-1].status == 201:
        answers.append(await ada.post("uploads/", {"destination": "player_avatars"}))
    assert (answers[-1].code, len(answers)) == ("too_many_attempts", MIB_PER_DAY // 2 + 1)
    assert int(answers[-1].headers["retry-after"]) > 60
    music = [(await bob.post("uploads/", {"destination": MUSIC})).status for _ in range(9)]
    assert music == [201] * (MIB_PER_DAY // 16) + [429], "large files count for more"


async def test_a_repeated_question_gets_the_same_leave(house: TableHouse) -> None:
    user = await house.user("again")
    asked = {"destination": "player_avatars"}
    first = await user.post("uploads/", asked, Idempotency_Key="k")
    again = await user.post("uploads/", asked, Idempotency_Key="k")
    assert first.status == again.status == 201 and first.body == again.body
    other = await user.post("uploads/", {"destination": MUSIC}, Idempotency_Key="k")
    assert (other.status, other.code) == (409, "id_reused")
    assert (await user.post("uploads/", asked)).body["file_url"] != first.body["file_url"]
