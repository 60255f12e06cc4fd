"""A store file copied as a whole: a backup beside a living host, and a backup put back.

SQLite's own backup reads one state in one transaction, which in WAL mode holds nobody up. What is
written has another name until it is whole and on the disk. The copy forgets who owned the
original: commands for it would otherwise go to the original's host.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from vphost.services.ports import Lease, StoreRefused
from vphost.store.embedded.layout import connect
from vphost.store.embedded.lease import Leases

PART = ".part"
"""Ending of a copy that is not whole yet."""


def backup(source: Path, target: Path) -> None:
    """Copy a store, in use or not, to a file that is not there yet.

    Raises: StoreRefused.
    """
    part = target.with_name(target.name + PART)
    with _told(target):
        if target.exists():
            raise StoreRefused(f"There is something at {target} already.")
        _copy(source, part)
        try:
            os.link(part, target)  # Unlike a rename, it replaces nothing.
        finally:
            part.unlink()
        _sync_folder(target)


def restore(
    source: Path, target: Path, *, claim: Lease, book: str, stale_after_ms: int, aside: Path | None
) -> None:
    """Put a backup where a host will look for its store.

    claim: signs the lease of the store that is there, so that no living owner has it. aside: where
        that store goes; None: there may be none.
    Raises: StoreRefused, with everything as it was.
    """
    leases = Leases(Path(f"{target}.lock"))
    part = target.with_name(target.name + PART)
    with _told(target):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            is_there = target.exists() and target.stat().st_size > 0
            if is_there and aside is None:
                raise StoreRefused(f"There is a store at {target} already.")
            if is_there:
                _retire(target, leases, claim, book, stale_after_ms)
            elif not leases.lock():
                raise StoreRefused(f"A living process has {target}.")
            if Path(f"{target}-wal").exists():
                raise StoreRefused(f"{target}-wal is left of another store; move it away.")
            _copy(source, part)
            if is_there and aside is not None:
                os.link(target, aside)
            os.replace(part, target)
            _sync_folder(target)
        finally:
            part.unlink(missing_ok=True)
            leases.unlock_all()


def _retire(
    path: Path, leases: Leases, claim: Lease, book: str, stale_after_ms: int
) -> None:
    """Take a store from nobody, and close it so that all of it is in its one file."""
    connection = connect(str(path), read_only=False)
    try:
        previous = leases.take(connection, book, claim, stale_after_ms)
        epoch = previous.epoch + 1 if previous else 1
        heartbeat_ms = previous.heartbeat_ms if previous else claim.heartbeat_ms
        leases.beat(connection, book, epoch, heartbeat_ms, released=True)
        _into_one_file(connection, path)
    finally:
        connection.close()


def _copy(source: Path, part: Path) -> None:
    """Write one state of a store into a new private file, durably."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    original = connect(str(source), read_only=True)
    try:
        copy = apsw.Connection(str(part), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            copy.execute("PRAGMA synchronous = FULL")
            with copy.backup("main", original, "main") as copying:
                copying.step(-1)
            _into_one_file(copy, part)
            copy.execute("UPDATE leases SET released = 1, control = ''")
            # Where this is put back, numbers of events go on from here a second time.
            copy.execute(
                "INSERT INTO documents VALUES ('lines', 'restored', 1, '{}') ON CONFLICT DO NOTHING"
            )
        finally:
            copy.close()
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        original.close()


def _into_one_file(connection: apsw.Connection, path: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode = DELETE").get
    if mode != "delete":
        raise StoreRefused(f"Somebody else has {path} open.")


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what disk and database say into a sentence for the operator."""
    try:
        yield
    except OSError as error:
        raise StoreRefused(f"{path} cannot be written: {error.strerror}.") from error
    except apsw.BusyError as error:
        raise StoreRefused(f"Somebody else has {path} open.") from error
    except apsw.Error as error:
        raise StoreRefused(f"{path} cannot be written: {error}.") from error
