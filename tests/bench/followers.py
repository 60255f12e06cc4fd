"""How far those who follow the commits are behind while 200 tables are played without a pause.

The load is that of `table_path`: six-handed tables, every one with an action on its way all the
time. Followers are the statistics, which count hands, and the plugins that observe commits. At the
end the host says how many commits it has made and how many of them each has worked off.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench._players import BusyTable
from tests.bench.table_path import Server, start

TABLES = int(os.environ.get("VPHOST_BENCH_TABLES", "200"))
BUSY_S = float(os.environ.get("VPHOST_BENCH_BUSY_S", "20"))


def main() -> Iterator[dict[str, Any]]:
    """Yield one row."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        yield asyncio.run(measure(start("host", Path(folder), TABLES, stack)))


async def measure(server: Server) -> dict[str, Any]:
    """Play for a while, then let the host say what it knows."""
    tables = [
        BusyTable(server.told["port"], token, server.told["tokens"])
        for token in server.told["tables"]
    ]
    for table in tables:
        await table.connect()
        await table.sit()
    for table in tables:
        await table.has_turn()
        table.is_on = True
        table.go()
    await asyncio.sleep(BUSY_S)
    actions = sum(table.steps for table in tables)
    assert server.process.stdin is not None and server.process.stdout is not None
    server.process.stdin.close()
    line = b""
    while b"followers" not in line:
        line = await asyncio.to_thread(server.process.stdout.readline)
        assert line, "the host has ended without a word"
    return {
        "what": f"{TABLES} busy tables for {BUSY_S:g} s", "actions": actions,
        **json.loads(line)["followers"],
    }
