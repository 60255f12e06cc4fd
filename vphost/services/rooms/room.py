"""One live room: the unit of order.

Commands wait in a bounded mailbox. The room's own task decides them one by one on the newest
speculative state and hands the commits to the writer without waiting for the disk. What has become
durable is the room's state; it is answered, then published. A mode whose output cannot be committed
stops only its own room (`border.py`); when `decide` raises, only its command is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog

from vphost.rules.mode import CREATED, SYSTEM, Alarms, Command, Json, Labels, Mode, Rejected
from vphost.services.journal.commit_codec import ID_CHARACTERS_MAX, commit_id
from vphost.services.journal.commits import Accepted, Commit, Outcome
from vphost.services.ports import StoreDown
from vphost.services.rooms.mode_fault import ModeFault, innermost
from vphost.services.rooms.pauses import Pauses, own_ask
from vphost.services.rooms.pending_commit import PendingCommit, Prepared
from vphost.services.rooms.publishing import Listener, Publisher
from vphost.services.rooms.requests import Ask, first_answer, known_outcome
from vphost.services.rooms.room_context import (
    BAD_ID, BUSY, DRAINING, INTERNAL, QUARANTINED, RETIRED, STORE_DOWN, RoomContext,
)
from vphost.services.rooms.state_history import End, StateHistory

LOG = structlog.get_logger("vphost.rooms")
CREATE = "create"
"""The command id, and the operation, of a room's first commit."""
SLOW_S = 0.5
"""A mode that blocks the loop for longer is named in the log: all rooms have to wait for it."""


class Room:
    """One mailbox, one state, one seq."""

    def __init__(self, room_id: str, mode: Mode[Any], around: RoomContext) -> None:
        self.id = room_id
        self.mode = mode
        self.quarantined = False
        self.frozen = False
        self.retired = False
        self.line = StateHistory(room_id, mode, around, self._written, self._lost)
        self._around = around
        self._mailbox: deque[Ask] = deque()
        self._asks: dict[str, Ask] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._publisher = Publisher(around.committed)
        self._pauses = Pauses(
            around.clock, self._own_ask, self._post,
            lambda: around.writer.troubled or self._refusal() is not None,
        )
        self._own_ids = 0
        self._summary: tuple[Any, object | None] | None = None
        self._stopped_ms = 0
        self.since_snapshot = 0
        self.snapshot_due = around.limits.snapshot_every

    @property
    def mode_name(self) -> str:
        """The name of the room's mode."""
        return self.mode.name

    @property
    def state(self) -> Any:
        """The durable state."""
        return self.line.state

    @property
    def seq(self) -> int:
        """The number of the newest durable visible event."""
        return self.line.seq

    @property
    def labels(self) -> Labels:
        """The mode's labels of the durable state."""
        return self.line.labels

    @property
    def idle(self) -> bool:
        """Whether no command waits and no commit is being written."""
        return not self._asks and not self.line.pending

    @property
    def is_paused(self) -> bool:
        """Whether players will get time back that they do not durably have yet."""
        return self._pauses.is_giving_back and not self.frozen and not self.quarantined

    def view(self, player: int | None) -> Mapping[str, Json]:
        """Return all that a player id (None: no player) may see of the durable state.

        Raises: ModeFault, after which the room is quarantined.
        """
        try:
            began_s = time.monotonic()
            view = self.line.border.view(self.line.state, player, self.line.seq)
            self._warn_if_slow("view", began_s)
            return view
        except ModeFault as fault:
            self.quarantine("view", fault)
            raise

    def summary(self) -> object | None:
        """Return the mode's own summary of the durable state, made once per state.

        None: the mode makes none. Raises: ModeFault, as `view`.
        """
        state = self.line.state
        if self._summary is None or self._summary[0] is not state:
            try:
                self._summary = (state, self.line.border.summary(state))
            except ModeFault as fault:
                self.quarantine("summary", fault)
                raise
        return self._summary[1]

    def player_of(self, user: str) -> int | None:
        """Return the player id of a user in this room. Raises: ModeFault, as `view`."""
        try:
            return self.line.border.player_of(self.line.state, user)
        except ModeFault as fault:
            self.quarantine("player_of", fault)
            raise

    def at_boundary(self) -> bool:
        """Return whether nothing (no hand) is running that a stop would interrupt."""
        if self.quarantined:
            return True
        try:
            return self.line.border.dump(self.line.state) is not None
        except ModeFault as fault:
            self.quarantine("dump", fault)
            return True

    def add_listener(self, listener: Listener) -> None:
        """Call a function with each commit that becomes durable from now on, in order.

        It is not called with commits that the state (view, seq) already contains at this moment,
        even if they have yet to be published. It is dropped when it raises.
        """
        self._publisher.add(listener, self.line.book_seq)

    def remove_listener(self, listener: Listener) -> None:
        """Stop calling a function; unknown ones are ignored."""
        self._publisher.remove(listener)

    async def since(
        self, seq: int, limit: int, line: str | None = None
    ) -> list[Commit] | None:
        """Return the commits with visible events after an event number, oldest first.

        The first one may begin before the number, when it was seen only in part. line: the line of
        history (`lines.py`) on which the number was got, None when unknown.
        Returns: None when there are more than limit, when the number is ahead of the room or may
            belong to another line, or when the store does not answer. The caller then has to send
            the full state.
        """
        return await self.line.since(seq, limit, line)

    # -- asking ----------------------------------------------------------------------------

    async def submit(self, command: Command) -> Outcome:
        """Give a command; return its outcome when its commit is durable or it is refused."""
        return await self.give(command)

    def give(self, command: Command) -> asyncio.Future[Outcome]:
        """Give a command now; the future gets the outcome that `submit` returns.

        Commands are decided in the order in which they are given. The room sets the command's seed.
        The waiter is woken before listeners run, so that an acknowledgement that it writes without
        awaiting precedes the broadcast. Cancelling the future does not withdraw the command.
        """
        id = commit_id(self.id, command.user, command.id)
        if len(id) > ID_CHARACTERS_MAX or not command.id.isprintable():
            return known_outcome(BAD_ID)
        if (running := self._asks.get(id)) is not None:
            return running.join(command)
        refusal = self._refusal()
        if refusal is None and command.user != SYSTEM and self._is_full():
            refusal = BUSY
        if refusal is not None:
            return asyncio.ensure_future(self._answer_or_refuse(id, command, refusal))
        ask = Ask(command, id)
        future = ask.wait()
        self._post(ask)
        return future

    async def _answer_or_refuse(self, id: str, command: Command, refusal: Rejected) -> Outcome:
        """Return the first answer if the command was committed before, otherwise the refusal."""
        known = await self._first_answer(id, command)
        return refusal if known is None else known

    def _is_full(self) -> bool:
        return len(self._mailbox) >= self._around.limits.mailbox or self._around.full()

    def _post(self, ask: Ask) -> None:
        self._asks[ask.commit_id] = ask
        self._mailbox.append(ask)
        self._wake.set()

    def _refusal(self) -> Rejected | None:
        if self.quarantined:
            return QUARANTINED
        if self.retired:
            return RETIRED
        if self.frozen:
            return DRAINING
        if self._around.writer.refusing:
            return STORE_DOWN
        return None

    async def _first_answer(self, id: str, command: Command) -> Outcome | None:
        """Return the first answer if the command was committed before, None for a fresh one."""
        try:
            known = await self.line.find(id)
        except StoreDown:
            return STORE_DOWN
        return None if known is None else first_answer(known, command)

    # -- the host's own commands -----------------------------------------------------------

    def _own_ask(self, op: str) -> Ask:
        self._own_ids += 1
        ask = own_ask(self.id, self.line.book_seq, self._own_ids, op)
        self._asks[ask.commit_id] = ask
        return ask

    def drain(self) -> asyncio.Future[Outcome]:
        """Ask the mode to begin nothing new (no further hand)."""
        ask = self._own_ask("drain")
        self._post(ask)
        return ask.join(ask.command)

    def pause(self, since_ms: int) -> None:
        """Stop the players' clocks from a moment on, until `resume`."""
        self._pauses.pause(since_ms)

    def unpause(self, shortest_ms: int) -> None:
        """End a pause: one shorter than shortest_ms is forgotten, after any other resume."""
        self._pauses.unpause(shortest_ms)
        self._wake.set()

    def resume(self, restarted: bool = False) -> asyncio.Future[Outcome]:
        """Give the time of the pause back before anything else is decided.

        restarted: this is a new process, so the sockets of the previous one are gone.
        """
        self._wake.set()
        return self._pauses.resume(restarted)

    def clock_jumped(self) -> None:
        """Have deadlines shown again that clients were shown by a wall clock that has jumped."""
        if self._task is not None and not self.frozen and not self.quarantined:
            self._pauses.clock_jumped()
            self._wake.set()

    def begin(self, config: Mapping[str, Json], now_ms: int) -> asyncio.Future[Outcome]:
        """Write the first commit of a new room; the room starts when that is durable."""
        ask = Ask(Command(CREATE, SYSTEM, CREATE), commit_id(self.id, SYSTEM, CREATE))
        future = ask.wait()
        refused = self._refusal() or self.line.begin(ask, config, now_ms)
        if refused is not None:
            ask.answer(refused)
        return future

    def retire(self) -> None:
        """Close a room that is over; pending commands are answered `not_found`."""
        self.retired = True
        self.freeze()

    def freeze(self) -> None:
        """Stop deciding commands; commits under way are still written and answered."""
        self.frozen = True
        self._pauses.stop()
        self._wake.set()

    # -- the room's own task ---------------------------------------------------------------

    def start(self) -> None:
        """Begin to work on the mailbox."""
        assert self._task is None, "started twice"
        self._task = asyncio.create_task(self._run(), name=f"room {self.id}")
        self._pauses.wake_at(self.line.alarms)

    async def close(self) -> None:
        """Stop; pending commands are answered `draining`."""
        self.freeze()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.line.close()
        self._refuse_all(RETIRED if self.retired else DRAINING)
        self._publisher.flush()

    def _refuse_all(self, refusal: Rejected) -> None:
        """Refuse all pending commands; commits under way are still applied when durable."""
        self._mailbox.clear()
        self._pauses.drop_resume()
        for ask in list(self._asks.values()):
            self._finish(ask, refusal)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pauses.resume_waits or self._mailbox:
                if len(self.line.pending) >= self._around.limits.in_flight:
                    break
                try:
                    await self._next()
                except Exception as error:
                    self.quarantine("the room's own task", error)
                    self._refuse_all(QUARANTINED)

    async def _next(self) -> None:
        """Take the next command and decide it, unless it was committed before.

        Looking that up may await the store, and a resume may be posted meanwhile. Then the command
        goes back into the mailbox, since the resume has to be decided first.
        """
        now_ms = self._around.clock.now_ms()
        self._around.watch.look(now_ms)
        if self._pauses.resume_waits:
            await self._decide(self._pauses.take_resume(now_ms))
            return
        ask = self._mailbox.popleft()
        if self._pauses.is_tick(ask):
            if self._pauses.paused or self._around.writer.troubled:
                self._finish(ask, BUSY)
                return
        elif (known := await self._first_answer(ask.commit_id, ask.command)) is not None:
            self._finish(ask, known)
            return
        if self._pauses.resume_waits:
            self._mailbox.appendleft(ask)
            return
        await self._decide(ask)

    async def _decide(self, ask: Ask) -> None:
        if (refusal := self._refusal()) is not None:
            self._finish(ask, refusal)
            return
        given, end = ask.command, self.line.end
        now_ms = self._around.clock.now_ms()
        command = Command(
            given.id, given.user, given.op, given.args, self._around.seeds.draw(),
            self._around.clock.calendar_ms(), self._around.calendar.sure_ms(),
        )
        try:
            prepared = await self._prepare(end, ask, command, now_ms)
            # A heavy command is decided on a thread. If a commit before it was lost meanwhile, the
            # state that it was decided on no longer leads anywhere. (Nothing can have been added:
            # the room decides one command at a time.)
            if end.state is not self.line.tip:
                self._finish(ask, STORE_DOWN)
            elif isinstance(prepared, Rejected):
                self._finish(ask, prepared)
            elif prepared is None:
                self._finish(ask, Accepted(None, repeated=False))
            elif (refused := self.line.extend(ask, prepared)) is not None:
                self._finish(ask, refused)
        except ModeFault as fault:
            self._refuse_fault(ask, fault)
        except Exception as error:
            self.quarantine(given.op, error)
            self._finish(ask, QUARANTINED)

    def _refuse_fault(self, ask: Ask, fault: ModeFault) -> None:
        """Refuse a command that the mode failed to decide; quarantine the room if necessary."""
        op = ask.command.op
        if not fault.refuses_only:
            self.quarantine(op, fault)
            self._finish(ask, QUARANTINED)
            return
        LOG.error("a command failed in its mode", **self._culprit(op, fault), exc_info=fault)
        if self._pauses.is_tick(ask):
            # It would fail again and again. The next commit sets the alarm again.
            self._pauses.wake_at(Alarms())
        self._finish(ask, INTERNAL)

    async def _prepare(
        self, end: End, ask: Ask, command: Command, now_ms: int
    ) -> Prepared | Rejected | None:
        """Decide, fold and encode a command, a heavy one on a worker thread.

        Returns None when it has no events.
        """

        def work() -> Prepared | Rejected | None:
            decision = self.line.border.decide(end.state, command, now_ms)
            if isinstance(decision, Rejected):
                return decision
            return self.line.prepare(end, ask, decision, now_ms) if decision.events else None

        if command.op not in self.mode.heavy:
            began_s = time.monotonic()
            try:
                return work()
            finally:
                self._warn_if_slow(command.op, began_s)
        return await asyncio.get_running_loop().run_in_executor(self._around.executor, work)

    def _warn_if_slow(self, op: str, began_s: float) -> None:
        """Log it when the mode has blocked the event loop for long."""
        took_s = time.monotonic() - began_s
        if took_s >= SLOW_S:
            LOG.warning(
                "a mode held up the host", plugin=self._plugin, mode=self.mode.name,
                room=self.id, op=op, ms=round(1000 * took_s),
            )

    @property
    def _plugin(self) -> str:
        return self._around.plugins.get(self.mode.name, "")

    def _culprit(self, op: str, error: BaseException) -> dict[str, str]:
        """Return whose fault an error is, as fields for the log."""
        fault = error if isinstance(error, ModeFault) else ModeFault(repr(error), innermost(error))
        return {
            "plugin": fault.plugin or self._plugin, "mode": self.mode.name, "room": self.id,
            "op": op, "where": fault.where, "why": str(fault),
        }

    def report(self, op: str, fault: ModeFault) -> None:
        """Log a fault of the mode that does not stop the room."""
        LOG.error("a mode is wrong", **self._culprit(op, fault), exc_info=fault)

    def quarantine(self, op: str, error: BaseException) -> None:
        """Stop the room after a fault of its mode. op: the operation, or the method called."""
        if not self.quarantined:
            self._stopped_ms = self._around.clock.now_ms()
            LOG.error("room quarantined", **self._culprit(op, error), exc_info=error)
        self.quarantined = True
        self._pauses.stop()

    def revive(self, folded: StateHistory) -> None:
        """Go on after a fault with states that were folded again; give the time since back."""
        assert self.quarantined and not self.line.pending, "only a stopped room is revived"
        self.line.adopt(folded)
        self.quarantined = False
        LOG.warning("room revived", plugin=self._plugin, mode=self.mode.name, room=self.id)
        self.pause(self._stopped_ms)
        self.resume()
        self._pauses.wake_at(self.line.alarms)

    # -- outcomes --------------------------------------------------------------------------

    def _finish(self, ask: Ask, outcome: Outcome) -> None:
        self._asks.pop(ask.commit_id, None)
        self._pauses.finish(ask, outcome)
        ask.answer(outcome)

    def _written(self, entry: PendingCommit, commit: Commit) -> None:
        """Answer, publish and go on. Whatever fails here stops this room, never the writer."""
        try:
            self._go_on(entry, commit)
        except Exception as error:
            self.quarantine(entry.ask.command.op, error)

    def _go_on(self, entry: PendingCommit, commit: Commit) -> None:
        self._finish(entry.ask, Accepted(commit, repeated=False))
        if entry.ask.command.op == CREATE and commit.events[0].name == CREATED:
            self._around.began(self)
        self._around.durable(commit)
        self._publisher.publish(commit)
        if not self.quarantined and not self.frozen:
            self._pauses.wake_at(self.line.alarms)
        self.since_snapshot += 1
        if self.since_snapshot >= self.snapshot_due:
            self._around.wants_snapshot(self.id)
        self._wake.set()

    def _lost(self, entry: PendingCommit, in_doubt: bool) -> None:
        self._finish(entry.ask, STORE_DOWN)
        self._wake.set()
