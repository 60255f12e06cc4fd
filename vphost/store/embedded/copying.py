"""Backups of a store file, made while a host uses it, and backups put back.

SQLite's own backup reads one state in one transaction, which in WAL mode blocks nobody. A copy has
a temporary name until it is whole and on the disk. It forgets who owned the original: otherwise
commands meant for the copy would go to the original's host.
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
"""Suffix of the name of a copy that is not whole yet."""


def backup(source: Path, target: Path) -> None:
    """Copy a store, in use or not, to a file that does not exist yet.

    Raises: StoreRefused.
    """
    part = target.with_name(target.name + PART)
    with _refusing(target):
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

    claim: takes the lease of an existing store, which proves that no living process owns it.
    aside: where an existing store is moved; None to refuse when there is one.
    Raises: StoreRefused, with everything left as it was.
    """
    leases = Leases(Path(f"{target}.lock"))
    part = target.with_name(target.name + PART)
    with _refusing(target):
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
    """Take over a store that nobody owns, and close it with everything in its one file.

    Its log (`-wal`) belongs to a name: left behind, it would be replayed into the restored file.
    """
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
            # When this is put back, events get numbers again that clients have seen before; the
            # document makes the host start a new line, so that clients do not mix the two.
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
def _refusing(path: Path) -> Iterator[None]:
    """Turn errors of the disk and of the database into a sentence for the operator."""
    try:
        yield
    except OSError as error:
        raise StoreRefused(f"{path} cannot be written: {error.strerror}.") from error
    except apsw.BusyError as error:
        raise StoreRefused(f"Somebody else has {path} open.") from error
    except apsw.Error as error:
        raise StoreRefused(f"{path} cannot be written: {error}.") from error
