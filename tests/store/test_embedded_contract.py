"""The contract suite on the embedded store, in a file and in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.store_contract import (  # noqa: F401  (the fixtures are used by name)
    DocumentsContract, JournalContract, LeaseContract, Opener, SharedContract, Store, documents,
    journal,
)
from vphost.store import open_store


@pytest.fixture
async def opener(tmp_path: Path) -> AsyncIterator[Opener]:
    opened: list[Store] = []

    async def open_again() -> Store:
        opened.append(await open_store(f"sqlite:{tmp_path}/store.sqlite"))
        return opened[-1]

    yield open_again
    for one in opened:
        await one[0].close()


@pytest.fixture(params=["file", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = "memory:" if request.param == "memory" else f"sqlite:{tmp_path}/store.sqlite"
    opened = await open_store(url)
    yield opened
    await opened[0].close()


class TestJournal(JournalContract):
    pass


class TestLease(LeaseContract):
    pass


class TestDocuments(DocumentsContract):
    pass


class TestShared(SharedContract):
    pass
