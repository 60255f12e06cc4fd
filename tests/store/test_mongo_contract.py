"""The contract suite on a real MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.mongo_server import MongoServer
from tests.store.store_contract import (  # noqa: F401  (the fixtures are used by name)
    DocumentsContract, JournalContract, LeaseContract, Opener, SharedContract, Store, documents,
    journal,
)
from vphost.store import open_store


@pytest.fixture
async def opener(mongo_server: MongoServer, database: str) -> AsyncIterator[Opener]:
    opened: list[Store] = []

    async def open_again() -> Store:
        opened.append(await open_store(mongo_server.url(database)))
        return opened[-1]

    yield open_again
    for one in opened:
        await one[0].close()


@pytest.fixture
async def store(opener: Opener) -> Store:
    return await opener()


class TestJournal(JournalContract):
    pass


class TestLease(LeaseContract):
    pass


class TestDocuments(DocumentsContract):
    pass


class TestShared(SharedContract):
    pass
