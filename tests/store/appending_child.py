"""A process that appends without end and prints what was acknowledged; the test kills it.

Usage: appending_child.py PATH. Prints `owner EPOCH`, then `ID HASH` per acknowledged commit.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from chains import Chain

from vphost.services.ports import Lease
from vphost.store import open_store

APPENDERS = 8


async def main(path: str) -> None:
    journal, _ = await open_store(f"sqlite:{path}")
    now_ms = time.time_ns() // 1_000_000
    lease = Lease(0, "child", os.getpid(), "here", now_ms, "")
    previous = await journal.take_lease("main", lease, 60_000)
    os.write(1, f"owner {previous.epoch + 1 if previous else 1}\n".encode())
    head = await journal.head("main")
    chain = Chain(seq=head.seq, hash=head.hash)

    async def append_on_and_on(size: int) -> None:
        while True:
            records = chain.some(size)
            await journal.append(records)
            lines = "".join(f"{record.id} {record.hash}\n" for record in records)
            os.write(1, lines.encode())

    await asyncio.gather(*(append_on_and_on(1 + number % 4) for number in range(APPENDERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
