"""The operators' page at a living host: what they see, what they never see, what they do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints
from tests.pages.playing import Dealt, Players

OpenPage = Callable[..., Page]
Keep = Callable[[Page, str], None]
REASON = "two accounts of one person"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path_factory.mktemp("admin"), flags=("--demo",))
    process.start()
    yield process
    process.close()


def sign_in(page: Page, host: HostProcess, guest: dict[str, object], to: str = "") -> None:
    """Open the page as a guest."""
    session = json.dumps(json.dumps({"access": guest["access"], "user": guest["user"]}))
    page.add_init_script(f"localStorage.setItem('vphost.session', {session})")
    page.goto(f"{host.origin}/admin/{to}")


def fits(page: Page, keep: Keep, name: str) -> None:
    """Nothing scrolls sideways on a desk and on a phone; wide tables do, in their own boxes."""
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        keep(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def go(page: Page, area: str, heading: str) -> None:
    page.get_by_role("navigation", name="Areas").get_by_role("link", name=area).click()
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()


def test_the_page_is_for_operators(
    host: HostProcess, open_page: OpenPage, keep_picture: Keep
) -> None:
    page = open_page()
    page.goto(f"{host.origin}/admin/#ledger")
    expect(page.get_by_role("heading", name="Operators only")).to_be_visible()
    sign = page.get_by_role("link", name="Sign in")
    expect(sign).to_have_attribute("href", "/account/sign-in/?next=%2Fadmin%2F%23ledger")
    players = Players(open_page(), host.origin, 1)
    asked: list[str] = []
    page = open_page()
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, host, players.guests[0], "#users")
    expect(page.get_by_text(f"You are signed in as {players.name(0)}")).to_be_visible()
    expect(page.get_by_role("navigation", name="Areas")).to_be_hidden()
    fits(page, keep_picture, "admin-refused")
    page.get_by_role("button", name="Sign in as somebody else").click()
    page.wait_for_url("**/account/sign-in/?next=%2Fadmin%2F%23users")
    assert not [url for url in asked if "/api/v1/admin/" in url]


def test_an_operator_sees_a_hand_its_replay_the_money_and_shuts_somebody_out(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, keep_picture: Keep
) -> None:
    players = Players(open_page(), host.origin, 3)
    operator = players.guests.pop()
    host.ok("user", "operator", operator["user"]["username"], "on")
    dealt = players.deal()
    page, answers = open_page(), []
    page.on("response", lambda answer: answers.append(answer))
    sign_in(page, host, operator)
    watch(page, dealt, answers)
    fits(page, keep_picture, "admin-live")
    fold_and_replay(page, players, keep_picture)
    money(page, players, dealt, keep_picture)
    shut_out(page, players, keep_picture)
    read_audit(page, players, keep_picture)
    nothing_there(page, complaints)
    other_tabs(page)


def watch(page: Page, dealt: Dealt, answers: list[Response]) -> None:
    """A running hand is seen without anybody's cards, in the page and in all that it was sent."""
    page.get_by_role("link", name="The Lantern Room").click()
    live = page.locator(".live")
    expect(live).to_have_attribute("data-hand", "running")
    expect(live.locator(".live-line")).to_contain_text("A hand runs")
    expect(live.locator("tbody tr")).to_have_count(2)
    before = len(answers)
    page.wait_for_event("response", lambda one: one.url.endswith(f"/{dealt.table}/"))
    told = [one.text() for one in answers[:before + 1] if "/api/" in one.url]
    assert len(told) >= 5
    whole = "\n".join([*told, page.content()])
    assert "game_state" in whole
    assert not [card for card in dealt.cards if re.search(rf"\b{card}\b", whole)]


def fold_and_replay(page: Page, players: Players, keep: Keep) -> None:
    players.fold()
    expect(page.locator(".live")).to_have_attribute("data-hand", "none")
    page.get_by_role("link", name="Hand 1").click()
    expect(page.get_by_role("heading", level=1, name="Hand 1")).to_be_visible()
    step = page.locator(".step-line")
    expect(step).to_contain_text("1 / ")
    page.get_by_role("button", name="Last step").click()
    expect(step).to_contain_text("wins")
    expect(page.locator(".is-now")).to_contain_text("wins")
    page.get_by_role("slider", name="Step").press("Home")
    page.get_by_role("button", name="Step forward").press("Enter")
    expect(step).to_have_text(re.compile(r"2 / \d+ .*small blind"))
    page.get_by_role("button", name="Step forward").press("Enter")
    expect(page.locator(".replay .pot")).to_have_text("Pot 0.75")
    for name in (players.name(0), players.name(1)):
        expect(page.locator(".replay tbody")).to_contain_text(name)
    expect(page.get_by_label("Hand history", exact=True)).to_contain_text("variant = ")
    fits(page, keep, "admin-replay")


def money(page: Page, players: Players, dealt: Dealt, keep: Keep) -> None:
    """The sums are zero, and the postings of an account make its balance."""
    go(page, "Ledger", "Ledger")
    sums = page.locator("[data-sum]").all_text_contents()
    assert sums and all(float(one) == 0 for one in sums), sums
    expect(page.get_by_text("not zero")).to_have_count(0)
    fits(page, keep, "admin-ledger")
    account = f"user:{players.guests[0]['user']['id']}"
    page.get_by_label("Accounts whose names begin with").fill(account)
    page.get_by_role("button", name="Find").click()
    row = page.get_by_role("region", name="Accounts").locator("tbody tr")
    expect(row).to_have_count(1)
    held = str(row.locator("td").nth(1).text_content())
    row.get_by_role("link", name=account).click()
    expect(page.locator(".postings-sum")).to_have_text(f"All postings together make {held}.")
    fits(page, keep, "admin-postings")


def shut_out(page: Page, players: Players, keep: Keep) -> None:
    """Who is disabled is out of his socket at once."""
    go(page, "Players", "Players")
    fits(page, keep, "admin-players")
    page.get_by_label("Name").fill(players.name(1))
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("region", name="Players").locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=players.name(1)).click()
    expect(page.locator("#sockets")).to_have_text("1")
    page.get_by_role("button", name="Disable").click()
    page.get_by_label("Reason").fill(REASON)
    keep(page, "admin-dialog")
    page.get_by_label("Reason").press("Enter")
    expect(page.get_by_text("disabled", exact=True)).to_be_visible()
    assert players.close_code(1) == 4401
    fits(page, keep, "admin-player")


def read_audit(page: Page, players: Players, keep: Keep) -> None:
    go(page, "Audit log", "Audit log")
    expect(page.get_by_text("The chain holds")).to_be_visible()
    row = page.get_by_role("region", name="Audit log").locator("tbody tr").filter(has_text=REASON)
    expect(row).to_have_count(1)
    expect(row).to_contain_text(str(players.guests[1]["user"]["id"]))
    fits(page, keep, "admin-audit")


def other_tabs(page: Page) -> None:
    """Another tab exchanges the tokens and nothing happens; it signs out, and so does this one."""
    told = "dispatchEvent(new StorageEvent('storage', {key: 'vphost.session'}))"
    page.evaluate(f"window.isSame = true; {told}")
    go(page, "Players", "Players")
    assert page.evaluate("window.isSame"), "what was typed is lost"
    page.evaluate(f"localStorage.setItem('vphost.session', 'null'); {told}")
    page.wait_for_function("!window.isSame")


def nothing_there(page: Page, complaints: Complaints) -> None:
    complaints.allow("404")
    page.evaluate("location.hash = '#tables/ZZZZ'")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
