"""The outside world's clock beside game time: how far they lie apart, and whether it jumped.

Game time only ever rises (`clock.py`), so a wall clock that was wrong once leaves it ahead for
good. That harms nobody, as long as only deadlines of games are measured by it; whatever is shown or
compared with the outside world comes from the wall clock. A wall clock that jumps ahead while the
process runs is believed at once for what can be undone, and only after an hour (`sure_ms`) for what
cannot, such as closing a table. A start believes its clock: it cannot know how long it was away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from vphost.rules.mode import Json
from vphost.services.ports import Clock, Documents, Duplicate, StaleVersion, StoreDown

LOG = structlog.get_logger("vphost.clock")
COLLECTION = "clock"
"""Collection of one document per book: `ahead_ms`, `held_ms`, `held_left_ms`."""
JUMP_MS = 60_000
"""A larger step of the wall clock is said."""
HOLD_MS = 3_600_000
"""So long a jump ahead is not believed for what cannot be undone."""
NEAR_MS = 500
"""Clocks that are nearer to each other than this count as one."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The newest jump. by_ms: below zero for a step back. at_ms: the wall clock right after it.

    at_start: it was found by a start; the process may as well have been away for so long.
    """

    by_ms: int
    at_ms: int
    at_start: bool


def shift_of(clock: Clock) -> int:
    """Return what has to be added to game time to get the wall clock; 0 when they agree."""
    apart_ms = clock.calendar_ms() - clock.now_ms()
    return apart_ms if abs(apart_ms) >= NEAR_MS else 0


class Calendar:
    """The wall clock of one process, as far as it can be believed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart_ms = self._measured_ms()
        self._held_ms = 0
        self._held_until_ms = 0
        self.jumps = 0
        self.newest: Jump | None = None
        self.on_jump: list[Callable[[], None]] = []

    def _measured_ms(self) -> int:
        return self._clock.calendar_ms() - self._clock.now_ms()

    def look(self) -> None:
        """Notice a jump and say it, once."""
        step_ms = self._measured_ms() - self._apart_ms
        if abs(step_ms) <= JUMP_MS:
            return
        self._apart_ms += step_ms
        self._jumped(step_ms, at_start=False)
        LOG.warning("the clock jumped", by_ms=step_ms)
        for hook in self.on_jump:
            hook()

    def _jumped(self, by_ms: int, at_start: bool) -> None:
        self.jumps += 1
        self.newest = Jump(by_ms, self._clock.calendar_ms(), at_start)
        if at_start and by_ms > 0:
            return
        self._held_ms = max(self._held() + by_ms, 0)
        self._held_until_ms = self._clock.now_ms() + HOLD_MS

    def _held(self) -> int:
        return self._held_ms if self._clock.now_ms() < self._held_until_ms else 0

    @property
    def is_doubtful(self) -> bool:
        """Return whether the clock jumped ahead under us so lately that it may be a mistake."""
        self.look()
        return self._held() > 0

    def sure_ms(self) -> int:
        """Return the wall clock for what cannot be undone: without jumps ahead of late."""
        self.look()
        return self._clock.calendar_ms() - self._held()

    def shift_ms(self) -> int:
        """Return what has to be added to game time to get the wall clock; 0 when they agree."""
        return shift_of(self._clock)

    def told(self) -> Mapping[str, Json] | None:
        """Return what operators are told of jumps, seconds; None when there was none."""
        newest = self.newest
        if newest is None:
            return None
        return {
            "jumps": self.jumps, "last_jump": newest.by_ms / 1000, "at": newest.at_ms / 1000,
            "at_start": newest.at_start,
        }

    # -- from one process to the next ------------------------------------------------------

    async def open(self, documents: Documents, book: str, last_alive_ms: int | None) -> None:
        """Compare with when the last process was alive, in its game time; game time is set.

        Raises: StoreDown.
        """
        self._apart_ms = self._measured_ms()
        await documents.declare(COLLECTION, unique=(), indexed=())
        found = await documents.get(COLLECTION, book)
        if found is not None:
            self._held_ms = int(found.body["held_ms"])
            self._held_until_ms = self._clock.now_ms() + int(found.body["held_left_ms"])
        if last_alive_ms is not None:
            ahead_ms = 0 if found is None else int(found.body["ahead_ms"])
            self._started(self._clock.calendar_ms() - (last_alive_ms - ahead_ms))
        await self.save(documents, book)

    def _started(self, away_ms: int) -> None:
        if away_ms < -JUMP_MS:
            LOG.warning("the clock is behind the last process's", by_ms=away_ms)
        elif away_ms > JUMP_MS:
            LOG.info("the last process was away, or the clock jumped", by_ms=away_ms)
        else:
            return
        self._jumped(away_ms, at_start=True)

    async def save(self, documents: Documents, book: str) -> None:
        """Keep for the next process what it cannot find out. Raises: StoreDown."""
        body = {
            "ahead_ms": -self._measured_ms(), "held_ms": self._held(),
            "held_left_ms": max(self._held_until_ms - self._clock.now_ms(), 0),
        }
        while True:
            found = await documents.get(COLLECTION, book)
            try:
                if found is None:
                    await documents.insert(COLLECTION, book, body)
                else:
                    await documents.replace(COLLECTION, book, found.version, body)
                return
            except (Duplicate, StaleVersion):
                continue

    async def try_save(self, documents: Documents, book: str) -> None:
        """As `save`; what cannot be written now is found out by the next start, less exactly."""
        try:
            await self.save(documents, book)
        except StoreDown as error:
            LOG.warning("the clock's jump was not noted", why=str(error))
