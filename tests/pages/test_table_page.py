"""The pages at a living host: a guest plays against the demo's bots, and a kill costs nothing."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints

BOUGHT = re.compile(r"^(100|99(\.\d+)?)$")
"""The largest buy-in, less a blind where a hand began at once."""

OpenPage = Callable[..., Page]
HAND_S = 240
"""How long a hand against bots may take at most, waiting for the next one included."""
MOST_TABS = 80
AT_MOST_BLINDS_PAID = re.compile(r"^(100|99\.(25|50|75))$")
"""A stack of 100 whose owner was or was not dealt in before he stood up."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path, flags=("--demo",))
    process.start()
    yield process
    process.close()


@pytest.fixture
def picture(keep_picture: Callable[[Page, str], None]) -> Callable[[Page, str], None]:
    return keep_picture


def sign_in(page: Page, host: HostProcess) -> None:
    page.goto(host.origin)
    page.get_by_role("button", name="Play as a guest").click()
    expect(page.locator(".account-balance")).not_to_be_empty()


def sit_down(page: Page) -> None:
    """Take the first free seat with the most chips."""
    page.locator(".table-card").first.click()
    page.locator("table-seat .take:visible").first.click()
    page.get_by_label("Buy-in amount").press("Enter")
    expect(page.locator("table-seat.is-own .plate-stack")).to_have_text(BOUGHT)


def own_cards(page: Page) -> list[str | None]:
    return [
        card.get_attribute("card") for card in page.locator("table-seat.is-own playing-card").all()
    ]


def wait_for_turn(page: Page, press: Callable[[Locator], object] = Locator.click) -> None:
    """Wait until it is the own turn; on the way ask to be dealt in, and buy chips after a loss."""
    turn = page.locator("action-bar[my-turn]:not([sent])")
    ask = page.locator('action-bar [data-do=join][data-value="true"]')
    broke = page.locator("action-bar [data-do=buy-in]")
    while not turn.is_visible():
        expect(turn.or_(ask).or_(broke).first).to_be_visible(timeout=HAND_S * 1000)
        if broke.is_visible():
            press(broke)
            page.get_by_label("Buy-in amount").press("Enter")
            expect(broke).to_be_hidden()
        elif ask.is_visible():
            press(ask)
            expect(ask).to_be_hidden()


def stand_up(page: Page) -> None:
    """Press the button; whoever was dealt in meanwhile folds first and asks again."""
    own = page.locator("table-seat.is-own")
    gone = page.locator("table-stage:not(:has(table-seat.is-own))")
    turn = page.locator("action-bar[my-turn]:not([sent])")
    over = page.locator("table-stage[awarding]")
    page.get_by_role("button", name="Stand up").click()
    deadline = time.monotonic() + HAND_S
    while own.count():
        assert time.monotonic() < deadline, "the seat is kept"
        expect(gone.or_(turn).or_(over).first).to_be_visible(timeout=HAND_S * 1000)
        if turn.is_visible():
            can_check = page.locator("action-bar[can-check]").count()
            page.keyboard.press("c" if can_check else "f")
            expect(turn).to_be_hidden()
        elif own.count():
            page.get_by_role("button", name="Stand up").click()
            page.wait_for_timeout(300)


def play_to_the_end(page: Page, act: Callable[[], None]) -> None:
    """Act whenever it is the own turn until the hand's winner is shown."""
    turn = page.locator("action-bar[my-turn]:not([sent])")
    over = page.locator("table-stage[awarding]")
    deadline = time.monotonic() + HAND_S
    while not over.is_visible():
        assert time.monotonic() < deadline, "the hand does not end"
        expect(turn.or_(over).first).to_be_visible(timeout=HAND_S * 1000)
        if turn.is_visible():
            act()
    expect(page.locator(".headline")).to_contain_text("wins")


def lines_of_feed(page: Page) -> list[str]:
    return page.locator(".feed li").all_text_contents()


def test_a_guest_plays_a_hand_and_goes_on_with_the_same_cards_after_a_kill(
    host: HostProcess, open_page: OpenPage, complaints: Complaints,
    picture: Callable[[Page, str], None],
) -> None:
    page = open_page()
    sign_in(page, host)
    picture(page, "live-lobby")
    sit_down(page)
    wait_for_turn(page)
    picture(page, "live-turn")
    play_to_the_end(page, lambda: page.keyboard.press("c"))
    picture(page, "live-end")

    wait_for_turn(page)
    cards = own_cards(page)
    assert len(cards) == 2 and all(cards)
    stack = page.locator("table-seat.is-own .plate-stack").text_content()
    feed = lines_of_feed(page)
    complaints.allow("WebSocket connection to .* failed")
    complaints.allow("net::ERR_CONNECTION_REFUSED")
    host.kill()
    expect(page.locator("body")).to_have_attribute("data-link", "waiting")
    assert own_cards(page) == cards, "the table stays to be seen while the host is away"
    host.start()
    expect(page.locator("body")).to_have_attribute("data-link", "open")
    wait_for_turn(page)
    assert own_cards(page) == cards
    assert page.locator("table-seat.is-own .plate-stack").text_content() == stack
    assert lines_of_feed(page)[: len(feed)] == feed
    picture(page, "live-after-kill")
    play_to_the_end(page, lambda: page.keyboard.press("c"))


def tab_to(page: Page, target: Locator) -> None:
    """Reach an element by the Tab key alone; its focus has to be visible."""
    target.wait_for()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by the keyboard")


def test_a_phone_plays_by_the_keyboard_alone(
    host: HostProcess, open_page: OpenPage, picture: Callable[[Page, str], None],
) -> None:
    page = open_page(360, 740)
    page.goto(host.origin)
    tab_to(page, page.get_by_role("button", name="Play as a guest"))
    page.keyboard.press("Enter")
    expect(page.locator(".account-balance")).not_to_be_empty()
    narrow(page)
    tab_to(page, page.locator(".table-card").first)
    page.keyboard.press("Enter")
    tab_to(page, page.locator("table-seat .take:visible").first)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Buy-in amount")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("table-seat.is-own .plate-stack")).to_have_text(BOUGHT)

    def press(button: Locator) -> None:
        tab_to(page, button)
        page.keyboard.press("Enter")

    wait_for_turn(page, press)
    picture(page, "live-phone-turn")
    narrow(page)
    if page.locator(".verb-raise").is_visible():
        for key in ("r", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        page.locator("action-bar[sent], action-bar:not([my-turn])").first.wait_for()
        expect(page.locator(".feed")).to_contain_text("raises to")
    play_to_the_end(page, lambda: page.keyboard.press("c"))
    narrow(page)
    picture(page, "live-phone-end")


def narrow(page: Page) -> None:
    """No part of the page is wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_second_window_takes_over_and_the_first_offers_to_take_back(
    host: HostProcess, open_page: OpenPage
) -> None:
    first = open_page()
    sign_in(first, host)
    first.locator(".table-card").first.click()
    first.locator("table-stage[ready]").wait_for()
    second = first.context.new_page()
    second.goto(first.url)
    second.locator("table-stage[ready]").wait_for()
    first.bring_to_front()
    expect(first.locator("body")).to_have_attribute("data-link", "taken")
    first.get_by_role("button", name="Play here").click()
    expect(first.locator("body")).to_have_attribute("data-link", "open")
    second.bring_to_front()
    expect(second.locator("body")).to_have_attribute("data-link", "taken")


def test_a_guest_talks_stands_up_and_leaves(host: HostProcess, open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, host)
    sit_down(page)
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("<img src=x onerror=alert(1)> hello")
    page.get_by_label("Chat message").press("Enter")
    expect(page.locator(".chat-text")).to_have_text(["<img src=x onerror=alert(1)> hello"])
    page.get_by_role("tab", name="Table").click()
    stand_up(page)
    page.get_by_role("button", name="Take seat 9").click()
    stack = page.locator("table-seat.is-own .plate-stack")
    expect(stack).to_have_text(AT_MOST_BLINDS_PAID)
    page.get_by_role("button", name="Leave table").click()
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-link", "stopped", timeout=HAND_S * 1000)
    page.get_by_role("button", name="To the lobby").click()
    page.wait_for_url(f"{host.origin}/")


def test_a_bad_sign_in_asks_for_a_new_one(host: HostProcess, open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, host)
    page.evaluate("""() => {
        const session = JSON.parse(localStorage.getItem("vphost.session"));
        localStorage.setItem("vphost.session", JSON.stringify({...session, access: "a.b.c"}));
    }""")
    page.locator(".table-card").first.click()
    expect(page.locator("body")).to_have_attribute("data-link", "signed-out")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("body")).to_have_attribute("data-link", "open")


def test_the_sources_are_served_and_name_nobody_else() -> None:
    static = Path(__file__).parents[2] / "static"
    for path in static.rglob("*.*"):
        text = path.read_text()
        assert " style=" not in text or path.suffix == ".js", path
        assert "http://" not in text.replace("http://www.w3.org/", ""), path
        assert "https://" not in text, path
        if path.suffix == ".html":
            assert "<script>" not in text and " onclick=" not in text, path
    assert os.access(static / "play.html", os.R_OK)
