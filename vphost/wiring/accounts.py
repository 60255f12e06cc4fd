"""The services of accounts put together, for `app.py` and `wiring/offline.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from vphost.config.settings import Config
from vphost.mail import open_mailer
from vphost.services.accounts.access_tokens import AccessTokens
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.passwords import Passwords
from vphost.services.accounts.refresh_tokens import RefreshTokens
from vphost.services.accounts.registration import (Links, Registration,
                                                   RegistrationLimits)
from vphost.services.accounts.sign_in import SignIn, SignInLimits
from vphost.services.mail_queue import MailQueue
from vphost.services.operators.audit import Audit
from vphost.services.ports import Clock, Documents, Mailer


@dataclass(slots=True)
class AccountServices:
    """Everything about accounts that a host runs. `open`, `start`, `clean` now and then, `close`.

    start: after the composers of letters are known, when the store is recovered.
    """

    families: RefreshTokens
    passwords: Passwords
    mailer: Mailer
    post: MailQueue
    sign_in: SignIn
    registration: Registration

    async def open(self) -> None:
        """Declare, and look whether mail can go. Raises: PortUnusable."""
        await self.families.open()
        await self.post.open()
        await self.mailer.check()
        await self.passwords.open()

    async def clean(self) -> Mapping[str, int]:
        """Drop what is over; returns how much of what."""
        return {
            "sessions": await self.families.forget_old(), "mails": await self.post.forget_old(),
            "registrations": await self.registration.drop_unconfirmed(),
        }

    async def close(self) -> None:
        """End tasks and threads; letters that wait go after the next start."""
        await self.post.close()
        await asyncio.gather(self.passwords.close(), self.mailer.close())


def sign_in_of(
    config: Config, clock: Clock, accounts: Accounts, sessions: AccessTokens,
    families: RefreshTokens, passwords: Passwords, audit: Audit | None = None,
) -> SignIn:
    """Return the sign-in as configured."""
    return SignIn(
        accounts=accounts, families=families, passwords=passwords, sessions=sessions, clock=clock,
        limits=SignInLimits(
            access_s=config.access_lifetime_s, refresh_s=config.refresh_lifetime_s,
            ticket_s=config.short_lifetime_s,
        ),
        audit=audit,
    )


def make_people(
    config: Config, documents: Documents, clock: Clock, accounts: Accounts, sessions: AccessTokens,
    audit: Audit,
) -> AccountServices:
    """Build the services over an open store. Raises: PortUnusable."""
    families, passwords = RefreshTokens(documents, clock), Passwords()
    mailer = open_mailer(
        config.mail, sender=config.mail_from, folder=config.var / "outbox",
        password_file=config.mail_password_file,
    )
    post = MailQueue(documents, clock, mailer)
    sign_in = sign_in_of(config, clock, accounts, sessions, families, passwords, audit)
    registration = Registration(
        accounts=accounts, sign_in=sign_in, passwords=passwords, sessions=sessions, post=post,
        clock=clock, links=links(config, ""),
        limits=RegistrationLimits(asks_per_hour=config.registrations_per_hour),
    )
    return AccountServices(families, passwords, mailer, post, sign_in, registration)


def links(config: Config, origin: str) -> Links:
    """Return where letters lead. origin: of the host's own pages, where nothing else is said."""
    base = (config.public_url or origin).rstrip("/")
    return Links(
        confirm=config.email_confirm_redirect_link or f"{base}/account/confirm/",
        reset=config.password_reset_redirect_link or f"{base}/account/reset/",
    )
