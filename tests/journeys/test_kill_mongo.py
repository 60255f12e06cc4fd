"""The kill test on MongoDB: the host and the database die together, in any order.

Four programmes play; the database's server is killed with the host, a moment before or after it.
Both start again: everything acknowledged is there, byte for byte, and the ledger sums to zero. A
server that dies alone is a coded refusal within seconds, and play goes on when it is back.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journeys.host_process import HostProcess
from tests.journeys.table_client import TableClient
from tests.journeys.test_kill import (
    Player, Progress, check_agreement, check_ledger, play_until_closed, table_of,
)
from tests.mongo_server import MongoServer

KILLS = int(os.environ.get("VPHOST_KILLS", "4"))
REFUSED_WITHIN_S, BACK_WITHIN_S = 5.0, 10.0


@dataclass
class MongoHost(HostProcess):
    """A host whose database dies with it; `order` says who goes first."""

    server: MongoServer = field(kw_only=True)
    order: random.Random = field(kw_only=True)

    @property
    def store(self) -> str:
        """The store's URL."""
        return self.server.url("host")

    def kill(self) -> None:
        """SIGKILL to both, in any order."""
        kills = [super().kill, self.server.kill]
        self.order.shuffle(kills)
        for kill in kills:
            kill()

    def start(self) -> None:
        """Start the database, if it does not run, and then the host."""
        if self.server.process is None:
            self.server.start()
        super().start()


@pytest.fixture
def seed() -> int:
    """A fresh seed, printed with a failure."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}, {KILLS} kills")
    return seed


@pytest.fixture
def host(tmp_path: Path, seed: int) -> Iterator[MongoHost]:
    """Both are ended by their ids whatever happens."""
    server = MongoServer(tmp_path / "mongo")
    process = MongoHost(
        tmp_path, flags=("--drain-s", "1"), server=server, order=random.Random(seed)
    )
    try:
        server.start()
        yield process
    finally:
        process.close()
        server.kill()


async def seated(host: MongoHost, folder: Path, seed: int, progress: Progress) -> list[Player]:
    """Return players in mid-game."""
    names = [f"player{number}" for number in range(4)]
    table, tokens = table_of(host, folder, names)
    host.start()
    players = [
        Player(TableClient(host.origin, table, tokens[name], random.Random(seed + seat)),
               seat, seat == 0, progress)
        for seat, name in enumerate(names)
    ]
    for player in players:
        await player.sit()
    await players[0].client.send("game_start", game_type="THD")
    return players


async def test_nothing_acknowledged_is_lost_with_the_database_killed(
    host: MongoHost, tmp_path: Path, seed: int
) -> None:
    progress, chooser = Progress(), random.Random(seed)
    players = await seated(host, tmp_path, seed, progress)
    for _ in range(KILLS):
        await play_until_closed(players, progress, chooser.randrange(20, 120), host)
        host.start()
        await asyncio.gather(*(player.come_back() for player in players))
    check_ledger(host)
    for player in players:
        await leave(player.client)
    assert host.terminate() == 0
    print(f"{check_agreement(players)} events seen by all, {progress.frames} frames")
    check_ledger(host)


async def refused(client: TableClient) -> float:
    """Chat until the store is down; return how long the refusal took, s."""
    while True:
        began_s = time.monotonic()
        if await answer_to_chat(client, f"hello {began_s}") == "store_down":
            return time.monotonic() - began_s


async def leave(client: TableClient) -> None:
    """Close a socket and wait until it is closed."""
    socket = client.socket
    client.close()
    while socket is not None and await socket.read_message() is not None:
        pass


async def answer_to_chat(client: TableClient, message: str) -> str:
    """Say something; return the code of the refusal, or `said`."""
    await client.write({"action": "send_chat_message", "payload": {"message": message}})
    while True:
        frame = await client.receive()
        if frame["event"] == "action_error":
            return str(frame["payload"]["code"])
        if frame["event"] == "chat_message" and frame["payload"]["message"] == message:
            return "said"


async def test_a_dead_database_is_refused_in_time_and_play_goes_on(
    host: MongoHost, tmp_path: Path, seed: int
) -> None:
    players = await seated(host, tmp_path, seed, Progress())
    client = players[1].client
    host.server.kill()
    assert await refused(client) < REFUSED_WITHIN_S
    assert not host.is_ready()
    host.server.start()
    deadline_s = time.monotonic() + BACK_WITHIN_S
    while (answer := await answer_to_chat(client, "again")) != "said":
        assert answer == "store_down" and time.monotonic() < deadline_s
        await asyncio.sleep(0.1)
    assert host.is_ready()
    for player in players:
        await leave(player.client)
    assert host.terminate() == 0
    check_ledger(host)
