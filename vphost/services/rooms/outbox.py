"""Sends: what one commit causes elsewhere, delivered until the target has it.

A send is part of the commit that caused it, so it cannot get lost; and the target acts on its id at
most once, so it may be delivered again. After a restart everything that was not finished at the
last checkpoint is delivered again. Deliveries to one target keep their order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import structlog

from vphost.rules.mode import SYSTEM, Command, Rejected, Send
from vphost.services.journal.commit_codec import FORMAT, summed_fields, with_sum
from vphost.services.ports import Snapshot, StoreDown
from vphost.services.rooms.room_context import PASSING

if TYPE_CHECKING:
    from vphost.services.rooms.room import Room

LOG = structlog.get_logger("vphost.sends")
Handler: TypeAlias = Callable[[Send], Awaitable[None]]
"""Does a job; raises StoreDown to be called again later."""
FIRST_WAIT_MS = 50
LONGEST_WAIT_MS = 5_000
JOB_TRIES_MAX = 10
PENDING_MAX = 10_000
"""How many sends may be undelivered before commands are refused with `busy`."""


class Outbox:
    """Delivers the sends of all commits of a book."""

    def __init__(self, book: str, room_of: Callable[[str], Room | None]) -> None:
        self._book = book
        self._room_of = room_of
        self._handlers: dict[str, Handler] = {}
        self._pending: dict[str, Send] = {}
        self._queues: dict[str, deque[Send]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether so many sends are undelivered that commands should be refused with `busy`."""
        return len(self._pending) >= PENDING_MAX

    @property
    def pending(self) -> int:
        """How many sends are undelivered."""
        return len(self._pending)

    def register_job(self, service: str, handler: Handler) -> None:
        """Deliver sends to `job:<service>` to a handler, first those that waited for it."""
        self._handlers[service] = handler
        target = f"job:{service}"
        self.deliver([send for send in self._pending.values() if send.target == target])

    def note(self, sends: Iterable[Send]) -> None:
        """Remember the sends of a durable commit."""
        for send in sends:
            self._pending[send.id] = send

    def deliver(self, sends: Sequence[Send]) -> None:
        """Start to deliver sends that were noted."""
        if self._closed:
            return
        for send in sends:
            queue = self._queues.setdefault(send.target, deque())
            if send not in queue:
                queue.append(send)
            if send.target not in self._tasks:
                self._tasks[send.target] = asyncio.create_task(
                    self._work(send.target), name=f"sends to {send.target}"
                )

    def deliver_to(self, room_id: str) -> None:
        """Start to deliver the sends that a room could not accept while it was stopped."""
        target = f"room:{room_id}"
        self.deliver([send for send in self._pending.values() if send.target == target])

    async def close(self) -> None:
        """Stop; the next process delivers the rest."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, target: str) -> None:
        """Deliver to one target until its queue is empty."""
        queue = self._queues[target]
        try:
            while queue:
                if await self._insist(queue[0]):
                    self._pending.pop(queue[0].id, None)
                queue.popleft()
        finally:
            del self._queues[target], self._tasks[target]

    async def _insist(self, send: Send) -> bool:
        """Deliver one send, however long it takes.

        Returns False when it cannot be delivered by this process or without another handler; it
        then stays pending.
        """
        wait_ms = FIRST_WAIT_MS
        tries = 0
        while True:
            tries += 1
            kind, _, name = send.target.partition(":")
            done = await (self._to_room if kind == "room" else self._to_job)(send, name, tries)
            if done is not None:
                return done
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = min(wait_ms * 2, LONGEST_WAIT_MS)

    async def _to_room(self, send: Send, room_id: str, tries: int) -> bool | None:
        """Return whether the room has it; None to try again."""
        room = self._room_of(room_id)
        if room is None:
            LOG.error("a send has no target", send=send.id, target=send.target)
            return False
        outcome = await room.submit(Command(send.id, SYSTEM, send.op, send.args))
        if not isinstance(outcome, Rejected):
            return True
        if outcome.code in ("draining", "room_quarantined", "internal_error"):
            return False
        if outcome.code in PASSING:
            return None
        LOG.error("a send was refused", send=send.id, target=send.target, code=outcome.code)
        return True

    async def _to_job(self, send: Send, service: str, tries: int) -> bool | None:
        """Return whether the job is done; None to try again."""
        handler = self._handlers.get(service)
        if handler is None:
            return False
        try:
            await handler(send)
        except StoreDown:
            return None
        except Exception:
            LOG.exception("a job failed", send=send.id, service=service, tries=tries)
            return None if tries < JOB_TRIES_MAX else False
        return True

    def checkpoint(self, seq: int) -> Snapshot:
        """Return a snapshot of the undelivered sends of all commits up to seq."""
        pending = [
            {"args": send.args, "id": send.id, "op": send.op, "target": send.target}
            for send in self._pending.values()
        ]
        return Snapshot(
            kind="sends", key=self._book, seq=seq, room_seq=0, mode="", mode_version=0,
            body=with_sum({"format": FORMAT, "pending": pending}),
        )

    def load(self, snapshot: Snapshot) -> None:
        """Restore the undelivered sends of a checkpoint. Raises: StoreRefused."""
        for one in summed_fields(snapshot)["pending"]:
            self.note([Send(one["id"], one["target"], one["op"], one["args"])])

    def forget(self, send_id: str) -> None:
        """Note that a target has a send."""
        self._pending.pop(send_id, None)

    def start(self) -> None:
        """Deliver everything that is pending."""
        self.deliver(list(self._pending.values()))
