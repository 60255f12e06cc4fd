"""How the letters about accounts read. Names and links are escaped; nothing is fetched."""

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
    """Return a page's address that carries a key in its fragment, which no server's log sees."""
    return f"{address}#key={quote(key, safe='.')}"


def confirm_email(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Ask whoever registered to show that the address is his."""
    return letter(letter_id, to, "Please confirm your mail address", [
        f"Hello {username},",
        "somebody has made an account with this mail address. If it was you, please open:",
    ], link)


def already_registered(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Tell an owner that his address was given again; the one who did learns nothing."""
    return letter(letter_id, to, "You have an account already", [
        f"Hello {username},",
        "somebody tried to make a new account with this mail address, which has one. If it was "
        "you and the password is lost, set a new one at the address below; else do nothing.",
    ], link)


def reset_password(letter_id: str, to: str, username: str, link: str) -> Letter:
    """Bring the key for a new password."""
    return letter(letter_id, to, "Set a new password", [
        f"Hello {username},",
        "a new password was asked for. If it was you, open the address below within an hour; "
        "else do nothing, the old one stays good.",
    ], link)


def password_changed(letter_id: str, to: str, username: str) -> Letter:
    """Tell an owner, so that he notices when it was not him."""
    return letter(letter_id, to, "Your password was changed", [
        f"Hello {username},",
        "the password of your account was changed, and all other sign-ins have ended. If it was "
        "not you, please ask for a new password at once.",
    ])
