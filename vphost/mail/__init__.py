"""Where e-mails go: a local folder, or a mail server. Opened by a URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from vphost.mail.outbox import MailFolder
from vphost.mail.smtp import Account, SmtpMailer
from vphost.services.ports import Mailer, PortUnusable


def open_mailer(url: str, *, sender: str, folder: Path, password_file: Path | None) -> Mailer:
    """Return the mailer that a URL names.

    url: `outbox`, or `smtp://[user@]host[:port]` (STARTTLS, which the server has to offer unless
        it is on this machine), or `smtps://...`. sender: the address in From. folder: the
        outbox. password_file: holds the password of the URL's user.
    Raises: PortUnusable.
    """
    if url == "outbox":
        return MailFolder(folder, sender)
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise PortUnusable("mail: neither outbox nor smtp://host nor smtps://host")
    user = unquote(parts.username or "")
    if bool(user) != (password_file is not None):
        raise PortUnusable("mail: a user needs mail_password_file, and the other way round")
    is_tls = parts.scheme == "smtps"
    return SmtpMailer(Account(
        host=parts.hostname, port=parts.port or (465 if is_tls else 587), is_tls=is_tls,
        user=user, password=_read(password_file),
    ), sender)


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        if path.stat().st_mode & 0o077:
            raise PortUnusable(f"mail_password_file: {path} may be read by others; make it 0600")
        return path.read_text().strip()
    except OSError as error:
        raise PortUnusable(f"mail_password_file: {path}: {error.strerror}") from None
