"""The websockets' debugging page at a living host: both directions, with verdict and latency."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.host_process import HostProcess

OpenPage = Callable[..., Page]
Keep = Callable[[Page, str], None]
MILLISECONDS = re.compile(r"\d+\.\d ms")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path_factory.mktemp("debug"), flags=("--demo",))
    process.start()
    yield process
    process.close()


def connect(page: Page, host: HostProcess, protocol: str) -> str:
    """Open the page and a socket with a guest's token, which is returned."""
    page.goto(f"{host.origin}/debug/websockets/")
    expect(page.get_by_label("Protocol").locator("option")).not_to_have_count(0)
    page.get_by_label("Protocol").select_option(protocol)
    page.get_by_role("button", name="Take a guest\u2019s").click()
    expect(page.get_by_label("Token")).not_to_have_value("")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#link")).to_have_text(f"Connected to {protocol}")
    return page.get_by_label("Token").input_value()


def rows(page: Page, way: str, name: str) -> Locator:
    return page.locator(f".log-row[data-way={way}]").filter(
        has=page.locator(".log-name", has_text=re.compile(f"^{name}$"))
    )


def choose(page: Page, kind: str, draft: str = "Example 1") -> None:
    """Pick a message and wait until its draft is in the editor."""
    page.get_by_label("Message", exact=True).select_option(kind)
    expect(page.locator("#draft option").first).to_have_attribute(
        "value", re.compile(re.escape(f'"{kind}"'))
    )
    page.get_by_label("Begin with").select_option(draft)


def fits(page: Page, keep: Keep, name: str) -> None:
    """Nothing scrolls sideways on a desk and on a phone."""
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        keep(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_both_directions_are_seen_with_verdict_and_latency(
    host: HostProcess, open_page: OpenPage, keep_picture: Keep
) -> None:
    page, addresses = open_page(), []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("websocket", lambda socket: addresses.append(socket.url))
    token = connect(page, host, "table")
    signed_in = rows(page, "received", "user_connected")
    expect(signed_in.locator("[data-verdict=valid]")).to_be_visible()
    expect(signed_in.locator(".log-latency")).to_have_text(MILLISECONDS)

    choose(page, "action_fold")
    expect(page.locator("#about")).not_to_be_empty()
    page.get_by_role("button", name="Send", exact=True).click()
    sent, answer = rows(page, "sent", "action_fold"), rows(page, "received", "action_error")
    for row in (sent, answer):
        expect(row.locator("[data-verdict=valid]")).to_be_visible()
        expect(row.locator(".log-latency")).to_have_text(MILLISECONDS)
    expect(answer.locator(".log-latency")).to_have_attribute("title", re.compile("with its id"))
    expect(page.locator("#news")).to_contain_text("action_fold: action_error after")
    answer.locator("summary").click()
    expect(answer.locator("pre")).to_contain_text('"action": "action_fold"')

    choose(page, "buy_in", "Wrong example 2")
    page.get_by_role("button", name="Check only").click()
    expect(page.locator("#draft-verdict")).to_have_text("Invalid")
    expect(page.locator("#draft-faults")).to_contain_text("amount Has to be")
    page.get_by_label("Message as JSON").press("Control+Enter")
    wrong = rows(page, "sent", "buy_in")
    expect(wrong.locator("[data-verdict=invalid]")).to_be_visible()
    wrong.locator("summary").click()
    expect(wrong.locator(".faults")).to_contain_text("amount Has to be")
    expect(answer).to_have_count(2)
    fits(page, keep_picture, "debug-table")
    assert not [one for one in addresses if token[:20] in one]
    assert token not in str(page.locator("body").inner_text())


def test_the_list_is_filtered_paused_saved_and_cleared(
    host: HostProcess, open_page: OpenPage
) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    token = connect(page, host, "pools")
    expect(rows(page, "received", "logon_success").locator(".log-latency")).to_have_text(
        MILLISECONDS
    )
    choose_op(page, "get_my_current_balance")
    page.get_by_role("button", name="Send", exact=True).click()
    answer = rows(page, "received", "my_current_balance")
    expect(answer.locator("[data-verdict=valid]")).to_be_visible()
    expect(answer.locator(".log-latency")).to_have_attribute("title", re.compile("with its id"))

    page.get_by_label("Only messages with these words").fill("balance")
    expect(rows(page, "received", "logon_success")).to_be_hidden()
    expect(answer).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    text = Path(download.value.path()).read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {(one["way"], one["name"], one["verdict"]) for one in lines} == {
        ("sent", "get_my_current_balance", "valid"), ("received", "my_current_balance", "valid"),
    }
    assert all(one["latency_ms"] > 0 and one["matched_by"] == "id" for one in lines)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    page.get_by_label("Only messages with these words").fill("")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    whole = Path(download.value.path()).read_text()
    assert '"name":"logon"' in whole and token not in whole

    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".log-more")).to_have_text("Paused; 2 more since.")
    expect(answer).to_have_count(1)
    page.get_by_role("button", name="Go on").click()
    expect(answer).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".log-row")).to_have_count(0)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.locator("#link")).to_have_text("Closed with 1000")


def choose_op(page: Page, kind: str) -> None:
    before = page.locator("#draft option").first.get_attribute("value")
    page.get_by_label("Message", exact=True).select_option(kind)
    expect(page.locator("#draft option").first).not_to_have_attribute("value", str(before))


def test_72_in_the_demo_the_page_is_for_this_machine(host: HostProcess) -> None:
    def status(**headers: str) -> int:
        request = urllib.request.Request(f"{host.origin}/debug/websockets/", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert status() == 200
    assert status(**{"X-Forwarded-For": "203.0.113.9"}) == 404
