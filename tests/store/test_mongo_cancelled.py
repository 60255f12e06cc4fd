"""A task that was told to end ends, also when the driver swallowed the word."""

from __future__ import annotations

import asyncio

import pytest
from pymongo.errors import AutoReconnect

from vphost.services.ports import StoreDown
from vphost.store.mongo.errors import coded


async def a_call(fails: bool) -> None:
    """A call during which the task is cancelled, which the driver does not pass on."""
    with coded():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if fails:
                raise AutoReconnect("operation cancelled") from None


@pytest.mark.parametrize("fails", [True, False])
async def test_a_cancellation_that_the_driver_swallows_is_still_one(fails: bool) -> None:
    task = asyncio.create_task(a_call(fails))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_without_a_cancellation_is_the_stores() -> None:
    with pytest.raises(StoreDown), coded():
        raise AutoReconnect("gone")


async def test_a_task_that_tidies_up_after_its_end_was_asked_may_use_the_store() -> None:
    async def tidying() -> str:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            with coded():
                return "tidied"
        return "never"

    task = asyncio.create_task(tidying())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "tidied"
