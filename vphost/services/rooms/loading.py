"""Rooms come back after a start: each when somebody asks for it, the others one after the other.

A room's clocks stand still until it is awake. So that a process which ends before all are awake
takes no time from anybody, a mark in the store says since when not all of them have been awake; the
next process gives the time back from there, to rooms that woke meanwhile from their newest commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from vphost.services.journal.commits import Outcome
from vphost.services.ports import (Document, Documents, Duplicate,
                                   StaleVersion, StoreDown, StoreRefused)
from vphost.services.rooms.room import Room
from vphost.services.rooms.unloaded import UnloadedRoom

LOG = structlog.get_logger("vphost.rooms")
MARKS = "waking"
"""Collection of the mark: id is the book, `since_ms` a moment of game time."""
RESUMES_MAX = 64
"""Rooms that are woken behind the scenes before the first of them has got its time back."""
TURN_S, BREAK_S = 0.002, 0.001
"""So long the loop folds rooms on end, and so long it then belongs to those who play."""
LOOK_AGAIN_S = 1.0


async def leave_mark(documents: Documents, book: str, since_ms: int) -> Document:
    """Return the mark, made now or found. Raises: StoreDown.

    It is to be there before anything else of a start can fail. One that was found is written again:
    an owner of before who does not know yet that he has lost the book cannot remove it then.
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
    """The rooms of one start that are not awake yet."""

    def __init__(
        self, documents: Documents, book: str, woke: Callable[[Room], None],
        fold_whole: Callable[[str], Awaitable[Room | None]],
    ) -> None:
        """woke: takes a room in, before anything happens in it. fold_whole: folds a room from its
        first commit, where its snapshot cannot be used."""
        self._documents = documents
        self._book = book
        self._woke = woke
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
        """Make the mark, or take over one that is there. Raises: StoreDown.

        last_alive_ms: when the previous process was last seen; None: never.
        """
        self._mark = await leave_mark(self._documents, self._book, last_alive_ms or 0)
        self._since_ms = int(self._mark.body["since_ms"])

    def take(self, rooms: dict[str, UnloadedRoom]) -> None:
        """Take what was found in the store; large rooms wake at once."""
        self._rooms = rooms
        for room_id in [id for id, room in rooms.items() if room.is_folding]:
            self.wake(room_id)

    def wake(self, room_id: str) -> Room | None:
        """Fold a room and let it go on; None when it cannot be folded at all, or not at once."""
        if room_id in self._folding:
            return None
        dormant = self._rooms.pop(room_id)
        room = dormant.wake()
        if dormant.wants_all and not self._stopped:
            self._folding[room_id] = asyncio.create_task(
                self._wake_whole(room_id), name=f"waking {room_id}"
            )
        return None if room is None else self.let_go_on(room)

    def let_go_on(self, room: Room) -> Room:
        """Take a folded room in and give it the time back that it was away."""
        self._woke(room)
        self._woken.append(room)
        room.pause(max(self._since_ms, room.line.at_ms))
        room.start()
        self._resuming.append(room.resume(restarted=True))
        if self._stopped:
            room.freeze()
        return room

    async def folded(self, room_id: str) -> None:
        """Wait until a room that is being folded from its first commit is awake."""
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
        """Wake all, one after the other."""
        assert self._task is None, "begun twice"
        self._task = asyncio.create_task(self._run(), name="waking")

    async def ended(self) -> None:
        """Wait until all are awake and have got back the time that they were away, or `stop`."""
        assert self._task is not None, "begin comes first"
        await asyncio.shield(self._task)

    def stop(self) -> None:
        """Wake no more behind the scenes; who is woken from now on is frozen."""
        self._stopped = True

    async def close(self) -> None:
        """Leave the others to the next process."""
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
        """Fold for a moment, one room at least."""
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
                with contextlib.suppress(StaleVersion):  # Deleted before, and the answer was lost.
                    await self._documents.delete(MARKS, self._book, self._mark.version)
                self._mark = None
            except StoreDown:
                await asyncio.sleep(LOOK_AGAIN_S)
