"""A table is paid for on a host whose store is MongoDB: as on the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer
from tests.payments.stripe_server import StripeServer
from tests.payments.test_payments_rest import pays


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    """A stand-in of its own, ended by its process id."""
    server = StripeServer()
    try:
        server.start()
        yield server
    finally:
        server.end()


async def test_a_table_is_paid_for_on_mongodb(
    tmp_path: Path, mongo_server: MongoServer, database: str, stripe: StripeServer
) -> None:
    await pays(tmp_path, stripe, store=mongo_server.url(database))
