"""The MongoDB store against failing, slow, hanging and dead servers, and cut lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.mongo_server import MongoServer, free_port
from tests.store.chains import Chain, assert_chained, read_all
from tests.store.mongo_opening import Store, opened, within
from tests.store.wire import Wire
from vphost.services.ports import (
    Fenced, Head, Journal, Lease, Record, Snapshot, StaleVersion, StoreDown,
)
from vphost.store import open_store
from vphost.store.mongo.appending import Appender
from vphost.store.mongo.layout import MongoPlace, connect
from vphost.store.mongo.lease import Leases

OURS = Lease(epoch=0, owner="a", pid=1, host="here", heartbeat_ms=10_000, control="")
QUICK_MS = 700
"""How long a call may take where the test wants it to end."""
IN_TIME_S = 3.0
"""What such a call takes at most, on a busy machine."""


@pytest.fixture
async def store(mongo_server: MongoServer, database: str) -> AsyncIterator[Store]:
    async with opened(mongo_server.url(database, timeoutMS=2_000)) as store:
        yield store


@pytest.fixture
def journal(store: Store) -> Journal:
    return store[0]


@pytest.fixture
async def wire(mongo_server: MongoServer) -> AsyncIterator[Wire]:
    line = Wire(mongo_server.port)
    yield line
    await line.close()


@pytest.fixture
async def wired(wire: Wire, database: str) -> AsyncIterator[Store]:
    """A store behind a line that can be cut."""
    port = await wire.open()
    url = f"mongodb://127.0.0.1:{port}/{database}?directConnection=true&timeoutMS={QUICK_MS}"
    async with opened(url) as store:
        yield store


# -- one failure, which the driver tries again ----------------------------------------------

@pytest.mark.parametrize("how", [
    {"closeConnection": True}, {"errorCode": 91, "errorLabels": ["RetryableWriteError"]},
    {"errorCode": 10107, "errorLabels": ["RetryableWriteError"]},
    {"writeConcernError": {"code": 91, "errmsg": "going down"},
     "errorLabels": ["RetryableWriteError"]},
])
async def test_a_write_that_fails_once_is_made_once(
    mongo_server: MongoServer, journal: Journal, how: dict[str, object]
) -> None:
    records = Chain().some(5)
    with mongo_server.failpoint(
        "failCommand", {"times": 1}, failCommands=["insert"], **how
    ):
        await journal.append(records)
    assert await read_all(journal) == records


async def test_a_line_that_breaks_after_the_write_stores_it_once(
    mongo_server: MongoServer, journal: Journal
) -> None:
    records = Chain().some(5)
    with mongo_server.failpoint("onPrimaryTransactionalWrite", {"times": 1}):
        await journal.append(records)
    assert await read_all(journal) == records


async def test_a_read_that_fails_once_is_answered(
    mongo_server: MongoServer, journal: Journal
) -> None:
    records = Chain().some(2)
    await journal.append(records)
    with mongo_server.failpoint(
        "failCommand", {"times": 1}, failCommands=["find"], closeConnection=True
    ):
        assert await journal.read("main", 0, 10) == records


# -- refusals of the server ----------------------------------------------------------------

@pytest.mark.parametrize("how", [
    {"errorCode": 14031}, {"errorCode": 50}, {"errorCode": 112}, {"errorCode": 13},
    {"errorCode": 91}, {"closeConnection": True},
    {"writeConcernError": {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waited"}},
    {"writeConcernError": {"code": 100, "errmsg": "not enough"}},
])
async def test_a_write_that_keeps_failing_is_down_and_goes_on_afterwards(
    mongo_server: MongoServer, database: str, how: dict[str, object]
) -> None:
    chain = Chain()
    first, more = chain.some(3), chain.some(2)
    url = mongo_server.url(database, timeoutMS=QUICK_MS)
    async with opened(url) as (journal, _):
        with mongo_server.failpoint("failCommand", "alwaysOn", failCommands=["insert"], **how):
            with within(IN_TIME_S), pytest.raises(StoreDown):
                await journal.append(first)
        await insisted(journal, first)
        await journal.append(more)
        assert await read_all(journal) == first + more


async def test_a_confirmation_that_did_not_come_is_no_confirmation(
    mongo_server: MongoServer, journal: Journal
) -> None:
    """The server has it, but does not say that a majority has."""
    records = Chain().some(2)
    error = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting timed out"}
    with mongo_server.failpoint(
        "failCommand", {"times": 1}, failCommands=["insert"], writeConcernError=error
    ):
        with pytest.raises(StoreDown, match="not confirmed"):
            await journal.append(records)
    assert (await journal.head("main")).seq == 2
    await journal.append(records)
    assert await read_all(journal) == records


# -- slow and hanging servers --------------------------------------------------------------

async def test_a_slow_server_is_waited_for(mongo_server: MongoServer, journal: Journal) -> None:
    records = Chain().some(2)
    with mongo_server.failpoint(
        "failCommand", {"times": 1}, failCommands=["insert"], blockConnection=True,
        blockTimeMS=300,
    ):
        await journal.append(records)
    assert await read_all(journal) == records


async def test_what_waits_behind_a_slow_write_goes_together(
    mongo_server: MongoServer, journal: Journal, database: str
) -> None:
    chain = Chain()
    records = chain.some(40)
    with mongo_server.client() as client:
        client[database].command("profile", 2)
        with mongo_server.failpoint(
            "failCommand", {"times": 1}, failCommands=["insert"], blockConnection=True,
            blockTimeMS=300,
        ):
            await asyncio.gather(*(journal.append([record]) for record in records))
        client[database].command("profile", 0)
        inserts = client[database]["system.profile"].count_documents(
            {"op": "insert", "ns": f"{database}.commits"}
        )
    assert await read_all(journal) == records
    assert inserts <= 2


async def test_a_write_that_comes_too_late_finds_its_place_taken_by_itself(
    mongo_server: MongoServer, database: str
) -> None:
    """The server carries the write out long after the store was given up."""
    chain = Chain()
    records, more = chain.some(3), chain.some(1)
    url = mongo_server.url(database, timeoutMS=QUICK_MS)
    async with opened(url) as (journal, _):
        with mongo_server.failpoint(
            "failCommand", {"times": 1}, failCommands=["insert"], blockConnection=True,
            blockTimeMS=3 * QUICK_MS,
        ):
            with within(IN_TIME_S), pytest.raises(StoreDown):
                await journal.append(records)
            assert await read_all(journal) == records
            await journal.append(more)
        await no_insert_runs(mongo_server)
        await journal.append(chain.some(1))
        assert_chained(await read_all(journal))


async def no_insert_runs(server: MongoServer) -> None:
    """Wait until the server has carried out all that it was asked."""
    with server.client() as client:
        running = {"op": "insert", "active": True}
        while client.admin.aggregate([{"$currentOp": {}}, {"$match": running}]).try_next():
            await asyncio.sleep(0.02)


async def test_a_hanging_server_is_down_in_time_and_play_goes_on(
    mongo_server: MongoServer, database: str
) -> None:
    chain = Chain()
    first, second, third = chain.some(1), chain.some(3), chain.some(1)
    url = mongo_server.url(database, timeoutMS=QUICK_MS)
    async with opened(url) as (journal, documents):
        await journal.append(first)
        mongo_server.pause()
        try:
            with within(IN_TIME_S), pytest.raises(StoreDown):
                await journal.append(second)
            with within(IN_TIME_S), pytest.raises(StoreDown):
                await journal.read("main", 0, 10)
            with within(IN_TIME_S), pytest.raises(StoreDown):
                await documents.get("users", "1")
        finally:
            mongo_server.resume()
        there = await settled(journal)
        assert there == first + second, "what may have been written is written"
        await journal.append(third)
        assert_chained(await read_all(journal))


async def settled(journal: Journal) -> list[Record]:
    """Read until the store answers."""
    while True:
        try:
            return await journal.read("main", 0, 100)
        except StoreDown:
            pass


async def insisted(journal: Journal, records: list[Record]) -> None:
    """Append until the store answers."""
    while True:
        try:
            return await journal.append(records)
        except StoreDown:
            pass


# -- cut lines -----------------------------------------------------------------------------

async def test_an_answer_that_never_came_is_settled_by_the_same_id(
    wire: Wire, wired: Store
) -> None:
    chain = Chain()
    journal, before, records = wired[0], chain.some(1), chain.some(3)
    await journal.append(before)
    wire.deaf = True
    with within(IN_TIME_S), pytest.raises(StoreDown):
        await journal.append(records)
    assert wire.requests > 0
    wire.deaf = False
    await insisted(journal, records)
    await journal.append(chain.some(2))
    found = await read_all(journal)
    assert found[:4] == before + records
    assert_chained(found)


async def test_an_answer_that_never_came_is_settled_before_reading(
    wire: Wire, wired: Store, mongo_server: MongoServer, database: str
) -> None:
    journal, records = wired[0], Chain().some(4)
    await journal.append(records[:1])
    wire.deaf = True
    with pytest.raises(StoreDown):
        await journal.append(records[1:])
    wire.deaf = False
    assert (await settled(journal)) == records
    assert await journal.head("main") == Head(4, records[-1].hash)


async def test_a_place_that_somebody_took_meanwhile_fences(
    wire: Wire, wired: Store, mongo_server: MongoServer, database: str
) -> None:
    journal, first = wired[0], Chain().next()
    await journal.append([first])
    await wire.close()
    ours = Chain(seq=1, hash=first.hash).next(id="ours")
    theirs = Chain(seq=1, hash=first.hash).next(id="theirs", body=b'{"by":"them"}')
    with pytest.raises(StoreDown):
        await journal.append([ours])
    async with opened(mongo_server.url(database)) as (other, _):
        await other.append([theirs])
    again = Wire(mongo_server.port)
    await again.open(wire.port)
    try:
        assert await settled(journal) == [first, theirs]
        with pytest.raises(Fenced):
            await journal.append([ours])
    finally:
        await again.close()


async def test_a_place_that_is_taken_under_the_hand_is_judged_by_its_bytes(
    mongo_server: MongoServer, database: str, journal: Journal
) -> None:
    """The writer knows the newest record, and somebody adds the next one before he does."""
    chain = Chain()
    first, second, third = chain.next(), chain.next(id="same"), chain.next(id="ours")
    theirs = Chain(seq=2, hash=second.hash).next(id="theirs", body=b'{"by":"them"}')
    await journal.append([first])
    async with opened(mongo_server.url(database)) as (other, _):
        await other.append([second])
        await journal.append([second])
        await other.append([theirs])
        with pytest.raises(Fenced):
            await journal.append([third])
        assert await read_all(other) == [first, second, theirs]


CALLS: list[Callable[[Store], Awaitable[object]]] = [
    lambda store: store[0].append(Chain().some(1)),
    lambda store: store[0].head("main"),
    lambda store: store[0].find("x"),
    lambda store: store[0].read("main", 0, 10),
    lambda store: store[0].read_room("r", 0, 10),
    lambda store: store[0].save_snapshot(Snapshot("room", "r", 1, 1, "cash", 1, b"{}")),
    lambda store: store[0].snapshot("room", "r"),
    lambda store: store[0].take_lease("main", OURS, 1),
    lambda store: store[0].heartbeat("main", 1, 1),
    lambda store: store[0].release_lease("main", 1, 1),
    lambda store: store[0].read_lease("main"),
    lambda store: store[1].declare("more", ["a"], []),
    lambda store: store[1].insert("users", "1", {}),
    lambda store: store[1].get("users", "1"),
    lambda store: store[1].find("users", {}, "", 10),
    lambda store: store[1].replace("users", "1", 1, {}),
    lambda store: store[1].delete("users", "1", 1),
]


async def test_every_call_to_a_dead_server_is_down_in_time(wire: Wire, wired: Store) -> None:
    await wired[1].declare("users", ["name"], [])
    await wire.close()
    with within(IN_TIME_S):
        outcomes = await asyncio.gather(*(call(wired) for call in CALLS), return_exceptions=True)
    for outcome in outcomes:
        assert isinstance(outcome, StoreDown), outcome
        assert "Topology" not in str(outcome) and len(str(outcome)) < 300


async def test_every_call_to_a_closed_store_is_down(
    mongo_server: MongoServer, database: str
) -> None:
    store = await open_store(mongo_server.url(database))
    await store[1].declare("users", ["name"], [])
    await store[0].close()
    for call in CALLS:
        with pytest.raises(StoreDown, match="closed"):
            await call(store)


async def test_a_dead_server_is_noticed_at_opening() -> None:
    with within(5), pytest.raises(StoreDown):
        await open_store(f"mongodb://127.0.0.1:{free_port()}/host")


# -- the lease -----------------------------------------------------------------------------

async def test_a_heartbeat_that_fails_for_a_while_loses_nothing(
    mongo_server: MongoServer, database: str
) -> None:
    async with opened(mongo_server.url(database, timeoutMS=QUICK_MS)) as (journal, _):
        await journal.take_lease("main", OURS, 5_000)
        with mongo_server.failpoint(
            "failCommand", "alwaysOn", failCommands=["update"], errorCode=11600
        ):
            with pytest.raises(StoreDown):
                await journal.heartbeat("main", 1, 11_000)
        await insisted(journal, Chain().some(1))
        await journal.heartbeat("main", 1, 12_000)


async def test_an_owner_looks_again_before_he_writes(
    mongo_server: MongoServer, database: str
) -> None:
    """As after a long pause: he has not seen his lease for a while, and it is gone."""
    url = mongo_server.url(database)
    async with opened(url) as (other, _):
        client = connect(url, MongoPlace(url))
        leases = Leases(client[database]["leases"], confirm_after_s=0)
        appender = Appender(client[database]["commits"], leases)
        chain = Chain()
        await leases.take("main", OURS, 5_000)
        await appender.append(chain.some(1))
        assert await other.take_lease("main", OURS_LATER, 5_000) is not None
        with pytest.raises(Fenced, match="epoch 1"):
            await appender.append(chain.some(1))
        assert (await other.head("main")).seq == 1
        await appender.close()
        await client.close()


OURS_LATER = Lease(epoch=0, owner="b", pid=1, host="here", heartbeat_ms=15_000, control="")


async def test_of_many_that_take_a_book_at_once_one_gets_it(
    mongo_server: MongoServer, database: str
) -> None:
    async with AsyncExitStack() as stack:
        url = mongo_server.url(database)
        stores = [await stack.enter_async_context(opened(url)) for _ in range(6)]
        outcomes = await asyncio.gather(
            *(store[0].take_lease("main", OURS, 5_000) for store in stores),
            return_exceptions=True,
        )
        assert sum(one is None for one in outcomes) == 1, outcomes
        lease = await stores[0][0].read_lease("main")
        assert lease is not None and lease.epoch == 1


async def test_a_lost_answer_changes_a_document_once(wire: Wire, wired: Store) -> None:
    documents = wired[1]
    await documents.declare("users", [], [])
    await documents.insert("users", "1", {"coins": 1})
    wire.deaf = True
    with pytest.raises(StoreDown):
        await documents.replace("users", "1", 1, {"coins": 2})
    wire.deaf = False
    await settled(wired[0])
    found = await documents.get("users", "1")
    assert found is not None and (found.version, found.body["coins"]) in ((1, 1), (2, 2))
    if found.version == 2:
        with pytest.raises(StaleVersion):
            await documents.replace("users", "1", 1, {"coins": 3})
