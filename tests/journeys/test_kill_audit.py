"""A host that is killed among operators' calls: what was answered is a row, and the chain holds."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.host_process import HostProcess
from vphost.control.client import Unreachable, call
from vphost.services.operators.audit import ROWS, row_id
from vphost.services.operators.audit_check import Verdict, verify
from vphost.store import open_store

KILLS = min(int(os.environ.get("VPHOST_KILLS", "1")), 10)
CALLERS, ANSWERS = 3, 40


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    made = HostProcess(tmp_path)
    yield made
    made.close()


class Callers:
    """Operators who call from threads of their own until nobody answers."""

    def __init__(self, host: HostProcess, round_no: int) -> None:
        self.answered: list[str] = []
        self.are_enough = threading.Event()
        self._path = str(host.folder / "control" / "host.sock")
        self._round = round_no
        self._threads = [
            threading.Thread(target=self._call, args=(number,)) for number in range(CALLERS)
        ]
        for thread in self._threads:
            thread.start()

    def _call(self, number: int) -> None:
        for count in range(100_000):
            name = f"u{self._round}-{number}-{count}"
            try:
                call(self._path, "user.add", {"name": name})
            except Unreachable:
                return
            self.answered.append(name)
            if len(self.answered) >= ANSWERS:
                self.are_enough.set()

    def end(self) -> None:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join(timeout=40)
            assert not thread.is_alive()


def test_nothing_that_was_answered_is_missing(host: HostProcess) -> None:
    answered: set[str] = set()
    for round_no in range(KILLS):
        host.start()
        callers = Callers(host, round_no)
        assert callers.are_enough.wait(timeout=40)
        host.kill()
        callers.end()
        answered.update(callers.answered)
    host.start()
    verdict, rows = asyncio.run(read(host.store))
    assert verdict.ok and verdict.entries == len(rows) and verdict.head == rows[-1]["hash"]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert answered <= {row["detail"]["name"] for row in rows}


async def read(store: str) -> tuple[Verdict, list[Any]]:
    """Return the verdict on a log and its rows, beside the living host."""
    journal, documents = await open_store(store, read_only=True)
    try:
        verdict = await verify(documents)
        return verdict, [row.body for row in await documents.find(ROWS, {}, row_id(0), 10_000)]
    finally:
        await journal.close()
