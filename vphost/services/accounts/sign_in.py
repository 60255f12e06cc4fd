"""Who is signed in: passwords checked, tokens issued, refreshed and ended.

Signing in gives the same answer after the same time for known and unknown addresses. Guessing is
slowed down (`guesses.py`). Every token names its family (`refresh_tokens.py`); when a family ends,
`on_ended` is called, which closes what is open. Getting an account is in `registration.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.access_tokens import (
    AGAIN, DEVICE, KIND, REFRESH, TICKET, AccessTokens,
)
from vphost.services.accounts.accounts import Accounts, User
from vphost.services.accounts.mail_address import email_key
from vphost.services.accounts.one_time_tokens import OneTimeTokens
from vphost.services.accounts.passwords import Overworked, Passwords
from vphost.services.accounts.refresh_tokens import RefreshTokens
from vphost.services.guesses import Guesses, GuessLimits, Lane, network
from vphost.services.operators.audit import Audit
from vphost.services.ports import Clock

log = structlog.get_logger("vphost.sign_in")
DAY_S = 86_400
NOBODY = Rejected("not_authenticated")
BUSY = Rejected("busy", {"retry_after_s": 1})


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How long tokens live, seconds. device_s: how long a device is remembered. guesses: how many
    wrong passwords cost no pause."""

    access_s: int = 900
    refresh_s: int = 14 * DAY_S
    ticket_s: int = 60
    device_s: int = 365 * DAY_S
    guesses: GuessLimits = GuessLimits()


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and its refresh token, or a one-time token and what gets the next one.

    expires_in_s: of `access`. device: the token that lets a device show later that its owner has
    signed in there with a password; "" when no password was checked.
    """

    access: str
    refresh: str
    expires_in_s: int
    device: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """The user that a token names. session: the family, "" for a token without one. table: the one
    that a one-time token is bound to, "" for any. expires_in_s: only for a token without a session:
    its end is announced by nobody, so whoever keeps something open for it has to watch the time."""

    user: User
    session: str = ""
    table: str = ""
    expires_in_s: float | None = None


class SignIn:
    """The service. on_ended: functions called with (user id, family that ended; "" for all)."""

    def __init__(
        self, *, accounts: Accounts, refresh_tokens: RefreshTokens, passwords: Passwords,
        access_tokens: AccessTokens,
        clock: Clock, limits: SignInLimits = SignInLimits(), audit: Audit | None = None,
    ) -> None:
        """audit: where sign-ins of operators are recorded; None for a tool that signs nobody in."""
        self.on_ended: list[Callable[[str, str], object]] = []
        self.limits = limits
        self._audit = audit
        self._accounts = accounts
        self._refresh_tokens = refresh_tokens
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._now_s: Callable[[], int] = lambda: clock.calendar_ms() // 1000
        self._tickets = OneTimeTokens(self._now_s)
        self._guesses = Guesses(limits.guesses, clock.now_ms)

    # -- signing in --------------------------------------------------------------------------

    async def sign_in(
        self, email: str, password: str, address: str, device: str = ""
    ) -> Pair | Rejected:
        """Return tokens for a mail address and its password.

        device: `Pair.device` of an earlier sign-in on this device, "" for none.
        Refusals: bad_credentials; too_many_attempts and busy with the detail `retry_after_s`.
        """
        user = await self._accounts.by_email(email)
        lane = self._lane(user, email_key(email), address, device)
        known = await self._check(user, password, lane, address)
        if user is not None and user.is_operator:
            await self._note_operator(user, address, known)
        if isinstance(known, Rejected):
            return known
        shown = self._access_tokens.issue(known.id, self.limits.device_s, DEVICE)
        return replace(await self.begin(known.id), device=shown)

    def _lane(self, user: User | None, account: str, address: str, device: str) -> Lane:
        claims = self._access_tokens.read(device, DEVICE) if device else None
        if isinstance(claims, Mapping) and user is not None and claims["sub"] == user.id:
            return self._guesses.from_device(account, claims["jti"], address)
        return self._guesses.from_address(account, address)

    async def check_own(
        self, user: User, session: str, password: str, address: str
    ) -> User | Rejected:
        """Return a signed-in user when the password is theirs. Refusals: as `sign_in`."""
        lane = self._guesses.from_session(user.id, session)
        return await self._check(user, password, lane, address)

    async def _note_operator(self, user: User, address: str, known: User | Rejected) -> None:
        """Record an operator's sign-in before it is answered; a failed attempt in the background.

        Nobody has to wait for the record of a failed attempt: otherwise a stranger could learn
        from the time that an address belongs to an operator.
        """
        if self._audit is None:
            return
        subject = f"user:{user.id}"
        if isinstance(known, Rejected):
            source = f"address:{network(address)}"
            self._audit.note_refused(source, "operator.sign_in", subject, known.code)
        else:
            await self._audit.record(subject, "operator.sign_in", subject, {"address": address})

    async def begin(self, user: str) -> Pair:
        """Sign a user in, without checking anything."""
        family = self._refresh_tokens.new_id()
        pair = self._pair(user, family)
        await self._refresh_tokens.begin(family, user, pair.refresh, self.limits.refresh_s)
        log.info("signed_in", user=user)
        return pair

    async def begin_without_refresh(self, user: str, lifetime_s: int) -> str:
        """Sign a user (a guest, a script) in with one access token that cannot be refreshed."""
        family = self._refresh_tokens.new_id()
        await self._refresh_tokens.begin(family, user, family, lifetime_s)
        return self._access_tokens.issue(user, lifetime_s, KIND, sid=family)

    async def _check(
        self, user: User | None, password: str, lane: Lane, address: str
    ) -> User | Rejected:
        """Return the user when the password is theirs. user: None for nobody, which takes as long.

        The guess is counted before the hash is computed: of many concurrent guesses all but the
        free ones are refused, although none has failed yet.
        """
        wait_s = self._guesses.wait_s(lane)
        if wait_s > 0:
            return too_many(wait_s)
        self._guesses.begin(lane)
        hashed = user.password if user is not None else ""
        try:
            is_right = await self._passwords.matches(hashed, password)
        except Overworked:
            self._guesses.take_back(lane)
            return BUSY
        if user is None or not is_right or user.disabled:
            self._guesses.fail(lane)
            log.info("sign_in_refused", user=user.id if user else None, address=address)
            return Rejected("bad_credentials")
        self._guesses.succeed(lane)
        return await self._renew_hash(user, password) if self._passwords.is_old(hashed) else user

    async def _renew_hash(self, user: User, password: str) -> User:
        """Store a hash made with today's parameters, if possible now. Returns the stored user."""
        try:
            hashed = await self._passwords.hash(password)
        except Overworked:
            return user
        changed = await self._accounts.set_password(user.id, hashed, user.password)
        return user if isinstance(changed, Rejected) else changed

    def forgive(self, email: str, address: str = "") -> None:
        """Forget the guesses at an account whose owner has proved, from there, who they are."""
        self._guesses.forgive(email_key(email), address)

    async def refresh(self, token: str) -> Pair | Rejected:
        """Return new tokens for a refresh token, which is used up.

        Refusals: not_authenticated, token_expired; token_reused, upon which its family has ended.
        """
        claims = self._access_tokens.read(token, REFRESH, AGAIN)
        if isinstance(claims, Rejected):
            return claims
        user = await self._living(claims)
        if isinstance(user, Rejected):
            return user
        if claims["kind"] == AGAIN:
            return await self._next_ticket(user, claims)
        family = claims["sid"]
        pair = self._pair(user.id, family)
        refused = await self._refresh_tokens.rotate(
            family, token, pair.refresh, self.limits.refresh_s
        )
        if refused is None:
            return pair
        if refused.code == "token_reused":
            self._announce_end(user.id, family, "token_reused")
        return refused

    async def verify(self, token: str) -> Rejected | None:
        """Return None when a token of any kind that signs in is valid; nothing is used up."""
        claims = self._access_tokens.read(token, KIND, REFRESH, TICKET, AGAIN)
        if isinstance(claims, Rejected):
            return claims
        user = await self._living(claims)
        return user if isinstance(user, Rejected) else None

    # -- tickets for sockets -----------------------------------------------------------------

    def ticket(
        self, user: str, session: str, table: str = "", expires_in_s: float | None = None
    ) -> Pair:
        """Return a one-time token that opens one socket, and what gets the next one.

        table: the id or short token of the table that it is for; "" for any one.
        expires_in_s: of the token that asks, if it has no session: neither token outlives it.
        """
        life = self.limits.ticket_s
        if expires_in_s is not None:
            life = max(1, min(life, int(expires_in_s)))
        until_s = 0 if expires_in_s is None else self._now_s() + int(expires_in_s)
        claims = {
            "sid": session, "boot": self._tickets.boot, "table": table, "until": until_s
        }
        return Pair(
            self._access_tokens.issue(user, life, TICKET, **claims),
            self._access_tokens.issue(user, life, AGAIN, **claims), life,
        )

    async def _next_ticket(self, user: User, claims: Mapping[str, Json]) -> Pair | Rejected:
        if self._used_up(claims):
            left_s = claims["until"] - self._now_s() if claims["until"] else None
            return self.ticket(user.id, claims["sid"], claims["table"], left_s)
        if claims["boot"] == self._tickets.boot and claims["sid"]:
            await self.end(user.id, claims["sid"], "token_reused")
            return Rejected("token_reused")
        return NOBODY

    def _used_up(self, claims: Mapping[str, Json]) -> bool:
        return self._tickets.use(claims["jti"], claims["boot"], claims["exp"])

    # -- who asks ----------------------------------------------------------------------------

    async def who(self, token: str, for_socket: bool) -> Who | Rejected:
        """Return whom a token names; a one-time token is valid for sockets only and is used up.

        Refusals: not_authenticated, token_expired.
        """
        claims = self._access_tokens.read(token, *((KIND, TICKET) if for_socket else (KIND,)))
        if isinstance(claims, Rejected):
            return claims
        user = await self._living(claims)
        if isinstance(user, Rejected):
            return user
        if claims["kind"] == TICKET and not self._used_up(claims):
            return NOBODY
        session = claims.get("sid", "")
        expires_in_s = None if session else self._access_tokens.left_s(claims)
        if claims.get("until"):
            expires_in_s = float(claims["until"] - self._now_s())
        return Who(user, session, claims.get("table", ""), expires_in_s)

    async def _living(self, claims: Mapping[str, Json]) -> User | Rejected:
        """Return a token's user, unless the user is barred or the family has ended."""
        family = claims.get("sid", "")
        if family and not await self._refresh_tokens.is_live(family):
            return NOBODY
        user = await self._accounts.by_id(claims["sub"])
        return NOBODY if user is None or user.disabled else user

    async def is_live(self, user: str, session: str) -> bool:
        """Return whether a user may go on with what they have opened."""
        living = await self._living({"sub": user, "sid": session})
        return isinstance(living, User)

    # -- ending ------------------------------------------------------------------------------

    async def end(self, user: str, session: str, why: str = "logout") -> None:
        """End one sign-in."""
        if session:
            await self._refresh_tokens.end(session)
        self._announce_end(user, session or "-", why)

    async def bar(self, user: str, disabled: bool) -> User | Rejected:
        """Disable a user, which ends all their sign-ins at once, or enable them again.

        Refusal: not_found.
        """
        changed = await self._accounts.disable(user, disabled)
        if isinstance(changed, User) and disabled:
            await self.end_all(user, "disabled")
        return changed

    def _announce_end(self, user: str, session: str, why: str) -> None:
        log.info("sessions_ended", user=user, why=why)
        for hook in self.on_ended:
            hook(user, session)

    async def end_all(self, user: str, why: str) -> None:
        """End all sign-ins of a user."""
        await self._refresh_tokens.end_all(user)
        self._announce_end(user, "", why)

    async def end_others(self, user: str, spare: str, why: str) -> None:
        """End all sign-ins of a user except `spare`."""
        for family in await self._refresh_tokens.end_all(user, spare):
            self._announce_end(user, family, why)

    def _pair(self, user: str, family: str) -> Pair:
        life = self.limits.access_s
        return Pair(
            self._access_tokens.issue(user, life, KIND, sid=family),
            self._access_tokens.issue(user, self.limits.refresh_s, REFRESH, sid=family), life,
        )


def too_many(wait_s: float) -> Rejected:
    """Return the refusal for somebody who has to wait."""
    return Rejected("too_many_attempts", {"retry_after_s": wait_s})
