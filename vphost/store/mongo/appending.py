"""The one place that inserts commits: group commit, order without gaps, and unknown outcomes.

Whatever waits while one ordered `insert_many` runs goes into the next one. An insert whose outcome
is unknown (a dead or hanging server, a lost connection) may still be carried out later, when nobody
waits for it any more. That is why the appender keeps such records and inserts the same ones again
before it reads or writes anything else: afterwards they are stored, no matter by which attempt, and
a late first attempt finds its place taken by its own record.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import DESCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, PyMongoError

from vphost.services.ports import BadRecord, Duplicate, Fenced, Head, Record, StoreDown
from vphost.store.mongo.errors import DUPLICATE, INVALID, TOO_LARGE, coded, down
from vphost.store.mongo.lease import Leases
from vphost.store.mongo.records import encoded
from vphost.store.mongo.rules import ZERO_HASH

MAX_WAITING = 10_000
"""Appends that may wait; one more is refused with StoreDown."""
MAX_GROUP_RECORDS = 1_000
MAX_GROUP_BYTES = 32 * 2**20
"""Bound on the bytes of one insert, unless it is a single append."""
JUDGED = frozenset({DUPLICATE, INVALID, *TOO_LARGE})
"""Codes of refusals of one document, after which we know what was inserted: all before it."""
EMPTY = Head(0, ZERO_HASH)


@dataclass(slots=True)
class Job:
    """One append and the future of its caller. done: how many of its records are durable."""

    records: Sequence[Record]
    documents: Sequence[RawBSONDocument]
    waiter: asyncio.Future[None]
    done: int = 0
    is_answered: bool = False

    def tell(self, error: Exception | None) -> None:
        """Give the caller the outcome, unless the caller is no longer waiting."""
        self.is_answered = True
        if self.waiter.done():
            return
        if error is None:
            self.waiter.set_result(None)
        else:
            self.waiter.set_exception(error)


@dataclass(slots=True)
class Group:
    """The records that go into one insert.

    jobs: those that it completes. owners: for each record, its job and its index there. tails: the
    newest record of each book once the group is stored. placed: id and hash by (book, seq).
    """

    jobs: list[Job] = field(default_factory=list)
    owners: list[tuple[Job, int]] = field(default_factory=list)
    documents: list[RawBSONDocument] = field(default_factory=list)
    tails: dict[str, Head] = field(default_factory=dict)
    placed: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def add(self, job: Job, index: int) -> None:
        """Append one record of a job."""
        record = job.records[index]
        self.owners.append((job, index))
        self.documents.append(job.documents[index])
        self.tails[record.book] = Head(record.seq, record.hash)
        self.placed[record.book, record.seq] = (record.id, record.hash)


class Appender:
    """Inserts commits, in the order in which they were given."""

    def __init__(self, commits: AsyncCollection[dict[str, Any]], leases: Leases) -> None:
        self._commits = commits
        self._leases = leases
        self._queue: deque[Job] = deque()
        self._tails: dict[str, Head] = {}
        self._unknown: Group | None = None
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def append(self, records: Sequence[Record]) -> None:
        """Make records durable; see the port for what it raises."""
        documents = [encoded(record) for record in records]
        if self._closed:
            raise StoreDown("The store is closed.")
        if len(self._queue) >= MAX_WAITING:
            raise StoreDown("Too much waits for the store.")
        job = Job(records, documents, asyncio.get_running_loop().create_future())
        self._queue.append(job)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), name="store-appender")
        await job.waiter

    async def settle(self) -> None:
        """Wait until no insert has an unknown outcome. Raises: StoreDown, Fenced."""
        if self._unknown is not None:
            async with self._writing:
                await self._settle()

    async def close(self) -> None:
        """Finish the waiting appends and refuse new ones."""
        self._closed = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _drain(self) -> None:
        while self._queue:
            jobs = self._next_jobs()
            try:
                async with self._writing:
                    await self._settle()
                    await self._write(jobs)
            except Exception as error:
                self._tails.clear()
                if isinstance(error, StoreDown):
                    jobs += self._queue
                    self._queue.clear()
                for job in jobs:
                    job.tell(error)

    def _next_jobs(self) -> list[Job]:
        """Return the appends of the next insert; one that exceeds the bounds goes alone."""
        jobs: list[Job] = []
        count = size = 0
        while self._queue:
            job = self._queue[0]
            count += len(job.records)
            size += sum(len(record.body) for record in job.records)
            if jobs and (count > MAX_GROUP_RECORDS or size > MAX_GROUP_BYTES):
                break
            jobs.append(self._queue.popleft())
        return jobs

    async def _settle(self) -> None:
        """Insert again the records of an unknown outcome. Raises: StoreDown, Fenced."""
        group = self._unknown
        if group is None:
            return
        self._tails.clear()
        again = Job(
            [job.records[index] for job, index in group.owners], group.documents,
            asyncio.get_running_loop().create_future(),
        )
        # A record that is refused now (its place is taken, say) cannot be stored by a late first
        # attempt either, so the outcome is known whatever this insert says.
        await self._write([again])
        again.waiter.exception()
        self._unknown = None

    async def _write(self, jobs: Sequence[Job]) -> None:
        """Insert what fits and answer the jobs.

        Raises: StoreDown, Fenced, for all jobs that are not answered by then.
        """
        await self._leases.confirm({record.book for job in jobs for record in job.records})
        waiting = list(jobs)
        while waiting:
            group = await self._plan(waiting)
            refused = await self._insert(group) if group.documents else None
            if refused is not None:
                await self._judge(*refused)
            for job in group.jobs:
                if refused is None or job.done == len(job.records):
                    job.tell(None)
            waiting = [job for job in group.jobs if refused and not job.is_answered]

    async def _plan(self, jobs: Sequence[Job]) -> Group:
        """Return the records that follow the durable ones; answer the jobs that do not fit."""
        group = Group()
        for job in jobs:
            misfit = await self._place(job, group)
            if misfit is None:
                group.jobs.append(job)
            else:
                job.tell(misfit)
        return group

    async def _place(self, job: Job, group: Group) -> Exception | None:
        """Add a job's records to a group, except those that are stored already.

        Returns: the reason why a record does not fit; the records before it stay in the group.
        """
        stored: dict[tuple[str, int], tuple[str, str]] = {}
        for index in range(job.done, len(job.records)):
            record = job.records[index]
            book, place = record.book, (record.book, record.seq)
            tail = group.tails.get(book) or await self._tail(book, record.seq - 1)
            if record.seq > tail.seq + 1:
                return StoreDown(f"Number {record.seq - 1} of book {book} is not there yet.")
            if record.seq == tail.seq + 1:
                if record.prev_hash != tail.hash:
                    return Fenced(f"Number {record.seq} of book {book} follows other bytes.")
                group.add(job, index)
                continue
            if place not in group.placed and place not in stored:
                stored |= await self._stored(book, record.seq, len(job.records))
            if (group.placed.get(place) or stored.get(place)) != (record.id, record.hash):
                return Fenced(f"Number {record.seq} of book {book} was written by someone else.")
        return None

    async def _insert(self, group: Group) -> tuple[Job, Record, int] | None:
        """Insert a group in order. Returns: the refused record, its job and the code, if any.

        Raises: StoreDown when the outcome is unknown; the group is kept until it is settled.
        """
        refusal: dict[str, Any] = {}
        inserted = len(group.documents)
        try:
            await self._commits.insert_many(group.documents)
        except BulkWriteError as error:
            details = error.details or {}
            refusal = next(iter(details.get("writeErrors") or []), {})
            if details.get("writeConcernErrors") or refusal.get("code") not in JUDGED:
                self._unknown = group
                raise down(error) from error
            inserted = int(refusal["index"])
        except PyMongoError as error:
            self._unknown = group
            raise down(error) from error
        for job, index in group.owners[:inserted]:
            job.done = index + 1
        if not refusal:
            self._tails |= group.tails
            return None
        for job, index in group.owners[:inserted]:
            record = job.records[index]
            self._tails[record.book] = Head(record.seq, record.hash)
        job, index = group.owners[inserted]
        return job, job.records[index], int(refusal["code"])

    async def _judge(self, job: Job, record: Record, code: int) -> None:
        """Tell a job why a record of it was refused, unless it was stored by an earlier attempt."""
        self._tails.pop(record.book, None)
        if code != DUPLICATE:
            job.tell(BadRecord(f"The commit {record.id} breaks a rule of the database ({code})."))
            return
        place = (record.book, record.seq)
        there = (await self._stored(record.book, record.seq, 1)).get(place)
        if there == (record.id, record.hash):
            return
        if there is not None:
            job.tell(Fenced(f"Number {record.seq} of book {record.book} was written by others."))
        elif await self._exists({"_id": record.id}):
            job.tell(Duplicate("id"))
        elif record.resolves is not None and await self._exists({"resolves": record.resolves}):
            job.tell(Duplicate("resolves"))
        else:
            raise StoreDown("What refused a commit is not durable yet.")

    async def _tail(self, book: str, at_least: int) -> Head:
        """Return the newest record of a book, read again unless it is known up to a seq."""
        known = self._tails.get(book)
        if known is None or known.seq < at_least:
            with coded():
                found = await self._commits.find_one(
                    {"book": book}, {"seq": 1, "hash": 1}, sort=[("seq", DESCENDING)]
                )
            known = self._tails[book] = Head(found["seq"], found["hash"]) if found else EMPTY
        return known

    async def _stored(
        self, book: str, first_seq: int, count: int
    ) -> dict[tuple[str, int], tuple[str, str]]:
        """Return id and hash, by (book, seq), of the durable records at `count` places."""
        places = {"book": book, "seq": {"$gte": first_seq, "$lt": first_seq + count}}
        with coded():
            found = await self._commits.find(places, {"seq": 1, "hash": 1}).to_list()
        return {(book, one["seq"]): (one["_id"], one["hash"]) for one in found}

    async def _exists(self, where: dict[str, str]) -> bool:
        with coded():
            return await self._commits.find_one(where, {"_id": 1}) is not None
