"""The page that a browser shows for a refusal; programs get JSON."""

from __future__ import annotations

from html import escape
from pathlib import Path

FILE = "error.html"
MACHINES = ("/api/", "/ws/", "/schemas/", "/livez", "/readyz")
"""Prefixes of paths whose answers are always for programs."""
WORDS = {
    404: ("There is nothing here", "The address may be mistyped, or the page no longer exists."),
    429: ("Too many requests", "Please wait a moment, then load the page again."),
    503: ("Back in a moment", "The server is busy or restarting. Please load the page again."),
}
OTHERWISE = ("This did not work", "Please try again in a moment.")


def is_for_people(method: str | None, path: str, accept: str) -> bool:
    """Return whether a browser asked for a page."""
    return method in ("GET", "HEAD") and "text/html" in accept and not path.startswith(MACHINES)


def error_page(static: Path, status: int, incident: str) -> bytes | None:
    """Return the page for a refusal; None when the static files have none.

    incident: the id with which it is logged, if it was a fault of the host.
    """
    try:
        page = (static / FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    title, text = WORDS.get(status, OTHERWISE)
    for name, value in {
        "title": title, "text": text, "status": str(status), "incident": incident,
    }.items():
        page = page.replace("{{" + name + "}}", escape(value))
    return page.encode()
