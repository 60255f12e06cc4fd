"""API keys: how programs of operators and other services sign in, with the rights of their scopes.

A key is `vph_<id>.<secret>` and is shown once. The secret has 256 random bits, so its plain SHA-256
is all that needs to be stored, and the id finds it without a search. A name may have two live keys
at a time, so that the next one can be handed out before the old one is revoked. An address that
tries wrong keys has to wait longer and longer.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.scopes import DAYS_MAX, SCOPES
from vphost.services.accounts.sign_in import too_many
from vphost.services.guesses import network
from vphost.services.operators.operations import Added, Answer
from vphost.services.ports import Clock, Document, Documents, StaleVersion, StoreDown
from vphost.services.throttle import Backoff

COLLECTION = "api_keys"
PREFIX = "vph_"
PRINCIPAL = "key:"
"""Prefix of a caller's name when the caller is a key, not a user."""
LIVE_PER_NAME = 2
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
KEY = re.compile(r"vph_([a-z2-7]{16})\.([A-Za-z0-9_-]{43})")
KEY_CHARACTERS_MAX = 128
DAY_MS = 86_400_000
USED_EVERY_MS = 60_000
"""How often the time of last use is stored, at most."""
FREE_TRIES, FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 10, 1_000, 900_000
LISTED_MAX = 1_000
NOBODY = Rejected("not_authenticated")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key. Times are epoch ms, None for never."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


class ApiKeys:
    """The keys of the store."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._lock = asyncio.Lock()
        self._wrong = Backoff(FREE_TRIES, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, clock.now_ms)

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(COLLECTION, unique=(), indexed=("name",))

    async def create(
        self, name: str, scopes: Sequence[str], days: int | None
    ) -> tuple[ApiKey, str] | Rejected:
        """Make a key. Returns it and its text, which can never be read again.

        Refusals: bad_message (detail names the field), too_many_keys.
        """
        if not NAME.fullmatch(name):
            return Rejected("bad_message", {"field": "name"})
        if not scopes or not set(scopes) <= set(SCOPES):
            return Rejected("bad_message", {"field": "scopes", "known": list(SCOPES)})
        if days is not None and not 1 <= days <= DAYS_MAX:
            return Rejected("bad_message", {"field": "expires_days"})
        now_ms = self._clock.calendar_ms()
        secret = secrets.token_urlsafe(32)
        async with self._lock:
            named = await self._documents.find(COLLECTION, {"name": name}, "", LISTED_MAX)
            if sum(1 for one in named if self._lives(_from_document(one))) >= LIVE_PER_NAME:
                return Rejected("too_many_keys", {"name": name, "live": LIVE_PER_NAME})
            made = await self._documents.insert(COLLECTION, _new_id(), {
                "name": name, "scopes": sorted(set(scopes)), "digest": _digest(secret),
                "created_at": now_ms,
                "expires_at": None if days is None else now_ms + days * DAY_MS,
                "revoked_at": None, "last_used_at": None,
            })
        return _from_document(made), f"{PREFIX}{made.id}.{secret}"

    async def page(self, after: str, limit: int) -> list[ApiKey]:
        """Return up to limit keys in the order of their ids, those after an id."""
        found = await self._documents.find(COLLECTION, {}, after, limit)
        return [_from_document(one) for one in found]

    async def revoke(self, key_id: str) -> ApiKey | Rejected:
        """End a key; doing it again changes nothing. Refusal: not_found."""
        while True:
            found = await self._documents.get(COLLECTION, key_id)
            if found is None:
                return Rejected("not_found", {"id": key_id[:40]})
            if found.body["revoked_at"] is not None:
                return _from_document(found)
            body = {**found.body, "revoked_at": self._clock.calendar_ms()}
            with suppress(StaleVersion):
                return _from_document(
                    await self._documents.replace(COLLECTION, key_id, found.version, body)
                )

    async def check(self, text: str, address: str) -> ApiKey | Rejected:
        """Return the key of a text.

        Refusals: not_authenticated, which never says why; too_many_attempts for an address that
        has tried too many wrong ones.
        """
        source = network(address)
        wait_s = self._wrong.wait_s(source)
        if wait_s > 0:
            return too_many(wait_s)
        given = KEY.fullmatch(text[:KEY_CHARACTERS_MAX])
        found = await self._documents.get(COLLECTION, given[1]) if given else None
        stored = _NO_DIGEST if found is None else str(found.body["digest"])
        is_right = hmac.compare_digest(stored, _digest(given[2] if given else text[:64]))
        if found is None or not is_right or not self._lives(_from_document(found)):
            self._wrong.fail(source)
            return NOBODY
        await self._note_use(found)
        return _from_document(found)

    async def _note_use(self, found: Document) -> None:
        """Store the time of use, at most every USED_EVERY_MS; a failure keeps nobody out."""
        now_ms = self._clock.calendar_ms()
        if now_ms - (found.body["last_used_at"] or 0) < USED_EVERY_MS:
            return
        with suppress(StaleVersion, StoreDown):
            body = {**found.body, "last_used_at": now_ms}
            await self._documents.replace(COLLECTION, found.id, found.version, body)

    def _lives(self, key: ApiKey) -> bool:
        is_over = key.expires_at is not None and key.expires_at <= self._clock.calendar_ms()
        return key.revoked_at is None and not is_over

    # -- for operators -----------------------------------------------------------------------

    def operations(self) -> Mapping[str, Added]:
        """Return what an operator may ask for, by name."""
        return {
            "key.create": self._op_create, "key.list": self._op_list, "key.revoke": self._op_revoke,
        }

    async def _op_create(self, args: Mapping[str, Json]) -> Answer:
        """args: name, scopes (list), expires_days (or null). The answer's `key` is shown once."""
        if args.keys() != {"name", "scopes", "expires_days"}:
            return Rejected("bad_message", {"reason": "name, scopes and expires_days"})
        name, scopes, days = args["name"], args["scopes"], args["expires_days"]
        if not isinstance(name, str):
            return Rejected("bad_message", {"field": "name"})
        if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
            return Rejected("bad_message", {"field": "scopes"})
        if days is not None and type(days) is not int:
            return Rejected("bad_message", {"field": "expires_days"})
        made = await self.create(name, scopes, days)
        if isinstance(made, Rejected):
            return made
        key, text = made
        return {**self._described(key), "key": text}

    async def _op_list(self, args: Mapping[str, Json]) -> Answer:
        if args:
            return Rejected("bad_message", {"field": next(iter(args))[:64]})
        keys = await self.page("", LISTED_MAX)
        return {"keys": [self._described(one) for one in keys]}

    async def _op_revoke(self, args: Mapping[str, Json]) -> Answer:
        if args.keys() != {"id"} or not isinstance(args["id"], str):
            return Rejected("bad_message", {"field": "id"})
        revoked = await self.revoke(args["id"])
        return revoked if isinstance(revoked, Rejected) else self._described(revoked)

    def _described(self, key: ApiKey) -> Mapping[str, Json]:
        return {
            "id": key.id, "name": key.name, "scopes": sorted(key.scopes), "live": self._lives(key),
            "created_at": key.created_at, "expires_at": key.expires_at,
            "revoked_at": key.revoked_at, "last_used_at": key.last_used_at,
        }


def _new_id() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _from_document(document: Document) -> ApiKey:
    body = document.body
    return ApiKey(
        id=document.id, name=body["name"], scopes=frozenset(body["scopes"]),
        created_at=body["created_at"], expires_at=body["expires_at"],
        revoked_at=body["revoked_at"], last_used_at=body["last_used_at"],
    )
