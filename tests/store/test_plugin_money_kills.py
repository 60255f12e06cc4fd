"""A process is killed while a plugin moves money: on both stores it acts once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer
from tests.services.process import Process, code, until
from vphost.rules import books
from vphost.rules.mode import Posting
from vphost.services.journal.commits import Accepted
from vphost.services.journal.journal import Patience
from vphost.services.ledger.plugin_money import Hold, PluginMoney
from vphost.services.ledger.verify import verify
from vphost.services.ports import Record
from vphost.store import open_store

BET = Hold("b1", "ann", "PLAY", 60)
BACK = (Posting("user:ann", "PLAY", 60),)
LOST = (Posting("house:x", "PLAY", 60),)


async def is_user(user: str) -> bool:
    return user == "ann"


async def opened(url: str) -> tuple[Process, PluginMoney]:
    """Return a process over a store, and its plugin's money."""
    journal, documents = await open_store(url)
    process = await Process(journal, documents, patience=Patience()).start()
    return process, PluginMoney(process.ledger, "wallet", frozenset({"x"}), is_user)


class Death:
    """Lets the next append reach the store or not, and never answers."""

    def __init__(self, process: Process, is_written: bool) -> None:
        self.has_come = False
        self._append = process.journal.append
        self._is_written = is_written
        process.journal.append = self.append

    async def append(self, records: Sequence[Record]) -> None:
        if self._is_written:
            await self._append(records)
        self.has_come = True
        await asyncio.Event().wait()


async def killed(process: Process, work: asyncio.Task[object], death: Death) -> None:
    """Kill a process while it writes; whoever waits is never answered."""
    await until(lambda: death.has_come)
    await process.kill()
    assert not work.done()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await process.journal.close()


@pytest.mark.parametrize("is_written", [True, False])
@pytest.mark.parametrize("store", ["embedded", "mongo"])
async def test_a_killed_hold_and_its_end_count_once(
    tmp_path: Path, request: pytest.FixtureRequest, database: str, store: str, is_written: bool
) -> None:
    url = f"sqlite:{tmp_path / 'store'}"
    if store == "mongo":
        server: MongoServer = request.getfixturevalue("mongo_server")
        url = server.url(database)
    process, money = await opened(url)
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 100), {})
    death = Death(process, is_written)
    await killed(process, asyncio.create_task(money.hold(BET, {})), death)

    process, money = await opened(url)
    again = await money.hold(BET, {})
    assert isinstance(again, Accepted) and again.repeated == is_written
    death = Death(process, is_written)
    await killed(process, asyncio.create_task(money.resolve(BET, LOST, {})), death)

    process, money = await opened(url)
    other = await money.resolve(BET, BACK, {})
    again = await money.resolve(BET, LOST, {})
    refused = other if is_written else again
    assert code(refused) == "id_reused"
    report = await verify(process.journal, "main")
    assert report.ok and report.commits == 3
    assert process.ledger.balance("user:ann", "PLAY") == (40 if is_written else 100)
    assert process.ledger.balance("house:x", "PLAY") == (60 if is_written else 0)
    await process.kill()
    await process.journal.close()
