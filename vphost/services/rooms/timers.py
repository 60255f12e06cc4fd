"""Alarms of rooms: a mode says when it wants to be called again, and an alarm calls it then.

Deadlines are part of a room's state; nothing is kept here that could be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vphost.rules.mode import Alarms
from vphost.services.ports import Clock

FIRST_REST_MS = 100
"""Pause after a ring that did not move the alarm; doubles with each further one."""
LONGEST_REST_MS = 5_000
LONGEST_SLEEP_MS = 3_600_000


class Alarm:
    """Rings at the moment that was set last, and again at growing intervals until it is moved.

    Of two moments, one in game time and one by the wall clock, it rings at the earlier one.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._alarms = Alarms()
        self._rest_ms = 0
        self._handle: asyncio.TimerHandle | None = None

    def set(self, wake_at: int | None, wall_at: int | None = None) -> None:
        """Ring at a moment of game time or of the wall clock, epoch ms; None for never.

        Setting the same moments again changes nothing.
        """
        alarms = Alarms(wake_at, wall_at)
        if alarms == self._alarms:
            return
        self._alarms = alarms
        self._rest_ms = 0
        self.arm()

    def arm(self) -> None:
        """Schedule the next ring; call it again after a clock has moved."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        left_ms = self._left_ms()
        if left_ms is None:
            return
        left_s = min(max(left_ms, self._rest_ms), LONGEST_SLEEP_MS) / 1000
        self._handle = asyncio.get_running_loop().call_later(left_s, self._fire)

    def _left_ms(self) -> int | None:
        """Return the ms until the earlier moment, None when none is set."""
        left_ms = [
            moment - now() for moment, now in (
                (self._alarms.game_ms, self._clock.now_ms),
                (self._alarms.wall_ms, self._clock.calendar_ms),
            ) if moment is not None
        ]
        return min(left_ms, default=None)

    def stop(self) -> None:
        """Never ring again."""
        self.set(None)

    def _fire(self) -> None:
        left_ms = self._left_ms()
        assert left_ms is not None, "fired without a moment"
        if left_ms > 0:
            self.arm()
            return
        self._rest_ms = min(max(self._rest_ms * 2, FIRST_REST_MS), LONGEST_REST_MS)
        self.arm()
        self._ring()
