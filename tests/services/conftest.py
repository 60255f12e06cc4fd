"""A store and the services over it; what a test leaves behind has to fit together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.services.memory_store import MemoryDocuments, MemoryJournal
from tests.services.process import Boot, Process


@pytest.fixture
async def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
async def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
async def boot(
    journal: MemoryJournal, documents: MemoryDocuments
) -> AsyncIterator[Boot]:
    """Start a process over the store; all are killed at the end of the test."""
    started: list[Process] = []

    async def go(last_alive_ms: int | None = None, **settings: Any) -> Process:
        settings.setdefault("journal", journal)
        settings.setdefault("documents", documents)
        process = Process(**settings)
        started.append(process)
        return await process.start(last_alive_ms)

    yield go
    for process in started:
        await process.kill()
