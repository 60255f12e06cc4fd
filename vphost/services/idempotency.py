"""Idempotency keys: a repeated call gets the answer of the first one.

The first success under a user's key is kept for a week with a digest of the request. The same
request gets the same answer; another request under the same key is refused, and so is the same one
while the first is still running. If the process dies after the work is done and before its answer
is stored, a repeat does the work again with the same `action_id`, which is derived from user and
key: a handler uses it as the id of what it creates, and so finds that instead of creating another.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.mode import Json, Rejected
from vphost.services.ports import Clock, Documents, Duplicate, StaleVersion

COLLECTION = "repeats"
KEY = re.compile(r"[!-~]{1,128}")
KEPT_DAYS = 7
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Work:
    """Work to be done now. id: the same for every repeat. place, digest: for `keep`."""

    id: str
    place: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer of the first call."""

    status: int
    body: Json
    headers: Mapping[str, str]


class Idempotency:
    """The remembered answers."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._running: set[str] = set()

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(COLLECTION, unique=(), indexed=("day",))

    async def begin(self, user: str, key: str, question: bytes) -> Work | Answered | Rejected:
        """Return the work that a call under a key has to do, or the answer it got before.

        question: verb, path and body as received. Refusals: `id_reused` for another request,
        `still_running`. Whoever gets Work has to call `keep` or `abandon` afterwards.
        """
        place = hashlib.sha256(f"{user}\n{key}".encode()).hexdigest()
        digest = hashlib.sha256(question).hexdigest()
        if place in self._running:
            return Rejected("still_running")
        self._running.add(place)
        try:
            known = await self._documents.get(COLLECTION, place)
        except BaseException:
            self._running.discard(place)
            raise
        if known is None:
            return Work(str(uuid.UUID(hex=place[:32], version=4)), place, digest)
        self._running.discard(place)
        if known.body["digest"] != digest:
            return Rejected("id_reused")
        return Answered(known.body["status"], known.body["body"], known.body["headers"])

    async def keep(
        self, work: Work, status: int, body: Json, headers: Mapping[str, str]
    ) -> None:
        """Store the answer of work that succeeded."""
        try:
            await self._documents.insert(COLLECTION, work.place, {
                "digest": work.digest, "status": status, "body": body, "headers": dict(headers),
                "day": self._clock.calendar_ms() // DAY_MS,
            })
        except Duplicate:
            pass
        finally:
            self._running.discard(work.place)

    def abandon(self, work: Work) -> None:
        """Note that work ended without success, so that the key may be used again."""
        self._running.discard(work.place)

    async def forget_old(self) -> int:
        """Drop answers older than KEPT_DAYS; returns how many."""
        dropped = 0
        today = self._clock.calendar_ms() // DAY_MS
        for day in range(today - 3 * KEPT_DAYS, today - KEPT_DAYS):
            while found := await self._documents.find(COLLECTION, {"day": day}, "", 100):
                for one in found:
                    try:
                        await self._documents.delete(COLLECTION, one.id, one.version)
                    except StaleVersion:
                        continue
                    dropped += 1
        return dropped
