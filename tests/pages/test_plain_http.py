"""The pages over plain HTTP under a name of the network: no secure context, and all works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints
from tests.pages.people_steps import PASSWORD, ask, letter_link, sign_in

BOUGHT = re.compile(r"^(100|99(\.\d+)?)$")
"""The largest buy-in, less a blind where a hand began at once."""

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path_factory.mktemp("plain"), flags=("--demo",))
    process.start()
    yield process
    process.close()


@pytest.fixture
def plain_page(
    host: HostProcess, open_page: OpenPage, complaints: Complaints
) -> Callable[[], Page]:
    """Open the lobby in a context of its own, as another machine would."""
    complaints.allow("Cross-Origin-Opener-Policy header has been ignored")

    def opened() -> Page:
        page = open_page(reduced_motion="reduce")
        page.goto(f"http://table.test:{host.port}/")
        assert page.evaluate("[isSecureContext, typeof crypto.randomUUID]") == [False, "undefined"]
        return page

    return opened


def test_a_guest_sits_down_talks_and_bets(plain_page: Callable[[], Page]) -> None:
    page = plain_page()
    page.get_by_role("button", name="Play as a guest").click()
    page.locator(".table-card").first.click()
    page.locator("table-seat .take:visible").first.click()
    page.get_by_label("Buy-in amount").press("Enter")
    expect(page.locator("table-seat.is-own .plate-stack")).to_have_text(BOUGHT)
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("hello")
    page.get_by_label("Chat message").press("Enter")
    expect(page.locator(".chat-text")).to_have_text("hello")
    page.goto(page.url.partition("/play/")[0] + "/pools/")
    page.locator("#games button").first.click()
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("good evening")
    page.get_by_label("Chat message").press("Enter")
    expect(page.locator("#chat")).to_contain_text("good evening")


def account(host: HostProcess, name: str) -> str:
    address = f"{name}@example.org"
    ask(host, "auth/registration/", {"email": address, "username": name, "password": PASSWORD})
    link = letter_link(host, address, "Please confirm your mail address")
    ask(host, "auth/confirm-email/", {"key": link.partition("#key=")[2]})
    return address


def test_a_person_makes_a_table_and_copies_its_link(
    host: HostProcess, plain_page: Callable[[], Page]
) -> None:
    page = plain_page()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, account(host, "anna"))
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Name", exact=True).fill("Kitchen")
    page.get_by_role("button", name="Make the table").click()
    expect(page.get_by_role("heading", name="Kitchen")).to_be_visible()
    page.get_by_role("tab", name="Statistics").click()
    expect(page.get_by_text("No hand has been finished yet.")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()


def test_two_tabs_exchange_one_refresh_token_once(
    host: HostProcess, plain_page: Callable[[], Page]
) -> None:
    page = plain_page()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, account(host, "berta"))
    expect(page.get_by_role("button", name="New table")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    start = """() => import('/static/js/session.js').then(({ access }) => {
        const stored = JSON.parse(localStorage.getItem('vphost.session'));
        localStorage.setItem('vphost.session', JSON.stringify({ ...stored, refresh_at: 0 }));
        const go = new BroadcastChannel('go');
        window.tokens = new Promise((resolve) => {
          const ask = () => resolve(Promise.all([access(), access()]));
          go.onmessage = ask;
          window.go = () => { go.postMessage(1); ask(); };
        });
    })"""
    for one in (page, other):
        one.evaluate(start)
    page.evaluate("window.go()")
    found = [one.evaluate("window.tokens") for one in (page, other)]
    assert len({token for tokens in found for token in tokens}) == 1
    page.reload()
    expect(page.get_by_role("button", name="New table")).to_be_visible()


def test_a_press_that_fails_says_so(
    plain_page: Callable[[], Page], complaints: Complaints
) -> None:
    page = plain_page()
    complaints.allow("out of dice")
    page.get_by_role("button", name="Play as a guest").click()
    page.locator(".table-card").first.click()
    page.locator("body[data-link=open] table-stage[ready]").wait_for()
    page.evaluate("() => { crypto.getRandomValues = () => { throw new Error('out of dice'); }; }")
    page.locator("table-seat .take:visible").first.click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
