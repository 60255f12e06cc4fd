"""Loading rooms after a start: each on first access, the others one by one in the background.

A room's clocks stand still until it is loaded. A process may end before it has loaded all rooms, so
a mark in the store says since when not all of them have been running. The next process gives the
time since then back, or, to a room that was loaded meanwhile, the time since its newest commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from vphost.services.journal.commits import Outcome
from vphost.services.ports import (
    Document, Documents, Duplicate, StaleVersion, StoreDown, StoreRefused,
)
from vphost.services.rooms.room import Room
from vphost.services.rooms.unloaded import UnloadedRoom

LOG = structlog.get_logger("vphost.rooms")
MARKS = "waking"
"""Collection of the mark: id is the book, `since_ms` a moment of game time."""
RESUMES_MAX = 64
"""How many rooms may be loaded in the background before the first has got its time back."""
TURN_S, BREAK_S = 0.002, 0.001
"""How long rooms are folded at a stretch, and how long the event loop is then left to players."""
LOOK_AGAIN_S = 1.0


async def leave_mark(documents: Documents, book: str, since_ms: int) -> Document:
    """Return the mark, made now or found. Raises: StoreDown.

    It has to exist before anything else in a start can fail. An existing one is written again,
    which changes its version: a previous owner that has not noticed yet that it lost the book can
    then no longer delete it.
    """
    await documents.declare(MARKS, unique=(), indexed=())
    while True:
        found = await documents.get(MARKS, book)
        try:
            if found is None:
                return await documents.insert(MARKS, book, {"since_ms": since_ms})
            return await documents.replace(MARKS, book, found.version, found.body)
        except (Duplicate, StaleVersion):
            await asyncio.sleep(0)


class Loading:
    """The rooms of one start that are not loaded yet."""

    def __init__(
        self, documents: Documents, book: str, register: Callable[[Room], None],
        fold_whole: Callable[[str], Awaitable[Room | None]],
    ) -> None:
        """register: called with a loaded room before anything happens in it. fold_whole: folds a
        room from its first commit, for when its snapshot cannot be used."""
        self._documents = documents
        self._book = book
        self._register = register
        self._fold_whole = fold_whole
        self._folding: dict[str, asyncio.Task[None]] = {}
        self._rooms: dict[str, UnloadedRoom] = {}
        self._mark: Document | None = None
        self._since_ms = 0
        self._woken: list[Room] = []
        self._resuming: deque[asyncio.Future[Outcome]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def __len__(self) -> int:
        return len(self._rooms) + len(self._folding)

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._rooms or room_id in self._folding

    async def begin_mark(self, last_alive_ms: int | None) -> None:
        """Make the mark, or take over an existing one. Raises: StoreDown.

        last_alive_ms: when the previous process was last seen, in game time; None for never.
        """
        self._mark = await leave_mark(self._documents, self._book, last_alive_ms or 0)
        self._since_ms = int(self._mark.body["since_ms"])

    def take(self, rooms: dict[str, UnloadedRoom]) -> None:
        """Take the rooms that were found in the store; large ones are loaded at once.

        Those have been folded while the book was read, so loading them costs nothing more.
        """
        self._rooms = rooms
        for room_id in [id for id, room in rooms.items() if room.is_folding]:
            self.wake(room_id)

    def wake(self, room_id: str) -> Room | None:
        """Load a room and start it; None when it cannot be folded at all, or not at once."""
        if room_id in self._folding:
            return None
        unloaded = self._rooms.pop(room_id)
        room = unloaded.wake()
        if unloaded.wants_all and not self._stopped:
            self._folding[room_id] = asyncio.create_task(
                self._wake_whole(room_id), name=f"waking {room_id}"
            )
        return None if room is None else self.let_go_on(room)

    def let_go_on(self, room: Room) -> Room:
        """Register and start a folded room, and give it back the time that it was away."""
        self._register(room)
        self._woken.append(room)
        room.pause(max(self._since_ms, room.line.at_ms))
        room.start()
        self._resuming.append(room.resume(restarted=True))
        if self._stopped:
            room.freeze()
        return room

    async def wait_for(self, room_id: str) -> None:
        """Wait until a room that is being folded from its first commit is loaded."""
        if (task := self._folding.get(room_id)) is not None:
            await asyncio.wait([task])

    async def _wake_whole(self, room_id: str) -> None:
        try:
            room = await self._fold_whole(room_id)
            if room is not None:
                self.let_go_on(room)
        except (StoreDown, StoreRefused):
            LOG.exception("room left out", room=room_id)
        finally:
            del self._folding[room_id]

    def begin(self) -> None:
        """Begin to load all rooms, one by one, in the background."""
        assert self._task is None, "begun twice"
        self._task = asyncio.create_task(self._run(), name="waking")

    async def wait(self) -> None:
        """Wait until all rooms are loaded and have got their time back, or until `stop`."""
        assert self._task is not None, "begin comes first"
        await asyncio.shield(self._task)

    def stop(self) -> None:
        """Load no more rooms in the background; those loaded on access are frozen from now on."""
        self._stopped = True

    async def close(self) -> None:
        """Stop; the other rooms are left to the next process."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        folding = tuple(self._folding.values())
        for task in folding:
            task.cancel()
        await asyncio.gather(*folding, return_exceptions=True)
        self._rooms.clear()

    async def _run(self) -> None:
        while self._rooms and not self._stopped:
            self._wake_some()
            await asyncio.sleep(BREAK_S)
            while len(self._resuming) > RESUMES_MAX:
                await self._resuming.popleft()
        if self._folding:
            await asyncio.wait(list(self._folding.values()))
        while self._resuming:
            await self._resuming.popleft()
        while not self._stopped and any(room.is_paused for room in self._woken):
            await asyncio.sleep(LOOK_AGAIN_S)
        if not self._stopped:
            await self._forget_mark()
            if self._woken:
                LOG.info("all rooms are awake", rooms=len(self._woken))
            self._woken.clear()

    def _wake_some(self) -> None:
        """Load rooms for a moment, at least one."""
        end_s = time.monotonic() + TURN_S
        while self._rooms:
            room_id = next(iter(self._rooms))
            try:
                self.wake(room_id)
            except Exception:
                LOG.exception("room left out", room=room_id)
            if time.monotonic() >= end_s:
                return

    async def _forget_mark(self) -> None:
        while self._mark is not None:
            try:
                # A new owner has written it again, or we deleted it and the answer was lost.
                with contextlib.suppress(StaleVersion):
                    await self._documents.delete(MARKS, self._book, self._mark.version)
                self._mark = None
            except StoreDown:
                await asyncio.sleep(LOOK_AGAIN_S)
