"""One database server for all tests of this folder; each test has a database of its own.

The contract suite's own assertions are rewritten like those of a test module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer

pytest.register_assert_rewrite("chains", "store_contract")


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A replica set of one, ended by its process id."""
    server = MongoServer(Path(tmp_path_factory.mktemp("mongo")))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def database(mongo_server: MongoServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an empty database, dropped after the test."""
    name = f"test{abs(hash(request.node.nodeid))}"
    yield name
    with mongo_server.client() as client:
        client.drop_database(name)
