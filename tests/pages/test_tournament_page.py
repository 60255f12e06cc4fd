"""Three pages play a sit-n-go tournament to its end at a living host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess
from tests.pages.people_steps import ask

OpenPage = Callable[..., Page]
KeepPicture = Callable[[Page, str], None]
PHONE = (390, 844)
TURN = "action-bar[my-turn]:not([sent])"
NO_TOURNAMENT = re.compile("Buy|Sit out|Straddle|Deal me in|Join")
ACTS_MAX = 2_000
SETTINGS = {
    "entry_fee": 10, "payout_table": {"1": 70, "2": 30}, "starting_chips": 60,
    "level_duration": 600, "blind_schedule": {
        "1": {"ante": 0, "small_blind": 10, "big_blind": 20},
        "2": {"ante": 5, "small_blind": 20, "big_blind": 40},
    },
}

CONFIGURE = """
async ([table, token, settings]) => {
  const path = `/api/v1/tables/${table}/`;
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const before = await fetch(path, { headers });
  const answer = await fetch(`${path}configuration/`, {
    method: "PATCH", body: JSON.stringify(settings),
    headers: { ...headers, "If-Match": before.headers.get("ETag") },
  });
  return answer.ok ? "" : answer.text();
}
"""


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


def gathered(host: HostProcess, open_page: OpenPage) -> list[Page]:
    """Return three pages at an open table whose game nobody has chosen; the first is the host's."""
    pages = [open_page(reduced_motion="reduce"), open_page(*PHONE, reduced_motion="reduce"),
             open_page(reduced_motion="reduce")]
    token, *_ = [guest(host, page) for page in pages]
    table: Any = ask(host, "tables/", {"name": "Kitchen", "type": "public"}, token)
    given = {"time_between_hands": 5, "tournament_settings": SETTINGS}
    assert pages[0].evaluate(CONFIGURE, [table["token"], token, given]) == ""
    ask(host, f"tables/{table['token']}/open/", {}, token)
    for page in pages:
        page.goto(f"{host.origin}/play/{table['short_table_token']}")
    return pages


def choose_and_sit(pages: list[Page]) -> None:
    bar = pages[0].locator("action-bar")
    expect(bar.get_by_role("button", name="Play a cash game")).to_be_visible()
    bar.get_by_role("button", name="Play a sit-n-go tournament").click()
    for seat, page in enumerate(pages, 1):
        expect(page.locator("#table-blinds")).to_have_text("Sit-n-go")
        page.get_by_role("button", name=f"Take seat {seat}", exact=True).click()
        expect(page.locator("table-seat.is-own")).to_be_visible()
        expect(page.locator("dialog")).to_have_count(0)


def act(pages: list[Page], folding: bool) -> None:
    """Let whoever's turn it is fold, or put in all they can."""
    for page in pages:
        bar = page.locator(TURN)
        if bar.count() == 0:
            continue
        if folding:
            bar.locator(".verb-fold").click()
        elif bar.locator(".verb-raise").is_visible():
            if bar.locator(".slider").is_visible():
                bar.locator(".slider").press("End")
            bar.locator(".verb-raise").click()
        else:
            bar.locator(".verb-call").click()
        return


def play_until(pages: list[Page], selector: str, folding: bool = False) -> None:
    """Play until the first page shows something."""
    for _ in range(ACTS_MAX):
        pages[0].locator(f"{selector}, {TURN}, table-seat.is-turn").first.wait_for(timeout=60_000)
        if pages[0].locator(selector).count():
            return
        act(pages, folding)
    raise AssertionError(f"{selector} is not seen")


def test_three_pages_play_a_tournament_to_its_end(
    host: HostProcess, open_page: OpenPage, keep_picture: KeepPicture
) -> None:
    pages = gathered(host, open_page)
    choose_and_sit(pages)
    first, phone, _ = pages
    for page in pages:
        line = page.locator(".idle-line")
        expect(line).to_contain_text("Entry fee 10 PLAY")
        expect(line).to_contain_text("Levels 10:00 min \u00b7 Payouts 1st 70 %, 2nd 30 %")
        expect(page.get_by_role("button", name=NO_TOURNAMENT)).to_have_count(0)
    keep_picture(first, "tournament-before-desk")
    keep_picture(phone, "tournament-before-phone")
    first.locator("action-bar").get_by_role("button", name="Start tournament").click()
    for page in pages:
        expect(page.locator("#level")).to_contain_text("Level 1: 10 / 20")
        expect(page.locator("#level")).to_contain_text("Next: 20 / 40, ante 5")
        expect(page.locator("#level")).to_contain_text("3 of 3 left")
        expect(page.locator("#level")).to_contain_text("2nd wins 9 PLAY")
        expect(page.locator(".level-clock")).to_have_text(re.compile(r"^(10:00|9:\d\d)$"))
    first.get_by_role("tab", name="Table").click()
    for page in pages:
        expect(page.get_by_role("button", name=NO_TOURNAMENT)).to_have_count(0)
    keep_picture(first, "tournament-hand-desk")
    keep_picture(phone, "tournament-hand-phone")
    play_until(pages, "table-stage[awarding]", folding=True)
    pause_and_go_on(first, phone, keep_picture)
    play_until(pages, "dialog.dialog-winners")
    for page in pages:
        panel = page.locator("dialog.dialog-winners")
        expect(panel).to_contain_text("21 PLAY")
        expect(panel).to_contain_text("9 PLAY")
    keep_picture(first, "tournament-winners-desk")
    keep_picture(phone, "tournament-winners-phone")
    first.locator("dialog").get_by_role("button", name="Close").click()
    bar = first.locator("action-bar")
    expect(bar.get_by_role("button", name="Play a cash game")).to_be_visible()


def pause_and_go_on(first: Page, phone: Page, keep_picture: KeepPicture) -> None:
    """The clock stands on all pages, after a reload as well, and runs on."""
    first.get_by_role("button", name="Pause").click()
    standing = phone.locator(".level-clock")
    expect(standing).to_have_text(re.compile("paused"))
    before = standing.inner_text()
    phone.reload()
    expect(standing).to_have_text(before)
    keep_picture(phone, "tournament-paused-phone")
    keep_picture(first, "tournament-paused-desk")
    first.get_by_role("button", name="Go on").click()
    expect(standing).not_to_have_text(re.compile("paused"))
