"""The whole path of an action against a bare Tornado handler, in one run, from one client.

Six-handed tables in mid-hand, every one with an action on its way all the time: socket in, schema,
rules, durable commit on the embedded store, six views out. The bare handler parses the same
commands and sends frames recorded from the host, to as many sockets, and knows neither schema nor
rules nor store. Both are processes of their own, the client is this one. Windows of both come in
turns. `ratio` is ours to theirs in actions a second, the median over the rounds; `cpu_ratio` is
theirs to ours in processor time for an action, which other programs disturb less. Then a profile
says what each step of the path costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench._players import BusyTable
from tests.bench._steps import profile

TABLES = tuple(int(n) for n in os.environ.get("VPHOST_BENCH_TABLES", "1,20,200").split(","))
ROUNDS = int(os.environ.get("VPHOST_BENCH_ROUNDS", "5"))
WINDOW_S = float(os.environ.get("VPHOST_BENCH_WINDOW_S", "2"))
SCRIPT_STEPS = 300
KINDS = ("host", "bare", "bare_once")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    """One server process with its tables. cpu_s: time of its processor so far."""

    kind: str
    process: subprocess.Popen[bytes]
    told: dict[str, Any]
    tables: list[BusyTable] = field(default_factory=list)

    @property
    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S


@dataclass
class Window:
    """What a server did for some seconds."""

    actions: int
    seconds: float
    cpu_s: float
    client_cpu_s: float
    waits_ms: list[float]

    @property
    def rate(self) -> float:
        return self.actions / self.seconds

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_s / self.actions


def start(kind: str, folder: Path, tables: int, stack: ExitStack) -> Server:
    """Start a server; the stack ends it, by its own process.

    Python keeps what it has compiled, as on a user's machine, whatever this one is told.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench._host", kind, str(folder), str(tables)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )
    stack.callback(end, process)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{kind} did not start"
    return Server(kind, process, json.loads(line))


def end(process: subprocess.Popen[bytes]) -> None:
    """Let a server end by itself, or kill it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> Iterator[dict[str, Any]]:
    """Yield a row for each number of tables, then one for each step."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack, asyncio.Runner() as runner:
        rows = measure(Path(folder), stack)

        async def following() -> dict[str, Any] | None:
            return await anext(rows, None)

        while (row := runner.run(following())) is not None:
            yield row


async def measure(folder: Path, stack: ExitStack) -> AsyncIterator[dict[str, Any]]:
    """Set everything up and take the windows in turns; a row as soon as it is known."""
    host = start("host", folder, max(TABLES), stack)
    host.tables = [
        BusyTable(host.told["port"], token, host.told["tokens"]) for token in host.told["tables"]
    ]
    for table in host.tables:
        await table.connect()
        await table.sit()
    (folder / "script.json").write_text(json.dumps(await recorded(host.tables[0])))
    servers = [host]
    for kind in KINDS[1:]:
        server = start(kind, folder, 0, stack)
        server.tables = [twin(server, table) for table in host.tables]
        for table in server.tables:
            await table.connect()
        servers.append(server)
    for busy in TABLES:
        windows: dict[str, list[Window]] = {kind: [] for kind in KINDS}
        for _ in range(ROUNDS):
            for server in servers:
                windows[server.kind].append(await window(server, busy))
        yield row(busy, windows)
    for step in await steps(host, max(TABLES)):
        yield step


async def recorded(table: BusyTable) -> list[list[Any]]:
    """Play a table alone for a while and return its frames, a list for each action."""
    table.record = []
    table.is_on = True
    table.go()
    while len(table.record) < SCRIPT_STEPS:
        await asyncio.sleep(0.01)
    table.is_on = False
    await table.has_turn()
    script, table.record = table.record, None
    return script


def twin(server: Server, table: BusyTable) -> BusyTable:
    """Return the same table for a bare server."""
    made = BusyTable(server.told["port"], table.token, table.users)
    made.seat_of, made.turn = dict(table.seat_of), table.turn
    return made


async def window(server: Server, busy: int) -> Window:
    """Let some tables of a server be busy for a while."""
    tables = server.tables[:busy]
    for table in tables:
        await table.has_turn()
        table.is_on = True
        table.go()
    await asyncio.sleep(WINDOW_S / 4)
    for table in tables:
        table.steps = 0
        table.waits_ms = []
    began, cpu_s, own_s = time.perf_counter(), server.cpu_s, time.process_time()
    await asyncio.sleep(WINDOW_S)
    actions = sum(table.steps for table in tables)
    taken = Window(
        actions, time.perf_counter() - began, server.cpu_s - cpu_s, time.process_time() - own_s,
        [ms for table in tables for ms in table.waits_ms],
    )
    for table in tables:
        table.is_on = False
    for table in tables:
        await table.has_turn()
    return taken


def row(busy: int, windows: dict[str, list[Window]]) -> dict[str, Any]:
    """Return what a number of busy tables gave."""
    ours = windows["host"]
    waits = sorted(ms for one in ours for ms in one.waits_ms)
    told: dict[str, Any] = {
        "what": f"{busy} busy tables of six",
        "actions_per_s": round(median(one.rate for one in ours)),
        "p50_ms": round(waits[len(waits) // 2], 2),
        "p99_ms": round(waits[len(waits) * 99 // 100], 2),
        "cpu_us": round(median(one.cpu_us for one in ours)),
        "client_share": round(median(one.client_cpu_s / one.seconds for one in ours), 2),
    }
    for kind in KINDS[1:]:
        theirs = windows[kind]
        pairs = list(zip(ours, theirs, strict=True))
        told[f"{kind}_actions_per_s"] = round(median(one.rate for one in theirs))
        told[f"{kind}_cpu_us"] = round(median(one.cpu_us for one in theirs))
        told[f"{kind}_ratio"] = round(median(a.rate / b.rate for a, b in pairs), 2)
        told[f"{kind}_cpu_ratio"] = round(median(b.cpu_us / a.cpu_us for a, b in pairs), 2)
    return told


async def steps(host: Server, busy: int) -> list[dict[str, Any]]:
    """Profile the host while it is busy; return what each step costs."""
    shares = asyncio.create_task(profile(host.process.pid, WINDOW_S))
    taken: list[Window] = []
    while not shares.done():
        taken.append(await window(host, busy))
    cpu_us = median(one.cpu_us for one in taken)
    return [
        {"what": f"step: {step}", "share": round(share, 3), "us": round(share * cpu_us, 1)}
        for step, share in (await shares).items()
    ]
