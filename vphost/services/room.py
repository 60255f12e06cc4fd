"""One live room: the unit of order.

Commands wait in a bounded mailbox; the room's own task decides them one by one on the newest
speculative state and hands the commits to the writer without waiting for the disk. What has become
durable is the room's state, is answered, then published. A mode that raises stops its room only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog

from vphost.rules.mode import SYSTEM, Command, Decision, Json, Mode, Rejected
from vphost.services.asking import Ask, first_answer
from vphost.services.commits import Accepted, Commit, Outcome
from vphost.services.decided import Decided
from vphost.services.encoding import ID_CHARACTERS_MAX, commit_id
from vphost.services.line import CREATED, Line
from vphost.services.ports import StoreDown
from vphost.services.publishing import Listener, Publisher
from vphost.services.surroundings import (
    BAD_ID, BUSY, DRAINING, PASSING, QUARANTINED, STORE_DOWN, Surroundings,
)
from vphost.services.timers import Alarm

LOG = structlog.get_logger("vphost.rooms")
CREATE = "create"
"""Command id and operation of a room's first commit."""


class Room:
    """One mailbox, one state, one seq."""

    def __init__(self, room_id: str, mode: Mode[Any], around: Surroundings) -> None:
        self.id = room_id
        self.mode = mode
        self.quarantined = False
        self.frozen = False
        self.line = Line(room_id, mode, around, self._written, self._lost)
        self._around = around
        self._mailbox: deque[Ask] = deque()
        self._asks: dict[str, Ask] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._publisher = Publisher(around.committed)
        self._alarm = Alarm(around.clock, self._ring)
        self._away_since: int | None = None
        self._resume: Ask | None = None
        self._tick: Ask | None = None
        self._own_ids = 0
        self.since_snapshot = 0

    @property
    def mode_name(self) -> str:
        """Return the name of the room's mode."""
        return self.mode.name

    @property
    def state(self) -> Any:
        """Return the durable state."""
        return self.line.state

    @property
    def seq(self) -> int:
        """Return the number of the newest durable visible event."""
        return self.line.seq

    @property
    def labels(self) -> Mapping[str, Json]:
        """Return the mode's labels of the durable state."""
        return self.line.labels

    @property
    def idle(self) -> bool:
        """Return whether no command waits and no commit is on its way."""
        return not self._asks and not self.line.pending

    def view(self, player: int | None) -> Mapping[str, Json]:
        """Return all that a player id (None: no player) may see of the durable state."""
        return self.mode.view(self.line.state, player)

    def player_of(self, user: str) -> int | None:
        """Return the player id of a user in this room."""
        return self.mode.player_of(self.line.state, user)

    def at_boundary(self) -> bool:
        """Return whether nothing runs that a stop would interrupt."""
        return self.quarantined or self.mode.dump(self.line.state) is not None

    def add_listener(self, listener: Listener) -> None:
        """Call a function with each commit that becomes durable from now on, in order.

        The listener sees no commit that the state (view, seq) at this moment already holds. It is
        dropped when it raises.
        """
        self._publisher.add(listener, self.line.book_seq)

    def remove_listener(self, listener: Listener) -> None:
        """Stop calling a function; unknown ones are ignored."""
        self._publisher.remove(listener)

    async def since(self, seq: int, limit: int) -> list[Commit] | None:
        """Return the commits with visible events after an event number, oldest first.

        The first may begin before the number when it was seen in part.
        Returns: None when there are more than limit, or when the number is ahead of the room: the
        caller then sends the full state. Raises: StoreDown.
        """
        return await self.line.since(seq, limit)

    # -- asking ----------------------------------------------------------------------------

    async def submit(self, command: Command) -> Outcome:
        """Give a command; return when its commit is durable, or why it was refused.

        The seed of the command is set by the room. The waiter is woken before listeners run, so
        that an acknowledgement that it writes without awaiting precedes the broadcast. Cancelling
        the waiter does not take the command back.
        """
        id = commit_id(self.id, command.user, command.id)
        if len(id) > ID_CHARACTERS_MAX or not command.id.isprintable():
            return BAD_ID
        if (running := self._asks.get(id)) is not None:
            return await running.join(command.op)
        refusal = self._refusal()
        if refusal is None and command.user != SYSTEM and self._is_full():
            refusal = BUSY
        if refusal is not None:
            known = await self._first_answer(id, command.op)
            return refusal if known is None else known
        ask = Ask(command, id)
        future = ask.wait()
        self._post(ask)
        return await future

    def _is_full(self) -> bool:
        return len(self._mailbox) >= self._around.limits.mailbox or self._around.full()

    def _post(self, ask: Ask) -> None:
        self._asks[ask.commit_id] = ask
        self._mailbox.append(ask)
        self._wake.set()

    def _refusal(self) -> Rejected | None:
        if self.quarantined:
            return QUARANTINED
        if self.frozen:
            return DRAINING
        if self._around.writer.refusing:
            return STORE_DOWN
        return None

    async def _first_answer(self, id: str, op: str) -> Outcome | None:
        """Return the answer to a command that was committed before; None for a fresh one."""
        try:
            known = await self.line.find(id)
        except StoreDown:
            return STORE_DOWN
        return None if known is None else first_answer(known, op)

    # -- the host's own commands -----------------------------------------------------------

    def own_command(self, op: str) -> Command:
        """Return a command of the host with an id that no other of this room has or will have."""
        self._own_ids += 1
        return Command(f"{op}:{self.line.book_seq}.{self._own_ids}", SYSTEM, op, {})

    def pause(self, since_ms: int) -> None:
        """Note that the players' clocks stand still from a moment on, until `resume`."""
        if self._away_since is None:
            self._away_since = since_ms

    def unpause(self, shortest_ms: int) -> None:
        """End a pause: one that was shorter is forgotten, else the room is resumed."""
        if self._away_since is None:
            return
        if self._around.clock.now_ms() - self._away_since < shortest_ms:
            self._away_since = None
        else:
            self.resume()

    def resume(self, restarted: bool = False) -> asyncio.Future[Outcome]:
        """Give the time of the pause back before anything else is decided.

        restarted: this is a new process, so no socket of before is there any more.
        """
        if self._resume is None:
            own = self.own_command("resume")
            command = Command(own.id, own.user, own.op, {"restarted": restarted})
            self._resume = Ask(command, commit_id(self.id, SYSTEM, command.id))
            self._asks[self._resume.commit_id] = self._resume
        self._wake.set()
        return self._resume.join("resume")

    def rearm(self) -> None:
        """Ask the loop again for the next tick, after game time moved."""
        self._alarm.arm()

    def _ring(self) -> None:
        """Post a tick, unless one waits or the clocks stand still. The alarm rings again."""
        standing = self._away_since is not None or self._around.writer.troubled
        if standing or (self._tick is not None and not self._tick.done):
            return
        if self._refusal() is None:
            command = self.own_command("tick")
            self._tick = Ask(command, commit_id(self.id, SYSTEM, command.id))
            self._post(self._tick)

    def begin(self, config: Mapping[str, Json], now_ms: int) -> asyncio.Future[Outcome]:
        """Write the first commit of a new room; it is started when that is durable."""
        ask = Ask(Command(CREATE, SYSTEM, CREATE), commit_id(self.id, SYSTEM, CREATE))
        future = ask.wait()
        refused = self._refusal() or self.line.begin(ask, config, now_ms)
        if refused is not None:
            ask.answer(refused)
        return future

    def freeze(self) -> None:
        """Decide nothing any more; what is on its way is still written and answered."""
        self.frozen = True
        self._alarm.stop()
        self._wake.set()

    # -- the room's own task ---------------------------------------------------------------

    def start(self) -> None:
        """Begin to work on the mailbox."""
        assert self._task is None, "started twice"
        self._task = asyncio.create_task(self._run(), name=f"room {self.id}")
        self._alarm.set(self.line.wake_at)

    async def close(self) -> None:
        """Stop; whoever still waits gets `draining`."""
        self.freeze()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._refuse_all(DRAINING)
        self._publisher.flush()

    def _refuse_all(self, refusal: Rejected) -> None:
        """Answer all that wait; commits on their way are still applied when they are durable."""
        self._mailbox.clear()
        self._resume = None
        for ask in list(self._asks.values()):
            self._finish(ask, refusal)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._resume is not None or self._mailbox:
                if len(self.line.pending) >= self._around.limits.in_flight:
                    break
                try:
                    await self._next()
                except Exception:
                    self.quarantine("the room's own task")
                    self._refuse_all(QUARANTINED)

    async def _next(self) -> None:
        now_ms = self._around.clock.now_ms()
        self._around.watch.look(now_ms)
        if self._resume is not None:
            ask, self._resume = self._resume, None
            await self._decide(ask)
            return
        ask = self._mailbox.popleft()
        if ask is not self._tick:
            known = await self._first_answer(ask.commit_id, ask.command.op)
            if known is not None:
                self._finish(ask, known)
                return
        elif self._away_since is not None or self._around.writer.troubled:
            self._finish(ask, BUSY)
            return
        if self._resume is not None:
            self._mailbox.appendleft(ask)
            return
        await self._decide(ask)

    async def _decide(self, ask: Ask) -> None:
        if (refusal := self._refusal()) is not None:
            self._finish(ask, refusal)
            return
        tip = self.line.tip
        now_ms = self._around.clock.now_ms()
        command = self._seeded(ask.command, now_ms)
        try:
            decision = await self._decision(command, now_ms)
            if tip is not self.line.tip:
                self._finish(ask, STORE_DOWN)
            elif isinstance(decision, Rejected):
                self._finish(ask, decision)
            elif not decision.events:
                self._finish(ask, Accepted(None, repeated=False))
            elif (refused := self.line.extend(ask, decision, now_ms)) is not None:
                self._finish(ask, refused)
        except Exception:
            self.quarantine(f"{command.op} of {command.user}")
            self._finish(ask, QUARANTINED)

    def _seeded(self, given: Command, now_ms: int) -> Command:
        args = given.args
        if given.op == "resume" and given.user == SYSTEM:
            since_ms = now_ms if self._away_since is None else self._away_since
            args = {**args, "paused_ms": max(now_ms - since_ms, 0)}
        return Command(given.id, given.user, given.op, args, self._around.seeds.draw())

    async def _decision(self, command: Command, now_ms: int) -> Decision | Rejected:
        tip = self.line.tip
        if command.op not in self.mode.heavy:
            return self.mode.decide(tip, command, now_ms)
        return await asyncio.get_running_loop().run_in_executor(
            self._around.executor, self.mode.decide, tip, command, now_ms
        )

    def quarantine(self, why: str) -> None:
        """Stop the room after a fault of its mode; called while the exception is handled."""
        LOG.error("room quarantined", room=self.id, mode=self.mode.name, why=why, exc_info=True)
        self.quarantined = True
        self._alarm.stop()

    # -- what became of it -----------------------------------------------------------------

    def _finish(self, ask: Ask, outcome: Outcome) -> None:
        self._asks.pop(ask.commit_id, None)
        if ask.command.op == "resume" and ask.command.user == SYSTEM:
            passing = isinstance(outcome, Rejected) and outcome.code in PASSING
            if not passing:
                self._away_since = None
        ask.answer(outcome)

    def _written(self, entry: Decided, commit: Commit) -> None:
        self._finish(entry.ask, Accepted(commit, repeated=False))
        if entry.ask.command.op == CREATE and commit.events[0].name == CREATED:
            self._around.began(self)
        self._around.durable(commit)
        self._publisher.publish(commit)
        if not self.quarantined and not self.frozen:
            self._alarm.set(self.line.wake_at)
        self.since_snapshot += 1
        if self.since_snapshot >= self._around.limits.snapshot_every:
            self._around.wants_snapshot(self.id)
        if self._mailbox or self._resume is not None:
            self._wake.set()

    def _lost(self, entry: Decided, in_doubt: bool) -> None:
        self._finish(entry.ask, STORE_DOWN)
        if self._mailbox or self._resume is not None:
            self._wake.set()
