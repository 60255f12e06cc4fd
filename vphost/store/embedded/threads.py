"""A named thread that owns one database connection, so that the event loop never waits for a disk.

The writer runs all waiting jobs in one transaction: while the disk syncs one group, the next one
gathers. Each job has a savepoint of its own, so that a refused one does not harm the others; when
the disk fails, the whole group fails, and whether it was stored is unknown.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw
import orjson

from vphost.services.ports import StoreDamaged, StoreDown

T = TypeVar("T")

MAX_WAITING = 10_000
"""Jobs that may wait for one thread; one more is refused with StoreDown."""

MAX_GROUP = 512
"""Jobs in one transaction."""

PASSING = (
    apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.BusyError, apsw.LockedError,
    apsw.CantOpenError, apsw.NoMemError, apsw.ProtocolError, apsw.InterruptError,
    apsw.PermissionsError, apsw.CorruptError, apsw.NotADBError,
)
"""Failures of the disk, the file or another process. Any other error is a bug or a broken rule."""


UNREADABLE = (UnicodeDecodeError, orjson.JSONDecodeError)
"""Errors that mean a damaged file: what we stored was valid text and JSON."""


@dataclass(slots=True)
class Job:
    """One piece of work, the future of whoever waits for it, and its result or error."""

    work: Callable[[apsw.Connection], Any]
    waiter: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class DatabaseThread:
    """Runs work on one connection, in the order in which it was given.

    together: run waiting jobs in one transaction; otherwise each by itself, without one.
    """

    def __init__(self, name: str, connection: apsw.Connection, *, together: bool) -> None:
        self._connection = connection
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._perform = self._in_one_transaction if together else self._each
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run work on the thread and return its result once it is durable.

        Raises: StoreDown when the disk or file failed (whether a write was stored is unknown), or
            whatever the work itself raised (then nothing of it is stored).
        """
        if self._closed:
            raise StoreDown("The store is closed.")
        if self._waiting >= MAX_WAITING:
            raise StoreDown("Too much waits for the store.")
        job = Job(work, self._loop.create_future())
        self._waiting += 1
        self._jobs.put(job)
        result: T = await job.waiter
        return result

    async def close(self) -> None:
        """Finish what waits, close the connection and end the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _serve(self) -> None:
        while group := self._next_group():
            self._perform(group)
            self._tell(self._answer, group)
        self._connection.close()
        self._tell(self._end)

    def _next_group(self) -> list[Job]:
        """Wait for jobs and return all that wait, in order; an empty list after `close`."""
        group: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) >= MAX_GROUP:
                return group
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group
        if group:
            self._jobs.put(None)
        return group

    def _each(self, group: list[Job]) -> None:
        for job in group:
            try:
                job.result = job.work(self._connection)
            except (*PASSING, *UNREADABLE) as error:
                job.error = _down(error)
            except Exception as error:
                job.error = error

    def _in_one_transaction(self, group: list[Job]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            if len(group) == 1:
                self._alone(group[0])
                return
            for job in group:
                self._in_savepoint(job)
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._roll_back()
            for job in group:
                job.error = _down(error)

    def _alone(self, job: Job) -> None:
        """Run the only job of a transaction, and end the transaction.

        A savepoint would cost two more statements, and a lone job needs none: what it raises
        rolls the whole transaction back, which holds nothing else. PASSING errors are left to the
        caller, which rolls back and reports them as StoreDown, like those of a group.
        """
        try:
            job.result = job.work(self._connection)
        except PASSING:
            raise
        except Exception as error:
            job.error = error
            self._connection.execute("ROLLBACK")
        else:
            self._connection.execute("COMMIT")

    def _in_savepoint(self, job: Job) -> None:
        """Run one job of several; what it raises undoes only its own changes."""
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except PASSING:
            raise
        except Exception as error:
            job.error = error
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")

    def _roll_back(self) -> None:
        """Leave a failed transaction; SQLite may have rolled it back by itself already."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except apsw.Error:
            assert not self._connection.in_transaction, "a transaction could not be left"

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        """Call back on the event loop, unless it was closed without closing the store."""
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            assert self._loop.is_closed()

    def _answer(self, group: list[Job]) -> None:
        self._waiting -= len(group)
        for job in group:
            if job.waiter.done():
                continue
            if job.error is not None:
                job.waiter.set_exception(job.error)
            else:
                job.waiter.set_result(job.result)

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


def _down(error: Exception) -> StoreDown:
    kind = StoreDown
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError, *UNREADABLE)):
        kind = StoreDamaged
    down = kind(f"The store {'is damaged' if kind is StoreDamaged else 'failed'}: {error}.")
    down.__cause__ = error
    return down
