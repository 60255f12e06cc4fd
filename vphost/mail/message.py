"""Letters (e-mails to be sent) as MIME messages."""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

import idna

from vphost.services.ports import Letter, MailRefused

LINE_MAX = 200


def message(letter: Letter, sender: str) -> EmailMessage:
    """Return the MIME message of a letter; the same letter always gets the same Message-ID.

    Raises: MailRefused for an address or a subject that a header cannot hold.
    """
    made = EmailMessage(SMTP)
    domain = sender.rpartition("@")[2]
    name, _, host = letter.to.rpartition("@")
    if not name or not host or any(char <= " " or char in ",;<>" for char in letter.to):
        raise MailRefused("no mail address")
    try:
        made["From"] = sender
        made["To"] = Address(username=name, domain=_ascii(host))
        made["Subject"] = letter.subject[:LINE_MAX]
        made["Message-ID"] = f"<{name_of(letter)}@{domain}>"
    except (ValueError, IndexError, AttributeError) as error:
        raise MailRefused(f"no mail address: {type(error).__name__}") from None
    made["Date"] = formatdate(usegmt=True)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    if letter.html:
        made.add_alternative(letter.html, subtype="html")
    for one in letter.attachments:
        main, _, sub = one.kind.partition("/")
        made.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return made


def _ascii(host: str) -> str:
    """Return a domain as servers carry it. Raises: ValueError (idna.IDNAError is one)."""
    return host if host.isascii() else idna.encode(host, uts46=True).decode()


def name_of(letter: Letter) -> str:
    """Return a letter's name in file names and Message-IDs: 40 hex digits, a hash of its id."""
    return hashlib.sha256(letter.id.encode()).hexdigest()[:40]
