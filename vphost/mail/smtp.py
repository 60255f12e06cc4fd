"""Mail through a server, with the standard library's client on a thread of its own.

The connection is encrypted, from the start (`smtps`) or by STARTTLS; nothing is sent to another
machine without. Certificates are checked. Each letter gets its own connection.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage

import structlog

from vphost.mail.message import message
from vphost.services.ports import Letter, MailDown, MailRefused, PortUnusable

TIMEOUT_S = 10.0
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
log = structlog.get_logger("vphost.mail")


@dataclass(frozen=True, slots=True)
class Account:
    """How a mail server is reached. user: "" to send without signing in."""

    host: str
    port: int
    is_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


class SmtpMailer:
    """`ports.Mailer` through an SMTP server."""

    def __init__(
        self, account: Account, sender: str, *, context: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """context: which certificates are trusted; by default the system's."""
        self._account = account
        self._sender = sender
        self._context = context or ssl.create_default_context()
        self._timeout_s = timeout_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="smtp")

    async def check(self) -> None:
        """Greet, encrypt and sign in.

        A server that is only unreachable now is logged; letters wait for it.
        Raises: PortUnusable for what will not get better by waiting.
        """
        try:
            await self._run(self._greet)
        except MailRefused as error:
            raise PortUnusable(f"mail: {self._account.host}: {error}") from None
        except MailDown as error:
            log.warning("mail_server_away", host=self._account.host, error=str(error))

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the server. Raises: MailDown, MailRefused."""
        made = message(letter, self._sender)
        try:
            await self._run(lambda: self._deliver(made))
        except PortUnusable as error:
            raise MailDown(str(error)) from None  # the server's fault, not the letter's
        log.info("mail_sent", subject=letter.subject)

    async def close(self) -> None:
        """End the thread once it has finished what it is doing."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self, work: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, _typed, work)

    def _greet(self) -> None:
        with self._connected() as server:
            server.noop()

    def _deliver(self, made: EmailMessage) -> None:
        with self._connected() as server:
            server.send_message(made)

    def _connected(self) -> smtplib.SMTP:
        """Return a new connection, encrypted (but to this machine) and signed in."""
        account = self._account
        server: smtplib.SMTP
        if account.is_tls:
            server = smtplib.SMTP_SSL(
                account.host, account.port, timeout=self._timeout_s, context=self._context
            )
        else:
            server = smtplib.SMTP(account.host, account.port, timeout=self._timeout_s)
        try:
            server.ehlo()
            if not account.is_tls and server.has_extn("starttls"):
                server.starttls(context=self._context)
                server.ehlo()
            elif not account.is_tls and account.host not in HERE:
                raise PortUnusable(f"mail: {account.host} offers no STARTTLS")
            if account.user:
                server.login(account.user, account.password)
        except BaseException:
            server.close()
            raise
        return server


def _typed(work: object) -> None:
    """Run work with a server and turn its errors into ours.

    Raises: MailDown (try again later), MailRefused (this letter never), PortUnusable (no letter
        until the configuration or the server changes).
    """
    assert callable(work)
    try:
        work()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            raise MailRefused(f"the recipient was refused ({codes[0]})") from None
        raise MailDown("the recipient was refused for now") from None
    except smtplib.SMTPNotSupportedError as error:
        raise PortUnusable(f"mail: the server cannot do it: {error}") from None
    except smtplib.SMTPAuthenticationError as error:
        if not 500 <= error.smtp_code < 600:
            raise MailDown(f"not signed in ({error.smtp_code})") from None
        text = f"mail: user and password were refused ({error.smtp_code})"
        raise PortUnusable(text) from None
    except smtplib.SMTPResponseException as error:
        kind = MailRefused if 500 <= error.smtp_code < 600 else MailDown
        raise kind(f"the server answered {error.smtp_code}") from None
    except ssl.SSLCertVerificationError as error:
        raise PortUnusable(f"mail: the server's certificate: {error.verify_message}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailDown(f"{type(error).__name__}: {error}") from None
