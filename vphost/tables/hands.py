"""Finished hands of tables, read from the journal for operators.

Commits are decoded without a key, so that nothing sealed can get out this way. Reading the journal
yields to the event loop every few commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from vphost.rules.mode import Event, Rejected
from vphost.rules.poker.history.export import RecordedHand as Hand, Recorder
from vphost.services.journal.commit_codec import Stored, decode
from vphost.services.ports import Journal

PAGE = 200
BREATHER = 16
"""After how many commits the event loop gets a turn."""
EVENTS_MAX = 2_000
"""Most events of one hand that are returned."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event of a hand as viewers got it.

    seq: its number at the table. place: among the visible events of its commit, from 0. at_ms: by
    the wall clock. shift_ms: as in `Commit`.
    """

    event: Event
    seq: int
    place: int
    at_ms: int
    shift_ms: int = 0


class Hands:
    """The hands of the journal. modes: those whose rooms play hands of poker."""

    def __init__(self, journal: Journal, modes: Collection[str]) -> None:
        self._journal = journal
        self._hand_modes = frozenset(modes)

    async def finished(self, room: str, mode: str, after: int, limit: int) -> list[Hand]:
        """Return up to limit finished hands of a room after a hand's number, oldest first."""
        found: list[Hand] = []
        recorder = Recorder()
        async for stored, event, _ in self._events(room, mode):
            hand = recorder.read(event, stored.wall_ms)
            if hand is not None and hand.number > after:
                found.append(hand)
                if len(found) >= limit:
                    break
        return found

    async def one(
        self, room: str, mode: str, number: int
    ) -> tuple[Hand, Sequence[SentEvent]] | Rejected:
        """Return a finished hand with the events that every viewer got.

        Refusals: not_found; hand_unfinished for the running hand.
        """
        recorder, sent = Recorder(), list[SentEvent]()
        async for stored, event, place in self._events(room, mode):
            hand = recorder.read(event, stored.wall_ms)
            if recorder.hands == number and not event.name.startswith("_"):
                seq = stored.record.room_seq_first + place
                if len(sent) < EVENTS_MAX:
                    sent.append(SentEvent(event, seq, place, stored.wall_ms, stored.shift_ms))
            if hand is not None and hand.number == number:
                return hand, sent
        is_running = recorder.running is not None and recorder.running.number == number
        return Rejected("hand_unfinished" if is_running else "not_found")

    async def _events(
        self, room: str, mode: str
    ) -> AsyncIterator[tuple[Stored, Event, int]]:
        """Yield a room's events with their commit and place among its visible events."""
        after, read = 0, 0
        while mode in self._hand_modes and (
            records := await self._journal.read_room(room, after, PAGE)
        ):
            for record in records:
                after, read = record.seq, read + 1
                stored, place = decode(record, None), 0
                for event in stored.events:
                    yield stored, event, place
                    place += not event.name.startswith("_")
                if read % BREATHER == 0:
                    await asyncio.sleep(0)
