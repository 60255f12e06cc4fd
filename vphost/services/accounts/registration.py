"""How people get accounts and passwords: register, confirm, change, reset.

Nobody can find out here whether a mail address has an account: the answer is the same, after the
same time, and what differs is mailed to the owner of the address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts import mail_templates
from vphost.services.accounts.access_tokens import CONFIRM, RESET, AccessTokens
from vphost.services.accounts.accounts import LOOKS_TAKEN, Accounts, Kind
from vphost.services.accounts.mail_address import email_key, plain_address
from vphost.services.accounts.passwords import Overworked, Passwords, fault_of
from vphost.services.accounts.sign_in import BUSY, SignIn, too_many
from vphost.services.guesses import network, wide_network
from vphost.services.mail_queue import MailQueue
from vphost.services.ports import Clock, Letter
from vphost.services.throttle import Rate

log = structlog.get_logger("vphost.registration")
HOUR_S, DAY_S = 3600, 86_400
_LOOKS_TAKEN = "Looks like a name that is taken."
_NAME_FAULTS = {
    "bad_username": "Needs 2 to 32 letters and digits of one script, dots, dashes and underscores.",
    "username_taken": "Is taken.",
}
Outcome: TypeAlias = Mapping[str, list[str]] | Rejected | None
"""None when it is done; a mapping {field: messages} of what is wrong; or a refusal."""


@dataclass(frozen=True, slots=True)
class RegistrationLimits:
    """How long keys are valid, and how often things may be done."""

    #: How long the key in an e-mail is valid, seconds: to confirm an address, to set a password.
    confirm_s: int = 3 * DAY_S
    reset_s: int = HOUR_S
    #: E-mails to one mail address, in all and caused by one network address: a stranger cannot use
    #: up those that the owner may need.
    letters_per_hour: int = 20
    letters_from_one: int = 5
    #: Registrations and requests for a new password from one network address.
    asks_per_hour: int = 60


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the pages that e-mails link to; the key is added as the fragment."""

    confirm: str
    reset: str


class Registration:
    """The service. links: may be replaced until the first e-mail is sent."""

    def __init__(
        self, *, accounts: Accounts, sign_in: SignIn, passwords: Passwords,
        access_tokens: AccessTokens, mail_queue: MailQueue, clock: Clock, links: Links,
        limits: RegistrationLimits = RegistrationLimits(),
    ) -> None:
        self.links = links
        self._limits = limits
        self._accounts = accounts
        self._sign_in = sign_in
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._mail_queue = mail_queue
        self._clock = clock
        self._letters = Rate(
            limits.letters_per_hour / HOUR_S, limits.letters_per_hour, clock.now_ms
        )
        self._letters_from = Rate(
            limits.letters_from_one / HOUR_S, limits.letters_from_one, clock.now_ms
        )
        self._asks = Rate(limits.asks_per_hour / HOUR_S, limits.asks_per_hour, clock.now_ms)
        mail_queue.composers |= {
            "registration": self._compose_registration, "reset": self._compose_reset,
            "password_changed": self._compose_changed,
        }

    async def drop_unconfirmed(self) -> int:
        """Drop registrations whose key has expired; returns how many."""
        before_ms = self._clock.calendar_ms() - self._limits.confirm_s * 1000
        return await self._accounts.drop_unconfirmed(before_ms)

    # -- registering -------------------------------------------------------------------------

    async def register(
        self, email: str, username: str, password: str, address: str
    ) -> Outcome:
        """Create an account whose mail address has yet to be confirmed.

        The outcome is the same whether or not the address already has an account.
        Refusals: too_many_attempts, busy.
        """
        if wait_s := self._asks.take(network(address)):
            return too_many(wait_s)
        wrong = fault_of(password, username, email)
        if wrong:
            return {"password": [wrong]}
        plain = plain_address(email)
        if plain is None:
            return {"email": ["Has to be a valid email."]}
        try:
            hashed = await self._passwords.hash(password)
        except Overworked:
            return BUSY
        added = await self._accounts.add(
            username, Kind.PERSON, email=plain, password=hashed
        )
        if isinstance(added, Rejected):
            looks = added == LOOKS_TAKEN
            return {"username": [_LOOKS_TAKEN if looks else _NAME_FAULTS[added.code]]}
        log.info("registered", user=added.id)
        if self._may_write(email_key(email), address):
            order = f"registration:{added.id}"
            await self._mail_queue.order(order, "registration", {"user": added.id})
        return None

    async def confirm(self, key: str) -> Rejected | None:
        """Confirm an account's mail address by a key from an e-mail.

        Refusals: bad_key, email_taken.
        """
        claims = self._access_tokens.read(key, CONFIRM)
        if isinstance(claims, Rejected):
            return Rejected("bad_key")
        user = await self._accounts.by_id(claims["sub"])
        if user is None or claims.get("email") != _mark(email_key(user.email)):
            return Rejected("bad_key")
        confirmed = await self._accounts.confirm(user.id)
        if isinstance(confirmed, Rejected):
            return confirmed
        log.info("email_confirmed", user=user.id)
        return None

    # -- passwords ---------------------------------------------------------------------------

    async def change_password(
        self, user_id: str, session: str, old: str, new: str, address: str
    ) -> Outcome:
        """Change a password and end all other sign-ins.

        Refusals: too_many_attempts, busy, version_changed.
        """
        user = await self._accounts.by_id(user_id)
        assert user is not None, "the caller has been identified"
        if wrong := fault_of(new, user.username, user.email):
            return {"new_password": [wrong]}
        known = await self._sign_in.check_own(user, session, old, address)
        if isinstance(known, Rejected):
            if known.code == "bad_credentials":
                return {"old_password": ["Is not the password."]}
            return known
        try:
            hashed = await self._passwords.hash(new)
        except Overworked:
            return BUSY
        changed = await self._accounts.set_password(user_id, hashed, known.password)
        if isinstance(changed, Rejected):
            return changed
        await self._sign_in.end_others(user_id, session, "password_changed")
        await self._tell_changed(user_id)
        return None

    async def ask_reset(self, email: str, address: str) -> Rejected | None:
        """Have the key for a new password mailed, if the address has an account.

        The outcome is the same if it has none. Refusal: too_many_attempts, counted by the network
        address that asks.
        """
        if wait_s := self._asks.take(network(address)):
            return too_many(wait_s)
        key = email_key(email)
        if self._may_write(key, address):
            order = f"reset:{secrets.token_hex(16)}"
            await self._mail_queue.order(order, "reset", {"email": key[:254]})
        return None

    async def reset(self, key: str, new: str, address: str = "") -> Outcome:
        """Set a new password with a key from an e-mail, once, and end all sign-ins.

        address: the network address from which it is done; guesses counted against it are
        forgotten, since the owner of the account will sign in from there.
        Refusals: bad_key, busy.
        """
        claims = self._access_tokens.read(key, RESET)
        if isinstance(claims, Rejected):
            return Rejected("bad_key")
        user = await self._accounts.by_id(claims["sub"])
        if user is None or user.disabled or not hmac.compare_digest(
            str(claims.get("password")), _mark(user.password)
        ):
            return Rejected("bad_key")
        if wrong := fault_of(new, user.username, user.email):
            return {"new_password": [wrong]}
        try:
            hashed = await self._passwords.hash(new)
        except Overworked:
            return BUSY
        changed = await self._accounts.set_password(user.id, hashed, user.password)
        if isinstance(changed, Rejected):
            return Rejected("bad_key")
        await self._sign_in.end_all(user.id, "password_reset")
        self._sign_in.forgive(user.email, address)
        await self._tell_changed(user.id)
        return None

    async def _tell_changed(self, user: str) -> None:
        order = f"password_changed:{secrets.token_hex(16)}"
        await self._mail_queue.order(order, "password_changed", {"user": user})

    def _may_write(self, key: str, address: str) -> bool:
        """Return whether an e-mail may be sent to an address that somebody entered; count it."""
        is_first = not self._letters_from.take(f"{wide_network(address)} {key}")
        return is_first and not self._letters.take(key)

    # -- letters -----------------------------------------------------------------------------

    async def _compose_registration(self, id: str, args: Mapping[str, Json]) -> Letter | None:
        """Ask for confirmation; or, if the address has an owner already, tell the owner."""
        user = await self._accounts.by_id(args["user"])
        if user is None or user.is_confirmed:
            return None
        owner = await self._accounts.by_email(user.email)
        if owner is not None:
            return mail_templates.already_registered(
                id, owner.email, owner.username, self.links.reset
            )
        key = self._access_tokens.issue(
            user.id, self._limits.confirm_s, CONFIRM, email=_mark(email_key(user.email))
        )
        link = mail_templates.with_key(self.links.confirm, key)
        return mail_templates.confirm_email(id, user.email, user.username, link)

    async def _compose_reset(self, id: str, args: Mapping[str, Json]) -> Letter | None:
        user = await self._accounts.by_email(args["email"])
        if user is None or user.disabled:
            return None
        key = self._access_tokens.issue(
            user.id, self._limits.reset_s, RESET, password=_mark(user.password)
        )
        link = mail_templates.with_key(self.links.reset, key)
        return mail_templates.reset_password(id, user.email, user.username, link)

    async def _compose_changed(self, id: str, args: Mapping[str, Json]) -> Letter | None:
        user = await self._accounts.by_id(args["user"])
        if user is None or not user.email:
            return None
        return mail_templates.password_changed(id, user.email, user.username)


def _mark(secret: str) -> str:
    """Return a short hash of a secret, with which a token refers to it without revealing it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
