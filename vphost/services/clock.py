"""The process's own clock and randomness: the only place in the services that asks the system.

Game time is the wall clock at start plus the monotonic clock since, so that a step of the wall
clock (operator, NTP, leap second) never times a player out.
"""

from __future__ import annotations

import os
import time


class SystemClock:
    """Epoch milliseconds that advance with the monotonic clock."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Return game time, epoch ms: it never goes back and never jumps with the wall clock."""
        return (self._offset_ns + time.monotonic_ns()) // 1_000_000

    def at_least(self, moment_ms: int) -> None:
        """Move game time forward to a moment that the journal already holds.

        The wall clock may have been set back between two processes, but the times of a room's
        commits still have to rise.
        """
        missing_ms = moment_ms - self.now_ms()
        if missing_ms > 0:
            self._offset_ns += missing_ms * 1_000_000

    def calendar_ms(self) -> int:
        """Return the wall clock, epoch ms, for expiry dates and tokens."""
        return time.time_ns() // 1_000_000


class SystemSeeds:
    """Seeds of 32 bytes each from the operating system, one for each decision."""

    def draw(self) -> bytes:
        """Return 32 fresh bytes."""
        return os.urandom(32)
