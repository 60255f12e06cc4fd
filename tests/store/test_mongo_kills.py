"""The MongoDB store when processes die: an owner that is killed or paused, a killed server."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer
from tests.store.chains import Chain, assert_chained, read_all
from tests.store.mongo_opening import opened
from vphost.services.ports import Lease, StoreRefused

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Start = Callable[[str], "subprocess.Popen[str]"]


def ours(heartbeat_ms: int) -> Lease:
    return Lease(0, "test", os.getpid(), "here", heartbeat_ms, "")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def start() -> Iterator[Start]:
    """Start an owner that appends on and on; it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_child(url: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "appending_child.py"), url], stdout=subprocess.PIPE,
            text=True, env=os.environ | {"PYTHONPATH": f"{ROOT}:{HERE}"}, cwd=ROOT,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("owner ")
        return process

    yield start_child
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def test_a_living_owner_is_named_and_a_killed_one_need_not_be_waited_for(
    mongo_server: MongoServer, database: str, start: Start
) -> None:
    url = mongo_server.url(database)
    process = start(url)
    async with opened(url) as (journal, _):
        with pytest.raises(StoreRefused, match=f"pid {process.pid} on here.* ago"):
            await journal.take_lease("main", ours(now_ms()), 60_000)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        previous = await journal.take_lease("main", ours(now_ms()), 60_000)
        assert previous is not None and previous.pid == process.pid


async def test_a_killed_owner_whose_number_went_to_another_process_is_dead(
    mongo_server: MongoServer, database: str, start: Start
) -> None:
    url = mongo_server.url(database)
    process = start(url)
    process.kill()
    process.wait()
    with mongo_server.client() as client:
        client[database]["leases"].update_one({"_id": "main"}, {"$set": {"pid": os.getppid()}})
    async with opened(url) as (journal, _):
        assert await journal.take_lease("main", ours(now_ms()), 60_000) is not None


async def test_an_owner_of_another_machine_is_waited_for_though_his_number_is_free(
    mongo_server: MongoServer, database: str, start: Start
) -> None:
    """As in another container of the same name, or before the machine was started anew."""
    url = mongo_server.url(database)
    process = start(url)
    process.kill()
    process.wait()
    with mongo_server.client() as client:
        client[database]["leases"].update_one({"_id": "main"}, {"$set": {"machine": "other"}})
    async with opened(url) as (journal, _):
        with pytest.raises(StoreRefused, match=f"pid {process.pid}"):
            await journal.take_lease("main", ours(now_ms()), 60_000)
        assert await journal.take_lease("main", ours(now_ms() + 60_000), 60_000) is not None


async def test_a_paused_owner_is_replaced_when_his_heartbeat_is_old_and_fenced_when_he_wakes(
    mongo_server: MongoServer, database: str, start: Start
) -> None:
    url = mongo_server.url(database)
    process = start(url)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    async with opened(url) as (journal, _):
        with pytest.raises(StoreRefused, match=f"pid {process.pid}"):
            await journal.take_lease("main", ours(now_ms()), 60_000)
        await journal.take_lease("main", ours(now_ms() + 3_600_000), 60_000)
        head = await journal.head("main")
        record = Chain(seq=head.seq, hash=head.hash).next(id="new owner")
        await journal.append([record])
        process.send_signal(signal.SIGCONT)
        assert process.stdout.read().splitlines()[-1] == "fenced"
        process.wait()
        records = await read_all(journal)
        assert_chained(records)
        assert records[head.seq] == record


async def test_a_killed_server_loses_nothing_that_was_acknowledged(
    tmp_path: Path, start: Start
) -> None:
    server = MongoServer(tmp_path / "mongo")
    acknowledged: dict[str, str] = {}
    chooser = random.Random(int.from_bytes(os.urandom(4), "big"))
    try:
        for _ in range(3):
            server.start()
            url = server.url("host")
            process = start(url)
            assert process.stdout is not None
            for _ in range(chooser.randrange(1, 400)):
                commit_id, hash = process.stdout.readline().split()
                acknowledged[commit_id] = hash
            server.kill()
            process.kill()
            lines = process.stdout.read().splitlines(keepends=True)
            for line in lines:
                if line.endswith("\n"):
                    commit_id, hash = line.split()
                    acknowledged[commit_id] = hash
            process.wait()
        server.start()
        async with opened(url) as (journal, _):
            records = await read_all(journal)
    finally:
        server.kill()
    assert_chained(records)
    stored = {record.id: record.hash for record in records}
    assert acknowledged.items() <= stored.items() and acknowledged
