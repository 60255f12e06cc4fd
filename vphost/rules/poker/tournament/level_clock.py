"""The blind clock: the level, the time left in it, pauses and breaks.

A level is taken at a hand's start; the clock goes on during hands. A standstill of the host costs
one level at most, however long it was, and a pause keeps what is left.
Source: TDA 23, WT 79 (poker-rules case 59).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vphost.rules.changing import replace
from vphost.rules.poker.tournament.blinds import Schedule


class Phase(Enum):
    """What the clock measures."""

    #: A level.
    LEVEL = "level"
    #: Nothing: the level is over and the break begins when all hands are done.
    BREAK_DUE = "break_due"
    #: A break.
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class LevelClock:
    """The clock. level: from 1; in a break the one before it.

    ends_ms: when the level or the break ends, game clock; None while it stands. left_ms: what is
    left while it stands.
    """

    level: int
    phase: Phase
    ends_ms: int | None
    left_ms: int

    @property
    def is_paused(self) -> bool:
        """Whether somebody has stopped it; a break that is due is no pause."""
        return self.ends_ms is None and self.phase is not Phase.BREAK_DUE

    def left_at(self, now_ms: int) -> int:
        """Return what is left of the level or break, ms, >= 0."""
        return self.left_ms if self.ends_ms is None else max(0, self.ends_ms - now_ms)


def start_clock(schedule: Schedule, now_ms: int) -> LevelClock:
    """Return the clock at the beginning of level 1."""
    return LevelClock(1, Phase.LEVEL, now_ms + schedule.level_ms, 0)


def advance_clock(clock: LevelClock, schedule: Schedule, now_ms: int) -> LevelClock:
    """Return the clock after one tick: at most one level or break further.

    A level that follows on time ends one duration after the one before; after a standstill the
    new level has its full time.
    """
    if clock.ends_ms is None or now_ms < clock.ends_ms:
        return clock
    if clock.phase is Phase.LEVEL and schedule.break_after(clock.level):
        return LevelClock(clock.level, Phase.BREAK_DUE, None, 0)
    ends = clock.ends_ms + schedule.level_ms
    if ends <= now_ms:
        ends = now_ms + schedule.level_ms
    return LevelClock(clock.level + 1, Phase.LEVEL, ends, 0)


def begin_break(clock: LevelClock, schedule: Schedule, now_ms: int) -> LevelClock:
    """Begin a break that is due, now that all hands are done."""
    assert clock.phase is Phase.BREAK_DUE
    return LevelClock(clock.level, Phase.BREAK, now_ms + schedule.break_after(clock.level), 0)


def insert_break(clock: LevelClock, ms: int, now_ms: int) -> LevelClock:
    """Begin a break that the director calls after this level, whatever is left of it."""
    return LevelClock(clock.level, Phase.BREAK, now_ms + ms, 0)


def pause_clock(clock: LevelClock, now_ms: int) -> LevelClock:
    """Stop the clock with what is left; one that stands already stays as it is."""
    if clock.ends_ms is None:
        return clock
    return replace(clock, ends_ms=None, left_ms=clock.left_at(now_ms))


def resume_clock(clock: LevelClock, now_ms: int) -> LevelClock:
    """Let a paused clock go on; another one stays as it is."""
    if not clock.is_paused:
        return clock
    return replace(clock, ends_ms=now_ms + clock.left_ms, left_ms=0)


def move_clock(clock: LevelClock, paused_ms: int) -> LevelClock:
    """Move the clock past a time in which the host process was away, which costs nobody time."""
    if clock.ends_ms is None:
        return clock
    return replace(clock, ends_ms=clock.ends_ms + paused_ms)


def shift_clock(clock: LevelClock, by_ms: int, now_ms: int) -> LevelClock:
    """Give or take time, ms, also for a hand that is played hand for hand; never below zero."""
    left = max(0, clock.left_at(now_ms) + by_ms)
    if clock.phase is Phase.BREAK_DUE:
        return clock
    if clock.ends_ms is None:
        return replace(clock, left_ms=left)
    return replace(clock, ends_ms=now_ms + left)


def set_level(clock: LevelClock, schedule: Schedule, level: int, now_ms: int) -> LevelClock:
    """Go to a level, with all its time. level: at least 1. A paused clock stays paused."""
    assert level >= 1
    if clock.is_paused:
        return LevelClock(level, Phase.LEVEL, None, schedule.level_ms)
    return LevelClock(level, Phase.LEVEL, now_ms + schedule.level_ms, 0)
