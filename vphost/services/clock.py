"""The process's own clock and dice: the only place of the services that asks the system.

Game time is the wall clock at start plus the monotonic clock since, so that a step of the wall
clock (operator, NTP, leap second) never times a player out.
"""

from __future__ import annotations

import os
import time


class SystemClock:
    """Epoch milliseconds that rise with the monotonic clock."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Return game time: never goes back, never jumps with the wall clock."""
        return (self._offset_ns + time.monotonic_ns()) // 1_000_000

    def at_least(self, moment_ms: int) -> None:
        """Move game time forward to a moment that the journal has already seen.

        The wall clock may have been set back between two processes; the journal's moments of
        one room still have to rise.
        """
        missing_ms = moment_ms - self.now_ms()
        if missing_ms > 0:
            self._offset_ns += missing_ms * 1_000_000

    def calendar_ms(self) -> int:
        """Return the wall clock, for expiry dates and tokens."""
        return time.time_ns() // 1_000_000


class SystemSeeds:
    """32 bytes of the operating system's randomness for each decision."""

    def draw(self) -> bytes:
        """Return 32 fresh bytes."""
        return os.urandom(32)
