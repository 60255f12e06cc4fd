"""Who owns a book of the embedded store.

Two things together decide: a row that names the owner and the time of the last heartbeat, and an
operating-system lock on a file beside the database. The kernel drops the lock the moment its
holder dies, so a killed owner's book can be taken at once, while an owner that is stopped or slow
keeps its book however old its heartbeat is. The row alone decides where the lock proves nothing
(another machine, or a lock file that somebody removed).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import apsw

from vphost.services.ports import Fenced, Lease, StoreRefused
from vphost.store.living import is_living

COLUMNS = "epoch, owner, pid, host, heartbeat_ms, control"


class Leases:
    """The leases that this open store holds. lock_path: None for a store in memory.

    A store has one lock file, so all its books are owned by one process.
    """

    def __init__(self, lock_path: Path | None) -> None:
        self._lock_path = lock_path
        self._lock: int | None = None
        self._epochs: dict[str, int] = {}

    def take(
        self, connection: apsw.Connection, book: str, lease: Lease, stale_after_ms: int
    ) -> Lease | None:
        """Write the new lease with the next epoch; return the one before it."""
        row = _row(connection, book)
        previous = Lease(*row[:6]) if row else None
        if book in self._epochs:
            raise StoreRefused(_who(book, previous, lease.heartbeat_ms))
        had_lock = self._lock is not None
        if not self._acquire():
            raise StoreRefused(_who(book, previous, lease.heartbeat_ms))
        if previous and row and not row[6] and _may_live(previous, lease, stale_after_ms):
            if not had_lock:
                self.unlock_all()
            raise StoreRefused(_who(book, previous, lease.heartbeat_ms))
        epoch = previous.epoch + 1 if previous else 1
        connection.execute(
            "INSERT INTO leases VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (book) DO UPDATE SET"
            " epoch = excluded.epoch, owner = excluded.owner, pid = excluded.pid,"
            " host = excluded.host, heartbeat_ms = excluded.heartbeat_ms,"
            " control = excluded.control, released = 0",
            (book, epoch, lease.owner, lease.pid, lease.host, lease.heartbeat_ms, lease.control),
        )
        return previous

    def remember(self, book: str, epoch: int) -> None:
        """Note that this store holds the lease of an epoch, now that it is durable."""
        self._epochs[book] = epoch

    def beat(
        self, connection: apsw.Connection, book: str, epoch: int, now_ms: int, *, released: bool
    ) -> None:
        """Record that the owner of this epoch is alive at this moment. Raises: Fenced."""
        connection.execute(
            "UPDATE leases SET heartbeat_ms = ?, released = ? WHERE book = ? AND epoch = ?",
            (now_ms, int(released), book, epoch),
        )
        if connection.changes() == 0:
            raise Fenced(f"Book {book} has another owner than epoch {epoch}.")

    def read(self, connection: apsw.Connection, book: str) -> Lease | None:
        """Return the newest lease of a book."""
        row = _row(connection, book)
        return Lease(*row[:6]) if row else None

    def check_still_owner(self, connection: apsw.Connection, book: str) -> None:
        """Raise Fenced when this store took the lease and somebody else has it now.

        A store that never took a lease (of a tool or a test) is not held to one.
        """
        epoch = self._epochs.get(book)
        if epoch is None:
            return
        row = _row(connection, book)
        if row is None or row[0] != epoch:
            raise Fenced(f"Book {book} has another owner than epoch {epoch}.")

    def unlock(self, book: str) -> None:
        """Forget a lease; drop the lock with the last one."""
        self._epochs.pop(book, None)
        if not self._epochs:
            self.unlock_all()

    def lock(self) -> bool:
        """Take the lock for a store that does not exist yet; return whether it was free."""
        return self._acquire()

    def unlock_all(self) -> None:
        """Drop the operating system's lock.

        The file stays: if it were removed, a process that had just opened it would lock a file
        that no longer has a name, and the next one a new file, so that both would own the store.
        """
        self._epochs.clear()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _acquire(self) -> bool:
        """Take the lock without waiting; return whether this store holds it now."""
        if self._lock_path is None or self._lock is not None:
            return True
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True


def _row(connection: apsw.Connection, book: str) -> tuple[int, str, int, str, int, str, int] | None:
    rows = connection.execute(f"SELECT {COLUMNS}, released FROM leases WHERE book = ?", (book,))
    return next(iter(rows), None)


def _may_live(previous: Lease, taker: Lease, stale_after_ms: int) -> bool:
    """Return whether an owner that does not hold the lock may still be working."""
    if taker.heartbeat_ms - previous.heartbeat_ms >= stale_after_ms:
        return False
    if previous.host != taker.host:
        return True
    return previous.pid != taker.pid and is_living(previous.pid)


def _who(book: str, lease: Lease | None, now_ms: int) -> str:
    """Return the refusal that names the living owner."""
    if lease is None:
        return f"Book {book} is being taken by another process at this moment."
    age_s = max(0, now_ms - lease.heartbeat_ms) / 1000
    return (
        f"Book {book} belongs to a living process: pid {lease.pid} on {lease.host},"
        f" last heartbeat {age_s:.1f} s ago."
    )
