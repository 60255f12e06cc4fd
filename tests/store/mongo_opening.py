"""Opening stores for the tests of MongoDB; all are closed after the test."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from vphost.store import StoreDocuments, StoreJournal, open_store

Store = tuple[StoreJournal, StoreDocuments]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a store and close it again.

    A client that is closed in the middle of connecting leaves the driver's socket to the garbage
    collector, which says so; here it is collected without a word.
    """
    store = await open_store(url)
    try:
        yield store
    finally:
        await store[0].close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Check that something does not take longer."""
    began_s = time.monotonic()
    yield
    took_s = time.monotonic() - began_s
    assert took_s <= seconds, f"took {took_s:.2f} s"
