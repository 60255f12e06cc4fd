"""Mail addresses that people give: exactly one plain address that can receive mail.

Whatever surrounds an address in a header (a name, angle brackets, comments, quotes) is not part of
it. The part before the @ is ASCII: few servers carry anything else (RFC 6531), and an e-mail that
fails later would leave a name taken that nobody can confirm. The domain may be internationalised.
It has to be a public one, or strangers could send mail to mailboxes of the host's own network.
"""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

LONGEST = 254


def plain_address(text: str) -> str | None:
    """Return an address in its normal form, None when the text is not exactly one address."""
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
    """Return the key that mail addresses share when they count as the same; "" for no address."""
    text = unicodedata.normalize("NFKC", email.strip())
    name, at, domain = text.rpartition("@")
    return f"{name.casefold()}@{_readable(domain.casefold())}" if name and at and domain else ""


def old_email_key(email: str) -> str:
    """Return the key that older releases stored, which did not decode `xn--` parts."""
    text = unicodedata.normalize("NFKC", email.strip())
    name, at, domain = text.rpartition("@")
    return f"{name.casefold()}@{domain.casefold()}" if name and at and domain else ""


def _readable(domain: str) -> str:
    """Return a domain with its `xn--` parts decoded, unchanged when they cannot be."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain).casefold()
    except (idna.IDNAError, UnicodeError):
        return domain
