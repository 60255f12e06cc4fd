"""Two pages at a living table: the host ends a game and starts another, goes away, comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints
from tests.pages.people_steps import ask

OpenPage = Callable[..., Page]
TURN = "action-bar[my-turn]:not([sent])"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path, flags=("--demo",))
    process.start()
    yield process
    process.close()


def guest(host: HostProcess, page: Page) -> str:
    """Come in as a guest; returns the token."""
    page.goto(host.origin)
    page.get_by_role("button", name="Play as a guest").click()
    expect(page.locator(".account-balance")).not_to_be_empty()
    return str(page.evaluate("JSON.parse(localStorage['vphost.session']).access"))


def buy_in(page: Page) -> None:
    page.get_by_label("Buy-in amount").press("Enter")
    expect(page.locator("table-seat.is-own .plate-stack")).to_have_text("50")


def seated_pair(host: HostProcess, open_page: OpenPage) -> tuple[Page, Page]:
    """Return the pages of a table's host and of another player, both with chips."""
    first, other = open_page(reduced_motion="reduce"), open_page(reduced_motion="reduce")
    token = guest(host, first)
    guest(host, other)
    table: Any = ask(host, "tables/", {"name": "Kitchen", "type": "public"}, token)
    path = f"tables/{table['token']}/"
    ask(host, f"{path}choose_game_mode/", {"game_mode": "C"}, token)
    ask(host, f"{path}open/", {}, token)
    for seat, page in enumerate((first, other), 1):
        page.goto(f"{host.origin}/play/{table['short_table_token']}")
        page.get_by_role("button", name=f"Take seat {seat}").click()
        buy_in(page)
    return first, other


def start(page: Page) -> None:
    page.locator("action-bar").get_by_role("button", name="Start the game").click()
    expect(page.locator("table-seat.is-own playing-card").first).to_be_visible()


def to_act(*pages: Page) -> Page:
    """Return the page of the player whose turn it is, as soon as all pages show a turn."""
    for page in pages:
        expect(page.locator("table-seat.is-turn")).to_be_visible()
    [found] = [page for page in pages if page.locator(TURN).count()]
    return found


def test_a_game_that_was_ended_between_hands_is_followed_by_another(
    host: HostProcess, open_page: OpenPage
) -> None:
    first, other = seated_pair(host, open_page)
    start(first)
    expect(other.locator("table-seat.is-own playing-card").first).to_be_visible()
    to_act(first, other).keyboard.press("f")
    expect(first.locator("table-stage[awarding]")).to_be_visible()
    first.get_by_role("tab", name="Table").click()
    first.get_by_role("button", name="End the game").click()
    first.locator("dialog").get_by_role("button", name="End the game").click()
    for page in (first, other):
        expect(page.locator("table-seat.is-own .plate-stack")).to_have_text("0")
        page.locator("action-bar").get_by_role("button", name="Buy in").click()
        buy_in(page)
    first.locator("action-bar").get_by_role("button", name="Play a cash game").click()
    start(first)


def test_everybody_is_told_at_once_that_the_host_has_gone(
    host: HostProcess, open_page: OpenPage
) -> None:
    first, other = seated_pair(host, open_page)
    start(first)
    first.goto("about:blank")
    expect(other.locator("#banner-text")).to_contain_text("The host has left.")
    other.reload()
    expect(other.locator("#banner-text")).to_contain_text("The host has left.")
    expect(other.locator("#banner-count")).not_to_be_empty()
    first.go_back()
    expect(other.locator("#banner")).to_be_hidden()


def test_a_browser_without_a_network_says_so_at_once(
    host: HostProcess, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.allow("ERR_INTERNET_DISCONNECTED")
    page, _ = seated_pair(host, open_page)
    start(page)
    page.context.set_offline(True)
    expect(page.locator("#link")).to_have_text("Reconnecting", timeout=3_000)
    page.context.set_offline(False)
    expect(page.locator("#link")).to_have_text("Connected")
