"""Commits, snapshots and the lease in MongoDB; commits are inserted by `appending.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from vphost.services.ports import MAX_PAGE, Head, Lease, Record, Snapshot, StoreDown
from vphost.store.mongo.appending import EMPTY, Appender
from vphost.store.mongo.errors import coded
from vphost.store.mongo.layout import Client, Database
from vphost.store.mongo.lease import Leases
from vphost.store.mongo.records import record_of, snapshot_document, snapshot_id, snapshot_of


class MongoJournal:
    """`ports.Journal` on one database of a replica set."""

    def __init__(
        self, client: Client, database: Database, appender: Appender, leases: Leases, *,
        read_only: bool,
    ) -> None:
        self._client = client
        self._commits = database["commits"]
        self._snapshots = database["snapshots"]
        self._meta = database["meta"]
        self._appender = appender
        self._leases = leases
        self._read_only = read_only

    async def append(self, records: Sequence[Record]) -> None:
        """Make records durable in order: all of them, or on an error a prefix; see the port."""
        self._check_writable()
        if records:
            await self._appender.append(records)

    async def head(self, book: str) -> Head:
        """Return the newest commit of a book."""
        await self._appender.settle()
        with coded():
            found = await self._commits.find_one(
                {"book": book}, {"seq": 1, "hash": 1}, sort=[("seq", DESCENDING)]
            )
        return Head(found["seq"], found["hash"]) if found else EMPTY

    async def find(self, commit_id: str) -> Record | None:
        """Return a commit by its id."""
        await self._appender.settle()
        with coded():
            found = await self._commits.find_one({"_id": commit_id})
        return record_of(found) if found else None

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]:
        """Return commits of a book after a seq, in order. limit: 1 to MAX_PAGE."""
        return await self._page({"book": book, "seq": {"$gt": after_seq}}, limit)

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        """Return commits of a room in order; see the port. limit: 1 to MAX_PAGE."""
        if not room:
            return []
        where: dict[str, Any] = {"room": room, "seq": {"$gt": after_seq}}
        if after_room_seq:
            where["room_seq_last"] = {"$gt": after_room_seq}
        return await self._page(where, limit)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Store a snapshot in place of an older one of the same kind and key; keep a newer one."""
        document = snapshot_document(snapshot)
        self._check_writable()
        older = {"_id": document["_id"], "seq": {"$lte": snapshot.seq}}
        with coded():
            try:
                await self._snapshots.replace_one(older, document, upsert=True)
            except DuplicateKeyError:
                return  # The upsert found a newer one, which stays.

    async def snapshot(self, kind: str, key: str) -> Snapshot | None:
        """Return the newest snapshot of a kind and key."""
        with coded():
            found = await self._snapshots.find_one({"_id": snapshot_id(kind, key)})
        return snapshot_of(found) if found else None

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        """Become the owner; see the port."""
        self._check_writable()
        return await self._leases.take(book, lease, stale_after_ms)

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        """Record that this owner is alive. Raises: Fenced when it no longer owns the book."""
        await self._leases.beat(book, epoch, now_ms, released=False)

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None:
        """Give the book up, so that the next owner need not wait for the heartbeat to age."""
        await self._leases.beat(book, epoch, now_ms, released=True)

    async def read_lease(self, book: str) -> Lease | None:
        """Return the newest lease of a book, whether or not its owner is alive."""
        return await self._leases.read(book)

    async def books(self) -> list[str]:
        """Return the names of all books, in order."""
        with coded():
            return sorted(await self._commits.distinct("book"))

    async def snapshots(self, after: tuple[str, str], limit: int) -> list[Snapshot]:
        """Return snapshots in order of kind and key, after one of them."""
        where = {"$or": [
            {"kind": {"$gt": after[0]}}, {"kind": after[0], "key": {"$gt": after[1]}},
        ]}
        with coded():
            found = self._snapshots.find(
                where, sort=[("kind", ASCENDING), ("key", ASCENDING)], limit=limit
            )
            return [snapshot_of(one) async for one in found]

    async def finish_copy(self) -> None:
        """Let the target of a copy be used as a store from now on."""
        with coded():
            await self._meta.update_one({"_id": "store"}, {"$unset": {"unfinished": ""}})

    async def close(self) -> None:
        """Finish what waits and close the connections. An unreleased lease stays on record."""
        await self._appender.close()
        await self._client.close()

    def _check_writable(self) -> None:
        if self._read_only:
            raise StoreDown("The store was opened for reading only.")

    async def _page(self, where: dict[str, Any], limit: int) -> list[Record]:
        assert 1 <= limit <= MAX_PAGE, "a page has a bound"
        await self._appender.settle()
        with coded():
            found = self._commits.find(
                where, sort=[("seq", ASCENDING)], limit=limit, batch_size=limit
            )
            return [record_of(one) async for one in found]
