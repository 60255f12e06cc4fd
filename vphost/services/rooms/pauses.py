"""A room's time: its ticks, and the pauses that players are not charged for.

While a room is paused (the process was away or stood still, the store was down) no tick is posted.
A pause ends with the host's command `resume`, which is decided before everything that waits, so
that deadlines are moved before anybody can miss one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vphost.rules.mode import SYSTEM, Alarms, Command
from vphost.services.journal.commit_codec import commit_id
from vphost.services.journal.commits import Outcome
from vphost.services.ports import Clock
from vphost.services.rooms.requests import Ask
from vphost.services.rooms.room_context import BUSY, DRAINING, STORE_DOWN
from vphost.services.rooms.timers import Alarm

RESUME = "resume"
LOST = (STORE_DOWN, BUSY, DRAINING)
"""The host's own refusals, after which a resume still has to be done. They are compared by
identity: a mode that refuses with the same code has answered."""


class Pauses:
    """Ticks and pauses of one room."""

    def __init__(
        self, clock: Clock, new_ask: Callable[[str], Ask], post: Callable[[Ask], None],
        is_standing: Callable[[], bool],
    ) -> None:
        """new_ask: makes a command of the host. post: puts it into the mailbox.

        is_standing: returns whether a tick could not be decided now, as the store or room is down.
        """
        self._clock = clock
        self._new_ask = new_ask
        self._post = post
        self._is_standing = is_standing
        self._alarm = Alarm(clock, self._ring)
        self._away_since: int | None = None
        self._resumed_at = 0
        self._restarted = False
        self._jumped = False
        self._resume: Ask | None = None
        self._under_way: set[Ask] = set()
        self._tick: Ask | None = None

    @property
    def paused(self) -> bool:
        """Whether the players' clocks stand still."""
        return self._away_since is not None

    @property
    def is_giving_back(self) -> bool:
        """Whether time still has to be given back, or giving it back is not durable yet."""
        return self.paused or bool(self._under_way)

    @property
    def resume_waits(self) -> bool:
        """Whether a resume has to be decided before anything else."""
        return self._resume is not None

    def wake_at(self, alarms: Alarms) -> None:
        """Post a tick at the earlier of two moments."""
        self._alarm.set(alarms.game_ms, alarms.wall_ms)

    def clock_jumped(self) -> None:
        """Have the room announce its deadlines again, converted with the changed wall clock."""
        self._jumped = True
        self._alarm.arm()
        self.resume()

    def stop(self) -> None:
        """Post no more ticks."""
        self._alarm.stop()

    def is_tick(self, ask: Ask) -> bool:
        """Return whether a command is the newest tick."""
        return ask is self._tick

    def pause(self, since_ms: int) -> None:
        """Begin a pause at a moment, which may be past but not before the last `resume`.

        Time before that has been given back already and must not be given back twice.
        """
        if self._away_since is None:
            self._away_since = max(since_ms, self._resumed_at)

    def unpause(self, shortest_ms: int) -> None:
        """End a pause: one shorter than shortest_ms is forgotten, after any other the room resumes.

        The pause of a restart is never forgotten, since its resume tells the mode of the restart.
        """
        if self._away_since is None:
            return
        is_short = self._clock.now_ms() - self._away_since < shortest_ms
        if is_short and not self._restarted:
            self._away_since = None
        else:
            self.resume()

    def resume(self, restarted: bool = False) -> asyncio.Future[Outcome]:
        """Give the time of the pause back before anything else is decided.

        restarted: this is a new process, so the sockets of the previous one are gone.
        """
        self._restarted = self._restarted or restarted
        if self._resume is None:
            self._resume = self._new_ask(RESUME)
        return self._resume.join(self._resume.command)

    def take_resume(self, now_ms: int) -> Ask:
        """Return the waiting resume, to be decided now.

        A new pause begins at this moment. What this resume gives back is not given back by any
        other, unless its commit is lost.
        """
        assert self._resume is not None, "no resume waits"
        ask, self._resume = self._resume, None
        since_ms = now_ms if self._away_since is None else self._away_since
        paused_ms = max(now_ms - since_ms, 0)
        args = {"paused_ms": paused_ms, "restarted": self._restarted}
        if self._jumped:
            args["clock_jumped"], self._jumped = True, False
        ask.command = Command(ask.command.id, SYSTEM, RESUME, args)
        ask.decided_ms = now_ms
        self._away_since, self._restarted = now_ms, False
        self._under_way.add(ask)
        return ask

    def finish(self, ask: Ask, outcome: Outcome) -> None:
        """Note the outcome of a command; a successful resume ends the pause.

        Three cases. The resume was refused by the host or lost with the store: what it was to give
        back is still owed, so the pause is extended back to where it began. It is durable, but the
        store has failed meanwhile or another resume waits: the pause goes on from the moment at
        which this one was decided. Otherwise the pause is over.
        """
        if ask.command.op != RESUME or ask.command.user != SYSTEM or not ask.decided_ms:
            return
        self._under_way.discard(ask)
        paused_ms, restarted = ask.command.args["paused_ms"], ask.command.args["restarted"]
        if any(outcome is lost for lost in LOST):
            since_ms = ask.decided_ms - paused_ms
            known_ms = self._away_since
            self._away_since = since_ms if known_ms is None else min(known_ms, since_ms)
            self._restarted = self._restarted or restarted
            return
        goes_on = self._is_standing() or self._resume is not None
        self._away_since = max(self._away_since or 0, ask.decided_ms) if goes_on else None
        self._restarted = self._restarted and not restarted
        self._resumed_at = max(self._resumed_at, ask.decided_ms)

    def drop_resume(self) -> None:
        """Forget a resume that will not be decided."""
        self._resume = None

    def _ring(self) -> None:
        """Post a tick, unless one waits or the clocks stand still; the alarm rings again later."""
        if self.paused or self._is_standing() or (self._tick is not None and not self._tick.done):
            return
        self._tick = self._new_ask("tick")
        self._post(self._tick)


def own_ask(room_id: str, book_seq: int, count: int, op: str) -> Ask:
    """Return a command of the host with an id that the room never uses again.

    book_seq: place of the room's newest commit; it makes the id differ from those of earlier
    processes, whose counts began at the same number. count: commands of the host in this process.
    """
    command = Command(f"{op}:{book_seq}.{count}", SYSTEM, op, {})
    return Ask(command, commit_id(room_id, SYSTEM, command.id))
