"""Sign-ins: each is a family of refresh tokens, of which only the newest is valid.

A refresh token works once (RFC 9700, 4.14.2). When an old one is used again, somebody has a copy
and there is no way of knowing who, so the whole family ends. Only digests are stored. Every token
names its family, so a family that ends takes its access tokens and sockets with it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from vphost.rules.mode import Rejected
from vphost.services.ports import Clock, Document, Documents, StaleVersion

COLLECTION = "sessions"
DAY_MS = 86_400_000
KEPT_DAYS = 2
"""How long a family is kept after it has expired."""
PAGE = 100
GONE = Rejected("not_authenticated")


class RefreshTokens:
    """The families of the store."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(COLLECTION, unique=(), indexed=("user", "last_day"))

    @staticmethod
    def new_id() -> str:
        """Return an id for a family."""
        return secrets.token_hex(16)

    async def begin(self, family: str, user: str, refresh: str, lifetime_s: int) -> None:
        """Store a new family with its first refresh token."""
        now_ms = self._clock.calendar_ms()
        await self._documents.insert(COLLECTION, family, {
            "user": user, "created_at": now_ms, "ended_at": None,
            **self._newest(refresh, lifetime_s),
        })

    async def rotate(
        self, family: str, old: str, new: str, lifetime_s: int
    ) -> Rejected | None:
        """Replace the newest refresh token by a new one.

        Refusals: `not_authenticated`; `token_reused` when the old token was not the newest, upon
        which the family has ended.
        """
        while True:
            found = await self._documents.get(COLLECTION, family)
            if found is None or not self._lives(found):
                return GONE
            if not hmac.compare_digest(found.body["refresh"], _digest(old)):
                await self.end(family)
                return Rejected("token_reused")
            body = {**found.body, **self._newest(new, lifetime_s)}
            try:
                await self._documents.replace(COLLECTION, family, found.version, body)
            except StaleVersion:
                continue
            return None

    async def is_live(self, family: str) -> bool:
        """Return whether a family has neither ended nor expired."""
        found = await self._documents.get(COLLECTION, family)
        return found is not None and self._lives(found)

    async def end(self, family: str) -> bool:
        """End a family; returns whether this call ended it."""
        while True:
            found = await self._documents.get(COLLECTION, family)
            if found is None or found.body["ended_at"] is not None:
                return False
            body = {**found.body, "ended_at": self._clock.calendar_ms()}
            try:
                await self._documents.replace(COLLECTION, family, found.version, body)
            except StaleVersion:
                continue
            return True

    async def end_all(self, user: str, spare: str = "") -> list[str]:
        """End all families of a user except `spare`; returns those that this call ended."""
        ended = []
        after = ""
        while page := await self._documents.find(COLLECTION, {"user": user}, after, PAGE):
            for one in page:
                if one.id != spare and await self.end(one.id):
                    ended.append(one.id)
            after = page[-1].id
        return ended

    async def forget_old(self) -> int:
        """Drop families that expired more than KEPT_DAYS ago; returns how many."""
        dropped = 0
        today = self._clock.calendar_ms() // DAY_MS
        for day in range(today - 10 * KEPT_DAYS, today - KEPT_DAYS):
            while page := await self._documents.find(COLLECTION, {"last_day": day}, "", PAGE):
                for one in page:
                    try:
                        await self._documents.delete(COLLECTION, one.id, one.version)
                    except StaleVersion:
                        continue
                    dropped += 1
        return dropped

    def _newest(self, refresh: str, lifetime_s: int) -> Mapping[str, Any]:
        expires_at = self._clock.calendar_ms() + lifetime_s * 1000
        return {
            "refresh": _digest(refresh), "expires_at": expires_at,
            "last_day": expires_at // DAY_MS,
        }

    def _lives(self, found: Document) -> bool:
        is_over = found.body["expires_at"] <= self._clock.calendar_ms()
        return found.body["ended_at"] is None and not is_over


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
