"""The composition root of `backup` and `restore`: an embedded store as one file, and back.

Keys are not part of it: the answer names them, so that they are backed up too, somewhere else.
"""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from vphost.config.settings import BOOK, Config
from vphost.rules.mode import Json
from vphost.services.clock import SystemClock
from vphost.services.journal.lease import STALE_AFTER_MS
from vphost.services.journal.sealing import read_keys
from vphost.services.ledger.verify import verify
from vphost.services.ports import Lease, StoreRefused
from vphost.store import open_store
from vphost.wiring.offline import OWNER, store_exists

NOT_EMBEDDED = "only an embedded store (sqlite:PATH); a database server has its own tools"


async def back_up(config: Config, target: Path) -> dict[str, Json]:
    """Copy the store, whether or not a host is running, and verify the copy.

    Raises: StoreRefused.
    """
    from vphost.store.embedded.copying import backup

    source = _path(config)
    if not store_exists(config.store):
        raise StoreRefused(f"{config.store}: there is no such file")
    await asyncio.to_thread(backup, source, target)
    return {"backup": str(target), **await _verified(config, target), **_keys(config)}


async def put_back(config: Config, source: Path, replace: bool) -> dict[str, Json]:
    """Make a backup the store. replace: move an existing store aside.

    Raises: StoreRefused when a living process has the store, or the backup does not verify.
    """
    from vphost.store.embedded.copying import restore

    target = _path(config)
    if not source.is_file():
        raise StoreRefused(f"{source}: there is no such file")
    if target.exists() and source.samefile(target):
        raise StoreRefused(f"{source} is the store itself")
    report = await _verified(config, source)
    now_ms = SystemClock().now_ms()
    claim = Lease(
        epoch=0, owner=OWNER, pid=os.getpid(), host=socket.gethostname(), heartbeat_ms=now_ms,
        control="",
    )
    aside = target.with_name(f"{target.name}.replaced-{now_ms}") if replace else None
    await asyncio.to_thread(
        restore, source, target, claim=claim, book=BOOK, stale_after_ms=STALE_AFTER_MS,
        aside=aside,
    )
    was_there = aside is not None and aside.exists()
    return {
        "store": str(target), "replaced": str(aside) if was_there else None, **report,
        **_keys(config),
    }


def _path(config: Config) -> Path:
    scheme, _, path = config.store.partition(":")
    if scheme != "sqlite":
        raise StoreRefused(NOT_EMBEDDED)
    return Path(path)


async def _verified(config: Config, path: Path) -> dict[str, Json]:
    """Replay the books of a store file. Raises: StoreRefused on any difference."""
    journal, _ = await open_store(f"sqlite:{path}", read_only=True)
    try:
        found = await verify(journal, BOOK, config.house_limits)
    finally:
        await journal.close()
    if not found.ok:
        raise StoreRefused(f"{path} does not verify: {'; '.join(found.faults[:3])}")
    return {
        "commits": found.commits, "head": found.head, "sums": found.sums,
        "bytes": path.stat().st_size,
    }


def _keys(config: Config) -> dict[str, Json]:
    """Return the names of the keys without which cards and tokens cannot be read."""
    path = config.sealing_keys
    return {
        "sealing_keys": {"file": str(path), "ids": list(read_keys(path)) if path.exists() else []},
        "token_keys": {"file": str(config.token_keys)},
    }
