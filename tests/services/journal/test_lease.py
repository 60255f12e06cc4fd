"""The claim to the book: taken, confirmed, given back, lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from vphost.services.journal.lease import Owner
from vphost.services.ports import Journal, Lease, StoreRefused
from vphost.store import open_store

BEAT_S = 0.005
ADA = Lease(0, "ada", 1, "here", 0, "/run/ada.sock")
GONE = Lease(0, "ada", 2**22 + 1, "here", 0, "")
"""An owner of whom this machine knows no process (numbers end at 2^22)."""
BOB = Lease(0, "bob", 2, "here", 0, "/run/bob.sock")


class RisingClock:
    """Each look at it is a millisecond later."""

    def __init__(self) -> None:
        self.time_ms = 1_000

    def now_ms(self) -> int:
        self.time_ms += 1
        return self.time_ms

    def calendar_ms(self) -> int:
        return self.now_ms()

    def at_least(self, moment_ms: int) -> None:
        self.time_ms = max(self.time_ms, moment_ms)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened, _ = await open_store(f"sqlite:{tmp_path}/store.sqlite")
    yield opened
    await opened.close()


def owner_of(
    journal: Journal, lease: Lease, clock: RisingClock, on_lost: Callable[[], None] = lambda: None
) -> Owner:
    return Owner(journal, "main", lease, clock, on_lost, heartbeat_s=BEAT_S)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_the_owner_is_written_down_and_keeps_beating(journal: Journal) -> None:
    clock = RisingClock()
    owner = owner_of(journal, ADA, clock)
    assert await owner.take() is None
    first = await journal.read_lease("main")
    assert first == owner.lease
    assert (first.epoch, first.owner, first.control) == (1, "ada", "/run/ada.sock")
    async with asyncio.timeout(5):
        while (read := await journal.read_lease("main")) and (
            read.heartbeat_ms <= first.heartbeat_ms + 2
        ):
            await asyncio.sleep(BEAT_S)
    await owner.release()


async def test_the_next_owner_learns_when_the_last_one_lived(journal: Journal) -> None:
    clock = RisingClock()
    first = owner_of(journal, ADA, clock)
    await first.take()
    await first.release()
    released_ms = clock.time_ms
    second = owner_of(journal, BOB, clock)
    previous = await second.take()
    assert previous is not None
    assert (previous.owner, previous.heartbeat_ms) == ("ada", released_ms)
    assert second.lease.epoch == 2
    await second.release()


async def test_a_living_owner_is_not_replaced(journal: Journal, tmp_path: Path) -> None:
    clock = RisingClock()
    first = owner_of(journal, ADA, clock)
    await first.take()
    other, _ = await open_store(f"sqlite:{tmp_path}/store.sqlite")
    with pytest.raises(StoreRefused, match="pid 1 on here"):
        await owner_of(other, BOB, clock).take()
    await other.close()
    await first.release()


async def test_who_lost_the_book_hears_it_once(
    journal: Journal, tmp_path: Path, expect_log: Callable[[str], list[str]]
) -> None:
    expect_log("lease_lost")
    expect_log("lease_not_released")
    lost: list[str] = []
    clock = RisingClock()
    first = owner_of(journal, GONE, clock, lambda: lost.append("ada"))
    await first.take()
    (tmp_path / "store.sqlite.lock").unlink()
    other, _ = await open_store(f"sqlite:{tmp_path}/store.sqlite")
    second = owner_of(other, BOB, clock, lambda: lost.append("bob"))
    await second.take()
    await until(lambda: bool(lost))
    assert lost == ["ada"]
    await first.release()
    await second.release()
    await other.close()


async def test_a_store_that_fails_does_not_lose_the_book(
    journal: Journal, expect_log: Callable[[str], list[str]]
) -> None:
    expect_log("lease_not_released")
    seen = expect_log("heartbeat_failed")
    lost: list[str] = []
    owner = owner_of(journal, ADA, RisingClock(), lambda: lost.append("ada"))
    await owner.take()
    await journal.close()
    await until(lambda: len(seen) >= 2)
    await owner.release()
    assert lost == []


async def test_releasing_what_was_never_taken_does_nothing(journal: Journal) -> None:
    await owner_of(journal, ADA, RisingClock()).release()
    assert await journal.read_lease("main") is None
