"""Waking rooms: a mode says when it wants to be asked again, an alarm asks it then.

Deadlines live in the state of a room; nothing is remembered here that could be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vphost.services.ports import Clock

FIRST_REST_MS = 100
"""Pause after a ring that changed nothing about the wake time; doubles with each."""
LONGEST_REST_MS = 5_000
LONGEST_SLEEP_MS = 3_600_000


class Alarm:
    """Rings at the moment that was set last, and again, ever slower, until it is moved."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._wake_at: int | None = None
        self._rest_ms = 0
        self._handle: asyncio.TimerHandle | None = None

    def set(self, wake_at: int | None) -> None:
        """Ring at a moment of game time, epoch ms; None: never. The same moment changes nothing."""
        if wake_at == self._wake_at:
            return
        self._wake_at = wake_at
        self._rest_ms = 0
        self.arm()

    def arm(self) -> None:
        """Ask the loop for a call at the moment that is set (again, after game time moved)."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._wake_at is None:
            return
        left_ms = max(self._wake_at - self._clock.now_ms(), self._rest_ms)
        left_s = min(left_ms, LONGEST_SLEEP_MS) / 1000
        self._handle = asyncio.get_running_loop().call_later(left_s, self._fire)

    def stop(self) -> None:
        """Never ring again."""
        self.set(None)

    def _fire(self) -> None:
        assert self._wake_at is not None, "fired without a moment"
        if self._clock.now_ms() < self._wake_at:
            self.arm()
            return
        self._rest_ms = min(max(self._rest_ms * 2, FIRST_REST_MS), LONGEST_REST_MS)
        self.arm()
        self._ring()
