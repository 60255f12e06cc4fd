"""Who is not signed in, and who has mistyped something: what the pages say, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints

OpenPage = Callable[..., Page]
Keep = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def strict_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host that is no demo: no guests, no tables."""
    process = HostProcess(tmp_path_factory.mktemp("strict"))
    process.start()
    yield process
    process.close()


@pytest.fixture
def look(keep_picture: Keep) -> Callable[[Page, str], None]:
    """Look at a page on a desk and on a phone."""

    def at_both(page: Page, name: str) -> None:
        for size, width, height in (("desk", 1280, 800), ("phone", 390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, size)
            keep_picture(page, f"doors-{name}-{size}")

    return at_both


def test_the_pools_of_a_host_without_guests_lead_to_an_account(
    strict_host: HostProcess, open_page: OpenPage, look: Callable[[Page, str], None],
) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto(f"{strict_host.origin}/pools/")
    doors = page.locator("#doors")
    expect(doors.get_by_role("link", name="Sign in")).to_be_visible()
    expect(doors.get_by_role("link", name="Sign up")).to_be_visible()
    expect(page.get_by_role("button", name="Play as a guest")).to_have_count(0)
    look(page, "pools")
    doors.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(f"{strict_host.origin}/account/sign-in/?next=%2Fpools%2F")


def test_a_stranger_at_a_table_is_told_how_to_get_in(
    strict_host: HostProcess, open_page: OpenPage, look: Callable[[Page, str], None],
) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto(f"{strict_host.origin}/play/K7QX")
    bar = page.locator("action-bar")
    expect(bar).to_contain_text("Sign in to see this table and to play.")
    expect(bar.get_by_role("button", name="Play as a guest")).to_have_count(0)
    look(page, "play")
    bar.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{strict_host.origin}/account/sign-in/?next=%2Fplay%2FK7QX")


def test_a_code_that_is_none_invites_nobody(
    strict_host: HostProcess, open_page: OpenPage, complaints: Complaints,
    look: Callable[[Page, str], None],
) -> None:
    complaints.allow("404")
    page = open_page(reduced_motion="reduce")
    page.goto(f"{strict_host.origin}/join/ZZZZ")
    expect(page.get_by_role("alert")).to_contain_text("There is no table with this code.")
    expect(page.get_by_text("You are invited")).to_have_count(0)
    look(page, "join")


def test_an_address_that_is_none_gets_a_page(
    strict_host: HostProcess, open_page: OpenPage, complaints: Complaints,
    look: Callable[[Page, str], None],
) -> None:
    complaints.allow("404")
    page = open_page(reduced_motion="reduce")
    page.goto(f"{strict_host.origin}/nowhere")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    look(page, "nowhere")
    page.get_by_role("link", name="To the lobby").click()
    expect(page).to_have_url(f"{strict_host.origin}/")


def test_the_page_of_refusals_needs_no_script() -> None:
    text = (Path(__file__).parents[2] / "static" / "error.html").read_text()
    assert "<script" not in text
