"""Snapshots of rooms, ledger and sends, so that a start need not read everything.

They are made in the background, on a thread, and only of durable states; losing one costs nothing
but time at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
import structlog

from vphost.rules.mode import Json, Mode
from vphost.services.journal.commit_codec import FORMAT
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import BadRecord, Journal, Snapshot, StoreDown, StoreRefused
from vphost.services.rooms.border import Border
from vphost.services.rooms.mode_fault import CannotLoad, ModeFault
from vphost.services.rooms.outbox import Outbox
from vphost.services.rooms.room import Room

LOG = structlog.get_logger("vphost.snapshots")
BYTES_PER_COMMIT = 1_024
"""The next snapshot of a large room comes after one commit per so many bytes: snapshots should not
cost more than the commits themselves."""
ASK_AGAIN_COMMITS = 10
"""After how many commits a large room is tried again that was in the middle of something."""


class Snapshots:
    """Writes snapshots in the background, one after the other."""

    def __init__(
        self, journal: Journal, sealer: Sealer, ledger: Ledger, outbox: Outbox,
        room_of: Callable[[str], Room | None], *, book_every: int, room_every: int,
    ) -> None:
        """book_every, room_every: commits of the book, of a room, between two snapshots."""
        self._journal = journal
        self._sealer = sealer
        self._ledger = ledger
        self._outbox = outbox
        self._room_of = room_of
        self._book_every = book_every
        self._room_every = room_every
        self._rooms: dict[str, Callable[[], Snapshot] | None] = {}
        self._book: list[Callable[[], Snapshot]] = []
        self._book_seq = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, book_seq: int) -> None:
        """Begin. book_seq: place of the ledger's last snapshot."""
        self._book_seq = book_seq
        self._task = asyncio.create_task(self._run(), name="snapshots")

    def want(self, room_id: str) -> None:
        """Snapshot a room soon; a small one in its present state, if it is between two hands.

        A table may be between two hands for an instant only, so a later look might never succeed.
        Trying costs nothing while a hand is running, and the dump of a small room is cheap.
        """
        room = self._room_of(room_id)
        make = None
        if room is not None and room.snapshot_due <= self._room_every:
            try:
                make = self._dumped(room)
            except Exception as error:
                room.quarantine("dump", error)
                return
            if make is None:
                return
        self._rooms[room_id] = make
        self._wake.set()

    def _dumped(self, room: Room) -> Callable[[], Snapshot] | None:
        """Return a function that makes the snapshot of a room's present state.

        Returns None while the room is in the middle of something (a hand).
        """
        line = room.line
        dumped = line.border.dump(line.state)
        if dumped is None:
            return None
        room.since_snapshot = 0
        return partial(
            room_snapshot, line.border, line.state, dumped, line.seq, line.book_seq, self._sealer,
            line.recent.dump_ids(), line.label_history.dump(),
        )

    def note_written(self, seq: int) -> None:
        """Note that everything up to a place of the book is durable and applied."""
        if seq - self._book_seq >= self._book_every:
            self.want_book(seq)

    def want_book(self, seq: int) -> None:
        """Snapshot ledger and sends in their present state, right after a place of the book."""
        self._book_seq = seq
        checkpoint = self._outbox.checkpoint(seq)
        durable = self._ledger.balances.durable()
        self._book = [partial(self._ledger.snapshot, seq, durable), lambda: checkpoint]
        self._wake.set()

    async def close(self) -> None:
        """Stop, even in the middle of a snapshot."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def flush(self) -> None:
        """Write all wanted snapshots now."""
        while self._rooms or self._book:
            if self._rooms:
                room_id = next(iter(self._rooms))
                make = self._rooms.pop(room_id)
                if (room := self._room_of(room_id)) is not None and not room.quarantined:
                    await self._save_room(room, make)
            elif self._book:
                await self._save(self._book.pop(0))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def _save_room(self, room: Room, made: Callable[[], Snapshot] | None) -> None:
        """Write a room's snapshot: the one that was prepared, or one of its present state."""
        if made is None:
            room.since_snapshot = 0
        line, border = room.line, room.line.border
        state, seq, book_seq = line.state, line.seq, line.book_seq
        ids, labels = line.recent.dump_ids(), line.label_history.dump()

        def make() -> Snapshot | None:
            dumped = border.dump(state)
            if dumped is None:
                return None
            return room_snapshot(
                border, state, dumped, seq, book_seq, self._sealer, ids, labels
            )

        try:
            snapshot = await asyncio.to_thread(made or make)
        except CannotLoad as fault:
            # The room itself is fine, and a start can fold it from its first commit.
            room.report("dump", fault)
            room.snapshot_due *= 2
            return
        except Exception as error:
            room.quarantine("dump", error)
            return
        if snapshot is None:
            room.since_snapshot = max(room.snapshot_due - ASK_AGAIN_COMMITS, 0)
            return
        room.snapshot_due = commits_until_next(snapshot, self._room_every)
        await self._write(snapshot)

    async def _save(self, make: Callable[[], Snapshot]) -> None:
        await self._write(await asyncio.to_thread(make))

    async def _write(self, snapshot: Snapshot) -> None:
        try:
            await self._journal.save_snapshot(snapshot)
        except (StoreDown, BadRecord) as error:
            LOG.warning("a snapshot was not written", why=str(error))


def commits_until_next(snapshot: Snapshot, room_every: int) -> int:
    """Return after how many commits a room's next snapshot is due."""
    return max(room_every, len(snapshot.body) // BYTES_PER_COMMIT)


def room_snapshot(
    border: Border, state: Any, dumped: Json, room_seq: int, seq: int, sealer: Sealer,
    ids: bytes | None, labels: Sequence[Json],
) -> Snapshot:
    """Return the snapshot of a room; the state is sealed as a whole, as it may hold secrets.

    ids: filter of the ids of all its commits, as bytes; None when not all are known. labels: the
        dumped history of the room's labels.
    Raises: ModeFault; CannotLoad when the mode's `load` does not restore the state, so that no
        start may use the snapshot.
    """
    mode, room_id = border.mode, border.room
    try:
        body = orjson.dumps(dumped)
    except TypeError as error:
        raise ModeFault(f"dump returned what JSON cannot hold: {error}") from error
    border.check_loaded(state, orjson.loads(body))
    fields = {"format": FORMAT, "sealed": sealer.seal(body, f"{room_id}@{seq}")}
    if ids is not None:
        fields["ids"] = sealer.seal(ids, f"{room_id}@{seq}/ids")
    fields["labels"] = sealer.seal(orjson.dumps(labels), f"{room_id}@{seq}/labels")
    return Snapshot(
        kind="room", key=room_id, seq=seq, room_seq=room_seq, mode=mode.name,
        mode_version=mode.version, body=orjson.dumps(fields),
    )


def snapshot_fields(snapshot: Snapshot) -> Mapping[str, Any]:
    """Return a room snapshot's `format`, `sealed` and, in newer ones, `ids`.

    Raises: StoreRefused, ValueError.
    """
    fields: Mapping[str, Any] = orjson.loads(snapshot.body)
    if fields["format"] > FORMAT:
        raise StoreRefused(f"the snapshot of room {snapshot.key} was written by a newer version")
    return fields


def unseal_snapshot(snapshot: Snapshot, sealed: str, sealer: Sealer) -> bytes:
    """Return the dumped state as JSON. Raises: CannotUnseal."""
    return sealer.unseal(sealed, f"{snapshot.key}@{snapshot.seq}")


def snapshot_ids(snapshot: Snapshot, sealer: Sealer) -> bytes | None:
    """Return the filter of ids in a room's snapshot, None if it has none. Raises: CannotUnseal."""
    sealed = snapshot_fields(snapshot).get("ids")
    return None if sealed is None else sealer.unseal(
        sealed, f"{snapshot.key}@{snapshot.seq}/ids"
    )


def snapshot_labels(snapshot: Snapshot, sealer: Sealer) -> Sequence[Json]:
    """Return the history of labels in a room's snapshot, () without one. Raises: CannotUnseal."""
    sealed = snapshot_fields(snapshot).get("labels")
    if sealed is None:
        return ()
    labels: Sequence[Json] = orjson.loads(
        sealer.unseal(sealed, f"{snapshot.key}@{snapshot.seq}/labels")
    )
    return labels


def snapshot_state(snapshot: Snapshot, mode: Mode[Any], sealer: Sealer) -> Any:
    """Return the state of a room's snapshot. Raises: StoreRefused, ModeFault."""
    fields = snapshot_fields(snapshot)
    if snapshot.mode_version > mode.version:
        raise StoreRefused(f"the snapshot of room {snapshot.key} was written by a newer mode")
    dumped = unseal_snapshot(snapshot, fields["sealed"], sealer)
    return Border(snapshot.key, mode, lambda: None).load(orjson.loads(dumped))
