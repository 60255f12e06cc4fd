"""Owning the book: taken at the start, confirmed every second, released at the end.

Nobody can say when a process was killed; the last heartbeat is the best estimate, and the time
since then is given back to the clocks of running games. That is why heartbeats are written in game
time, like the games' deadlines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from vphost.services.ports import Clock, Fenced, Journal, Lease, StoreDown

HEARTBEAT_S = 1.0
STALE_AFTER_MS = 10_000
"""How old a heartbeat has to be before an owner on another machine counts as dead."""

log = structlog.get_logger(__name__)


class Owner:
    """This process's claim to one book."""

    def __init__(
        self, journal: Journal, book: str, lease: Lease, clock: Clock,
        on_lost: Callable[[], None], *, heartbeat_s: float = HEARTBEAT_S,
        stale_after_ms: int = STALE_AFTER_MS,
    ) -> None:
        """lease: who we are (owner, pid, host, control); epoch and heartbeat are filled in here.

        on_lost: called once when another process owns the book; this one then has to stop at once.
        """
        self._journal = journal
        self._book = book
        self._lease = lease
        self._clock = clock
        self._on_lost = on_lost
        self._heartbeat_s = heartbeat_s
        self._stale_after_ms = stale_after_ms
        self._beating: asyncio.Task[None] | None = None

    async def take(self) -> Lease | None:
        """Become the owner and start the heartbeat.

        Returns: the previous lease, whose heartbeat says when its owner was last seen; None for
            the first owner ever.
        Raises: StoreRefused when a living process owns the book.
        """
        assert self._beating is None, "a book is taken once"
        claim = replace(self._lease, heartbeat_ms=self._clock.now_ms())
        previous = await self._journal.take_lease(self._book, claim, self._stale_after_ms)
        self._lease = replace(claim, epoch=previous.epoch + 1 if previous else 1)
        self._beating = asyncio.create_task(self._beat(), name="lease-heartbeat")
        return previous

    @property
    def lease(self) -> Lease:
        """Our lease, as stored by `take`."""
        return self._lease

    async def release(self) -> None:
        """Stop the heartbeat and release the book, if it is still ours and the store answers."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        self._beating = None
        try:
            await self._journal.release_lease(
                self._book, self._lease.epoch, self._clock.now_ms()
            )
        except (Fenced, StoreDown) as error:
            log.warning("lease_not_released", book=self._book, error=str(error))

    async def _beat(self) -> None:
        """Confirm the lease until it is lost. A store that fails for a while is only logged."""
        while True:
            await asyncio.sleep(self._heartbeat_s)
            try:
                await self._journal.heartbeat(
                    self._book, self._lease.epoch, self._clock.now_ms()
                )
            except StoreDown as error:
                log.warning("heartbeat_failed", book=self._book, error=str(error))
            except Fenced as error:
                log.error("lease_lost", book=self._book, error=str(error))
                self._on_lost()
                return
