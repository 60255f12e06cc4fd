"""Many sockets: a storm of ten thousand, what each of them costs, and one that floods.

The host is a process of its own. The storm opens all sockets at once and ends when each has been
let into its table, ten to a table. The cost is what the process grew by. The flood, from a third
process, sends as fast as the host reads, while others measure how long a question of theirs takes;
`worse_ms` is the difference of the medians and `worse_p99_ms` of the 99th percentiles, over windows
with and without the flood in turns.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench._flood import FLOODS
from tests.bench._players import TIMESTAMP, Frame, Seat
from tests.bench.table_path import ROOT, Server, start
from vphost.web.listener import raise_file_limit

SOCKETS = int(os.environ.get("VPHOST_BENCH_SOCKETS", "10000"))
PER_TABLE = 10
ASKING = 40
CONNECTING = 2_000
ROUNDS = 5
WINDOW_S = 1.0


def main() -> Iterator[dict[str, Any]]:
    """Yield rows."""
    raise_file_limit()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        host = start("sockets", Path(folder), SOCKETS // PER_TABLE, stack)
        yield from asyncio.run(measure(host))


def memory_kb(server: Server) -> int:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def measure(host: Server) -> list[dict[str, Any]]:
    """Storm, weigh, flood."""
    before_kb = memory_kb(host)
    began = time.perf_counter()
    gate = asyncio.Semaphore(CONNECTING)
    opened = await asyncio.gather(*(one(host, number, gate) for number in range(SOCKETS)))
    storm_s = time.perf_counter() - began
    rows: list[dict[str, Any]] = [{
        "what": f"{SOCKETS} sockets in a storm", "seconds": round(storm_s, 1),
        "host_cpu_s": round(host.cpu_s, 1),
        "kb_each": round((memory_kb(host) - before_kb) / SOCKETS, 1),
    }]
    for seat in opened[ASKING:]:
        seat.transport.abort()
    for name in FLOODS:
        rows.append(await flooded(host, name, opened[:ASKING]))
    return rows


async def one(host: Server, number: int, gate: asyncio.Semaphore) -> Seat:
    """Open one socket as a user of his own and wait until he is in."""
    entered = asyncio.get_running_loop().create_future()

    def look(frame: Frame) -> None:
        if not entered.done():
            entered.set_result(frame["event"])

    async with gate:
        token = host.told["tokens"][number % PER_TABLE]
        table = host.told["tables"][number // PER_TABLE]
        _, seat = await asyncio.get_running_loop().create_connection(
            lambda: Seat(f"/ws/tables/{table}/?token={token}", look), "127.0.0.1",
            host.told["port"],
        )
        await seat.opened
        assert await entered == "user_connected"
    return seat


async def flooded(host: Server, name: str, seats: list[Seat]) -> dict[str, Any]:
    """Measure others' answers without and with a flood, in turns. The flooder is a process."""
    waits: dict[bool, list[float]] = {False: [], True: []}
    for number in range(ROUNDS):
        waits[False] += await answers_ms(seats)
        flooder = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench._flood", *flooding(host, name, number), cwd=ROOT
        )
        try:
            await answers_ms(seats)
            waits[True] += await answers_ms(seats)
        finally:
            flooder.kill()
            await flooder.wait()
    quiet, loud = sorted(waits[False]), sorted(waits[True])
    return {
        "what": f"one socket floods: {name}", "answers": len(quiet) + len(loud),
        "p50_ms": round(median(quiet), 2), "p99_ms": round(quiet[len(quiet) * 99 // 100], 2),
        "worse_ms": round(median(loud) - median(quiet), 2),
        "worse_p99_ms": round(loud[len(loud) * 99 // 100] - quiet[len(quiet) * 99 // 100], 2),
    }


def flooding(host: Server, name: str, number: int) -> list[str]:
    """Return the arguments of the flooder; it takes a place that nobody has."""
    place = ASKING + number
    path = (f"/ws/tables/{host.told['tables'][place // PER_TABLE]}/"
            f"?token={host.told['tokens'][place % PER_TABLE]}")
    return [str(host.told["port"]), path, name]


async def answers_ms(seats: list[Seat]) -> list[float]:
    """Ask for the view from some sockets in turn for a while; return how long each took."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    until = time.perf_counter() + WINDOW_S
    place = 0
    while time.perf_counter() < until:
        seat = seats[place % len(seats)]
        place += 1
        answered = loop.create_future()

        def look(frame: Frame) -> None:
            if frame["event"] == "game_state" and not answered.done():
                answered.set_result(None)

        seat._look = look
        began = time.perf_counter()
        seat.send({"action": "initialize_state", "timestamp": TIMESTAMP})
        await answered
        waits.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.002)
    return waits
