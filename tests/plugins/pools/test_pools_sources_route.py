"""The list of open sources, for whoever has signed in."""

from __future__ import annotations

import json
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from tests.plugins.pools.pools_house import House, running


async def asked(house: House, token: str | None) -> HTTPResponse:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return await AsyncHTTPClient(force_instance=True).fetch(
        f"{house.app.origin}/api/v1/x/pools/sources/", headers=headers, raise_error=False
    )


async def test_open_sources_are_listed_for_those_who_signed_in(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        token = await house.user("anna")
        first = await asked(house, token)
        assert json.loads(first.body) == {"sources": {}, "may_open": False}
        admin = await house.admin()
        source = (await admin.ask(
            "open_game_source", source_name="Feed", description="Goals"
        ))["source_id"]
        other = (await admin.ask("open_game_source", source_name="Over"))["source_id"]
        await admin.ask("close_game_source", source_id=other)
        told = json.loads((await asked(house, token)).body)
        assert told["sources"] == {source: {"source_name": "Feed", "description": "Goals"}}
        assert (await asked(house, None)).code == 401


async def test_who_may_open_sources_is_told_so(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        token = await house.user("anna")
        await house.call("pools.source_admin", name="anna")
        assert json.loads((await asked(house, token)).body)["may_open"] is True
