"""How often somebody may do something: a rate for each key, and a growing pause after failures.

Both are kept in memory, within bounds, and forget keys that have been quiet: a flood of invented
keys pushes out the oldest ones instead of using up memory. A restart forgets everything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

KEYS_MAX = 50_000


class Rate:
    """A token bucket for each key: per_s in the long run, burst at once."""

    def __init__(
        self, per_s: float, burst: int, now_ms: Callable[[], int], keys_max: int = KEYS_MAX
    ) -> None:
        self._per_ms = per_s / 1000
        self._burst = float(burst)
        self._now_ms = now_ms
        self._keys_max = keys_max
        self._levels: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: str, amount: int = 1) -> float:
        """Use up an amount if it is there. Returns 0, or the seconds until it will be.

        amount: at most the burst.
        """
        now_ms = self._now_ms()
        level, at_ms = self._levels.get(key, (self._burst, now_ms))
        level = min(self._burst, level + max(0, now_ms - at_ms) * self._per_ms)
        is_allowed = level >= amount
        self._levels[key] = (level - amount if is_allowed else level, now_ms)
        self._levels.move_to_end(key)
        while len(self._levels) > self._keys_max:
            self._levels.popitem(last=False)
        return 0.0 if is_allowed else (amount - level) / self._per_ms / 1000


class Backoff:
    """A pause that doubles with each failure beyond the free ones, for each key on its own."""

    def __init__(
        self, free: int, first_ms: int, longest_ms: int, now_ms: Callable[[], int],
        keys_max: int = KEYS_MAX,
    ) -> None:
        """free: failures without a pause. A key is forgotten after twice the longest pause."""
        self._free = free
        self._first_ms = first_ms
        self._longest_ms = longest_ms
        self._now_ms = now_ms
        self._keys_max = keys_max
        self._failed: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failed)

    def wait_s(self, key: str) -> float:
        """Return the seconds until the next attempt is allowed; 0: now."""
        failures, at_ms = self._failed.get(key, (0, 0))
        return max(0, at_ms + self._pause_ms(failures) - self._now_ms()) / 1000

    def fail(self, key: str) -> None:
        """Count a failure, or an attempt whose outcome is not known yet."""
        now_ms = self._now_ms()
        failures, at_ms = self._failed.get(key, (0, 0))
        if now_ms - at_ms > 2 * self._longest_ms:
            failures = 0
        self._failed[key] = (failures + 1, now_ms)
        self._failed.move_to_end(key)
        while len(self._failed) > self._keys_max:
            self._failed.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget all failures of a key."""
        self._failed.pop(key, None)

    def take_back(self, key: str) -> None:
        """Uncount one attempt that was not a failure."""
        failures, at_ms = self._failed.get(key, (0, 0))
        if failures <= 1:
            self._failed.pop(key, None)
        else:
            self._failed[key] = (failures - 1, at_ms)

    def _pause_ms(self, failures: int) -> int:
        beyond = failures - self._free
        if beyond <= 0:
            return 0
        return min(self._longest_ms, self._first_ms << min(beyond - 1, 30))
