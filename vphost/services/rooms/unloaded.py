"""A room that has been read from the store but not folded.

Reading all rooms of a book is quick, folding them is not. So a start reads them all, and each is
folded on first access, or when its turn comes in the background.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from vphost.rules.mode import Mode
from vphost.rules.mode_parts import LoadsVersions
from vphost.services.journal.commit_codec import Stored, chain_hash, decode, key_ids
from vphost.services.journal.sealing import CannotUnseal, Sealer
from vphost.services.ports import Journal, Record, Snapshot, StoreRefused
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.room import Room
from vphost.services.rooms.snapshots import (
    commits_until_next, snapshot_fields, snapshot_ids, snapshot_labels, snapshot_state,
    unseal_snapshot,
)

LOG = structlog.get_logger("vphost.recovery")
KEPT_BYTES = 128 * 1024
"""A room with more to fold is folded while the book is read: later it would block the event loop,
and until then its records would take up memory."""
PAGE = 500
"""Commits read at once when a room is folded from its first commit."""
_SEALED = re.compile(rb'"sealed":"([^".]*)\.')
"""The key id of a sealed part in the canonical JSON of a commit (no spaces, so no other spelling).

Looking at the bytes is much cheaper than decoding every commit at a start. A plugin's event may
contain the same text with something that is not a key; then the commit is decoded once to see which
keys it really needs (`_prove`), so the worst is some lost time. It never misses a key: inside texts
quotes are escaped, but a sealed part itself always has exactly this form.
"""


@dataclass(slots=True)
class Revival:
    """What the rooms of one start share. recent: how many of its newest commits a room remembers.
    """

    modes: Mapping[str, Mode[Any]]
    sealer: Sealer
    make_room: Callable[[str, Mode[Any]], Room]
    recent: int
    proved: set[str] = field(default_factory=set)
    """Ids of keys that have unsealed something, and so are the right ones."""


class UnloadedRoom:
    """One room that is being read: its snapshot and the commits after it, oldest first."""

    def __init__(self, room_id: str, revival: Revival) -> None:
        self.room_id = room_id
        self.after_seq = 0
        """Seq of the newest commit that was taken, or that the snapshot contains."""
        self.at_ms = 0
        """When that commit was decided, in game time; 0 when only a snapshot contains it."""
        self._revival = revival
        self._snapshot: Snapshot | None = None
        self._records: list[Record] = []
        self._bytes = 0
        self._newest: deque[Stored] = deque(maxlen=revival.recent)
        self._room: Room | None = None
        self._failed = False
        self.wants_all = False
        """Its snapshot cannot be used after all, so it has to be folded from its first commit."""

    @property
    def is_empty(self) -> bool:
        """Whether the store has nothing of the room."""
        return self.after_seq == 0

    @property
    def is_folding(self) -> bool:
        """Whether it was too large to be left for later, or has failed already."""
        return self._room is not None or self._failed

    def load(self, snapshot: Snapshot) -> None:
        """Take a snapshot, unless its version is one that the mode no longer loads.

        Raises: StoreRefused when its key is missing or wrong.
        """
        if is_outdated(snapshot, self._revival.modes.get(snapshot.mode)):
            LOG.info("a room is folded from its first commit", room=self.room_id,
                     mode=snapshot.mode, version=snapshot.mode_version)
            return
        try:
            fields = snapshot_fields(snapshot)
            key_id = fields["sealed"].partition(".")[0]
            if key_id not in self._revival.proved:
                unseal_snapshot(snapshot, fields["sealed"], self._revival.sealer)
                self._revival.proved.add(key_id)
        except CannotUnseal as error:
            raise StoreRefused(f"room {self.room_id}: {error}") from error
        except Exception as error:
            self._fail(error)
        self._snapshot = snapshot
        self.after_seq = snapshot.seq
        self._count(len(snapshot.body))

    def take(self, record: Record) -> None:
        """Take the next commit. Raises: StoreRefused when its key is missing or wrong."""
        if {key.decode() for key in _SEALED.findall(record.body)} - self._revival.proved:
            self._prove(record)
        self.after_seq, self.at_ms = record.seq, record.at_ms
        if not self._failed:
            self._records.append(record)
            self._count(len(record.body))

    def _prove(self, record: Record) -> None:
        """Unseal a commit that seems to need a key that has not been used yet."""
        try:
            decode(record, self._revival.sealer)
            self._revival.proved |= key_ids(record.body)
        except CannotUnseal as error:
            raise StoreRefused(f"commit {record.seq}: {error}") from error

    def wake(self) -> Room | None:
        """Fold the rest and return the room, perhaps quarantined; None when that is impossible.

        Call it once, after everything has been taken.
        """
        self._fold()
        room = self._room
        if room is None or room.line.state is None:
            return None
        room.line.at_ms = self.at_ms
        try:
            room.line.remember(self._newest)
        except Exception as error:
            self._fail(error)
        return room

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > KEPT_BYTES:
            self._fold()

    def _fold(self) -> None:
        """Fold what has been taken so far."""
        if self._snapshot is not None and not self._failed:
            try:
                self._load_state(self._snapshot)
            except ModeFault as fault:
                LOG.warning(
                    "a snapshot cannot be loaded, the room is folded from its first commit",
                    room=self.room_id, mode=self._snapshot.mode, why=str(fault), where=fault.where,
                )
                self._room, self._failed, self.wants_all = None, True, True
            except Exception as error:
                self._fail(error)
        self._snapshot = None
        for record in self._records:
            if self._failed:
                break
            try:
                self._replay(record)
            except Exception as error:
                self._fail(error)
        self._records.clear()

    def _load_state(self, snapshot: Snapshot) -> None:
        room = self._room_of(snapshot.mode)
        if room is not None:
            state = snapshot_state(snapshot, room.mode, self._revival.sealer)
            ids = snapshot_ids(snapshot, self._revival.sealer)
            labels = snapshot_labels(snapshot, self._revival.sealer)
            room.line.load(state, snapshot.room_seq, snapshot.seq, ids, labels)
            room.snapshot_due = commits_until_next(snapshot, room.snapshot_due)

    def _replay(self, record: Record) -> None:
        stored = decode(record, self._revival.sealer)
        room = self._room_of(stored.mode)
        if room is not None:
            room.line.replay(stored)
            self._newest.append(stored)

    def _room_of(self, mode_name: str) -> Room | None:
        if self._room is None:
            mode = self._revival.modes.get(mode_name)
            if mode is None:
                LOG.error("no such mode, room left out", room=self.room_id, mode=mode_name)
                self._failed = True
                return None
            self._room = self._revival.make_room(self.room_id, mode)
        return self._room

    def _fail(self, error: Exception) -> None:
        """Quarantine a room that cannot be folded, or leave it out if there is none yet."""
        if self._room is None:
            LOG.error("room left out", room=self.room_id, exc_info=error)
        else:
            self._room.quarantine("replay", error)
        self._failed = True


def is_outdated(snapshot: Snapshot, mode: Mode[Any] | None) -> bool:
    """Return whether a snapshot is of an older version that the mode no longer loads."""
    return (
        mode is not None and snapshot.mode_version < mode.version
        and not (isinstance(mode, LoadsVersions) and snapshot.mode_version in mode.loads_versions)
    )


async def fold_whole(room_id: str, journal: Journal, revival: Revival) -> Room | None:
    """Fold a room from its first commit; it may be quarantined. None when that is impossible.

    Raises: StoreDown; StoreRefused when the journal is damaged or a key is missing.
    """
    unloaded = UnloadedRoom(room_id, revival)
    while True:
        page = await journal.read_room(room_id, unloaded.after_seq, PAGE)
        for record in page:
            if chain_hash(record.prev_hash, record.body) != record.hash:
                raise StoreRefused(f"the journal is damaged: commit {record.seq}")
            unloaded.take(record)
        if len(page) < PAGE:
            return unloaded.wake()
        await asyncio.sleep(0)
