"""Mail addresses that people give: one plain address to which a letter can go.

What stands around an address in a header (a name, angle brackets, comments, quotes) is no part of
it, nor is a second one. Before the @ it is ASCII: few servers carry anything else (RFC 6531), and a
letter that fails later leaves a name taken that nobody can confirm. The part behind it may be
internationalised; it has to be one that the world knows, or a stranger could write to mailboxes of
the host's own network.
"""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

LONGEST = 254


def plain_address(text: str) -> str | None:
    """Return the address of a text in its usual form, None when it is not exactly one."""
    if len(text) > LONGEST:
        return None
    try:
        found = validate_email(
            text.strip(" "), check_deliverability=False, allow_smtputf8=False,
            allow_quoted_local=False, allow_domain_literal=False, allow_display_name=False,
            strict=True,
        )
    except EmailNotValidError:
        return None
    is_short = found.ascii_email is not None and len(found.ascii_email) <= LONGEST
    return found.normalized if is_short else None


def email_key(email: str) -> str:
    """Return what two mail addresses that count as the same have in common; "" for none."""
    text = unicodedata.normalize("NFKC", email.strip())
    name, at, domain = text.rpartition("@")
    return f"{name.casefold()}@{_readable(domain.casefold())}" if name and at and domain else ""


def old_email_key(email: str) -> str:
    """Return the key of an address as it was before `xn--` was read."""
    text = unicodedata.normalize("NFKC", email.strip())
    name, at, domain = text.rpartition("@")
    return f"{name.casefold()}@{domain.casefold()}" if name and at and domain else ""


def _readable(domain: str) -> str:
    """Return a domain with its `xn--` parts written out, unchanged when they say nothing."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain).casefold()
    except (idna.IDNAError, UnicodeError):
        return domain
