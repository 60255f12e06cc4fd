"""Noticing that the whole process stood still (SIGSTOP, suspend, a blocked loop)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vphost.services.ports import Clock


class StallDetector:
    """Notices that too much time has passed between two beats of the event loop."""

    def __init__(self, clock: Clock, gap_ms: int) -> None:
        """gap_ms: a longer gap is reported, so that players are not charged for it."""
        self._clock = clock
        self._gap_ms = gap_ms
        self._last_ms: int | None = None
        self._task: asyncio.Task[None] | None = None
        self.on_gap: list[Callable[[int], None]] = []
        self.on_look: list[Callable[[], None]] = []

    def beat(self) -> None:
        """Look, and remember that the loop is running."""
        now = self._clock.now_ms()
        self.look(now)
        self._last_ms = now

    def look(self, now: int) -> None:
        """Call `on_gap` with the moment of the last beat if that is too long ago, once per gap."""
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
        """Stop beating; later gaps are not reported."""
        self._last_ms = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, period_s: float) -> None:
        while True:
            self.beat()
            await asyncio.sleep(period_s)
