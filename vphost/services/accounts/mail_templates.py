"""The e-mails about accounts. Names and links are escaped; nothing is loaded from a network."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote

from vphost.services.ports import Letter


def letter(letter_id: str, to: str, subject: str, lines: Sequence[str], link: str = "") -> Letter:
    """Return a letter of some paragraphs with one link, as text and as HTML."""
    text = "\n\n".join([*lines, *([link] if link else [])]) + "\n"
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    if link:
        safe = html.escape(link)
        paragraphs += f'<p><a href="{safe}">{safe}</a></p>'
    page = f"<!doctype html><html><body>{paragraphs}</body></html>"
    return Letter(letter_id, to, subject, text, page)


def with_key(address: str, key: str) -> str:
    """Return a page's address with a key in its fragment, which browsers never send to servers."""
    return f"{address}#key={quote(key, safe='.')}"


def confirm_email(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Ask whoever registered to prove that the address is theirs."""
    return letter(letter_id, to, "Please confirm your mail address", [
        f"Hello {username},",
        "somebody has created an account with this mail address. If it was you, please open:",
    ], link)


def already_registered(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Tell the owner of an address that it was used to register again.

    Whoever registered learns nothing from it: to them the host answers as always.
    """
    return letter(letter_id, to, "You have an account already", [
        f"Hello {username},",
        "somebody tried to create a new account with this mail address, which already has one. If "
        "it was you and you have lost the password, set a new one at the address below. Otherwise "
        "you need not do anything.",
    ], link)


def reset_password(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Send the key for setting a new password."""
    return letter(letter_id, to, "Set a new password", [
        f"Hello {username},",
        "somebody asked for a new password for your account. If it was you, open the address below "
        "within an hour. Otherwise you need not do anything: your password stays as it is.",
    ], link)


def password_changed(letter_id: str, to: str, username: str) -> Letter:
    """Tell the owners of an account, so that they notice when it was somebody else."""
    return letter(letter_id, to, "Your password was changed", [
        f"Hello {username},",
        "the password of your account was changed, and you have been signed out everywhere else. "
        "If it was not you, please ask for a new password at once.",
    ])
