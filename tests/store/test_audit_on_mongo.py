"""The audit log in MongoDB: what the check says there is what it says on the embedded store."""

from __future__ import annotations

import asyncio

from tests.mongo_server import MongoServer
from tests.services.operators.audit_tampering import TAMPERED, six_rows
from vphost.services.clock import SystemClock
from vphost.services.operators.audit import Audit
from vphost.services.operators.audit_check import verify
from vphost.store import open_store


async def test_rows_are_one_chain_and_the_first_wrong_one_is_named(
    mongo_server: MongoServer, database: str
) -> None:
    for number, (tamper, said) in enumerate(TAMPERED):
        journal, documents = await open_store(mongo_server.url(f"{database}x{number}"))
        await six_rows(Audit(documents, SystemClock()))
        assert (await verify(documents)).ok
        await tamper(documents)
        assert (await verify(documents)).faults[0] == said
        await journal.close()


async def test_rows_of_many_at_once_are_one_chain(
    mongo_server: MongoServer, database: str
) -> None:
    journal, documents = await open_store(mongo_server.url(database))
    audits = [Audit(documents, SystemClock()) for _ in range(2)]
    for one in audits:
        await one.open()
    await asyncio.gather(*(audits[n % 2].record("uid:0", f"op{n}") for n in range(20)))
    verdict = await verify(documents)
    assert (verdict.ok, verdict.entries) == (True, 20)
    await journal.close()
