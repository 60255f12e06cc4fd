"""Token buckets: a rate per second, with a burst."""

from __future__ import annotations

import time


class TokenBucket:
    """Allows `burst` at once and `per_s` in the long run."""

    __slots__ = ("_per_s", "_burst", "_level", "_at")

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._level = float(burst)
        self._at = time.monotonic()

    def take(self) -> bool:
        """Use up one token; False when there is none left."""
        now = time.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._per_s)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True
