"""The HTML of a report in Chromium: it fits a phone, whatever names and amounts are in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from plugins.cash.rules.report_forms import host_form, player_form
from vphost.rules.money import Currency
from vphost.rules.report import Form
from vphost.tables import report_html

EURO = Currency("EUR", 2, "€")
NAMES = ("ada", "brave-otter-4821", "Zoë.Müller", "W" * 32, "日本語" * 10, "fay")
NETS = (1250, -3000, 4075, -2000, -325, 0)
LARGEST = 2**53 // 4_000


def facts(factor: int) -> dict[str, Any]:
    """Return a game of six. factor: of all its amounts."""
    return {
        "game_id": "036945cf-87d2-4bdd-9915-34e57a90de63", "game_type": "THD", "currency": "EUR",
        "name": "W" * 64, "small_blind": 25 * factor, "big_blind": 50 * factor, "ante": 5 * factor,
        "limits": {"THD": "NL"}, "started_ms": 1_763_664_000_000, "ended_ms": 1_763_671_500_000,
        "house": 0, "hands": 84, "lines": [
            {
                "player": place + 1, "user": name, "username": name, "buy_ins": 2,
                "bought": 4000 * factor, "cashed": (4000 + net) * factor, "played_ms": 7_000_000,
                "counters": {
                    "hands_dealt": 84, "walks": 2, "vpip": 21, "pfr": 9, "aggressive": 17,
                    "calls": 12, "folds": 30, "flops_seen": 26, "wtsd": 9, "wsd": 4,
                    "pots_won": 15, "collected": 9000 * factor, "net": net * factor,
                    "biggest_pot": 1500 * factor,
                },
            }
            for place, (name, net) in enumerate(zip(NAMES, NETS, strict=True))
        ],
    }


def test_a_report_fits_phones_and_screens(
    open_page: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    forms: dict[str, Form] = {}
    for factor in (1, 100, LARGEST // 4000):
        forms[f"host-{factor}"] = host_form(facts(factor), "ada", EURO)
        forms[f"player-{factor}"] = player_form(facts(factor), "W" * 32, EURO)
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, form in forms.items():
        page.set_content(report_html.render(form))
        for width in (320, 360, 1000):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert page.evaluate(
                "[...document.querySelectorAll('td, th, p, h1')].filter("
                "(one) => one.scrollWidth > one.clientWidth + 1).length"
            ) == 0
            keep_picture(page, f"report-{name}-{width}")
    assert asked == [], "a mail fetches nothing"
