"""A host with cash tables, and users who call it over real HTTP and sit at its tables."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.journeys.table_client import TableClient
from tests.web.rest_client import Answer, People
from tests.web.web_bells import Belfry
from vphost.app import App
from vphost.config.settings import Config
from vphost.rules.mode import Json

SOCKETS = count(1)
"""A repeated request id is a repeated request: every socket has ids of its own."""


@dataclass
class User:
    """One who calls."""

    people: People
    name: str
    token: str

    async def get(self, path: str) -> Answer:
        return await self.people.call("GET", path, token=self.token)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.people.call("POST", path, body, self.token, **headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.people.call("PATCH", path, body, self.token, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.people.call("PUT", path, body, self.token, **headers)

    async def delete(self, path: str, **headers: str) -> Answer:
        return await self.people.call("DELETE", path, None, self.token, **headers)

    async def table(self, body: Any = None) -> dict[str, Json]:
        """Make a table."""
        made = await self.post("tables/", body)
        assert made.status == 201, made
        return dict(made.body)

    async def open_table(self, body: Any = None) -> dict[str, Json]:
        """Make a table for cash games and open it."""
        path = f"tables/{(await self.table(body))['token']}/"
        assert (await self.post(f"{path}choose_game_mode/", {"game_mode": "C"})).status == 200
        opened = await self.post(f"{path}open/")
        assert opened.status == 200, opened
        return dict(opened.body)

    async def joined(self, table: dict[str, Json]) -> int:
        """Join a table by its short token; return one's player's id."""
        answer = await self.post(f"tables/{table['short_table_token']}/join/")
        assert answer.status == 200, answer
        return await self.player(table, self.name)

    async def player(self, table: dict[str, Json], name: str) -> int:
        """Return the id of a player as one sees it."""
        found = await self.get(f"players/?short_table_token={table['short_table_token']}")
        [id] = [one["id"] for one in found.body["results"] if one["username"] == name]
        return int(id)

    async def sit(self, table: dict[str, Json], seat: int | None = None) -> TableClient:
        """Open a socket at a table and take a seat."""
        client = TableClient(
            self.people.host.app.origin, str(table["token"]), self.token, random.Random(seat or 0)
        )
        client.sent = 100 * next(SOCKETS)
        await client.connect()
        await client.until("user_connected")
        if seat is not None:
            await client.send("sit_player", seat=seat)
            await client.until("player_seated", username=self.name)
            await client.send("buy_in", amount=20)
            await client.until("bankroll", player=client_number(client, self.name))
        return client


async def hang_up(client: TableClient) -> None:
    """Close a socket and wait until the host has done so too."""
    socket = client.socket
    assert socket is not None
    client.close()
    while await socket.read_message() is not None:
        pass


def client_number(client: TableClient, name: str) -> int:
    """Return the id in the table's messages of whoever has sat down."""
    return next(
        int(frame["payload"]["player"]) for frame in client.seen.values()
        if frame["event"] == "player_seated" and frame["payload"]["username"] == name
    )


@dataclass
class TableHouse:
    """A running host."""

    people: People

    @property
    def app(self) -> App:
        return self.people.host.app

    async def user(self, name: str) -> User:
        """Return a user with a token."""
        return User(self.people, name, await self.people.host.token(name))


@asynccontextmanager
async def table_house(folder: Path, **settings: Any) -> AsyncIterator[TableHouse]:
    """Run a host with its plugins until the block ends; answers and frames are checked."""
    config = Config(**{
        "store": "memory:", "var": folder, "port": 0, "drain_s": 1, **settings
    })
    app = App(config, check_outgoing=True)
    await app.start()
    try:
        yield TableHouse(People(Belfry(app, None, None), folder / "outbox"))  # type: ignore
    finally:
        if not app.site.is_draining:
            await app.stop("test ended")
