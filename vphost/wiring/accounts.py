"""The account services put together, for a host and for tools without one."""

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
from vphost.services.accounts.registration import Links, Registration, RegistrationLimits
from vphost.services.accounts.sign_in import SignIn, SignInLimits
from vphost.services.mail_queue import MailQueue
from vphost.services.operators.audit import Audit
from vphost.services.ports import Clock, Documents, Mailer


@dataclass(slots=True)
class AccountServices:
    """Everything about accounts that a host runs: `open`, `clean` now and then, `close`.

    `mail_queue.start` comes later, when the store is recovered and all composers are registered.
    """

    refresh_tokens: RefreshTokens
    passwords: Passwords
    mailer: Mailer
    mail_queue: MailQueue
    sign_in: SignIn
    registration: Registration

    async def open(self) -> None:
        """Declare the collections and check the mailer. Raises: PortUnusable."""
        await self.refresh_tokens.open()
        await self.mail_queue.open()
        await self.mailer.check()
        await self.passwords.open()

    async def clean(self) -> Mapping[str, int]:
        """Drop what has expired; returns how much of each kind."""
        return {
            "sessions": await self.refresh_tokens.forget_old(),
            "mails": await self.mail_queue.forget_old(),
            "registrations": await self.registration.drop_unconfirmed(),
        }

    async def close(self) -> None:
        """End tasks and threads; waiting letters are sent after the next start."""
        await self.mail_queue.close()
        await asyncio.gather(self.passwords.close(), self.mailer.close())


def sign_in_of(
    config: Config, clock: Clock, accounts: Accounts, access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens, passwords: Passwords, audit: Audit | None = None,
) -> SignIn:
    """Return the sign-in service as configured."""
    return SignIn(
        accounts=accounts, refresh_tokens=refresh_tokens, passwords=passwords,
        access_tokens=access_tokens, clock=clock,
        limits=SignInLimits(
            access_s=config.access_lifetime_s, refresh_s=config.refresh_lifetime_s,
            ticket_s=config.short_lifetime_s,
        ),
        audit=audit,
    )


def make_account_services(
    config: Config, documents: Documents, clock: Clock, accounts: Accounts,
    access_tokens: AccessTokens, audit: Audit,
) -> AccountServices:
    """Build the services over an open store. Raises: PortUnusable."""
    refresh_tokens, passwords = RefreshTokens(documents, clock), Passwords()
    mailer = open_mailer(
        config.mail, sender=config.mail_from, folder=config.var / "outbox",
        password_file=config.mail_password_file,
    )
    mail_queue = MailQueue(documents, clock, mailer)
    sign_in = sign_in_of(config, clock, accounts, access_tokens, refresh_tokens, passwords, audit)
    registration = Registration(
        accounts=accounts, sign_in=sign_in, passwords=passwords, access_tokens=access_tokens,
        mail_queue=mail_queue, clock=clock, links=links(config, ""),
        limits=RegistrationLimits(asks_per_hour=config.registrations_per_hour),
    )
    return AccountServices(refresh_tokens, passwords, mailer, mail_queue, sign_in, registration)


def links(config: Config, origin: str) -> Links:
    """Return the pages that e-mails link to. origin: of the host's own pages, the default."""
    base = (config.public_url or origin).rstrip("/")
    return Links(
        confirm=config.email_confirm_redirect_link or f"{base}/account/confirm/",
        reset=config.password_reset_redirect_link or f"{base}/account/reset/",
    )
