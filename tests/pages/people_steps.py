"""What people do on the pages, step by step: letters, signing up and in."""

from __future__ import annotations

import email
import email.policy
import json
import re
import select
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.journeys.host_process import HostProcess

LETTER_S = 15
PASSWORD = "correct horse 7"


def letter_link(host: HostProcess, address: str, subject: str) -> str:
    """Return the link of the newest letter to an address, as soon as it lies in the outbox."""
    deadline = time.monotonic() + LETTER_S
    while True:
        for path in sorted((host.folder / "outbox").glob("*.eml")):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = letter.get_body(("plain",))
            if letter["To"] == address and letter["Subject"] == subject and body is not None:
                links: list[str] = re.findall(r"http\S+", body.get_content())
                return links[0]
        assert time.monotonic() < deadline, f"no letter to {address}"
        select.select([], [], [], 0.02)


def ask(host: HostProcess, path: str, body: Any, token: str = "") -> Any:
    """POST to the host, which has to agree; returns its answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        f"{host.origin}/api/v1/{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)
        return json.load(answer)


def sign_in(page: Page, address: str, password: str = PASSWORD) -> None:
    """Fill the form of the sign-in page."""
    page.get_by_label("Mail address").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()


def fault(page: Page, name: str) -> Locator:
    """Return the line of a field that says what is wrong with it."""
    return page.locator(f"[data-field='{name}'] .field-fault:visible")


def sign_up(
    host: HostProcess, page: Page, name: str, look: Callable[[Page, str], None] | None = None
) -> None:
    """Go from the page of signing up through the letter to being signed in."""
    page.get_by_label("Mail address").fill(f"{name}@example.org")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_focused()
    if look:
        look(page, "mail-sent")
    page.goto(letter_link(host, f"{name}@example.org", "Please confirm your mail address"))
    expect(page.get_by_text("Your mail address is confirmed.")).to_be_visible()
    assert "key=" not in page.url, "the key stays in no history"
    if look:
        look(page, "confirmed")
    page.locator("main").get_by_role("link", name="Sign in").click()
    sign_in(page, f"{name}@example.org")
