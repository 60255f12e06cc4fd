"""The pools' page at a living host: an admin and two guests, from a new source to the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints

OpenPage = Callable[..., Page]
Keep = Callable[[Page, str], None]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path, flags=("--demo",))
    process.start()
    yield process
    process.close()


def sign_in(page: Page, host: HostProcess) -> str:
    """Become a guest and return his name."""
    page.goto(f"{host.origin}/pools/")
    page.get_by_role("button", name="Play as a guest").click()
    expect(page.locator("body")).to_have_attribute("data-link", "open")
    return str(page.evaluate("JSON.parse(localStorage.getItem('vphost.session')).user.username"))


def become_admin(page: Page, host: HostProcess, name: str) -> None:
    """Open a source and a game with nested targets."""
    host.ok("pools", "source-admin", name)
    page.reload()
    page.get_by_role("button", name="Run games").click()
    source = page.locator("#source-form")
    source.get_by_label("Name").fill("Sunday league")
    source.get_by_role("button", name="Open the source").click()
    game = page.locator("#game-form")
    game.get_by_label("Name").fill("Argentina \u2013 Brazil")
    game.get_by_label("Kind").fill("football")
    game.get_by_label("What can happen").fill("Goal, Corner")
    game.get_by_label("To whom").fill("Argentina\nArgentina:Messi\nBrazil\nBrazil:Neymar")
    game.get_by_role("button", name="Create and open").click()
    expect(page.get_by_role("heading", level=1, name="Argentina \u2013 Brazil")).to_be_visible()


def open_pool(page: Page, question: str, kind: str = "1", **fields: str) -> None:
    """Open a pool from the view that governs a game."""
    form = page.locator("#pool-form")
    form.get_by_label("Question").fill(question)
    form.get_by_label("Kind").select_option(kind)
    form.get_by_label("About").select_option("goal")
    for label, value in fields.items():
        form.locator(f"[name={label}]").fill(value)
    form.get_by_role("button", name="Open the pool").click()
    expect(form.get_by_label("Question")).to_have_value("")


def enter(page: Page) -> None:
    page.locator(".game-button", has_text="Argentina").click()
    expect(page.get_by_role("button", name="Leave")).to_be_visible()


def bet(page: Page, question: str, target: str, amount: str) -> None:
    pool = page.locator(".pool", has_text=question)
    pool.locator(f"[data-target={target}]").click()
    page.locator("#slip-amount").fill(amount)
    page.locator("#slip-amount").press("Enter")
    expect(page.locator("#slip")).to_be_hidden()


def balances(page: Page) -> list[str]:
    return [
        str(page.locator(f"#{one}").text_content()).replace("\u00a0", " ").replace("\u202f", "")
        for one in ("available", "exposure", "current")
    ]


def narrow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_admin_and_two_guests_see_a_pool_from_its_opening_to_its_result(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, keep_picture: Keep,
) -> None:
    admin, anna, bert = open_page(), open_page(), open_page(360, 740)
    admin.goto(f"{host.origin}/pools/")
    keep_picture(admin, "pools-welcome")
    become_admin(admin, host, sign_in(admin, host))
    keep_picture(admin, "pools-desk")
    open_pool(admin, "Who scores next?")
    open_pool(admin, "Late drama?", "2", finish="900", stop="600")
    keep_picture(admin, "pools-manage")
    for page in (anna, bert):
        sign_in(page, host)
    keep_picture(bert, "pools-phone-list")
    for page in (anna, bert):
        enter(page)
    expect(anna.locator("#available")).to_have_text("1\u202f000\u00a0DON")

    bet(anna, "Who scores next?", "argentina", "60")
    bert_sees = bert.locator(".pool", has_text="Who scores next?")
    expect(bert_sees.locator("[data-target=argentina] .row-amount")).to_have_text("60\u00a0DON")
    bert_sees.locator("[data-target=brazil]").click()
    bert.locator("#slip-amount").fill("40")
    bert.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    expect(bert.locator(".slip-outcome")).to_have_text("If it ended now: 100\u00a0DON back")
    keep_picture(bert, "pools-phone-slip")
    narrow(bert)
    bert.locator("#slip-amount").press("Enter")
    for page in (anna, bert):
        pool = page.locator(".pool", has_text="Who scores next?")
        expect(pool.locator("[data-target=argentina] .row-share")).to_have_text("60\u202f%")
        expect(pool.locator("[data-target=brazil] .row-odds")).to_have_text("\u00d72.46")
    expect(anna.locator("#exposure")).to_have_text("60\u00a0DON")
    assert balances(anna) == ["940 DON", "60 DON", "1000 DON"]
    bet(anna, "Late drama?", "brazil", "12.5")
    expect(anna.locator("#exposure")).to_have_text("72.50\u00a0DON")
    keep_picture(anna, "pools-bets-in")
    keep_picture(bert, "pools-phone-pools")
    narrow(bert)

    event = admin.locator("#event-form")
    event.get_by_label("What").select_option("goal")
    event.get_by_label("Who").select_option("brazil:neymar")
    event.get_by_role("button", name="Register").click()
    won = bert.locator(".pool", has_text="Who scores next?").locator(".pool-result")
    expect(won).to_have_text("You won 60\u00a0DON")
    lost = anna.locator(".pool", has_text="Who scores next?").locator(".pool-result")
    expect(lost).to_have_text("You lost 60\u00a0DON")
    expect(bert.locator("#current")).to_have_text("1\u202f060\u00a0DON")
    expect(anna.locator("#available")).to_have_text("940\u00a0DON")
    assert balances(anna) == ["940 DON", "0 DON", "940 DON"], "alone in a pool the stake returns"
    anna.get_by_role("tab", name="Live").click()
    expect(anna.locator("#feed .feed-event")).to_contain_text("Brazil \u203a Neymar")
    keep_picture(anna, "pools-results")
    keep_picture(bert, "pools-phone-results")
    narrow(bert)


def test_people_decide_and_void_and_a_pause_is_seen_at_once(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, keep_picture: Keep,
) -> None:
    admin, anna = open_page(), open_page()
    become_admin(admin, host, sign_in(admin, host))
    open_pool(admin, "Heads or tails?", "3")
    open_pool(admin, "Rain or shine?", "3")
    sign_in(anna, host)
    enter(anna)
    bet(anna, "Heads or tails?", "brazil", "25")
    bet(anna, "Rain or shine?", "argentina", "50")
    heads = anna.locator(".pool", has_text="Heads or tails?")
    managed = admin.locator(".manage-pool", has_text="Heads or tails?")
    managed.get_by_role("button", name="Pause").click()
    expect(heads.locator(".pool-state")).to_have_text("Paused")
    expect(heads.locator("[data-target=brazil]")).to_be_disabled()
    managed.get_by_role("button", name="Resume").click()
    expect(heads.locator("[data-target=brazil]")).to_be_enabled()
    managed.get_by_role("button", name="Mark hot").click()
    expect(heads.locator(".chip-hot")).to_be_visible()
    admin.get_by_role("button", name="Close the game").click()
    admin.get_by_role("button", name="Press again").click()
    expect(admin.get_by_text("The game closes when all its pools are resolved.")).to_be_visible()
    expect(heads.locator("[data-target=brazil]")).to_be_disabled()
    admin.get_by_label("Result").first.select_option("brazil")
    managed.get_by_role("button", name="Decide").click()
    managed.get_by_role("button", name="Press again").click()
    expect(heads.locator(".pool-result")).to_have_text("All stakes went back.")
    admin.locator(".manage-pool", has_text="Rain").get_by_role("button", name="Void").click()
    admin.get_by_role("button", name="Press again").click()
    rain = anna.locator(".pool", has_text="Rain or shine?")
    expect(rain.locator(".pool-result")).to_have_text("Void: all stakes went back.")
    for page in (admin, anna):
        expect(page.locator("#game-head").get_by_text("Closed", exact=True)).to_be_visible()
    expect(anna.locator("#available")).to_have_text("1\u202f000\u00a0DON")
    expect(anna.locator("body")).not_to_contain_text("undefined")
    keep_picture(anna, "pools-decided")


def test_a_killed_host_costs_no_bet_and_the_page_comes_back_by_itself(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, keep_picture: Keep,
) -> None:
    admin, anna = open_page(), open_page(360, 740)
    become_admin(admin, host, sign_in(admin, host))
    open_pool(admin, "Who scores next?")
    sign_in(anna, host)
    enter(anna)
    target = anna.locator("[data-target=argentina]")
    for _ in range(40):
        if target.evaluate("element => element === document.activeElement"):
            break
        anna.keyboard.press("Tab")
    anna.keyboard.press("Enter")
    expect(anna.locator("#slip-amount")).to_be_focused()
    anna.keyboard.type("15")
    complaints.allow("WebSocket connection to .* failed")
    complaints.allow("net::ERR_CONNECTION_REFUSED")
    host.kill()
    for page in (admin, anna):
        expect(page.locator("body")).to_have_attribute("data-link", "waiting")
    keep_picture(anna, "pools-phone-lost")
    anna.keyboard.press("Enter")
    host.start()
    for page in (admin, anna):
        expect(page.locator("body")).to_have_attribute("data-link", "open")
    expect(anna.locator(".pool-own")).to_have_text("Your stake 15\u00a0DON")
    expect(anna.locator("#exposure")).to_have_text("15\u00a0DON")
    anna.get_by_role("button", name="My bets & feed").click()
    expect(anna.locator(".own-pool")).to_contain_text("Argentina")
    anna.get_by_role("tab", name="Chat").click()
    anna.get_by_label("Chat message").fill("<b>hello</b>")
    anna.get_by_label("Chat message").press("Enter")
    admin.get_by_role("tab", name="Chat").click()
    expect(admin.locator(".chat-text")).to_have_text(["<b>hello</b>"])
    narrow(anna)
    keep_picture(anna, "pools-phone-chat")
