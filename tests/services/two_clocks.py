"""Game time and a wall clock that a test moves apart."""

from __future__ import annotations


class TwoClocks:
    """Both clocks of the port. A new process's game time begins at the wall clock."""

    def __init__(self, wall_ms: int = 1_700_000_000_000) -> None:
        self.wall_ms = wall_ms
        self.game_ms = wall_ms

    def pass_ms(self, ms: int) -> None:
        """Let time pass."""
        self.wall_ms += ms
        self.game_ms += ms

    def now_ms(self) -> int:
        return self.game_ms

    def at_least(self, moment_ms: int) -> None:
        self.game_ms = max(self.game_ms, moment_ms)

    def calendar_ms(self) -> int:
        return self.wall_ms
