"""What a user says of himself over HTTP: his picture, which has to lie here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.web.table_house import TableHouse, User, table_house
from tests.web.web_edge import Raw, parse_answer

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
CURRENT = "users/current/"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path) as running:
        yield running


async def granted(user: User) -> dict[str, str]:
    answer = await user.post("uploads/", {"destination": "player_avatars"})
    assert answer.status == 201, answer
    return dict(answer.body)


async def send(house: TableHouse, grant: dict[str, str]) -> int:
    """Send a picture to where it was granted."""
    url = urlsplit(grant["url"])
    async with Raw.connected(house.people.host.port) as connection:
        await connection.write(
            f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            f"Content-Type: image/png\r\nContent-Length: {len(PNG)}\r\n\r\n".encode() + PNG
        )
        return parse_answer(await connection.read_all())[0]


async def test_a_picture_that_was_uploaded_here_is_shown_to_the_players_of_ones_tables(
    house: TableHouse,
) -> None:
    ada, bob = [await house.user(name) for name in ("ada", "bob")]
    table = await ada.open_table()
    id = await bob.joined(table)
    assert (await bob.get(CURRENT)).body["avatar_url"] is None
    grant = await granted(bob)
    assert await send(house, grant) == 201
    changed = await bob.patch(CURRENT, {"avatar_url": grant["file_url"]})
    assert (changed.status, changed.body["avatar_url"]) == (200, grant["file_url"])
    seen = await ada.get(f"players/{id}/")
    assert seen.body["avatar_url"] == grant["file_url"]
    unchanged = await bob.patch(CURRENT, {})
    assert unchanged.body["avatar_url"] == grant["file_url"]
    assert (await bob.patch(CURRENT, {"avatar_url": None})).body["avatar_url"] is None
    [shown] = [
        one for one in (await ada.get("players/")).body["results"] if one["username"] == "bob"
    ]
    assert shown["avatar_url"] is None


async def test_a_picture_that_lies_elsewhere_or_nowhere_is_refused_by_its_field(
    house: TableHouse,
) -> None:
    bob = await house.user("bob")
    never_sent = (await granted(bob))["file_url"]
    music = (await bob.post("uploads/", {"destination": "table_custom_background_musics"})).body
    for url in (
        never_sent, music["file_url"], never_sent.replace("http://", "http://evil.example/"),
        never_sent + "?x=1", "http://127.0.0.1/latest/meta-data/", "https://",
    ):
        refused = await bob.patch(CURRENT, {"avatar_url": url})
        assert (refused.status, set(refused.body)) == (400, {"avatar_url"}), url
    for body in ({"is_operator": True}, {"avatar_url": "javascript:0"}, {"avatar_url": 1}):
        assert (await bob.patch(CURRENT, body)).status == 400
    assert (await bob.get(CURRENT)).body["avatar_url"] is None
