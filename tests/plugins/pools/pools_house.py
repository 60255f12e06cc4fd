"""A real host with the pools plugin, in this process, and clients over real sockets.

Every frame that a client gets is checked against the schema of its response, and it must be the
answer to a request or something that a subscriber may hear.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

from plugins.pools.plugin import Pools
from plugins.pools.rules.state import Game
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.services.accounts.accounts import Kind
from vphost.services.ledger.ledger import Ledger
from vphost.wire.schemas import SchemaSet

ROOT = Path(__file__).parents[3]
NUMBERS = json.loads((ROOT / "schemas" / "pools" / "ops.json").read_text())
OP, RES = NUMBERS["op"], NUMBERS["res"]
NAME_OF = {code: name for name, code in RES.items()}
WAIT_S = 10.0
Frame = dict[str, Any]
SCHEMAS = SchemaSet.load([("", ROOT / "schemas")])


def config(folder: Path, **settings: Any) -> Config:
    """Return settings of a host on a file in a folder, on a free port."""
    return Config(**{
        "store": f"sqlite:{folder / 'pools.sqlite'}", "var": folder, "port": 0, "drain_s": 5,
        "messages_per_s": 1000, "messages_burst": 1000, **settings,
    })


@dataclass
class Client:
    """One user's socket. heard: frames that were no answer, oldest first."""

    socket: WebSocketClientConnection
    name: str
    user: str
    heard: list[Frame] = field(default_factory=list)
    sent: int = 0
    has_ended: bool = False

    async def write(self, message: Any) -> None:
        """Send anything: a text as it is, the rest as JSON."""
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.write_message(text, binary=isinstance(text, bytes))

    async def receive(self) -> Frame:
        """Return the next frame, checked against its schema."""
        text = await asyncio.wait_for(self.socket.read_message(), WAIT_S)
        self.has_ended = text is None
        assert text is not None, f"closed: {self.socket.close_code} {self.socket.close_reason}"
        frame: Frame = json.loads(text)
        fault = SCHEMAS.explain(f"pools/out/{NAME_OF[frame['res']]}.json", frame)
        assert fault is None, (fault, frame)
        return frame

    async def send(self, op: str, request_id: str | None = None, **fields: Any) -> str:
        """Send an operation by its name and return its request id."""
        self.sent += 1
        request_id = request_id or f"{self.name}-{self.sent}"
        await self.write({"header": {"request_id": request_id}, "op": OP[op], **fields})
        return request_id

    async def answers(
        self, op: str, request_id: str | None = None, until: str | None = None, **fields: Any
    ) -> list[Frame]:
        """Send an operation; return its answers, up to the one of a name (None: the first)."""
        request_id = await self.send(op, request_id, **fields)
        found: list[Frame] = []
        while True:
            frame = await self.receive()
            if frame["response_header"].get("request_id") != request_id:
                self.heard.append(frame)
                continue
            found.append(frame)
            if until is None or NAME_OF[frame["res"]] in (until, "error"):
                return found

    async def ask(self, op: str, request_id: str | None = None, **fields: Any) -> Frame:
        """Send an operation that is not refused; return its first answer."""
        answer = (await self.answers(op, request_id, **fields))[0]
        assert answer["res"] != RES["error"], answer
        return answer

    async def refused(self, op: str, code: str, **fields: Any) -> Frame:
        """Send an operation that is refused with a code; return the error."""
        answer = (await self.answers(op, **fields))[0]
        assert answer["res"] == RES["error"], answer
        assert (answer["code"], answer["op"]) == (code, OP[op]), answer
        return answer

    async def hear(self, name: str, **fields: Any) -> Frame:
        """Return the first frame of a name (and these fields) that was no answer, and take it."""
        while True:
            for place, frame in enumerate(self.heard):
                if frame["res"] == RES[name] and fields.items() <= frame.items():
                    return self.heard.pop(place)
            self.heard.append(await self.receive())

    async def all_heard(self) -> list[str]:
        """Return the names of all frames that had come before the answer to a ping."""
        await self.ask("ping")
        return [NAME_OF[frame["res"]] for frame in self.heard]

    async def close(self) -> None:
        """Close the socket from this side and wait until it is closed."""
        self.socket.close()
        while not self.has_ended and await asyncio.wait_for(
            self.socket.read_message(), WAIT_S
        ) is not None:
            pass


@dataclass
class House:
    """A running host."""

    app: App
    clients: list[Client] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """The host's ledger."""
        return self.app.house.ledger

    def state(self, game_id: str) -> Game:
        """Return a game's durable state."""
        room = self.app.house.rooms.get(game_id)
        assert room is not None
        game: Game = room.state
        return game

    def games(self) -> Iterator[Game]:
        """Yield the durable states of all games."""
        for room in self.app.house.rooms:
            if room.mode_name == "pools":
                yield room.state

    async def call(self, op: str, **args: Any) -> Any:
        """Do an operator's operation."""
        answer = await self.app.house.operations.call(op, args)
        return answer

    async def user(self, name: str, money: str = "0") -> str:
        """Add a user with DON and return his token."""
        await self.app.house.accounts.add(name, Kind.PERSON)
        if money != "0":
            await self.call(
                "ledger.deposit", name=name, amount=money, currency="DON", id=f"d-{name}"
            )
        answer = await self.call("user.token", name=name)
        token: str = answer["token"]
        return token

    async def connect(self, name: str, money: str = "0", token: str | None = None) -> Client:
        """Add a user, unless he is known, and connect him."""
        token = token or await self.user(name, money)
        url = f"{self.app.origin.replace('http', 'ws')}/ws/pools/?token={token}"
        socket = await websocket_connect(url, connect_timeout=WAIT_S)
        found = await self.app.house.accounts.by_name(name)
        assert found is not None
        client = Client(socket, name, found.id)
        self.clients.append(client)
        return client

    async def admin(self, name: str = "chief") -> Client:
        """Return a connected user who may open sources."""
        client = await self.connect(name, "1000")
        await self.call("pools.source_admin", name=name)
        return client

    async def game(self, admin: Client, **fields: Any) -> str:
        """Open a source and a game that an admin governs; return the game's id."""
        source = (await admin.ask("open_game_source", source_name="Feed"))["source_id"]
        return await self.game_in(admin, source, **fields)

    async def game_in(self, admin: Client, source: str, **fields: Any) -> str:
        """Open a game in a source and govern it; return its id."""
        given = {
            "source_id": source, "game_name": "Argentina - Brazil", "type": "football",
            "actions": ["Goal", "Offside"],
            "targets": ["Argentina", "Brazil", "Argentina:1", "Argentina:2", "Brazil:7"],
            "currency": "DON", **fields,
        }
        game: str = (await admin.ask("create_and_open_game", **given))["game_id"]
        await admin.ask("become_an_admin_for_game", game_id=game)
        return game

    async def pool(self, admin: Client, game: str, **fields: Any) -> str:
        """Open a pool and return its id."""
        given = {"action": "goal", "targets": ["argentina", "brazil"], "pool_type": 1, **fields}
        answer = await admin.ask("create_and_open_betting_pool", game_id=game, **given)
        pool: str = answer["pool_id"]
        return pool

    def balance(self, account: str, currency: str = "DON") -> int:
        """Return a balance, minor units."""
        return self.ledger.balance(account, currency)

    def check_books(self) -> None:
        """Everything sums to zero; every pool's account holds what its state says."""
        assert sum(
            amount for (_, currency), amount in self.ledger.balances.durable().items()
            if currency == "DON"
        ) == 0
        for game in self.games():
            exposure: dict[int, int] = {}
            for pool in game.pools.values():
                held = self.balance(f"room:{game.id}:pool:{pool.id}", game.currency)
                assert held == (0 if pool.result is not None else pool.total), pool
                assert sum(pool.stakes.values()) == pool.total
                if pool.result is None:
                    for number, staked in pool.stakes.items():
                        exposure[number] = exposure.get(number, 0) + staked
            kept = {number: staked for number, staked in game.exposure.items() if staked}
            assert kept == exposure


@asynccontextmanager
async def running(
    folder: Path, *, more: Path | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Run a host, in memory unless `store` says where; the books are checked at its end.

    more: a folder of further plugins.
    """
    plugins = PluginRegistry()
    plugins.add("pools", Pools)
    if more is not None:
        plugins.discover([more], entry_points=False)
    app = App(config(folder, **{"store": "memory:", **settings}), plugins=plugins)
    await app.start()
    house = House(app)
    try:
        yield house
        house.check_books()
    finally:
        for client in house.clients:
            await client.close()
        await app.stop()


async def stakes(house: House, pool: str, bets: list[tuple[str, str, Any]]) -> list[Client]:
    """Let users, each new and with money enough, place bets: (name, target, amount)."""
    clients: dict[str, Client] = {}
    for name, target, amount in bets:
        if name not in clients:
            clients[name] = await house.connect(name, "100000")
        await clients[name].ask(
            "place_bet_in_betting_pool", pool_id=pool, target=target, amount=amount
        )
    return list(clients.values())
