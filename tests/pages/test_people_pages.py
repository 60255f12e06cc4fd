"""The pages of accounts and tables at a living host, from signing up to being sent away."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.journeys.host_process import HostProcess
from tests.pages.conftest import Complaints
from tests.pages.people_steps import PASSWORD, ask, fault, letter_link, sign_in, sign_up

OpenPage = Callable[..., Page]
Keep = Callable[[Page, str], None]
DESK, PHONE = (1280, 800), (390, 844)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNQmJAAAAHkARGFJFtBAAAAAElFTkSuQmCC"
)
"""A PNG of one green point."""
numbers = count(1)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The demo on a store and port of its own; ended by its id."""
    process = HostProcess(tmp_path_factory.mktemp("people"), flags=("--demo",))
    process.start()
    yield process
    process.close()


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Open pages that do not move; how things move is tested elsewhere."""
    return partial(open_page, reduced_motion="reduce")


@pytest.fixture
def look(keep_picture: Keep) -> Callable[[Page, str], None]:
    """Look at a page on a desk and on a phone: nothing lies outside the window's width."""

    def at_both(page: Page, name: str) -> None:
        before = page.viewport_size
        for size, (width, height) in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, size)
            keep_picture(page, f"people-{name}-{size}")
        if before:
            page.set_viewport_size(before)

    return at_both


@pytest.fixture
def account(host: HostProcess) -> str:
    """The mail address of a new account, confirmed; the password is PASSWORD."""
    number = next(numbers)
    address = f"person{number}@example.org"
    ask(host, "auth/registration/", {
        "email": address, "username": f"person{number}", "password": PASSWORD,
    })
    link = letter_link(host, address, "Please confirm your mail address")
    ask(host, "auth/confirm-email/", {"key": link.partition("#key=")[2]})
    return address


def in_sight(page: Page, element: Locator) -> None:
    """Check that an element lies in the window and nothing lies on it."""
    expect(element).to_be_visible()
    assert element.evaluate("""element => {
        const { left, top, width, height } = element.getBoundingClientRect();
        const found = document.elementFromPoint(left + Math.min(8, width / 2), top + height / 2);
        return found !== null && (element === found || element.contains(found));
    }"""), "it is covered or out of sight"


def make_table(page: Page, look: Callable[[Page, str], None]) -> str:
    """Make, configure and open a table; returns its code."""
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Name", exact=True).fill("Friday <b>night</b>")
    look(page, "new-table")
    page.get_by_role("button", name="Make the table").click()
    expect(page.get_by_role("heading", name="Friday <b>night</b>")).to_be_visible()
    page.get_by_label("Small blind", exact=True).fill("3")
    save = page.get_by_role("button", name="Save the settings")
    save.click()
    expect(fault(page, "small_blind")).to_have_text("Is above the big blind.")
    expect(page.get_by_label("Small blind", exact=True)).to_be_focused()
    in_sight(page, fault(page, "small_blind"))
    in_sight(page, page.locator(".form-wide .form-alert"))
    look(page, "settings-refused")
    page.get_by_label("Small blind", exact=True).fill("zero")
    save.click()
    expect(fault(page, "small_blind")).to_contain_text("an amount like 0.50")
    page.get_by_label("Small blind", exact=True).fill("1")
    page.get_by_label("Big blind", exact=True).fill("2")
    page.get_by_label("Time between hands", exact=True).fill("600")
    save.click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Ante").fill("0.10")
    page.get_by_label("Cash game").check()
    page.get_by_role("button", name="Choose", exact=True).click()
    expect(page.get_by_text("Now: Cash game.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose", exact=True)).to_be_focused()
    expect(page.get_by_label("Ante")).to_have_value("0.10")
    look(page, "settings")
    page.get_by_role("button", name="Open the table").click()
    expect(page.locator(".status-open")).to_be_visible()
    page.get_by_role("tab", name="Players").click()
    look(page, "table")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.get_by_label("Invitation link").input_value()
    return str(link).rpartition("/")[2]


def sit_down(page: Page) -> None:
    page.locator("table-seat .take:visible").first.click()
    page.get_by_label("Buy-in amount").press("Enter")
    expect(page.locator("table-seat.is-own .plate-stack")).to_have_text("50")


def fold_one_hand(one: Page, other: Page) -> None:
    """Start, and let the one who is first to act give up."""
    one.locator("action-bar").get_by_role("button", name="Start the game").click()
    turn = "action-bar[my-turn]:not([sent])"
    for page in (one, other):
        expect(page.locator("table-seat.is-own playing-card").first).to_be_visible()
    first = one if one.locator(turn).is_visible() else other
    expect(first.locator(turn)).to_be_visible()
    first.keyboard.press("f")
    for page in (one, other):
        expect(page.locator(".feed")).to_contain_text("wins")


def test_from_signing_up_to_a_hand_its_statistics_and_being_sent_away(
    host: HostProcess, open_page: OpenPage, complaints: Complaints,
    look: Callable[[Page, str], None],
) -> None:
    complaints.allow("status of 400")
    complaints.allow("status of 403")
    complaints.allow("status of 404")
    anna = open_page(permissions=["clipboard-read", "clipboard-write"])
    anna.goto(host.origin)
    expect(anna.get_by_role("button", name="Play as a guest")).to_be_visible()
    look(anna, "lobby")
    anna.get_by_role("link", name="Sign up").click()
    anna.locator("main").get_by_role("button", name="Sign up").click()
    expect(anna.get_by_label("Mail address")).to_be_focused()
    expect(anna.get_by_label("Mail address")).to_have_attribute("aria-invalid", "true")
    look(anna, "sign-up-refused")
    sign_up(host, anna, "anna", look)
    expect(anna.get_by_text("You have no table yet.")).to_be_visible()
    look(anna, "no-tables")
    code = make_table(anna, look)

    bert = open_page(*PHONE)
    bert.goto(f"{host.origin}/join/{code}")
    expect(bert.get_by_role("heading", name="You are invited")).to_be_visible()
    look(bert, "invited")
    bert.locator("main").get_by_role("link", name="Sign up").click()
    sign_up(host, bert, "bert")
    bert.wait_for_url(f"**/play/{code}")
    anna.get_by_role("link", name="Go to the table").click()
    for page in (anna, bert):
        sit_down(page)
    fold_one_hand(anna, bert)
    statistics_of(anna, host, code, look)
    change_while_running(anna, bert, host, code, look)
    change_a_bank(anna, host, code, look)
    send_away(anna, bert, host, code, look)
    report_on(anna, host, code, look)


def statistics_of(
    anna: Page, host: HostProcess, code: str, look: Callable[[Page, str], None]
) -> None:
    anna.goto(f"{host.origin}/tables/{code}/#statistics")
    expect(anna.get_by_text("1 hand finished.")).to_be_visible()
    row = anna.get_by_role("row", name=re.compile("^bert"))
    expect(row.get_by_role("cell").first).to_have_text("1")
    anna.get_by_role("button", name="VPIP%").focus()
    expect(anna.get_by_role("tooltip")).to_contain_text("Voluntarily put in pot")
    anna.keyboard.press("Escape")
    expect(anna.get_by_role("tooltip")).to_be_hidden()
    anna.get_by_label("You against").select_option("bert")
    expect(anna.get_by_role("heading", name="You against bert")).to_be_visible()
    expect(anna.locator(".versus dd").first).to_have_text(re.compile(r"^-?P[12]$"))
    look(anna, "statistics")
    anna.get_by_text("What the figures mean").click()
    look(anna, "statistics-meanings")
    wide = anna.get_by_role("region", name="All players")
    anna.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth")
    anna.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def change_while_running(
    anna: Page, bert: Page, host: HostProcess, code: str, look: Callable[[Page, str], None]
) -> None:
    anna.get_by_role("tab", name="Settings").click()
    expect(anna.get_by_text("takes over at the next hand, and the table is told")).to_be_visible()
    anna.get_by_label("Big blind", exact=True).fill("4")
    anna.get_by_role("button", name="Save the settings").click()
    expect(anna.get_by_text("Saved. It takes over at the next hand.")).to_be_visible()
    look(anna, "settings-running")
    expect(bert.locator("toast-stack")).to_contain_text("next hand")
    bert.goto(f"{host.origin}/tables/{code}/#settings")
    expect(bert.locator(".facts-wide")).to_contain_text("Big blind4")
    look(bert, "settings-of-a-player")
    bert.goto(f"{host.origin}/play/{code}")
    expect(bert.locator("body")).to_have_attribute("data-link", "open")


def change_a_bank(
    anna: Page, host: HostProcess, code: str, look: Callable[[Page, str], None]
) -> None:
    anna.goto(f"{host.origin}/play/{code}")
    anna.get_by_role("tab", name="Table").click()
    anna.get_by_role("button", name="Change the bank of bert").click()
    anna.get_by_label("Amount").fill("1")
    anna.get_by_label("What to do").select_option("Take")
    expect(anna.get_by_role("button", name="Change", exact=True)).to_be_disabled()
    anna.get_by_label("What to do").select_option("Add")
    anna.get_by_label("Amount").fill("12.50")
    expect(anna.get_by_text("The bank is 12.50 then.")).to_be_visible()
    look(anna, "change-bank")
    anna.get_by_label("Amount").press("Enter")
    expect(anna.get_by_title("Bank 12.50: change it")).to_be_visible()
    look(anna, "host-panel")


def send_away(
    anna: Page, bert: Page, host: HostProcess, code: str, look: Callable[[Page, str], None]
) -> None:
    anna.goto(f"{host.origin}/tables/{code}/")
    expect(anna.get_by_role("row", name=re.compile("^bert"))).to_contain_text("12.50")
    look(anna, "players")
    anna.get_by_role("button", name="Send bert away").click()
    anna.get_by_role("dialog").get_by_role("button", name="Send away").click()
    expect(anna.get_by_role("row", name=re.compile("^bert"))).to_have_count(0)
    expect(bert.locator("body")).to_have_attribute("data-link", re.compile("stopped|forbidden"))
    bert.goto(f"{host.origin}/tables/")
    expect(bert.get_by_text("You have no table yet.")).to_be_visible()
    bert.goto(f"{host.origin}/tables/{code}/")
    expect(bert.get_by_role("heading", name="Not one of your tables")).to_be_visible()
    look(bert, "not-mine")
    bert.locator("main").get_by_role("link", name="Join").click()
    bert.wait_for_url(re.compile("/play/"))
    expect(bert.locator("body")).to_have_attribute("data-link", "open")
    anna.get_by_role("link", name="My tables").first.click()
    expect(anna.locator(".my-table")).to_have_count(1)
    look(anna, "my-tables")


def report_on(
    anna: Page, host: HostProcess, code: str, look: Callable[[Page, str], None]
) -> None:
    anna.goto(f"{host.origin}/play/{code}")
    anna.get_by_role("tab", name="Table").click()
    anna.get_by_role("button", name="End the game").click()
    anna.get_by_role("dialog").get_by_role("button", name="End the game").click()
    mine = anna.locator(".people-host")
    expect(mine.get_by_role("button", name="Play a cash game")).to_be_visible()
    anna.goto(f"{host.origin}/tables/{code}/#statistics")
    anna.get_by_role("button", name="Mail it to who lacks it").click()
    expect(anna.locator("toast-stack")).to_contain_text("Everybody has got the report.")
    with anna.expect_download() as downloaded:
        anna.get_by_role("button", name="Download as CSV").click()
    assert "bert" in downloaded.value.path().read_text()
    look(anna, "report")


def test_a_forgotten_password_is_set_anew_and_a_known_one_changed(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, account: str,
    look: Callable[[Page, str], None],
) -> None:
    complaints.allow("status of 400")
    complaints.allow("status of 401")
    complaints.allow("status of 415")
    page = open_page()
    page.goto(f"{host.origin}/account/sign-in/?next=//evil.example/")
    sign_in(page, account, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("has this password")
    look(page, "wrong-password")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("Mail address").fill(account)
    look(page, "forgotten")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(letter_link(host, account, "Set a new password"))
    page.locator("[name=new_password]").fill("person")
    page.get_by_role("button", name="Set the password").click()
    expect(fault(page, "new_password")).to_be_visible()
    look(page, "reset")
    page.locator("[name=new_password]").fill("battery staple 8")
    page.get_by_role("button", name="Set the password").click()
    page.locator("main").get_by_role("link", name="Sign in").click()
    sign_in(page, account, "battery staple 8")
    page.wait_for_url(f"{host.origin}/tables/")
    page.goto(f"{host.origin}/account/")
    expect(page.locator(".facts").first).to_contain_text(account)
    expect(page.get_by_text("# of Cash Games Played")).to_be_visible()
    change_the_picture(page)
    look(page, "profile")
    page.get_by_label("Password now").fill("something else")
    page.locator("[name=new_password]").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(fault(page, "old_password")).to_have_text("Is not the password.")
    look(page, "password-refused")
    page.get_by_label("Password now").fill("battery staple 8")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("toast-stack")).to_contain_text("The password is changed")
    page.locator("#site-nav").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("localStorage.getItem('vphost.session')") is None


def change_the_picture(page: Page) -> None:
    upload = page.get_by_label("Change the picture")
    upload.set_input_files({
        "name": "me.png", "mimeType": "image/png", "buffer": b"GIF89a, whatever it says",
    })
    expect(page.get_by_text("The picture was not taken.")).to_be_visible()
    pictures = page.locator("img.mini-picture")
    expect(pictures).to_have_count(0)
    upload.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(pictures).to_have_count(2)
    for one in pictures.all():
        assert one.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    page.get_by_role("button", name="Remove it").click()
    expect(pictures).to_have_count(0)
    upload.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(pictures).to_have_count(2)


def test_two_tabs_exchange_the_refresh_token_once_and_both_go_on(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, account: str,
) -> None:
    complaints.allow("status of 401")
    one = open_page()
    one.goto(f"{host.origin}/account/sign-in/")
    sign_in(one, account)
    one.wait_for_url("**/tables/")
    other = one.context.new_page()
    other.goto(f"{host.origin}/account/")
    expect(other.get_by_text("# of Cash Games Played")).to_be_visible()
    refreshes: list[str] = []

    def heard(request: Request) -> None:
        if request.url.endswith("/auth/token/refresh/"):
            refreshes.append(request.url)

    one.context.on("request", heard)
    for change in ({"refresh_at": 0}, {"access": "a.b.c"}):
        one.evaluate("""async change => {
            const { held, hold } = await import("/static/js/vault.js");
            await hold({...await held(), ...change});
            const stored = JSON.parse(localStorage.getItem("vphost.session"));
            localStorage.setItem("vphost.session", JSON.stringify({...stored, ...change}));
        }""", change)
        for page in (one, other):
            page.evaluate("""() => { window.asked = import("/static/js/session.js").then(
                ({call}) => Promise.all([1, 2, 3].map(() => call("GET", "/api/v1/users/current/")))
            ); }""")
        for page in (one, other):
            assert page.evaluate("window.asked.then(all => all.length)") == 3
    assert len(refreshes) == 2, "once for each time that the token was worn"
    other.reload()
    expect(other.get_by_text("# of Cash Games Played")).to_be_visible()


def test_whose_sign_in_is_over_signs_in_again_and_comes_back(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, account: str,
) -> None:
    complaints.allow("status of 401")
    page = open_page(*PHONE)
    page.goto(host.origin)
    page.evaluate("""async () => {
        const seen = {
            access: "a.b.c", refresh_at: Date.now() + 60000, user: {id: "x", username: "nobody"},
        };
        const { hold } = await import("/static/js/vault.js");
        await hold({...seen, refresh: "d.e.f"});
        localStorage.setItem("vphost.session", JSON.stringify(seen));
    }""")
    page.goto(f"{host.origin}/account/")
    page.wait_for_url("**/account/sign-in/?next=%2Faccount%2F")
    sign_in(page, account)
    page.wait_for_url(f"{host.origin}/account/")
    expect(page.locator(".facts").first).to_contain_text(account)


def test_a_guest_accepts_an_invitation_and_the_keyboard_reaches_every_door(
    host: HostProcess, open_page: OpenPage, complaints: Complaints,
) -> None:
    page = open_page(*PHONE)
    page.goto(f"{host.origin}/account/sign-in/")
    expect(page.get_by_role("button", name="Play as a guest")).to_be_visible()
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(
            "document.activeElement.textContent.trim() || document.activeElement.name"))
    assert {"email", "password", "Show", "Sign in", "Forgotten your password?", "Sign up",
            "Play as a guest"} <= reached
    page.goto(host.origin)
    code = page.locator(".table-card").first.get_attribute("data-token")
    page.goto(f"{host.origin}/join/{code}")
    page.get_by_role("button", name="Play as a guest").click()
    page.wait_for_url("**/play/*")
    expect(page.locator("body")).to_have_attribute("data-link", "open")


def test_tables_made_and_joined_are_listed_by_pages_and_a_player_leaves(
    host: HostProcess, open_page: OpenPage, complaints: Complaints, account: str,
    look: Callable[[Page, str], None],
) -> None:
    token = ask(host, "auth/token/", {"email": account, "password": PASSWORD})["access"]
    for number in range(12):
        ask(host, "tables/", {"name": f"Table {number}"}, token)
    page = open_page()
    page.goto(host.origin)
    code = page.locator(".table-card").first.get_attribute("data-token")
    ask(host, f"tables/{code}/join/", {}, token)
    page.goto(f"{host.origin}/tables/")
    sign_in(page, account)
    cards = page.locator(".my-table")
    expect(cards).to_have_count(12)
    page.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(13)
    expect(cards.last).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    look(page, "many-tables")
    page.locator(".my-table", has_text="You play").click()
    page.get_by_role("button", name="Leave", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    page.wait_for_url(f"{host.origin}/tables/")
    expect(cards).to_have_count(12)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
