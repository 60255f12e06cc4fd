"""Outgoing mail: every letter is ordered by a document and sent once.

An order says what a letter is for (`registration`, `reset`, `report`), not how it reads. It is
composed only when it is sent, so that the store never holds a key that opens an account. An order
is durable before its caller goes on, and a commit's send to `job:mail` becomes an order under the
send's id; the same id is never ordered twice. A letter that is sent again after a crash has the
same Message-ID and, in an outbox folder, the same file name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

import structlog

from vphost.rules.mode import Json, Send
from vphost.services.ports import (
    Clock, Document, Documents, Duplicate, Letter, MailDown, Mailer, MailRefused, StaleVersion,
    StoreDown,
)

COLLECTION = "mails"
WAITING, SENT, FAILED = "waiting", "sent", "failed"
DAY_MS = 86_400_000
KEPT_DAYS = 14
"""How long a finished order is remembered; nobody repeats an order after that time."""
PAGE = 50
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0

Composer: TypeAlias = Callable[[str, Mapping[str, Json]], Awaitable[Letter | None]]
"""(id and args of the order) -> the letter; None when there is nobody to write to."""
log = structlog.get_logger("vphost.post")


class MailQueue:
    """The stored orders, and the task that fulfils them."""

    def __init__(
        self, documents: Documents, clock: Clock, mailer: Mailer,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        """first_wait_s: pause before a failed letter is tried again; doubles each time."""
        self.composers: dict[str, Composer] = {}
        self._documents = documents
        self._clock = clock
        self._mailer = mailer
        self._first_wait_s = first_wait_s
        self._wake = asyncio.Event()
        self._later: dict[str, tuple[float, float]] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(COLLECTION, unique=(), indexed=("state", "day"))

    def start(self) -> None:
        """Begin to send, first what an earlier process left. All composers must be registered."""
        self._task = asyncio.create_task(self._work(), name="post")

    async def close(self) -> None:
        """Stop; the next process sends what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order(self, order_id: str, kind: str, args: Mapping[str, Json]) -> None:
        """Order a letter; does nothing for an id that was ordered before. Raises: StoreDown."""
        with suppress(Duplicate):
            await self._documents.insert(COLLECTION, order_id, {
                "kind": kind, "args": dict(args), "state": WAITING,
                "day": self._clock.calendar_ms() // DAY_MS,
            })
        self._wake.set()

    async def job(self, send: Send) -> None:
        """Order the letter of a commit's send to `job:mail`; its `op` is the kind of letter."""
        await self.order(send.id, send.op, send.args)

    async def forget_old(self) -> int:
        """Drop orders that were fulfilled or given up long ago; returns how many."""
        dropped = 0
        today = self._clock.calendar_ms() // DAY_MS
        for day in range(today - 3 * KEPT_DAYS, today - KEPT_DAYS):
            after = ""
            while page := await self._documents.find(COLLECTION, {"day": day}, after, PAGE):
                for one in page:
                    if one.body["state"] != WAITING:
                        with suppress(StaleVersion):
                            await self._documents.delete(COLLECTION, one.id, one.version)
                            dropped += 1
                after = page[-1].id
        return dropped

    async def _work(self) -> None:
        """Send all waiting letters, then wait for more or until one is to be tried again."""
        while True:
            self._wake.clear()
            try:
                await self._round()
            except StoreDown as error:
                log.info("post_waits_for_the_store", error=str(error))
                await asyncio.sleep(self._first_wait_s)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause_s())

    async def _round(self) -> None:
        now_s = asyncio.get_running_loop().time()
        after = ""
        while page := await self._documents.find(COLLECTION, {"state": WAITING}, after, PAGE):
            for one in page:
                if self._later.get(one.id, (0.0, 0.0))[0] <= now_s:
                    await self._fulfil(one)
            after = page[-1].id

    async def _fulfil(self, order: Document) -> None:
        kind = order.body["kind"]
        try:
            letter = await self.composers[kind](order.id, order.body["args"])
            if letter is not None:
                await self._mailer.send(letter)
        except MailDown as error:
            self._put_off(order.id, str(error))
            return
        except MailRefused as error:
            log.warning("mail_refused", id=order.id, kind=kind, error=str(error))
            await self._close(order, FAILED)
            return
        except StoreDown:
            raise
        except Exception:  # A letter that cannot be composed must not stop the others.
            log.exception("mail_failed", id=order.id, kind=kind)
            await self._close(order, FAILED)
            return
        await self._close(order, SENT)

    async def _close(self, order: Document, state: str) -> None:
        """Store the end of an order; its arguments are dropped."""
        self._later.pop(order.id, None)
        with suppress(StaleVersion):
            await self._documents.replace(COLLECTION, order.id, order.version, {
                **order.body, "args": {}, "state": state,
            })

    def _put_off(self, order_id: str, reason: str) -> None:
        _, last_s = self._later.get(order_id, (0.0, self._first_wait_s / 2))
        wait_s = min(LONGEST_WAIT_S, last_s * 2)
        self._later[order_id] = (asyncio.get_running_loop().time() + wait_s, wait_s)
        log.info("mail_put_off", id=order_id, wait_s=wait_s, reason=reason)

    def _pause_s(self) -> float | None:
        """Return the seconds until the next letter is tried again; None when none waits."""
        if not self._later:
            return None
        soonest = min(at for at, _ in self._later.values())
        return max(0.01, soonest - asyncio.get_running_loop().time())
