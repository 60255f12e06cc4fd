"""What each step of an action costs: samples of py-spy, sorted by their innermost step."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

SAMPLES_PER_S = 500
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("store: insert and sync (its own thread)", ("_serve (vphost/store",)),
    ("decode, schema", ("decode (vphost/tables/codec", "parse (vphost/wire/strict_json")),
    ("rules: decide", ("decide (vphost/rules/poker/table/mode",)),
    ("rules: fold", ("evolve (vphost/rules/poker/table/mode",)),
    ("rules: labels, deadlines", (
        "labels (vphost/rules/poker/table/mode", "wake_at (vphost/rules/poker/table/mode")),
    ("border: what the mode gave", ("(vphost/services/rooms/border",)),
    ("commit: seal", ("seal (vphost/services/journal/sealing",)),
    ("commit: encode", ("draft (vphost/services/journal/commit_codec",)),
    ("commit: hash", ("place (vphost/services/journal/commit_codec",)),
    ("ledger", ("(vphost/services/ledger/balances",)),
    ("frames: encode", ("_projections (vphost/web/hub",)),
    ("frames: write", ("deliver (vphost/web/connection",)),
    ("hub", ("broadcast (vphost/web/hub",)),
    ("room and writer", ("(vphost/services/",)),
    ("socket: read", ("(vphost/web/protocol", "(vphost/web/connection")),
)
"""Steps with the functions that they are; of nested ones the innermost function decides."""
REST = "loop, tasks, the rest"
IDLE = ("_next_group (vphost/store", "select (selectors", "(concurrent/futures/")
"""Where a thread waits; not every kernel lets py-spy know that it does."""


async def profile(pid: int, seconds: float) -> dict[str, float]:
    """Return step -> its share of the samples of a process, those that wait left out."""
    program = shutil.which("py-spy") or str(Path(sys.executable).with_name("py-spy"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "samples"
        running = await asyncio.create_subprocess_exec(
            program, "record", "--pid", str(pid), "--duration", str(max(5, round(3 * seconds))),
            "--rate", str(SAMPLES_PER_S), "--format", "raw", "--threads", "--nonblocking",
            "--output", str(out),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )
        _, said = await running.communicate()
        assert running.returncode == 0, said.decode()
        return shares(out.read_text())


def shares(samples: str) -> dict[str, float]:
    """Return step -> share. samples: lines of `frame;frame;... count`, outermost first."""
    counts: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        if not count.isdigit():  # Read while the stack changed.
            continue
        frames = stack.split(";")
        if not any(mark in frames[-1] for mark in IDLE):
            counts[step_of(frames)] += int(count)
    total = sum(counts.values())
    return {step: count / total for step, count in counts.most_common()}


def step_of(stack: list[str]) -> str:
    """Return the step that a stack is in."""
    for frame in reversed(stack):
        for step, marks in STEPS:
            if any(mark in frame for mark in marks):
                return step
    return REST
