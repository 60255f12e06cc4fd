"""A clock that a test sets."""

from __future__ import annotations

NOW_S = 1_700_000_000


class HandClock:
    """Both clocks of the port; they stand still unless a test moves them."""

    def __init__(self) -> None:
        self.wall_ms = NOW_S * 1000

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.wall_ms += round(seconds * 1000)

    def now_ms(self) -> int:
        return self.wall_ms

    def at_least(self, moment_ms: int) -> None:
        self.wall_ms = max(self.wall_ms, moment_ms)

    def calendar_ms(self) -> int:
        return self.wall_ms
