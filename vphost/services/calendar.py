"""The wall clock beside game time: how far apart they are, and whether the wall clock jumped.

Game time only ever rises (`clock.py`), so a wall clock that was wrong once leaves it ahead for
good. That harms nobody as long as only deadlines of games are measured by it; whatever is shown or
compared with the outside world comes from the wall clock. A wall clock that jumps ahead while the
process runs is trusted at once for what can be undone, but only after an hour (`sure_ms`) for what
cannot, such as closing a table. At a start the clock is trusted: a process cannot know how long it
was away.
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
"""A step of the wall clock that is larger counts as a jump, and is logged."""
HOLD_MS = 3_600_000
"""How long a jump ahead is not trusted for what cannot be undone."""
NEAR_MS = 500
"""Clocks that differ by less count as equal."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The newest jump. by_ms: below zero for a step back. at_ms: the wall clock right after it.

    at_start: it was found at a start, so perhaps the process was simply away for so long.
    """

    by_ms: int
    at_ms: int
    at_start: bool


def shift_of(clock: Clock) -> int:
    """Return the ms to be added to game time to get the wall clock; 0 when they agree."""
    apart_ms = clock.calendar_ms() - clock.now_ms()
    return apart_ms if abs(apart_ms) >= NEAR_MS else 0


class Calendar:
    """The wall clock of one process, as far as it can be trusted."""

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
        """Notice a jump of the wall clock: log it and call `on_jump`, once for each."""
        step_ms = self._measured_ms() - self._apart_ms
        if abs(step_ms) <= JUMP_MS:
            return
        self._apart_ms += step_ms
        self._note_jump(step_ms, at_start=False)
        LOG.warning("the clock jumped", by_ms=step_ms)
        for hook in self.on_jump:
            hook()

    def _note_jump(self, by_ms: int, at_start: bool) -> None:
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
        """Whether the clock jumped ahead so recently that it may be a mistake."""
        self.look()
        return self._held() > 0

    def sure_ms(self) -> int:
        """Return the wall clock for what cannot be undone: without recent jumps ahead."""
        self.look()
        return self._clock.calendar_ms() - self._held()

    def shift_ms(self) -> int:
        """Return the ms to be added to game time to get the wall clock; 0 when they agree."""
        return shift_of(self._clock)

    def report(self) -> Mapping[str, Json] | None:
        """Return jumps and the newest one for operators, seconds; None when there was none."""
        newest = self.newest
        if newest is None:
            return None
        return {
            "jumps": self.jumps, "last_jump": newest.by_ms / 1000, "at": newest.at_ms / 1000,
            "at_start": newest.at_start,
        }

    # -- from one process to the next ------------------------------------------------------

    async def open(self, documents: Documents, book: str, last_alive_ms: int | None) -> None:
        """Compare the clock with the last process's. Call it when game time has been set.

        last_alive_ms: when the last process was last seen, in its game time. Raises: StoreDown.
        """
        self._apart_ms = self._measured_ms()
        await documents.declare(COLLECTION, unique=(), indexed=())
        found = await documents.get(COLLECTION, book)
        if found is not None:
            self._held_ms = int(found.body["held_ms"])
            self._held_until_ms = self._clock.now_ms() + int(found.body["held_left_ms"])
        if last_alive_ms is not None:
            ahead_ms = 0 if found is None else int(found.body["ahead_ms"])
            self._note_start(self._clock.calendar_ms() - (last_alive_ms - ahead_ms))
        await self.save(documents, book)

    def _note_start(self, away_ms: int) -> None:
        if away_ms < -JUMP_MS:
            LOG.warning("the clock is behind the last process's", by_ms=away_ms)
        elif away_ms > JUMP_MS:
            LOG.info("the last process was away, or the clock jumped", by_ms=away_ms)
        else:
            return
        self._note_jump(away_ms, at_start=True)

    async def save(self, documents: Documents, book: str) -> None:
        """Store for the next process what it cannot find out by itself. Raises: StoreDown."""
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
        """Like `save`, but only log a failure: the next start then knows the clock less exactly."""
        try:
            await self.save(documents, book)
        except StoreDown as error:
            LOG.warning("the clock's jump was not noted", why=str(error))
