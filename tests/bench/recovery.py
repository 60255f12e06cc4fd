"""A thousand tables in mid-hand: from the start of the process to the first accepted action.

Every table of six plays some hands on the embedded store and stops in the middle of one. Then the
host is killed and started again, and one player acts as soon as he is in. The row has the seconds
until the host listened, until his action was told to all and until all tables were awake, and the
host's processor time up to then, which other programs disturb less.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench._players import BusyTable
from tests.bench.table_path import start
from vphost.web.listener import raise_file_limit

TABLES = int(os.environ.get("VPHOST_BENCH_RECOVERY", "1000"))
STEPS = 60
AT_ONCE = 20


def main() -> Iterator[dict[str, Any]]:
    """Yield one row."""
    raise_file_limit()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        yield asyncio.run(measure(Path(folder), stack))


async def measure(folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Play, kill, start, act."""
    host = start("host", folder, TABLES, stack)
    tables = [
        BusyTable(host.told["port"], token, host.told["tokens"]) for token in host.told["tables"]
    ]
    for first in range(0, TABLES, AT_ONCE):
        await asyncio.gather(*(play(table) for table in tables[first:first + AT_ONCE]))
    host.process.kill()
    host.process.wait()
    commits = sum(table.steps for table in tables)
    began = time.perf_counter()
    again = start("host", folder, TABLES, stack)
    listening_s = time.perf_counter() - began
    table = tables[-1]
    back = BusyTable(again.told["port"], table.token, again.told["tokens"])
    back.seat_of, back.turn = table.seat_of, table.turn
    back.board, back.deeds = table.board, table.deeds
    await back.connect()
    await back.is_in()
    back.go()
    await back.has_turn()
    first_action_s = time.perf_counter() - began
    assert again.process.stdout is not None
    await asyncio.to_thread(again.process.stdout.readline)
    return {
        "what": f"{TABLES} tables in mid-hand, killed", "actions_before": commits,
        "listening_s": round(listening_s, 2),
        "first_action_s": round(first_action_s, 2),
        "all_awake_s": round(time.perf_counter() - began, 2),
        "host_cpu_s": round(again.cpu_s, 2),
    }


async def play(table: BusyTable) -> None:
    """Play for some actions, stop in the middle of a hand and leave."""
    await table.connect()
    await table.sit()
    table.is_on = True
    table.go()
    while table.steps < STEPS or not 3 <= table.deeds <= 12:
        await asyncio.sleep(0.002)
        if table.turn is None and not table.is_on:
            await table.has_turn()
        table.is_on = table.steps < STEPS or not 3 <= table.deeds <= 12
        if table.is_on and table.turn is not None:
            table.go()
    table.is_on = False
    await table.has_turn()
    for seat in table.seats:
        seat.transport.abort()
