"""Attacks on the handshake, by their numbers: tickets, tokens, origins. (Others: the index.)"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.rest_client import People, people
from tests.web.web_edge import Raw, handshake
from vphost.rules.mode import Rejected
from vphost.services.accounts.access_tokens import AccessTokens
from vphost.tables.tables import Table
from vphost.web.site import Caller

SIGNED_OUT = 4401


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[People]:
    async with people(tmp_path) as made:
        await made.register("ada")
        yield made


async def ticket(house: People, **body: str) -> dict[str, str]:
    """Return a pair for sockets."""
    pair = await house.sign_in("ada")
    answer = await house.post("token/short/", body or None, pair["access"])
    assert answer.status == 200 and answer.body["expires_in_s"] == 60
    return dict(answer.body)


async def test_05_no_origin_and_a_cookie_only_is_refused_a_ticket_is_taken(house: People) -> None:
    good = (await ticket(house))["access"]
    path = "/ws/bells/belfry/"
    async with Raw.connected(house.host.port) as raw:
        cookie = f"Cookie: token={good}; access={good}; Authorization={good}\r\n"
        await raw.upgrade(house.host.port, path, cookie)
        await raw.say(op="ring")
        assert (await raw.message())["event"] == "auth_error"
        assert await raw.close_code() == SIGNED_OUT
    async with house.socket(good):
        pass


@pytest.mark.parametrize("origin", [
    "http://evil.example", "null", "https://good.example.evil.com", "https://evil-good.example",
    "http://127.0.0.1:1", "https://good.example:444", "http://good.example",
])
async def test_01_to_04_a_foreign_origin_uses_no_ticket_up(tmp_path: Path, origin: str) -> None:
    async with people(tmp_path, allowed_origins=("https://good.example",)) as house:
        await house.register("ada")
        good = (await ticket(house))["access"]
        path = f"/ws/bells/belfry/?token={good}"
        async with Raw.connected(house.host.port) as raw:
            await raw.write(handshake(house.host.port, path, f"Origin: {origin}\r\n").encode())
            assert b" 403 " in await raw.reader.readuntil(b"\r\n")
        async with house.socket(good):
            pass


@pytest.mark.parametrize("origin", [
    "https://play.xn--mller-kva.example", "https://play.xn--mller-kva.example:443",
    "https://friend.example",
])
async def test_01_own_pages_behind_a_proxy_open_sockets(tmp_path: Path, origin: str) -> None:
    async with people(
        tmp_path, public_url="https://play.müller.example/",
        allowed_origins=("https://friend.example",),
    ) as house:
        for header in (f"Origin: {origin}", f"Origin: {origin}\r\nSec-Fetch-Site: same-site"):
            async with Raw.connected(house.host.port) as raw:
                head = handshake(house.host.port, "/ws/bells/belfry/", f"{header}\r\n")
                await raw.write(head.encode())
                assert b" 101 " in await raw.reader.readuntil(b"\r\n")


async def test_01_another_page_of_the_same_name_is_foreign(tmp_path: Path) -> None:
    async with people(tmp_path, public_url="https://play.example") as house:
        for header in (
            "Origin: http://play.example", "Origin: https://play.example:8443",
            f"Origin: https://127.0.0.1:{house.host.port}\r\nSec-Fetch-Site: cross-site",
        ):
            async with Raw.connected(house.host.port) as raw:
                head = handshake(house.host.port, "/ws/bells/belfry/", f"{header}\r\n")
                await raw.write(head.encode())
                assert b" 403 " in await raw.reader.readuntil(b"\r\n")


async def test_06_a_token_of_another_audience_or_time_gets_no_event(house: People) -> None:
    user = await house.host.user("ada")
    sessions = house.host.app.house.access_tokens
    keys, clock = sessions._keys, sessions._clock
    other = AccessTokens(keys, clock, issuer="vphost", audience="operators")
    pair = await house.sign_in("ada")
    for token in (other.issue(user.id, 60), pair["refresh"], "a.b.c", ""):
        assert await house.refused(token) == SIGNED_OUT


async def test_07_a_ticket_opens_one_socket(house: People) -> None:
    pair = await ticket(house)
    async with house.socket(pair["access"]):
        assert await house.refused(pair["access"]) == SIGNED_OUT
    assert await house.refused(pair["access"]) == SIGNED_OUT


async def test_07_a_ticket_opens_no_rest_call(house: People) -> None:
    pair = await ticket(house)
    assert not await house.is_good(pair["access"])
    async with house.socket(pair["access"]):
        pass


async def test_07_the_refresh_of_a_ticket_works_once(house: People) -> None:
    session = await house.sign_in("ada")
    pair = (await house.post("token/short/", token=session["access"])).body
    following = await house.post("token/refresh/", {"refresh": pair["refresh"]})
    assert following.status == 200
    async with house.socket(following.body["access"]) as raw:
        again = await house.post("token/refresh/", {"refresh": pair["refresh"]})
        assert (again.status, again.code) == (401, "token_reused")
        assert await raw.close_code() == SIGNED_OUT
    assert not await house.is_good(session["access"])


async def test_08_a_ticket_of_one_table_does_not_open_another(house: People) -> None:
    await house.host.app.house.rooms.create("tower", "bells", {})
    pair = await ticket(house, table="tower")
    assert await house.refused(pair["access"], "belfry") == SIGNED_OUT
    pair = await ticket(house, table="tower")
    async with house.socket(pair["access"], "tower"):
        pass


async def test_08_a_ticket_may_name_its_table_by_the_short_token(house: People) -> None:
    user = await house.host.user("ada")
    tables = house.host.app.house.area.tables
    table = await tables.create(user.id, "bells", {})
    other = await tables.create(user.id, "bells", {})
    assert isinstance(table, Table) and isinstance(other, Table)
    pair = await ticket(house, table=table.short_token.lower())
    assert await house.refused(pair["access"], "belfry") == SIGNED_OUT
    identify = house.host.app.site.identify_socket
    assert identify is not None
    good = (await ticket(house, table=table.short_token))["access"]
    assert getattr(await identify(good, table.id), "id", None) == user.id
    good = (await ticket(house, table=table.short_token))["access"]
    assert getattr(await identify(good, other.id), "code", None) == "not_authenticated"


async def test_06_a_ticket_is_over_after_its_time(tmp_path: Path) -> None:
    async with people(tmp_path, short_lifetime_s=5) as house:
        await house.register("ada")
        pair = await house.sign_in("ada")
        answer = await house.post("token/short/", token=pair["access"])
        assert answer.body["expires_in_s"] == 5
        sessions = house.host.app.house.access_tokens
        claims = sessions.read(answer.body["access"], "ticket+jwt")
        assert not isinstance(claims, Rejected)
        assert claims["exp"] - claims["iat"] == 5


async def test_06_a_ticket_lets_nobody_stay_longer_than_who_asked_for_it(house: People) -> None:
    user = await house.host.user("ada")
    sessions = house.host.app.house.access_tokens
    identify = house.host.app.site.identify_socket
    assert identify is not None
    for lifetime_s in (600, 30):
        script = sessions.issue(user.id, lifetime_s)
        pair = (await house.post("token/short/", token=script)).body
        following = (await house.post("token/refresh/", {"refresh": pair["refresh"]})).body
        for one in (pair, following):
            assert one["expires_in_s"] <= lifetime_s
            caller = await identify(one["access"], "belfry")
            assert isinstance(caller, Caller) and caller.expires_in_s is not None
            assert lifetime_s - 3 <= caller.expires_in_s <= lifetime_s
