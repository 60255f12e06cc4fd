"""Letters into a folder and through a real SMTP server."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from tests.mail.certificate import self_signed
from vphost.mail import open_mailer
from vphost.mail.outbox import MailFolder
from vphost.mail.smtp import Account, SmtpMailer
from vphost.services.ports import Attachment, Letter, MailDown, MailRefused, PortUnusable

FROM = "host@example.org"
LETTER = Letter(
    "reset:1", "ada@example.org", "Grüße, Ada", "Zwölf Zeilen\n.\nund ein Punkt\n",
    "<p>Zwölf Zeilen</p>", (Attachment("report.csv", "text/csv", b"a,b\r\n1,2\r\n"),),
)


class Receiver:
    """What the server was given. answers: recipient -> what the server says to him."""

    def __init__(self, **answers: str) -> None:
        self.letters: list[EmailMessage] = []
        self.answers = answers

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.answers.get(address.partition("@")[0], "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(parsed(envelope.content))
        return "250 OK"


def parsed(content: bytes) -> EmailMessage:
    """Return a message as a mail program reads it."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@asynccontextmanager
async def serving(receiver: Receiver, **settings: Any) -> AsyncIterator[int]:
    """Run a mail server on a free port of this machine; yields the port."""
    loop = asyncio.get_running_loop()
    spoken: list[SMTP] = []

    def answer() -> SMTP:
        spoken.append(SMTP(receiver, hostname="localhost", **settings))
        return spoken[-1]

    server = await loop.create_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in spoken:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        await asyncio.sleep(0)


@pytest.fixture
async def mailers() -> AsyncIterator[list[Any]]:
    """Mailers that are closed at the end."""
    made: list[Any] = []
    yield made
    for one in made:
        await one.close()


def plain(part: MIMEPart) -> str:
    """Return the text of a part with plain line ends."""
    return str(part.get_content()).replace("\r\n", "\n")


def check_letter(message: EmailMessage) -> None:
    assert (message["To"], message["From"], message["Subject"]) == (
        LETTER.to, FROM, LETTER.subject
    )
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and plain(text) == LETTER.text
    assert page is not None and plain(page).strip() == LETTER.html
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "report.csv"


async def test_a_letter_is_a_whole_private_file_that_is_written_once(
    tmp_path: Path, mailers: list[Any]
) -> None:
    outbox = MailFolder(tmp_path / "outbox", FROM)
    mailers.append(outbox)
    await outbox.check()
    for _ in range(2):
        await outbox.send(LETTER)
    [file] = (tmp_path / "outbox").iterdir()
    assert file.suffix == ".eml" and file.stat().st_mode & 0o777 == 0o600
    check_letter(parsed(file.read_bytes()))


async def test_an_outbox_that_cannot_be_written_stops_the_start(
    tmp_path: Path, mailers: list[Any]
) -> None:
    (tmp_path / "outbox").write_text("a file")
    outbox = MailFolder(tmp_path / "outbox", FROM)
    mailers.append(outbox)
    with pytest.raises(PortUnusable, match="mail: outbox"):
        await outbox.check()
    with pytest.raises(MailDown):
        await outbox.send(LETTER)


async def test_a_letter_goes_through_a_server(mailers: list[Any]) -> None:
    receiver = Receiver()
    async with serving(receiver) as port:
        mailer = SmtpMailer(Account("127.0.0.1", port, False), FROM)
        mailers.append(mailer)
        await mailer.check()
        await mailer.send(LETTER)
        await mailer.send(LETTER)
    first, second = receiver.letters
    check_letter(first)
    assert first["Message-ID"] == second["Message-ID"]


async def test_an_encrypted_line_and_a_password(
    tmp_path: Path, mailers: list[Any], expect_log: Any
) -> None:
    expect_log("login_data is deprecated|TLSSetupException")  # the server's own words
    certificate = self_signed(tmp_path)
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=str(certificate))

    def authenticate(server: Any, session: Any, envelope: Any, kind: str, login: Any) -> AuthResult:
        is_right = (login.login, login.password) == (b"ada", b"secret")
        return AuthResult(success=is_right, handled=False)

    receiver = Receiver()
    settings = {"tls_context": server_side, "require_starttls": True, "auth_required": True,
                "authenticator": authenticate}
    async with serving(receiver, **settings) as port:
        good = SmtpMailer(Account("127.0.0.1", port, False, "ada", "secret"), FROM,
                          context=client_side)
        wrong = SmtpMailer(Account("127.0.0.1", port, False, "ada", "guess"), FROM,
                           context=client_side)
        stranger = SmtpMailer(Account("127.0.0.1", port, False, "ada", "secret"), FROM)
        mailers.extend([good, wrong, stranger])
        await good.check()
        await good.send(LETTER)
        with pytest.raises(PortUnusable, match="user and password were refused"):
            await wrong.check()
        with pytest.raises(MailDown):
            await wrong.send(LETTER)
        with pytest.raises(PortUnusable, match="certificate"):
            await stranger.check()
    check_letter(receiver.letters[0])
    assert len(receiver.letters) == 1


async def test_a_refusal_for_ever_and_one_for_now(mailers: list[Any]) -> None:
    receiver = Receiver(gone="550 no such user", full="450 later")
    async with serving(receiver) as port:
        mailer = SmtpMailer(Account("127.0.0.1", port, False), FROM)
        mailers.append(mailer)
        with pytest.raises(MailRefused):
            await mailer.send(Letter("1", "gone@example.org", "s", "t"))
        with pytest.raises(MailDown):
            await mailer.send(Letter("2", "full@example.org", "s", "t"))
        await mailer.send(Letter("3", "ada@example.org", "s", "t"))
    assert [one["To"] for one in receiver.letters] == ["ada@example.org"]


async def test_a_server_that_is_away_is_no_reason_not_to_start(
    mailers: list[Any], expect_log: Any
) -> None:
    expect_log("mail_server_away")
    async with serving(Receiver()) as port:
        pass
    mailer = SmtpMailer(Account("127.0.0.1", port, False), FROM)
    mailers.append(mailer)
    await mailer.check()
    with pytest.raises(MailDown):
        await mailer.send(LETTER)


async def test_a_server_that_says_nothing_is_left(mailers: list[Any], expect_log: Any) -> None:
    expect_log("mail_server_away")
    lines: list[asyncio.StreamWriter] = []
    quiet = await asyncio.start_server(
        lambda reader, writer: lines.append(writer), "127.0.0.1", 0
    )
    port = quiet.sockets[0].getsockname()[1]
    mailer = SmtpMailer(Account("127.0.0.1", port, False), FROM, timeout_s=0.1)
    mailers.append(mailer)
    await mailer.check()
    quiet.close()
    for line in lines:
        line.transport.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize("to", [
    "no address", "", "@", "ada@example.org\r\nBcc: eve@example.org", "a@b, c@d",
])
async def test_no_address_splits_a_header(to: str, tmp_path: Path, mailers: list[Any]) -> None:
    outbox = MailFolder(tmp_path, FROM)
    mailers.append(outbox)
    with pytest.raises(MailRefused):
        await outbox.send(Letter("1", to, "s", "t"))
    assert list(tmp_path.iterdir()) == []


async def test_a_subject_never_splits_a_header(tmp_path: Path, mailers: list[Any]) -> None:
    outbox = MailFolder(tmp_path, FROM)
    mailers.append(outbox)
    with pytest.raises(MailRefused):
        await outbox.send(Letter("1", "a@b", "x\r\nBcc: eve@example.org", "t"))


@pytest.mark.parametrize(("url", "password", "says"), [
    ("smtp://ada@localhost", None, "mail_password_file"),
    ("smtp://localhost", "secret", "mail_password_file"),
    ("http://localhost", None, "neither"),
])
def test_a_configuration_that_cannot_work_is_named(
    url: str, password: str | None, says: str, tmp_path: Path
) -> None:
    file = None if password is None else tmp_path / "password"
    if file is not None:
        file.write_text("secret")
        file.chmod(0o600)
    with pytest.raises(PortUnusable, match=says):
        open_mailer(url, sender=FROM, folder=tmp_path, password_file=file)


def test_a_password_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret")
    os.chmod(file, 0o644)
    with pytest.raises(PortUnusable, match="0600") as caught:
        open_mailer("smtp://ada@h", sender=FROM, folder=tmp_path, password_file=file)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Account("h", 1, True, "ada", "secret"))
