"""Noticing that the whole process stood still (SIGSTOP, suspend, a blocked loop)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vphost.services.ports import Clock


class StallDetector:
    """Notices that the whole process stood still: too long between two beats of the loop."""

    def __init__(self, clock: Clock, gap_ms: int) -> None:
        """gap_ms: standing still for longer is not the players' time."""
        self._clock = clock
        self._gap_ms = gap_ms
        self._last_ms: int | None = None
        self._task: asyncio.Task[None] | None = None
        self.on_gap: list[Callable[[int], None]] = []
        self.on_look: list[Callable[[], None]] = []

    def beat(self) -> None:
        """Look, and remember that the loop lives."""
        now = self._clock.now_ms()
        self.look(now)
        self._last_ms = now

    def look(self, now: int) -> None:
        """Tell everybody when the last beat is too long ago, with its moment, once."""
        for notice in self.on_look:
            notice()
        last = self._last_ms
        if last is not None and now - last > self._gap_ms:
            self._last_ms = now
            for hook in self.on_gap:
                hook(last)

    def start(self, period_ms: int) -> None:
        """Beat from now on."""
        assert self._task is None, "started twice"
        self._task = asyncio.create_task(self._run(period_ms / 1000), name="watch")

    async def close(self) -> None:
        """Beat no more; a gap means nothing any more."""
        self._last_ms = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, period_s: float) -> None:
        while True:
            self.beat()
            await asyncio.sleep(period_s)
