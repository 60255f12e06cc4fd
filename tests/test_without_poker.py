"""A host on which no game mode for poker tables is installed: all else is there and is played."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from plugins.pools import demo
from tests.plugins.pools.pools_house import House, running
from tests.web.web_edge import Raw
from vphost.rules.mode import Rejected
from vphost.tables.rest.areas import LOBBY, POKER

SAMPLES = Path(__file__).parents[1] / "docs" / "sample_mode"
PAGES = ("/", "/pools/", "/account/", "/admin/", "/swagger/", "/livez", "/readyz")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A demo with the pools and the documentation's mode, and nothing else."""
    async with running(tmp_path, more=SAMPLES, demo=True, drain_s=0) as house:
        assert set(house.app.house.rooms.modes) == {"pools", "highcard"}
        yield house


async def get(house: House, path: str, token: str = "") -> tuple[int, Any]:
    """Return status and body of a page or a call."""
    port = house.app.address[1]
    async with Raw.connected(port) as raw:
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        await raw.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}"
            "Connection: close\r\n\r\n".encode()
        )
        head, _, body = (await raw.read_all()).partition(b"\r\n\r\n")
    is_json = b"application/json" in head
    return int(head.split()[1]), json.loads(body) if is_json else body


async def test_pages_and_references_are_served(house: House) -> None:
    for page in PAGES:
        assert (await get(house, page))[0] == 200, page
    _, openapi = await get(house, "/swagger.json")
    told = set(openapi["paths"])
    assert told >= {one.path for one in LOBBY} and told >= {"/api/v1/auth/token/"}
    assert not told & {one.path for one in POKER}
    _, asyncapi = await get(house, "/asyncapi.json")
    assert set(asyncapi["channels"]) == {"pools", "highcard"}


async def test_poker_tables_are_not_there(house: House) -> None:
    ann = await house.user("ann")
    for path in ("tables/", "players/", "lookups/table-types/", "payments/prices/",
                 "users/current/stats/", "reports/AAAA/csv/"):
        assert (await get(house, f"/api/v1/{path}", ann))[0] == 404, path
    assert await get(house, "/api/v1/lobby/tables/") == (200, {"tables": [], "guests": True})
    assert (await get(house, "/ws/tables/AAAA/"))[0] == 404
    assert (await get(house, "/ws/pools/"))[0] != 404
    refused = await house.call("table.add", host="ann", mode="table", config={})
    assert isinstance(refused, Rejected) and refused.code == "not_found"


async def test_the_lobby_lists_tables_of_other_modes(house: House) -> None:
    ann = await house.user("ann")
    made = await house.call("table.add", host="ann", mode="highcard", config={"stake": 100})
    token = made["short_token"]
    assert (await get(house, f"/api/v1/lobby/invitations/{token}/")) == (200, {"name": "Table"})
    _, lobby = await get(house, "/api/v1/lobby/tables/")
    (row,) = lobby["tables"]
    assert (row["mode"], row["short_token"], row["seated"], row["is_running"]) == (
        "highcard", token, 0, False
    )
    await house.call("user.operator", name="ann", on=True)
    status, seen = await get(house, f"/api/v1/admin/tables/{token}/", ann)
    assert (status, seen["configuration"], seen["state"][0]["event"]) == (200, None, "state")


async def test_high_card_is_played_at_a_table(house: House) -> None:
    users = {name: await house.user(name) for name in ("ann", "bob")}
    made = await house.call("table.add", host="ann", mode="highcard", config={})
    port = house.app.address[1]
    for name, token in users.items():
        await house.call(
            "ledger.deposit", name=name, amount="5", currency="PLAY", id=f"play-{name}"
        )
        async with Raw.connected(port) as raw:
            await raw.upgrade(port, f"/ws/highcard/{made['token']}/?token={token}")
            assert (await raw.message())["event"] == "state"
            await raw.say(op="stake")
            while (await raw.message())["event"] != "staked":
                pass
    held = [(await house.call("ledger.balance", name=name))["balances"]["PLAY"] for name in users]
    assert sorted(held) == ["0.00", "10.00"]


async def test_the_demos_pools_are_played(house: House) -> None:
    anna = await house.connect("anna", "100")
    await anna.ask("join_game", game_id=demo.GAME)
    told = await anna.hear("betting_pool_bets_distribution")
    assert told["total_amount"] >= 1
