"""One stand-in of Stripe for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.payments.stripe_server import StripeServer


@pytest.fixture(scope="session")
def stripe_process() -> Iterator[StripeServer]:
    """The server, ended by its process id."""
    server = StripeServer()
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def stripe_server(stripe_process: StripeServer) -> StripeServer:
    """The server, with nothing ordered."""
    stripe_process.post("/_config/hush", {})
    stripe_process.order(fail=0, silent=False, keys=[], prices=None)
    return stripe_process
