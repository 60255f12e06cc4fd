"""SIGKILL of a real host: no accepted bet is lost, none counts twice, pools are settled once.

Also what operators do on the command line: letting somebody open sources, and piping events in.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, websocket_connect

from tests.journeys.host_process import ROOT, HostProcess
from tests.plugins.pools.pools_house import Client, running

KILLS = int(os.environ.get("VPHOST_KILLS", "2"))
USERS = ("anna", "bert", "carl")
BET = "place_bet_in_betting_pool"


TOKENS: dict[str, str] = {}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """A host with users that is ended by its id whatever happens."""
    process = HostProcess(tmp_path)

    async def add_users() -> None:
        async with running(tmp_path, store=process.store) as house:
            TOKENS["chief"] = await house.user("chief")
            for name in USERS:
                TOKENS[name] = await house.user(name, "1000")

    asyncio.run(add_users())
    yield process
    process.close()


async def connect(host: HostProcess, name: str) -> Client:
    """Return a connected client whose request ids nobody had before."""
    url = f"{host.origin.replace('http', 'ws')}/ws/pools/?token={TOKENS[name]}"
    return Client(
        await websocket_connect(url, connect_timeout=10), f"{name}-{uuid.uuid4().hex[:8]}", ""
    )


async def open_pool(admin: Client) -> tuple[str, str]:
    """Open a source, a game and a pool; return game and pool."""
    source = (await admin.ask("open_game_source", source_name="Feed"))["source_id"]
    game: str = (await admin.ask(
        "create_and_open_game", source_id=source, game_name="g", actions="Goal", targets="A,B"
    ))["game_id"]
    await admin.ask("become_an_admin_for_game", game_id=game)
    pool: str = (await admin.ask(
        "create_and_open_betting_pool", game_id=game, action="goal", targets="a,b", pool_type=1
    ))["pool_id"]
    return game, pool


class Bettor:
    """A careful client: what was not answered is sent again under the same id."""

    def __init__(self, name: str, pool: str, seed: int) -> None:
        self.name = name
        self.pool = pool
        self.chooser = random.Random(seed)
        self.accepted: dict[str, str] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.pending: tuple[str, dict[str, Any]] | None = None
        self.sent = 0

    async def bet_until_closed(self, client: Client, count: list[int]) -> None:
        """Bet until the socket ends."""
        try:
            while True:
                if self.pending is None:
                    self.sent += 1
                    self.pending = (f"{self.name}-{self.sent}", {
                        "pool_id": self.pool, "target": self.chooser.choice("ab"), "amount": "0.01",
                    })
                request_id, fields = self.pending
                self.asked[request_id] = fields
                answer = await client.ask(BET, request_id, **fields)
                self.accepted[request_id] = answer["bet_id"]
                self.pending = None
                count[0] += 1
        except (AssertionError, WebSocketClosedError, StreamClosedError) as error:
            assert "closed" in str(error) or not str(error), error
        await client.close()


async def test_no_accepted_bet_is_lost(host: HostProcess) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}, {KILLS} kills")
    chooser = random.Random(seed)
    host.ok("pools", "source-admin", "chief")
    host.start()
    admin = await connect(host, "chief")
    game, pool = await open_pool(admin)
    await admin.close()
    bettors = [Bettor(name, pool, seed + n) for n, name in enumerate(USERS)]
    for _ in range(KILLS):
        count = [0]
        clients = [await connect(host, one.name) for one in bettors]
        tasks = [asyncio.create_task(one.bet_until_closed(client, count))
                 for one, client in zip(bettors, clients, strict=True)]
        enough = chooser.randrange(5, 60)
        while count[0] < enough:
            await asyncio.sleep(0)
        host.kill()
        await asyncio.gather(*tasks)
        host.start()
    await check(host, bettors)
    admin = await connect(host, "chief")
    await admin.send("register_game_event", game_id=game, action_id="goal", target_id="a",
                     happened_at=1_900_000_000_000 - 10**12)
    await admin.receive()
    host.kill()
    await admin.close()
    host.start()
    admin = await connect(host, "chief")
    ended = await admin.ask("resolve_betting_pool", pool_id=pool, target="a")
    assert ended["bets_count"] == sum(len(one.accepted) for one in bettors)
    assert ended["is_money_return"], "all bets came after the event"
    await admin.close()
    for name in USERS:
        client = await connect(host, name)
        assert (await client.ask("get_my_available_balance"))["available_balance"] == 1000
        await client.close()
    assert host.terminate() == 0
    assert set(host.ok("ledger", "verify")["sums"].values()) == {0}


async def check(host: HostProcess, bettors: list[Bettor]) -> None:
    """Send again what was not answered; then each has in the pool exactly what was accepted."""
    for one in bettors:
        client = await connect(host, one.name)
        if one.pending is not None:
            answer = await client.ask(BET, one.pending[0], **one.pending[1])
            one.accepted[one.pending[0]] = answer["bet_id"]
        assert len(set(one.accepted.values())) == len(one.accepted)
        staked = (await client.ask("get_my_exposure"))["exposure"]
        assert round(staked * 100) == len(one.accepted)
        for request_id, bet_id in list(one.accepted.items())[-3:]:
            again = await client.ask(BET, request_id, **one.asked[request_id])
            assert again["bet_id"] == bet_id
        await client.close()


async def test_events_are_piped_in_from_a_file(host: HostProcess, tmp_path: Path) -> None:
    host.start()
    host.ok("pools", "source-admin", "chief")
    admin = await connect(host, "chief")
    game, pool = await open_pool(admin)
    await admin.ask("join_game", game_id=game)
    lines = ['{"action_id": "goal", "target_id": "A", "happened_at": 1700000000000}', "",
             '{"action_id": "goal", "target_id": "C"}', "no json",
             '{"action_id": "goal", "target_id": "A", "happened_at": 1700000000}']
    done = await asyncio.to_thread(
        subprocess.run, host.command("pools", "feed", "-", "--game", game), cwd=ROOT,
        input="\n".join(lines), capture_output=True, text=True, timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert answers[0]["pool_ids"] == [pool] and answers[0]["repeated"] is False
    assert [answer["code"] for answer in answers[1:3]] == ["no_such_target", "bad_message"]
    assert answers[3]["repeated"], "the same moment in seconds"
    ended = await admin.hear("bet_pool_resolved")
    assert ended["winning_target"] == "a"
    feed = tmp_path / "feed.jsonl"
    feed.write_text(lines[0] + "\n")
    arguments = ("pools", "feed", str(feed), "--game", game)
    status, again = await asyncio.to_thread(host.cli, *arguments)
    assert (status, again["repeated"]) == (0, True)
    await admin.close()
    assert host.terminate() == 0
    assert host.cli(*arguments)[0] == 1, "there is no host"


def test_what_the_command_line_refuses(host: HostProcess) -> None:
    assert host.cli("pools", "source-admin", "nobody")[1]["code"] == "not_found"
    status, answer = host.cli("pools", "source-admin", "anna", "--source", "x")
    assert (status, answer["code"]) == (1, "not_found")
