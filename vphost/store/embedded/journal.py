"""Commits and snapshots in the embedded store; for leases see `lease.py`."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import apsw
import orjson

from vphost.rules.mode import Posting
from vphost.services.ports import (
    MAX_BODY_BYTES, MAX_PAGE, BadRecord, Duplicate, Fenced, Head, Lease, Record, Snapshot,
    StoreDown,
)
from vphost.store.embedded.layout import APPLICATION_ID
from vphost.store.embedded.lease import Leases
from vphost.store.embedded.threads import DatabaseThread

COLUMNS = (
    "id, book, seq, room, room_seq_first, room_seq_last, at_ms, resolves, postings, body,"
    " prev_hash, hash"
)
POSTINGS = Record._fields.index("postings")
PLACES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
AT_ONCE = (64, 32, 16, 8, 4, 2, 1)
"""How many rows one statement may insert. After each statement the thread has to get the
interpreter lock back from a busy event loop, so inserting row by row would wait once per row."""
INSERTS = {
    count: f"INSERT INTO commits ({COLUMNS}) VALUES {', '.join([PLACES] * count)}"
    for count in AT_ONCE
}
_FIELDS = attrgetter("account", "currency", "amount")
EMPTY_HEAD = Head(0, "0" * 64)


class EmbeddedJournal:
    """`ports.Journal` on one SQLite file. Writes go to one thread, reads to another."""

    def __init__(self, writer: DatabaseThread, reader: DatabaseThread, leases: Leases) -> None:
        self._writer = writer
        self._reader = reader
        self._leases = leases

    async def append(self, records: Sequence[Record]) -> None:
        """Make all records durable, or none of this call; see the port for what it raises."""
        if not records:
            return
        books = {record.book for record in records}

        def work(connection: apsw.Connection) -> None:
            for book in books:
                self._leases.check_still_owner(connection, book)
            done = 0
            while done < len(records):
                count = next(count for count in AT_ONCE if count <= len(records) - done)
                _insert(connection, records[done:done + count])
                done += count

        await self._writer.run(work)

    async def head(self, book: str) -> Head:
        """Return the newest commit of a book."""
        row = await self._first(
            "SELECT seq, hash FROM commits WHERE book = ? ORDER BY seq DESC LIMIT 1", book
        )
        return Head(*row) if row else EMPTY_HEAD

    async def find(self, commit_id: str) -> Record | None:
        """Return a commit by its id."""
        row = await self._first(f"SELECT {COLUMNS} FROM commits WHERE id = ?", commit_id)
        return _from_row(row) if row else None

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]:
        """Return commits of a book after a seq, in order. limit: 1 to MAX_PAGE."""
        return await self._records("book = ? AND seq > ?", limit, book, after_seq)

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        """Return commits of a room in order; see the port. limit: 1 to MAX_PAGE."""
        where = "room = ? AND room <> '' AND seq > ?"
        if after_room_seq == 0:
            return await self._records(where, limit, room, after_seq)
        where += " AND room_seq_last > ?"
        return await self._records(where, limit, room, after_seq, after_room_seq)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Store a snapshot in place of an older one of the same kind and key; keep a newer one."""
        if len(snapshot.body) > MAX_BODY_BYTES:
            raise BadRecord(f"The snapshot {snapshot.kind} {snapshot.key} is too large.")
        row = (
            snapshot.kind, snapshot.key, snapshot.seq, snapshot.room_seq, snapshot.mode,
            snapshot.mode_version, snapshot.body,
        )

        def work(connection: apsw.Connection) -> None:
            connection.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET seq = excluded.seq,"
                " room_seq = excluded.room_seq, mode = excluded.mode,"
                " mode_version = excluded.mode_version, body = excluded.body"
                " WHERE excluded.seq >= snapshots.seq",
                row,
            )

        await self._writer.run(work)

    async def snapshot(self, kind: str, key: str) -> Snapshot | None:
        """Return the newest snapshot of a kind and key."""
        row = await self._first(
            "SELECT kind, key, seq, room_seq, mode, mode_version, body FROM snapshots"
            " WHERE kind = ? AND key = ?", kind, key,
        )
        return Snapshot(*row) if row else None

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        """Become the owner; see the port."""
        previous = await self._writer.run(
            lambda connection: self._leases.take(connection, book, lease, stale_after_ms)
        )
        self._leases.remember(book, previous.epoch + 1 if previous else 1)
        return previous

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        """Record that this owner is alive. Raises: Fenced when it no longer owns the book."""
        await self._writer.run(
            lambda connection: self._leases.beat(connection, book, epoch, now_ms, released=False)
        )

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None:
        """Give the book up, so that the next owner need not wait for the heartbeat to age."""
        await self._writer.run(
            lambda connection: self._leases.beat(connection, book, epoch, now_ms, released=True)
        )
        self._leases.unlock(book)

    async def read_lease(self, book: str) -> Lease | None:
        """Return the newest lease of a book, whether or not its owner is alive."""
        return await self._reader.run(lambda connection: self._leases.read(connection, book))

    async def books(self) -> list[str]:
        """Return the names of all books, in order."""
        return await self._reader.run(lambda connection: [
            book for book, in connection.execute("SELECT DISTINCT book FROM commits ORDER BY book")
        ])

    async def snapshots(self, after: tuple[str, str], limit: int) -> list[Snapshot]:
        """Return snapshots in order of kind and key, after one of them."""
        query = (
            "SELECT kind, key, seq, room_seq, mode, mode_version, body FROM snapshots"
            " WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?"
        )
        return await self._reader.run(lambda connection: [
            Snapshot(*row) for row in connection.execute(query, (*after, limit))
        ])

    async def finish_copy(self) -> None:
        """Let the target of a copy be used as a store from now on."""
        await self._writer.run(
            lambda connection: connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        )

    async def close(self) -> None:
        """Finish what waits and close the file. A lease that was not released stays on record."""
        await self._writer.close()
        if self._reader is not self._writer:
            await self._reader.close()
        self._leases.unlock_all()

    async def _first(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        return await self._reader.run(
            lambda connection: next(iter(connection.execute(query, values)), None)
        )

    async def _records(self, where: str, limit: int, *values: Any) -> list[Record]:
        assert 1 <= limit <= MAX_PAGE, "a page has a bound"
        query = f"SELECT {COLUMNS} FROM commits WHERE {where} ORDER BY seq LIMIT ?"
        return await self._reader.run(
            lambda connection: [
                _from_row(row) for row in connection.execute(query, (*values, limit))
            ]
        )


def _insert(connection: apsw.Connection, records: Sequence[Record]) -> None:
    """Insert records with one statement; when it is refused, one by one to find the culprit."""
    values: list[Any] = []
    for record in records:
        values += record[:POSTINGS]
        values.append(_postings_text(record))
        values += record[POSTINGS + 1:]
    try:
        connection.execute(INSERTS[len(records)], values)
    except (apsw.ConstraintError, apsw.SQLError) as error:
        if len(records) == 1:
            _judge(connection, records[0], error)
            return
        for record in records:
            _insert(connection, [record])


def _judge(connection: apsw.Connection, record: Record, error: apsw.Error) -> None:
    """Accept a refused record that is stored already (our own retry); otherwise raise the reason.

    An insert is refused by a trigger or an index without saying which rule it broke, so the rules
    are looked at one after the other, the fence first: whoever lost the book has to stop.
    """
    there = _one(
        connection, "SELECT id, hash FROM commits WHERE book = ? AND seq = ?",
        record.book, record.seq,
    )
    if there == (record.id, record.hash):
        return
    if there:
        raise Fenced(f"Number {record.seq} of book {record.book} was written by someone else.")
    if _one(connection, "SELECT 1 FROM commits WHERE id = ?", record.id):
        raise Duplicate("id")
    if _one(connection, "SELECT 1 FROM commits WHERE resolves = ?", record.resolves):
        raise Duplicate("resolves")
    before = _one(
        connection, "SELECT hash FROM commits WHERE book = ? AND seq = ?",
        record.book, record.seq - 1,
    ) or (EMPTY_HEAD.hash if record.seq == 1 else None,)
    if before == (None,):
        raise StoreDown(f"Number {record.seq - 1} of book {record.book} is not there yet.")
    if before != (record.prev_hash,):
        raise Fenced(f"Number {record.seq} of book {record.book} follows other bytes.")
    raise BadRecord(str(error))


def _one(connection: apsw.Connection, query: str, *values: Any) -> tuple[Any, ...] | None:
    return next(iter(connection.execute(query, values)), None)


def _postings_text(record: Record) -> str:
    """Return a record's postings as JSON. Raises: BadRecord, also when the commit is too large."""
    if len(record.body) > MAX_BODY_BYTES:
        raise BadRecord(f"The commit {record.id} is too large.")
    try:
        postings = orjson.dumps(list(map(_FIELDS, record.postings)))
    except TypeError as error:
        raise BadRecord(f"A posting of {record.id} is no JSON: {error}.") from error
    return postings.decode()


def _from_row(row: tuple[Any, ...]) -> Record:
    postings = tuple(Posting(*posting) for posting in orjson.loads(row[POSTINGS]))
    return Record._make((*row[:POSTINGS], postings, *row[POSTINGS + 1:]))
