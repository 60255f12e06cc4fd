"""A room's states: the durable one, and the speculative ones that follow from it.

States are immutable, so a commit that was not written is undone by forgetting its state.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vphost.rules.mode import (
    CREATED, NO_LABELS, Alarms, Decision, Event, Json, Labels, Mode, Rejected,
)
from vphost.rules.mode_parts import FoldsStored
from vphost.services.journal.commit_codec import Stored, TooLarge, as_stored, decode, draft, visible
from vphost.services.journal.commits import Commit
from vphost.services.ledger.balances import Unbalanced, movement_of
from vphost.services.ports import Record, StoreDown
from vphost.services.rooms.border import Border
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.id_filter import IdFilter
from vphost.services.rooms.label_history import LabelHistory
from vphost.services.rooms.pending_commit import PendingCommit, Prepared
from vphost.services.rooms.recent import RecentCommits
from vphost.services.rooms.requests import Ask
from vphost.services.rooms.room_context import TOO_LARGE, RoomContext


@dataclass(frozen=True, slots=True)
class End:
    """The newest speculative state of a room, and the number of its newest visible event."""

    state: Any
    seq: int


class Damaged(Exception):
    """A room's commits do not follow one another."""


IDS_PAGE = 200
"""Commits read at once for their ids."""


class StateHistory:
    """The states of one room, from the durable one to the newest speculative one."""

    def __init__(
        self, room_id: str, mode: Mode[Any], around: RoomContext,
        on_written: Callable[[PendingCommit, Commit], None],
        on_lost: Callable[[PendingCommit, bool], None],
    ) -> None:
        """on_written: called when a commit is durable and part of the state.

        on_lost: called with True when the outcome of a commit is in doubt, False when it is lost.
        """
        self.room_id = room_id
        self.mode = mode
        self.border = Border(room_id, mode, lambda: around.wire)
        self.state: Any = None
        self.seq = 0
        self.book_seq = 0
        self.at_ms = 0
        self.labels = NO_LABELS
        self.label_history = LabelHistory()
        self.alarms = Alarms()
        self.pending: deque[PendingCommit] = deque()
        self.recent = RecentCommits(around.limits.recent_commits, around.limits.recent_ids)
        self._learning: asyncio.Task[None] | None = None
        self._ids_end = 0
        self._around = around
        self._folds_stored = isinstance(mode, FoldsStored) and mode.folds_stored is True
        self._on_written = on_written
        self._on_lost = on_lost

    @property
    def wake_at(self) -> int | None:
        """The next deadline of the room's games, in game time."""
        return self.alarms.game_ms

    @property
    def tip(self) -> Any:
        """The newest speculative state, on which the next command is decided."""
        return self.pending[-1].state if self.pending else self.state

    @property
    def _tip_seq(self) -> int:
        return self.pending[-1].draft.room_seq_last if self.pending else self.seq

    @property
    def end(self) -> End:
        """The state and event number that the next commit follows."""
        return End(self.tip, self._tip_seq)

    def prepare(self, end: End, ask: Ask, decision: Decision, now_ms: int) -> Prepared | Rejected:
        """Fold, encode and add up a decision, or refuse it when it is too large.

        It changes nothing, as it runs on a worker thread for heavy commands. What is folded is the
        decision as it will be stored, so that a restart leads to the same state.
        Raises: ModeFault.
        """
        state = decision.state
        if state is None or not self._folds_stored:
            state = end.state
            decision = self._as_stored(decision)
            for event in decision.events:
                state = self.border.evolve(state, event)
        return self._prepared(end, ask, decision, state, now_ms)

    def _as_stored(self, decision: Decision) -> Decision:
        try:
            return as_stored(decision)
        except (TypeError, ValueError) as error:
            raise self.border.wrong("decide", f"made what JSON cannot hold: {error}") from error

    def extend(self, ask: Ask, prepared: Prepared) -> Rejected | None:
        """Hand a prepared decision to the writer, or refuse it when funds are insufficient.

        The end for which it was prepared still has to be the end.
        """
        if (refused := self._around.ledger.balances.take(prepared.movement)) is not None:
            return refused
        entry = PendingCommit(self, ask, prepared)
        self.pending.append(entry)
        self._around.writer.submit(entry)
        return None

    def try_out(self, config: Mapping[str, Json], now_ms: int) -> None:
        """Check that the mode can make a room of a configuration. Raises: ModeFault."""
        border = self.border
        state = border.create(config, now_ms)
        border.labels(state)
        border.alarms(state)
        border.view(state, None)
        border.player_of(state, "")

    def begin(self, ask: Ask, config: Mapping[str, Json], now_ms: int) -> Rejected | None:
        """Hand the first commit of a new room to the writer.

        config: passed through `json_of`, so that a restart gives the same to `create`.
        Raises: ModeFault.
        """
        assert self.tip is None, "a room begins once"
        state = self.border.create(config, now_ms)
        created = Event(CREATED, {
            "mode": self.mode.name, "config": dict(config), "now_ms": now_ms,
        })
        prepared = self._prepared(self.end, ask, Decision((created,)), state, now_ms)
        return prepared if isinstance(prepared, Rejected) else self.extend(ask, prepared)

    def _prepared(
        self, end: End, ask: Ask, decision: Decision, state: Any, now_ms: int
    ) -> Prepared | Rejected:
        events, first, border = decision.events, end.seq + 1, self.border
        labels, alarms = border.labels(state), border.alarms(state)
        border.check_events(first, now_ms, events, labels)
        border.check_money(end.state, state, ask.command.user, events)
        shift_ms = self._around.calendar.shift_ms()
        try:
            drafted = draft(
                id=ask.commit_id, book=self._around.writer.book, room=self.room_id,
                room_seq_first=first, room_seq_last=first + visible(events) - 1,
                mode=self.mode.name, mode_version=self.mode.version, user=ask.command.user,
                op=ask.command.op, at_ms=now_ms, events=events, sends=decision.sends,
                answer=decision.answer, resolves=None, sealer=self._around.sealer,
                asked=ask.asked, shift_ms=shift_ms,
            )
            movement = movement_of(drafted.postings, self.room_id)
        except TooLarge:
            return TOO_LARGE
        except (TypeError, Unbalanced) as error:
            raise border.wrong("decide", f"made what cannot be committed: {error}") from error
        return Prepared(drafted, movement, decision, state, labels, alarms, shift_ms)

    def entry_written(self, entry: PendingCommit, record: Record) -> None:
        """Make the state of the oldest pending commit the durable one."""
        oldest = self.pending.popleft()
        assert oldest is entry, "entries are written in order"
        self._around.ledger.balances.commit(entry.movement)
        self.state = entry.state
        self.seq = record.room_seq_last
        self.book_seq = record.seq
        self.at_ms = record.at_ms
        self.labels = entry.labels
        self.label_history.note(record.seq, entry.labels)
        self.alarms = entry.alarms
        commit = self._commit(entry, record)
        self.recent.add(commit)
        self._on_written(entry, commit)

    def _commit(self, entry: PendingCommit, record: Record) -> Commit:
        return Commit(
            id=record.id, user=entry.ask.command.user, op=entry.ask.command.op,
            room=self.room_id, seq=record.seq, room_seq_first=record.room_seq_first,
            at_ms=record.at_ms + entry.shift_ms, events=entry.decision.events,
            sends=entry.decision.sends, answer=entry.decision.answer, labels=self.labels,
            asked=entry.ask.asked, shift_ms=entry.shift_ms, mode=self.mode.name,
        )

    def entry_doubted(self, entry: PendingCommit) -> None:
        """Keep the commit until the journal has been read; meanwhile nothing else is written."""
        self._on_lost(entry, True)

    def entry_lost(self, entry: PendingCommit) -> None:
        """Forget a commit; the writer also reports all later ones as lost."""
        self.pending.remove(entry)
        self._around.ledger.balances.rollback(entry.movement)
        self._on_lost(entry, False)

    # -- from the store --------------------------------------------------------------------

    def load(
        self, state: Any, seq: int, book_seq: int, ids: bytes | None = None,
        labels: Sequence[Json] = (),
    ) -> None:
        """Take the state of a snapshot.

        ids, labels: filter of all commits up to it, and its history of labels, if it has them.
        Raises: ValueError when they are invalid; ModeFault.
        """
        self.state = state
        self.seq = seq
        self.book_seq = book_seq
        self._ids_end = book_seq
        known = None if ids is None else IdFilter.load(ids, self._around.limits.recent_ids)
        self.recent.forget_past(seq + 1, known)
        self.label_history.load(labels)
        self.label_history.note(book_seq, self.border.labels(state))

    def replay(self, stored: Stored) -> None:
        """Fold a commit that is in the journal. Raises: Damaged, ModeFault."""
        record = stored.record
        if record.room_seq_first != self.seq + 1 or record.seq <= self.book_seq:
            raise Damaged(f"{record.id}: event {record.room_seq_first} follows {self.seq}")
        if stored.mode_version > self.mode.version:
            raise ModeFault(
                f"commit {record.seq} was written by version {stored.mode_version} of the mode, "
                f"this is version {self.mode.version}"
            )
        state = self.state
        for event in stored.events:
            if event.name == CREATED:
                state = self.border.create(event.data["config"], event.data["now_ms"])
            else:
                event = self.border.upcast(event, stored.mode_version)
                state = self.border.evolve(state, event)
        self.state = state
        self.seq = record.room_seq_last
        self.book_seq = record.seq
        self.at_ms = record.at_ms
        self.label_history.note(record.seq, self.border.labels(state))
        self.recent.note(record.id)

    def adopt(self, other: StateHistory) -> None:
        """Take the durable state of another history of the same room."""
        assert not self.pending, "commits are on their way"
        self.state, self.seq, self.book_seq = other.state, other.seq, other.book_seq
        self.at_ms, self.labels, self.alarms = other.at_ms, other.labels, other.alarms
        self.label_history, self.recent = other.label_history, other.recent
        self._ids_end = other._ids_end
        if self._learning is not None:
            self._learning.cancel()
            self._learning = None

    def remember(self, newest: Sequence[Stored]) -> None:
        """Remember the newest replayed commits, without gaps, for repeats and `since`."""
        self.labels = self.border.labels(self.state)
        self.alarms = self.border.alarms(self.state)
        if newest:
            self.recent.begin_at(newest[0].record.room_seq_first)
        for stored in newest:
            self.recent.add(self.decoded(stored))

    def decoded(self, stored: Stored) -> Commit:
        """Return a stored commit as it was published; a very old one gets the current units."""
        units = self.label_history.at(stored.record.seq)
        return commit_of(stored, replace(self.labels, **units) if units else self.labels)

    async def find(self, id: str) -> Commit | None:
        """Return the commit of an id, from memory or from the journal. Raises: StoreDown."""
        if (known := self.recent.get(id)) is not None:
            return known
        if self.recent.is_fresh(id):
            return None
        if not self.recent.knows_ids and self._learning is None:
            self._learning = asyncio.create_task(self._learn_ids(), name=f"ids {self.room_id}")
        record = await self._around.journal.find(id)
        return None if record is None else self._read(record)

    async def _learn_ids(self) -> None:
        """Read the ids of all commits up to a snapshot of an older version, which has none."""
        recent, after = self.recent, 0
        try:
            while page := await self._around.journal.read_room(self.room_id, after, IDS_PAGE):
                for record in page:
                    recent.note(record.id)
                after = page[-1].seq
                if after >= self._ids_end or len(page) < IDS_PAGE:
                    recent.know_ids()
                    return
                await asyncio.sleep(0)
        except StoreDown:
            self._learning = None  # The next lookup tries again.

    async def close(self) -> None:
        """Stop the background task."""
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def since(
        self, seq: int, limit: int, line: str | None = None
    ) -> list[Commit] | None:
        """Return commits with visible events after a number; see `Room.since`."""
        if seq > self.seq or seq < 0:
            return None
        try:
            if not await self._is_on_line(seq, line):
                return None
            found = self.recent.since(seq)
            if found is None:
                found = await self._read_since(seq, limit)
                if found and self.label_history.at(found[0].seq) is None:
                    return None  # Nobody knows any more in which units its amounts are.
        except StoreDown:
            return None
        return found if len(found) <= limit else None

    async def _is_on_line(self, seq: int, line: str | None) -> bool:
        """Return whether an event number surely means the event that the client has seen."""
        bound = self._around.lines.bound(line)
        if bound is None or seq == 0:
            return True
        known = self.recent.place_of(seq)
        if known is None:
            page = await self._around.journal.read_room(
                self.room_id, 0, 1, after_room_seq=seq - 1
            )
            known = page[0].seq if page else None
        return known is not None and known <= bound

    async def _read_since(self, seq: int, limit: int) -> list[Commit]:
        """Return commits from the journal; more than limit when there are more than limit."""
        upto, after = self.book_seq, 0
        found: list[Commit] = []
        while after < upto and len(found) <= limit:
            page = await self._around.journal.read_room(
                self.room_id, after, limit + 1, after_room_seq=seq
            )
            if not page:
                break
            found += [
                self._read(record) for record in page
                if record.seq <= upto and record.room_seq_last >= record.room_seq_first
            ]
            after = page[-1].seq
        return found

    def _read(self, record: Record) -> Commit:
        return self.decoded(decode(record, self._around.sealer))


def commit_of(stored: Stored, labels: Labels) -> Commit:
    """Return a stored commit as it was published. labels: those of its room right after it."""
    record = stored.record
    return Commit(
        id=record.id, user=stored.user, op=stored.op, room=record.room, seq=record.seq,
        room_seq_first=record.room_seq_first, at_ms=stored.wall_ms, events=stored.events,
        sends=stored.sends, answer=stored.answer, labels=labels, asked=stored.asked,
        shift_ms=stored.shift_ms, mode=stored.mode,
    )
