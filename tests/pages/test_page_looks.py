"""Every scene on a desk, a tablet and a phone: nothing hidden, nothing on top of another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages import scenes
from tests.pages.fixture_host import TABLES, FixtureHost
from vphost.wire.schemas import SchemaSet

SIZES = {"desk": (1280, 800), "tablet": (768, 1024), "phone": (360, 740), "lying": (740, 360)}
SETTLED = """new Promise(done => {
    let [last, same] = ["", 0];
    const look = () => {
        const all = [...document.querySelectorAll("table-stage, action-bar, table-seat, .slot")];
        const now = JSON.stringify(all.map(each => each.getBoundingClientRect()));
        same = now === last ? same + 1 : 0;
        last = now;
        if (same < 6) requestAnimationFrame(look); else done();
    };
    look();
})"""
SESSION = {"access": "aaa.bbb.ccc", "user": {"id": "u-1", "username": "quiet otter"}}
SIGNED_IN = f"localStorage.setItem('vphost.session', {json.dumps(json.dumps(SESSION))})"
OpenPage = Callable[..., Page]


def open_scene(open_page: OpenPage, host: FixtureHost, name: str, size: str = "desk") -> Page:
    page = open_page(*SIZES[size], reduced_motion="reduce")
    page.add_init_script(SIGNED_IN)
    page.goto(f"{host.origin}/play/{name}")
    page.locator("body[data-link=open] table-stage[ready]").wait_for()
    return page


def boxes(found: Locator) -> list[tuple[str, dict[str, float]]]:
    """Return text and rectangle of every visible element."""
    listed = found.evaluate_all("""elements => elements.filter(each => each.offsetParent)
        .map(each => [each.textContent.trim(), each.getBoundingClientRect().toJSON()])""")
    return [(text, box) for text, box in listed]


def overlap(a: dict[str, float], b: dict[str, float]) -> float:
    """Return the area that two rectangles share."""
    width = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    height = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return max(0.0, width) * max(0.0, height)


def no_sideways_scroll(page: Page) -> None:
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window


def fits(page: Page, width: int, height: int) -> None:
    """Check that no seat is cut off or covered, and that bets and board lie free."""
    no_sideways_scroll(page)
    plates = boxes(page.locator(".plate"))
    assert plates
    for index, (text, box) in enumerate(plates):
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, f"{text} is cut off"
        assert box["y"] + box["height"] <= height, f"{text} is cut off"
        for other, other_box in plates[:index]:
            assert overlap(box, other_box) == 0, f"{text} lies on {other}"
    for text, lying in boxes(page.locator(".bet, .board playing-card")):
        for other, other_box in plates:
            assert overlap(lying, other_box) < 60, f"{text or 'a card'} lies on {other}"
    for _, card in boxes(page.locator(".board playing-card")):
        for text, lying in boxes(page.locator(".bet, .dealer")):
            assert overlap(lying, card) == 0, f"{text} lies on the board"
    hands_apart(page)


def hands_apart(page: Page) -> None:
    """Check that nobody's cards lie on the name or the cards of somebody else."""
    for seat in page.locator("table-seat:not(.is-empty)").all():
        place = seat.get_attribute("data-place")
        others = f"table-seat:not([data-place='{place}'])"
        for _, card in boxes(seat.locator("playing-card")):
            for text, other in boxes(page.locator(f"{others} .plate, {others} playing-card")):
                assert overlap(card, other) < 40, f"cards of place {place} lie on {text or 'cards'}"


@pytest.mark.parametrize("name", sorted(scenes.SCENES))
def test_a_scene_fits_on_desk_tablet_and_phone(
    name: str, scenes_host: FixtureHost, open_page: OpenPage,
    keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_scene(open_page, scenes_host, name)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(SETTLED)
        keep_picture(page, f"{name}-{size}")
        fits(page, width, height)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_buttons_are_large_enough_to_touch(
    size: str, scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand", size)
    for text, box in boxes(page.locator(".verb, .preset, .figure")):
        assert box["height"] >= 32 and box["width"] >= 44, text


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_lobby_lists_tables_and_the_balance(
    size: str, scenes_host: FixtureHost, open_page: OpenPage,
    keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_page(*SIZES[size])
    page.goto(scenes_host.origin)
    expect(page.locator(".table-card")).to_have_count(len(TABLES))
    page.get_by_role("button", name="Play as a guest").click()
    expect(page.locator(".account-balance")).to_have_text("1\u202f000 PLAY")
    keep_picture(page, f"lobby-{size}")
    no_sideways_scroll(page)


def test_a_table_is_joined_by_its_code(scenes_host: FixtureHost, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(scenes_host.origin)
    page.get_by_label("Table code").fill("k7qx")
    page.get_by_label("Table code").press("Enter")
    page.wait_for_url("**/play/K7QX")


def test_chat_is_inert_and_keeps_its_direction_to_itself(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    page.get_by_role("tab", name="Chat").click()
    lines = page.locator(".chat-text")
    expect(lines.nth(2)).to_have_text(scenes.chat()[2]["payload"]["message"])
    assert page.locator(".chat b").count() == 0
    assert lines.nth(2).evaluate("element => element.localName") == "bdi"
    assert page.get_by_label("Chat message").get_attribute("maxlength") == "500"


def test_the_chat_drawer_of_a_phone_opens_and_closes(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand", "phone")
    field = page.get_by_label("Chat message")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Feed and chat").click()
    expect(field).to_be_focused()
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(page.get_by_role("button", name="Feed and chat")).to_be_focused()
    no_sideways_scroll(page)


def test_a_refusal_is_told_and_the_action_stays_possible(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "error")
    expect(page.get_by_role("alert")).to_have_text("The raise is too small.\u00d7")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def only(host: FixtureHost, page: Page, action: str) -> dict[str, object]:
    """Return the one request of an action; whatever came before a chat line is counted."""
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("done")
    page.get_by_label("Chat message").press("Enter")
    host.wait_for("send_chat_message")
    (sent,) = host.wait_for(action)
    return dict(sent)


def test_the_keys_bet_what_the_slider_shows(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    for key in ("r", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".figure")).to_have_value("21.50")
    page.keyboard.press("Enter")
    assert only(scenes_host, page, "action_raise")["total"] == "21.5"


def test_a_typed_amount_is_sent_by_enter_and_never_above_the_stack(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    page.locator(".figure").fill("9999")
    page.locator(".figure").press("Enter")
    assert only(scenes_host, page, "action_raise")["total"] == "46"


def test_two_quick_presses_act_once(scenes_host: FixtureHost, open_page: OpenPage) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    page.keyboard.press("c")
    page.keyboard.press("c")
    assert only(scenes_host, page, "action_call")["amount"] == "12.75"


def test_folding_for_free_asks_once_more(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "checking")
    page.keyboard.press("f")
    expect(page.locator(".verb-fold")).to_contain_text("Fold anyway?")
    page.keyboard.press("f")
    only(scenes_host, page, "action_fold")


def test_typing_in_the_chat_plays_no_hand(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    page.get_by_role("tab", name="Chat").click()
    field = page.get_by_label("Chat message")
    field.press_sequentially("fcr fold!")
    expect(field).to_have_value("fcr fold!")
    field.press("Enter")
    scenes_host.wait_for("send_chat_message")
    actions = {each["action"] for each in scenes_host.heard}
    assert not any(str(action).startswith("action_") for action in actions)


def test_all_that_the_page_sends_is_valid(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "host")
    page.get_by_role("tab", name="Table").click()
    for name in ("Sit out", "Stand up"):
        page.get_by_role("button", name=name).click()
    page.locator(".people-host").get_by_role("button", name="Start the game").click()
    page.get_by_role("button", name="Kick Nora").click()
    page.get_by_role("button", name="Send away").click()
    page.get_by_role("button", name="Leave table").click()
    page.get_by_role("button", name="Leave", exact=True).click()
    page.get_by_role("button", name="Buy chips").click()
    page.get_by_label("Buy-in amount").press("Enter")
    page = open_scene(open_page, scenes_host, "fold-win")
    page.get_by_role("button", name="Show both").click()
    page.get_by_role("button", name="Rabbit hunt").click()
    page = open_scene(open_page, scenes_host, "empty")
    page.get_by_role("button", name="Take seat 1").click()
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("hello")
    page.get_by_label("Chat message").press("Enter")
    scenes_host.wait_for("send_chat_message")
    schemas = SchemaSet.load([("", Path(__file__).parents[2] / "schemas")])
    expected = {
        "authenticate", "initialize_state", "sit_out", "sit_player", "game_start",
        "kick_player_after_game", "leave_player", "buy_in", "show_pocket_cards",
        "open_rabbit_hunt_cards", "send_chat_message",
    }
    assert expected <= {each["action"] for each in tuple(scenes_host.heard)}
    for each in scenes_host.heard:
        assert schemas.explain(f"table/in/{each['action']}.json", each) is None, each


def test_the_board_and_the_turn_are_told_to_screen_readers(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    names = page.locator(".board playing-card").evaluate_all(
        "cards => cards.map(card => card.getAttribute('aria-label'))")
    assert names == ["Ten of diamonds", "Seven of spades", "Queen of hearts"]
    own = page.locator("table-seat.is-own .pod").get_attribute("aria-label")
    assert own is not None and own.startswith("Seat 1: quiet otter") and "to act" in own
    assert page.locator("#live").get_attribute("aria-live") == "assertive"


def test_a_hidden_tab_is_told_that_it_is_your_turn(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_page(*SIZES["desk"], reduced_motion="reduce")
    page.add_init_script(SIGNED_IN)
    page.add_init_script("window.requestAnimationFrame = () => 0;")
    page.goto(f"{scenes_host.origin}/play/mid-hand")
    expect(page).to_have_title("Your turn · The Lantern Room · vphost")


def test_the_browser_going_offline_is_told_at_once(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand")
    page.evaluate("() => { WebSocket = class { close() {} }; }")
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#link")).to_have_text("Reconnecting")
    expect(page).to_have_title(re.compile("No connection"))
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Chat message").fill("anybody there?")
    page.get_by_label("Chat message").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("your message may not have arrived")


def test_a_call_into_a_dead_line_is_told(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_page(*SIZES["desk"], reduced_motion="reduce")
    page.add_init_script(SIGNED_IN)
    page.add_init_script("""
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { if (!window.isDead) send.call(this, text); };
    """)
    page.goto(f"{scenes_host.origin}/play/mid-hand")
    page.locator("body[data-link=open] table-stage[ready]").wait_for()
    page.evaluate("window.isDead = true")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("alert")).to_contain_text("“call” may not have arrived", timeout=7_000)
    expect(page.locator("#link")).not_to_have_text("Connected")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_notices_cover_no_seat_where_there_is_room(
    size: str, scenes_host: FixtureHost, open_page: OpenPage,
    keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_scene(open_page, scenes_host, "mid-hand", size)
    page.evaluate("""document.querySelector("toast-stack").tell(
        "New settings: big blind 1, straddles on. From the next hand on.")""")
    expect(page.locator(".toast")).to_be_visible()
    page.evaluate(SETTLED)
    keep_picture(page, f"toast-{size}")
    if size == "desk":
        toast = page.locator(".toast").bounding_box()
        assert toast is not None
        place = {
            "x": toast["x"], "y": toast["y"], "width": toast["width"], "height": toast["height"],
        }
        for _, box in boxes(page.locator(".plate")):
            assert overlap(place, box) == 0


def test_an_absent_host_is_told_with_a_countdown(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "host-away")
    expect(page.locator("#banner-text")).to_contain_text("Unless they come back, the game ends at")
    expect(page.locator("#banner-count")).to_have_text(re.compile("^9:4[0-3]$"))
    scenes_host.tell(scenes.frame("player_connected", seq=101, player=4, seat=3, is_host=True,
                                  username="swift lynx", bank="0.00", table_stack="24.50",
                                  delayed_table_stack="0.00", has_initial_buy_in=True,
                                  bank_open=True, status="S", jitsi_id=None))
    expect(page.locator("#banner")).to_be_hidden()


def test_who_stands_may_leave_and_is_told_how_to_buy(
    scenes_host: FixtureHost, open_page: OpenPage, keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_scene(open_page, scenes_host, "host-away")
    page.get_by_role("tab", name="Table").click()
    expect(page.locator(".people-note")).to_contain_text("45.50 on the table")
    page.get_by_role("button", name="Buy chips").click()
    expect(page.get_by_role("status").get_by_text("Take a free seat first.")).to_be_visible()
    keep_picture(page, "standing-desk")
    page.get_by_role("button", name="Leave table").click()
    page.get_by_role("button", name="Leave", exact=True).click()
    scenes_host.wait_for("leave_player")


def test_a_reload_shows_the_chat_and_who_will_be_gone(
    scenes_host: FixtureHost, open_page: OpenPage, keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_scene(open_page, scenes_host, "kicking")
    expect(page.locator("#tab-chat .dot")).to_be_hidden()
    page.get_by_role("tab", name="Chat").click()
    expect(page.locator(".chat-text")).to_have_text(["one more?", "the last one"])
    page.get_by_role("tab", name="Table").click()
    nora = page.locator(".person").filter(has_text="Nora")
    expect(nora).to_contain_text("is sent away after this hand")
    expect(nora.get_by_role("button", name="Kick Nora")).to_have_count(0)
    expect(page.locator("table-seat[data-seat='1'] .badge")).to_have_text("Leaving")
    keep_picture(page, "kicking-desk")


def test_after_a_game_the_first_buy_in_opens_a_bank(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "ended")
    expect(page.locator("action-bar")).to_contain_text("Buy in for the next one.")
    page.locator("action-bar").get_by_role("button", name="Buy in").click()
    expect(page.get_by_label("Buy-in amount")).to_have_value("50.00")


def test_only_settings_that_have_changed_are_told(
    scenes_host: FixtureHost, open_page: OpenPage
) -> None:
    page = open_scene(open_page, scenes_host, "kicking")
    config = {**scenes.CONFIG, "big_blind": 1.0}
    for seq, each in ((101, scenes.CONFIG), (102, config), (103, config)):
        scenes_host.tell(scenes.frame(
            "state_config_updated", seq=seq, config=each, takes_effect="now", message=None))
    expect(page.locator("#table-blinds")).to_have_text("0.25 / 1")
    expect(page.locator(".toast-text")).to_have_text(["New settings: big blind 1."])
