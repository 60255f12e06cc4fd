"""Payments through Stripe's own library, against its API on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.mongo_server import free_port
from tests.payments.stripe_server import KEY, SECRET, StripeServer, event, signed
from vphost.payments.stripe import SIGNED_WITHIN_S, StripePayments
from vphost.services.ports import (
    INTENT_CANCELLED, INTENT_OPEN, INTENT_PAID, BadNotice, Card, PaymentsDown, PaymentsRefused,
    PortUnusable, Price,
)

DAY = Price("price_day", "prod_day", "A table for a day", "Up to nine seats", 499, "EUR")
Open = Callable[..., StripePayments]


@pytest.fixture
async def payments(stripe_server: StripeServer) -> AsyncIterator[Open]:
    """Open the port; closed at the end."""
    opened: list[StripePayments] = []

    def open_one(**given: Any) -> StripePayments:
        opened.append(StripePayments(**{
            "url": stripe_server.url, "key": KEY, "webhook_secrets": [SECRET], **given
        }))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


async def test_only_what_has_a_price_and_is_sold_once_is_offered(payments: Open) -> None:
    port = payments()
    await port.check()
    assert await port.prices() == (
        DAY, Price("price_yen", "prod_day", "A table for a day", "Up to nine seats", 800, "JPY")
    )


async def test_an_intent_is_one_for_a_key_and_ends_paid_or_cancelled(
    payments: Open, stripe_server: StripeServer
) -> None:
    port = payments()
    first = await port.create_intent("one:1", DAY, {"vphost_table": "t"})
    assert (first.state, first.amount_minor, first.currency) == (INTENT_OPEN, 499, "EUR")
    assert await port.create_intent("one:1", DAY, {"vphost_table": "t"}) == first
    method = stripe_server.pay(first.id)
    paid = await port.find_intent(first.id)
    assert paid is not None and paid.state == INTENT_PAID
    assert await port.card(method) == Card("visa", "4242", 12, 2040)
    assert not await port.cancel_intent(first.id)
    second = await port.create_intent("one:2", DAY, {})
    assert second.id != first.id
    assert [await port.cancel_intent(second.id) for _ in range(2)] == [True, True]
    cancelled = await port.find_intent(second.id)
    assert cancelled is not None and cancelled.state == INTENT_CANCELLED


async def test_an_answer_that_is_lost_makes_no_second_intent(
    payments: Open, stripe_server: StripeServer
) -> None:
    port = payments()
    before = stripe_server.order(fail=1, keys=[])["intents"]
    made = await port.create_intent("lost:1", DAY, {})
    after = stripe_server.order()
    assert after["keys"] == ["lost:1", "lost:1"]
    assert sorted(after["intents"]) == sorted([*before, made.id])
    stripe_server.order(fail=2)
    with pytest.raises(PaymentsDown):
        await port.create_intent("lost:2", DAY, {})
    made = await port.create_intent("lost:2", DAY, {})
    assert len(stripe_server.order()["intents"]) == len(before) + 2


async def test_a_provider_that_says_nothing_holds_nobody_up(
    payments: Open, stripe_server: StripeServer
) -> None:
    port = payments(timeout_s=0.2)
    stripe_server.order(silent=True)
    asked = asyncio.create_task(port.prices())
    turns = 0
    while not asked.done():
        turns += 1
        await asyncio.sleep(0.005)
    with pytest.raises(PaymentsDown):
        await asked
    assert turns > 20, "the loop went on"


async def test_who_asks_for_prices_at_once_waits_once(
    payments: Open, stripe_server: StripeServer
) -> None:
    port = payments(timeout_s=0.5)
    stripe_server.order(silent=True)
    first = asyncio.create_task(port.prices())
    later = [asyncio.create_task(port.prices()) for _ in range(8)]
    leaving = asyncio.create_task(port.prices())
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(PaymentsDown):
        await first
    done, waiting = await asyncio.wait(later, timeout=0.4)
    assert not waiting, "a call for each of them would take as long again"
    assert {type(one.exception()) for one in done} == {PaymentsDown}
    stripe_server.order(silent=False)
    assert len(await port.prices()) == 2


async def test_what_the_provider_will_not_do_is_refused(payments: Open) -> None:
    port = payments()
    with pytest.raises(PaymentsRefused):
        await port.card("pm_nobody")
    with pytest.raises(PaymentsRefused):
        await port.create_intent("none:1", Price("p", "p", "", "", 0, "EUR"), {})
    assert await port.find_intent("pi_nobody") is None
    assert await port.cancel_intent("pi_nobody")


async def test_a_wrong_key_and_an_empty_shop_stop_the_start_without_the_key(
    payments: Open, stripe_server: StripeServer
) -> None:
    with pytest.raises(PortUnusable, match="stripe_key") as caught:
        await payments(key="rk_very_secret").check()
    assert "secret" not in str(caught.value)
    stripe_server.order(prices=[])
    with pytest.raises(PortUnusable, match="no active one-time price"):
        await payments().check()


async def test_a_provider_that_is_away_stops_no_start(
    payments: Open, expect_log: Callable[[str], list[str]]
) -> None:
    expect_log("payment_provider_away")
    await payments(url=f"http://127.0.0.1:{free_port()}").check()


def test_a_signed_event_is_read_with_any_of_the_secrets(payments: Open) -> None:
    port = payments(webhook_secrets=["whsec_new", SECRET])
    for secret in ("whsec_new", SECRET):
        notice = port.read_notice(*signed(event("evt_1", "t", "pi_1", method="pm_1"), secret))
        assert notice is not None
        assert (notice.id, notice.intent, notice.amount_minor, notice.currency) == (
            "evt_1", "pi_1", 499, "EUR"
        )
        assert (notice.labels["vphost_table"], notice.payment_method) == ("t", "pm_1")
    assert port.read_notice(*signed(event("e", "t", "p", kind="charge.updated"))) is None


@pytest.mark.parametrize("raw, signature", [
    signed(event("e", "t", "p"), "whsec_wrong"),
    signed(event("e", "t", "p"), age_s=SIGNED_WITHIN_S + 2),
    (signed(event("e", "t", "p"))[0], ""),
    (signed(event("e", "t", "p"))[0], "t=x,v1=y"),
    (signed(event("e", "t", "p"))[0], "t=1,v1=\xe9"),
    (signed(event("e", "t", "p"))[0] + b" ", signed(event("e", "t", "p"))[1]),
    signed(b"\xff\xfe"), signed(b"[" * 100_000), signed(b"{}"), signed(b"[]"),
    signed({**event("e", "t", "p"), "id": 5}), signed({**event("e", "t", "p"), "data": None}),
    signed(event("", "t", "p")),
], ids=[
    "wrong secret", "too old", "no signature", "no real signature", "no plain signature",
    "another body", "no text",
    "too deep", "no event", "a list", "a number for an id", "no object", "no id",
])
def test_what_is_no_event_or_not_signed_is_refused(
    payments: Open, raw: bytes, signature: str
) -> None:
    with pytest.raises(BadNotice):
        payments().read_notice(raw, signature)
