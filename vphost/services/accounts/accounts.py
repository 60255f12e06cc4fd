"""Users: who may hold an account and sit down.

A user is a document; their money is in the ledger under `user:<id>`, and what they may do is
decided where they do it. Guests and scripts have neither mail address nor password. Whoever
registers has their name at once, but a mail address belongs to whoever confirms it first: until
then it is only a claim, of which there may be any number, and a registration that nobody confirms
is dropped.

No two names are the same or look alike (`names.py`): the store keeps both keys unique, so of two
concurrent registrations one is refused. Users whose names are older than this rule keep them,
without a key if need be. Keys are made for all users once, and again whenever the method changes.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from vphost.rules.mode import Rejected
from vphost.services.accounts.mail_address import email_key, old_email_key
from vphost.services.accounts.names import (
    LENGTH, VERSION, is_reserved, is_username, look_key, username_key,
)
from vphost.services.ports import Clock, Document, Documents, Duplicate, Seeds, StaleVersion

COLLECTION = "users"

UPKEEP, LOOK_KEYS = "upkeep", "look_keys"
"""Collection of what has been done once for the whole store, and its document about names."""

NORMALIZED_MAX = 64
"""How many characters of a name are read; normalising may turn a letter and a mark into one."""

LOOKS_TAKEN = Rejected("username_taken", {"by": "its looks"})

GUEST_TRIES = 50
"""How many names are tried for a guest before the guest is refused."""

TEMPERS = (
    "able", "amber", "bold", "brave", "brisk", "calm", "clever", "cool", "daring", "eager",
    "early", "fair", "gentle", "golden", "happy", "honest", "humble", "jolly", "keen", "kind",
    "lively", "lucky", "merry", "mild", "nimble", "noble", "patient", "polite", "proud", "quick",
    "quiet", "ready", "silver", "sly", "smart", "steady", "sunny", "swift", "witty", "young",
)
ANIMALS = (
    "badger", "beaver", "bison", "camel", "crane", "dolphin", "eagle", "falcon", "ferret", "finch",
    "fox", "gecko", "goose", "hare", "heron", "ibex", "jackal", "koala", "lemur", "lion",
    "lynx", "magpie", "marten", "moose", "otter", "owl", "panda", "pelican", "puffin", "rabbit",
    "raven", "robin", "salmon", "seal", "stork", "tiger", "toucan", "turtle", "walrus", "wolf",
)


class Kind(str, Enum):
    """What stands behind a user."""

    PERSON = "person"
    GUEST = "guest"
    BOT = "bot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class User:
    """An account holder."""

    #: Short and opaque, never reused.
    id: str
    username: str
    kind: Kind
    #: Barred: they can neither sign in nor use a token.
    disabled: bool
    #: Epoch ms by the wall clock.
    created_at: int
    #: "" for none; confirmed means that it is theirs and they may sign in with it.
    email: str = ""
    is_confirmed: bool = False
    is_operator: bool = False
    #: Hash of the password, "" for none.
    password: str = field(default="", repr=False)
    #: Address of the picture, "" for none.
    avatar: str = ""
    #: `names.look_key` of the name; "" for an older name that looks like another one.
    look_key: str = field(default="", repr=False)


class Accounts:
    """The users of the store."""

    def __init__(self, documents: Documents, clock: Clock, seeds: Seeds) -> None:
        self._documents = documents
        self._clock = clock
        self._seeds = seeds

    async def open(self) -> None:
        """Declare the collection; call once before anything else."""
        await self._documents.declare(
            COLLECTION, unique=["username_key", "email_key", "look_key"],
            indexed=["kind", "unconfirmed"],
        )
        await self._documents.declare(UPKEEP, unique=[], indexed=[])
        done = await self._documents.get(UPKEEP, LOOK_KEYS)
        if done is None or done.body["version"] != VERSION:
            await self._make_look_keys(done)

    async def _make_look_keys(self, done: Document | None) -> None:
        """Give every user the look key of their name; of several that look alike, one gets it."""
        after = ""
        while page := await self._documents.find(COLLECTION, {}, after, 100):
            for one in page:
                await self._make_look_key(one)
            after = page[-1].id
        if done is None:
            await self._documents.insert(UPKEEP, LOOK_KEYS, {"version": VERSION})
        else:
            await self._documents.replace(UPKEEP, LOOK_KEYS, done.version, {"version": VERSION})

    async def _make_look_key(self, one: Document) -> None:
        body = {name: value for name, value in one.body.items() if name != "look_key"}
        key = look_key(body["username"])
        try:
            await self._documents.replace(
                COLLECTION, one.id, one.version, {**body, "look_key": key}
            )
        except Duplicate:
            await self._documents.replace(COLLECTION, one.id, one.version, body)

    async def add(
        self, username: str, kind: Kind, *, email: str = "", password: str = ""
    ) -> User | Rejected:
        """Add a user. email: not confirmed yet. password: its hash.

        Refusals: `bad_username`; `username_taken`, with the detail `by` for one that looks like a
        taken name, or like one that only the host's own users may have.
        """
        name = unicodedata.normalize("NFKC", username[:NORMALIZED_MAX])
        if len(username) > NORMALIZED_MAX or not is_username(name):
            return Rejected("bad_username")
        if kind is Kind.PERSON and is_reserved(name):
            return LOOKS_TAKEN
        added = await self._insert(replace(self._new(name, kind), email=email, password=password))
        if isinstance(added, Rejected) and await self.by_name(name) is None:
            return LOOKS_TAKEN
        return added

    def _new(self, name: str, kind: Kind) -> User:
        return User(
            id=base64.b32encode(self._seeds.draw()[:10]).decode().lower(), username=name,
            kind=kind, disabled=False, created_at=self._clock.calendar_ms(),
            look_key=look_key(name),
        )

    async def _insert(self, user: User) -> User | Rejected:
        try:
            await self._documents.insert(COLLECTION, user.id, _to_body(user))
        except Duplicate:
            return Rejected("username_taken")
        return user

    async def ensure(self, username: str, kind: Kind) -> User:
        """Return the user of this name and kind (one of the host's own), added if necessary.

        Raises: ValueError when somebody of another kind has the name.
        """
        added = await self.add(username, kind)
        if added == LOOKS_TAKEN:
            # Somebody had a name that looks like it before this user existed.
            added = await self._insert(replace(self._new(username, kind), look_key=""))
        user = await self.by_name(username) if isinstance(added, Rejected) else added
        if user is None or user.kind is not kind:
            raise ValueError(f"the name {username!r} belongs to someone else")
        return user

    async def guest(self) -> User | Rejected:
        """Add a guest with a readable random name. Refusal: `username_taken` after GUEST_TRIES."""
        outcome: User | Rejected = Rejected("username_taken")
        for _ in range(GUEST_TRIES):
            outcome = await self.add(guest_name(self._seeds.draw()), Kind.GUEST)
            if isinstance(outcome, User):
                break
        return outcome

    async def by_id(self, user_id: str) -> User | None:
        """Return a user by id."""
        document = await self._documents.get(COLLECTION, user_id)
        return _from_document(document) if document else None

    async def by_name(self, username: str) -> User | None:
        """Return a user by name, ignoring case."""
        name = unicodedata.normalize("NFKC", username[:NORMALIZED_MAX])
        # Not `is_username`: a user with an old name that would be refused today is still found.
        if len(name) not in LENGTH or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
            return None
        found = await self._documents.find(
            COLLECTION, {"username_key": username_key(name)}, after_id="", limit=1
        )
        return _from_document(found[0]) if found else None

    async def page(self, after: str, limit: int) -> list[User]:
        """Return up to limit users in the order of their ids, those after an id."""
        found = await self._documents.find(COLLECTION, {}, after, limit)
        return [_from_document(one) for one in found]

    async def by_email(self, email: str) -> User | None:
        """Return the user who has confirmed a mail address."""
        for key in dict.fromkeys((email_key(email), old_email_key(email))):
            where = {"email_key": key}
            found = await self._documents.find(COLLECTION, where, after_id="", limit=1)
            if key and found:
                return _from_document(found[0])
        return None

    async def confirm(self, user_id: str) -> User | Rejected:
        """Give a user the mail address that they claimed; doing it again changes nothing.

        Refusals: `not_found`, `email_taken`.
        """
        return await self._change(user_id, lambda user: replace(user, is_confirmed=True))

    async def set_password(self, user_id: str, hashed: str, old: str) -> User | Rejected:
        """Replace a password's hash, if it is still the old one.

        Refusals: `version_changed`, `not_found`.
        """
        return await self._change(
            user_id, lambda user: replace(user, password=hashed) if user.password == old
            else Rejected("version_changed"),
        )

    async def set_avatar(self, user_id: str, url: str) -> User | Rejected:
        """Set the address of a user's picture, "" for none. Refusal: `not_found`."""
        return await self._change(user_id, lambda user: replace(user, avatar=url))

    async def disable(self, user_id: str, disabled: bool) -> User | Rejected:
        """Bar a user, or let them in again. Refusal: `not_found`."""
        return await self._change(user_id, lambda user: replace(user, disabled=disabled))

    async def make_operator(self, user_id: str, is_operator: bool) -> User | Rejected:
        """Make a user an operator, or an ordinary user again. Refusal: `not_found`."""
        return await self._change(user_id, lambda user: replace(user, is_operator=is_operator))

    async def drop_unconfirmed(self, before_ms: int) -> int:
        """Drop unconfirmed registrations older than a moment (epoch ms); returns how many."""
        dropped = 0
        after = ""
        while page := await self._documents.find(COLLECTION, {"unconfirmed": 1}, after, 100):
            for one in page:
                if one.body["created_at"] < before_ms:
                    with suppress(StaleVersion):
                        await self._documents.delete(COLLECTION, one.id, one.version)
                        dropped += 1
            after = page[-1].id
        return dropped

    async def _change(
        self, user_id: str, change: Callable[[User], User | Rejected]
    ) -> User | Rejected:
        while True:
            document = await self._documents.get(COLLECTION, user_id)
            if document is None:
                return Rejected("not_found")
            changed = change(_from_document(document))
            if isinstance(changed, Rejected):
                return changed
            body = _to_body(changed)
            if body == dict(document.body):
                return changed
            try:
                await self._documents.replace(COLLECTION, user_id, document.version, body)
            except StaleVersion:
                continue
            except Duplicate:
                return Rejected("email_taken")
            return changed


def guest_name(seed: bytes) -> str:
    """Return a readable name such as `brave-otter-4821`."""
    number = int.from_bytes(seed[:8], "big")
    number, temper = divmod(number, len(TEMPERS))
    number, animal = divmod(number, len(ANIMALS))
    return f"{TEMPERS[temper]}-{ANIMALS[animal]}-{number % 10_000:04d}"


def _to_body(user: User) -> dict[str, Any]:
    """Return a user as stored; fields that guests and scripts do not have are omitted."""
    body: dict[str, Any] = {
        "username": user.username,
        "username_key": username_key(user.username),
        "kind": user.kind.value,
        "disabled": user.disabled,
        "created_at": user.created_at,
    }
    if user.email:
        body |= {
            "email": user.email, "password": user.password,
            "email_key": email_key(user.email) if user.is_confirmed else None,
            "unconfirmed": None if user.is_confirmed else 1,
        }
    if user.is_operator:
        body["operator"] = True
    if user.look_key:
        body["look_key"] = user.look_key
    if user.avatar:
        body["avatar"] = user.avatar
    return body


def _from_document(document: Document) -> User:
    body = document.body
    return User(
        id=document.id, username=body["username"], kind=Kind(body["kind"]),
        disabled=body["disabled"], created_at=body["created_at"], email=body.get("email", ""),
        is_confirmed=body.get("email_key") is not None, password=body.get("password", ""),
        is_operator=body.get("operator", False), avatar=body.get("avatar", ""),
        look_key=body.get("look_key", ""),
    )
