"""A process whose files may not grow beyond a bound, as on a disk that fails to write.

Usage: limited_child.py PATH. Appends until the store is down, lets the files grow again, appends
the same once more, and prints `failed-at SEQ head-then SEQ head-after SEQ`.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys

from tests.store.chains import Chain
from vphost.services.ports import StoreDown
from vphost.store import open_store

LIMIT_BYTES = 256 * 1024


async def main(path: str) -> None:
    journal, _ = await open_store(f"sqlite:{path}")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, hard))
    chain = Chain()
    while True:
        record = chain.next(body=b"1" * 2_000)
        try:
            await journal.append([record])
        except StoreDown:
            break
    head_then = await journal.head("main")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await journal.append([record])
    await journal.append(chain.some(3))
    head_after = await journal.head("main")
    print(f"failed-at {record.seq} head-then {head_then.seq} head-after {head_after.seq}")
    await journal.close()


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    asyncio.run(main(sys.argv[1]))
