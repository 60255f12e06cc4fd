"""The outgoing mail: every letter is asked for in a document, and sent once.

Who wants a mail sent says what it is for (`registration`, `reset`, `report`), not how it reads:
that is composed when it goes, so that no key that opens an account lies in the store meanwhile.
An order is durable before its caller goes on, and a commit's send `job:mail` becomes an order
under the send's id; the same id is never ordered twice. A letter that goes out again after a
crash has the same Message-ID and, in an outbox folder, the same file name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

import structlog

from vphost.rules.mode import Json, Send
from vphost.services.ports import (Clock, Document, Documents, Duplicate,
                                   Letter, MailDown, Mailer, MailRefused,
                                   StaleVersion, StoreDown)

COLLECTION = "mails"
WAITING, SENT, FAILED = "waiting", "sent", "failed"
DAY_MS = 86_400_000
KEPT_DAYS = 14
"""How long it is remembered that a letter went: an order of that age does not come again."""
PAGE = 50
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0

Composer: TypeAlias = Callable[[str, Mapping[str, Json]], Awaitable[Letter | None]]
"""(id, args of the order) -> the letter; None when there is nobody to write to."""
log = structlog.get_logger("vphost.post")


class MailQueue:
    """The orders of the store and the task that fulfils them."""

    def __init__(
        self, documents: Documents, clock: Clock, mailer: Mailer,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        """first_wait_s: until a letter that was put off is tried again; doubles each time."""
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
        """Begin to send, first what an earlier process left. The composers have to be there."""
        self._task = asyncio.create_task(self._work(), name="post")

    async def close(self) -> None:
        """Stop; what is not sent is sent by the next process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order(self, order_id: str, kind: str, args: Mapping[str, Json]) -> None:
        """Have a letter sent; an id that was ordered before changes nothing. Raises: StoreDown."""
        with suppress(Duplicate):
            await self._documents.insert(COLLECTION, order_id, {
                "kind": kind, "args": dict(args), "state": WAITING,
                "day": self._clock.calendar_ms() // DAY_MS,
            })
        self._wake.set()

    async def job(self, send: Send) -> None:
        """Take a commit's send to `job:mail`: `op` is the kind of the letter."""
        await self.order(send.id, send.op, send.args)

    async def forget_old(self) -> int:
        """Drop what was sent or given up long ago; returns how many."""
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
        """Send all that waits, then wait for more or for the next try."""
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
        except Exception:  # a letter that cannot be written must not stop the others
            log.exception("mail_failed", id=order.id, kind=kind)
            await self._close(order, FAILED)
            return
        await self._close(order, SENT)

    async def _close(self, order: Document, state: str) -> None:
        """Note the end of an order, without what it said."""
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
        """Return the seconds until the next letter is tried again; None when none is."""
        if not self._later:
            return None
        soonest = min(at for at, _ in self._later.values())
        return max(0.01, soonest - asyncio.get_running_loop().time())
