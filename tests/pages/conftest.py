"""A real browser for the pages; whatever it complains about fails the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright,
)

from tests.pages.fixture_host import FixtureHost

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP table.test 127.0.0.1",
]
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
PATIENCE_MS = 45_000
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file.

    No longer, because its driver keeps an event loop running in this thread meanwhile, beside
    which no asynchronous test can run.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Complaints:
    """What the console said; lines that a test announces are let pass."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        self.allowed.append(re.compile(pattern))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.lines.append(f"{message.type}: {message.text}")

    def left(self) -> list[str]:
        return [line for line in self.lines if not any(p.search(line) for p in self.allowed)]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Console errors, warnings, exceptions and policy violations; none may be left."""
    heard = Complaints()
    yield heard
    assert heard.left() == []


@pytest.fixture
def open_page(browser: Browser, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own: `open_page(width, height, **context)`."""
    contexts: list[BrowserContext] = []

    def opened(width: int = 1280, height: int = 800, **given: object) -> Page:
        size: ViewportSize = {"width": width, "height": height}
        context = browser.new_context(viewport=size, **given)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(VIOLATIONS)
        page = context.new_page()
        page.on("console", complaints.hear)
        page.on("pageerror", lambda error: complaints.lines.append(f"exception: {error}"))
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def scenes_host() -> Iterator[FixtureHost]:
    """The host without a game, in a thread of its own."""
    with FixtureHost() as host:
        yield host


@pytest.fixture
def keep_picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Save a picture where PAGE_PICTURES says; nowhere by default."""
    folder = os.environ.get("PAGE_PICTURES")

    def keep(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return keep
