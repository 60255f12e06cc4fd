"""A process that appends without end and prints what was acknowledged; the test kills it.

Usage: appending_child.py PATH-OR-URL [idle]. Prints `owner EPOCH`, then `ID HASH` per
acknowledged commit, and `fenced` when another process took the book. It beats every 0.1 s. An idle
one takes the book and writes nothing more.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from tests.store.chains import Chain
from vphost.services.ports import Fenced, Lease
from vphost.store import open_store

APPENDERS = 8


async def main(path: str, idle: bool) -> None:
    journal, _ = await open_store(path if ":" in path else f"sqlite:{path}")
    lease = Lease(0, "child", os.getpid(), "here", now_ms(), "")
    previous = await journal.take_lease("main", lease, 60_000)
    epoch = previous.epoch + 1 if previous else 1
    os.write(1, f"owner {epoch}\n".encode())
    if idle:
        await asyncio.Event().wait()
    head = await journal.head("main")
    chain = Chain(seq=head.seq, hash=head.hash)

    async def append_on_and_on(size: int) -> None:
        while True:
            records = chain.some(size)
            await journal.append(records)
            lines = "".join(f"{record.id} {record.hash}\n" for record in records)
            os.write(1, lines.encode())

    async def beat() -> None:
        while True:
            await asyncio.sleep(0.1)
            await journal.heartbeat("main", epoch, now_ms())

    try:
        await asyncio.gather(
            beat(), *(append_on_and_on(1 + number % 4) for number in range(APPENDERS))
        )
    except Fenced:
        os.write(1, b"fenced\n")
        os._exit(0)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "idle" in sys.argv[2:]))
