"""One database server for all tests of this folder; each test has a database of its own.

The contract suite's own assertions are rewritten like those of a test module.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer

NUMBERS = count(1)
MEMORY_DISK = Path("/dev/shm")
ROOM_BYTES = 2 * 2**30

pytest.register_assert_rewrite("chains", "store_contract")


def memory_disk() -> Path | None:
    """Return a disk in memory with room for a database, which is made anew for every test."""
    if not os.access(MEMORY_DISK, os.W_OK) or shutil.disk_usage(MEMORY_DISK).free < ROOM_BYTES:
        return None
    return MEMORY_DISK


@pytest.fixture(scope="session")
def mongo_server() -> Iterator[MongoServer]:
    """A replica set of one, ended by its process id."""
    folder = Path(tempfile.mkdtemp(prefix="vphost-test-", dir=memory_disk()))
    server = MongoServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture
def database() -> str:
    """The name of a database that is not there yet."""
    return f"test{next(NUMBERS)}"
