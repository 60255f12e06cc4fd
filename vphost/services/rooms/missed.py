"""Commits read back from the journal for observers that are too slow for memory."""

from __future__ import annotations

from collections.abc import Callable, Set

import structlog

from vphost.rules.mode import NO_LABELS
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.commits import Commit
from vphost.services.journal.sealing import CannotUnseal, Sealer
from vphost.services.ports import Journal
from vphost.services.rooms.room import Room
from vphost.services.rooms.state_history import commit_of

LOG = structlog.get_logger("vphost.rooms")


class Missed:
    """Reads commits of some modes as they were published."""

    def __init__(
        self, journal: Journal, book: str, sealer: Sealer, find_room: Callable[[str], Room | None]
    ) -> None:
        self._journal = journal
        self._book = book
        self._sealer = sealer
        self._find_room = find_room

    async def read(
        self, modes: Set[str] | None, after: int, limit: int
    ) -> tuple[list[Commit], int]:
        """Return commits of these modes (None: of all) among the next `limit` ones of the book, and
        the seq of the last that was looked at, `after` when there are none. Raises: StoreDown."""
        records = await self._journal.read(self._book, after, limit)
        # Most commits of other modes are told by their bytes, which is cheaper than decoding them.
        # The text may stand elsewhere in a commit too, so the decoded mode is compared afterwards.
        marks = () if modes is None else tuple(b'"mode":"%b"' % one.encode() for one in modes)
        found = []
        for record in records:
            if not record.room or marks and not any(mark in record.body for mark in marks):
                continue
            try:
                stored = decode(record, self._sealer)
            except (CannotUnseal, ValueError, KeyError) as error:
                LOG.error("commit_not_told", room=record.room, seq=record.seq, error=repr(error))
                continue
            if modes is None or stored.mode in modes:
                room = self._find_room(record.room)
                found.append(
                    commit_of(stored, NO_LABELS) if room is None else room.line.decoded(stored)
                )
        return found, records[-1].seq if records else after
