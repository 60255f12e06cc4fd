"""Paying for a table over REST, with Stripe's API on this machine; and tables that are free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.payments.stripe_server import KEY, SECRET, StripeServer, event, signed
from tests.web.rest_client import Answer
from tests.web.table_house import TableHouse, User, table_house
from vphost.config.values import Secret

ExpectLog = Callable[[str], list[str]]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def shop(folder: Path, server: StripeServer, **more: Any) -> AsyncIterator[TableHouse]:
    """Run a host that takes money for its tables."""
    async with table_house(
        folder, payments="stripe", stripe_url=server.url, stripe_key=Secret(KEY),
        stripe_webhook_secret=Secret(SECRET), stripe_publishable_key="pk_test_1", **more
    ) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, stripe_process: StripeServer
) -> AsyncIterator[TableHouse]:
    """One host for the tests that need none of their own; each has its own users and tables."""
    async with shop(tmp_path_factory.mktemp("shop"), stripe_process) as running:
        yield running


async def intent(user: User, table: dict[str, Any], price: str = "price_day") -> Answer:
    """Ask what one needs to pay for a table."""
    return await user.post(
        f"payments/prices/{price}/get-payment-intent/", {"object_id": table["short_table_token"]}
    )


async def delivered(house: TableHouse, body: Any, *how: Any) -> Answer:
    """Send an event as Stripe does."""
    raw, signature = signed(body, *how)
    return await house.people.call(
        "POST", "payments/webhook/", raw, Stripe_Signature=signature
    )


async def status(user: User, table: dict[str, Any]) -> str:
    """Return how far a table has come."""
    return str((await user.get(f"tables/{table['token']}/")).body["status"])


async def pays(folder: Path, server: StripeServer, **more: Any) -> None:
    """Live through a payment from the price to the opened table, with the provider's own notice."""
    async with shop(folder, server, **more) as house:
        ada = await house.user("ada")
        server.listen(f"{house.app.origin}/api/v1/payments/webhook/")
        table = await ada.table()
        assert await status(ada, table) == "unpaid"
        opening = await ada.post(f"tables/{table['token']}/open/")
        assert (opening.status, opening.code) == (409, "table_not_paid")
        listed = (await ada.get("payments/prices/?limit=1")).body
        assert listed["results"] == [{
            "id": "price_day", "amount_minor": 499, "currency": "EUR", "product": {
                "id": "prod_day", "name": "A table for a day", "description": "Up to nine seats",
            },
        }]
        rest = await ada.get(listed["next"].removeprefix("/api/v1/"))
        assert [one["id"] for one in rest.body["results"]] == ["price_yen"]
        asked = await intent(ada, table)
        assert asked.status == 200, asked
        assert asked.body["client_secret"].startswith(asked.body["id"])
        assert asked.body["publishable_key"] == "pk_test_1"
        assert (await intent(ada, table)).body == asked.body
        assert (await ada.get("users/current/")).body["payment_method"] is None
        server.pay(asked.body["id"])
        async with asyncio.timeout(20):
            while await status(ada, table) != "paid":
                await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            while (card := (await ada.get("users/current/")).body["payment_method"]) is None:
                await asyncio.sleep(0.02)
        assert card == {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
        again = await intent(ada, table)
        assert (again.status, again.code) == (409, "table_paid")
        await ada.post(f"tables/{table['token']}/choose_game_mode/", {"game_mode": "C"})
        assert (await ada.post(f"tables/{table['token']}/open/")).status == 200


async def test_a_table_is_paid_for_and_opened(
    tmp_path: Path, stripe_server: StripeServer
) -> None:
    await pays(tmp_path, stripe_server)


async def test_an_event_takes_effect_once_however_often_and_at_once_it_comes(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada = await house.user("once")
    table = await ada.table()
    paid = (await intent(ada, table)).body["id"]
    body = event("evt_once", table["token"], paid)
    answers = await asyncio.gather(*(delivered(house, body) for _ in range(12)))
    assert [(one.status, one.body) for one in answers] == [(200, {"received": True})] * 12
    first = (await ada.get(f"tables/{table['token']}/")).headers["etag"]
    assert (await delivered(house, body)).status == 200
    other = event("evt_other", table["token"], paid)
    assert (await delivered(house, other)).status == 200
    assert (await ada.get(f"tables/{table['token']}/")).headers["etag"] == first
    assert await status(ada, table) == "paid"


async def test_what_is_not_the_payment_that_was_asked_for_pays_nothing(
    house: TableHouse, stripe_server: StripeServer, expect_log: ExpectLog
) -> None:
    seen = expect_log("payment_mismatch")
    ada = await house.user("wrong")
    table, other = await ada.table(), await ada.table()
    paid = (await intent(ada, table)).body["id"]
    await intent(ada, other)
    token = table["token"]
    wrong = [
        event("evt_1", token, paid, amount=498), event("evt_2", token, paid, currency="usd"),
        event("evt_3", token, "pi_other"), event("evt_4", token, paid, round_no="2"),
        event("evt_5", other["token"], paid), event("evt_6", "no such table", paid),
    ]
    for body in wrong:
        answer = await delivered(house, body)
        assert (answer.status, answer.code) == (409, "payment_mismatch"), body
    assert len(seen) == len(wrong)
    for how in (["whsec_wrong"], [SECRET, 302]):
        answer = await delivered(house, event("evt_7", token, paid), *how)
        assert (answer.status, answer.code) == (400, "bad_signature")
    foreign = event("evt_8", token, paid)
    foreign["data"]["object"]["metadata"] = {"order": "1"}
    unknown = event("evt_9", token, paid, kind="payment_intent.created")
    for body in (foreign, unknown):
        assert (await delivered(house, body)).status == 200
    assert (await status(ada, table), await status(ada, other)) == ("unpaid", "unpaid")
    assert (await delivered(house, event("evt_1", token, paid))).status == 409
    assert (await delivered(house, event("evt_10", token, paid))).status == 200
    assert await status(ada, table) == "paid"


async def test_another_price_leaves_one_payment_that_can_be_made(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada = await house.user("chooser")
    table = await ada.table()
    answers = await asyncio.gather(*(
        intent(ada, table, price) for price in ("price_day", "price_yen") * 4
    ))
    made = {one.body["id"] for one in answers if one.status == 200}
    assert {one.status for one in answers} <= {200, 409} and made
    last = (await intent(ada, table, "price_yen")).body
    assert (last["amount_minor"], last["currency"]) == (800, "JPY")
    find = stripe_server.client.v1.payment_intents.retrieve
    states = {one: find(one).status for one in made | {last["id"]}}
    assert states.pop(last["id"]) == "requires_payment_method"
    assert set(states.values()) == {"canceled"}
    stripe_server.pay(last["id"])
    running = await intent(ada, table)
    assert (running.status, running.code) == (409, "payment_running")


async def test_only_the_creator_pays_and_only_for_what_there_is(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada, bob = await house.user("creator"), await house.user("creator_friend")
    table = await ada.table()
    for price in ("price_retired", "price_by_weight", "price_none"):
        assert (await intent(ada, table, price)).status == 404
    assert (await intent(bob, table)).status == 404
    await house.app.house.area.hosting.members.join(
        str(table["token"]), (await bob.get("users/current/")).body["id"], "creator_friend"
    )
    refused = await intent(bob, table)
    assert (refused.status, refused.code) == (403, "not_the_host")
    nobody = await house.people.call("GET", "payments/prices/")
    assert nobody.status == 401


async def test_a_draft_is_removed_only_when_nobody_can_pay_for_it_any_more(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada = await house.user("remover")
    table = await ada.table()
    asked = (await intent(ada, table)).body["id"]
    assert (await ada.delete(f"tables/{table['token']}/")).status == 204
    found = stripe_server.client.v1.payment_intents.retrieve(asked)
    assert found.status == "canceled"
    table = await ada.table()
    asked = (await intent(ada, table)).body["id"]
    stripe_server.pay(asked)
    refused = await ada.delete(f"tables/{table['token']}/")
    assert (refused.status, refused.code) == (409, "payment_running")
    assert (await delivered(house, event("evt_late", table["token"], asked))).status == 200
    assert await status(ada, table) == "paid"
    never = await ada.table()
    assert (await ada.delete(f"tables/{never['token']}/")).status == 204


async def test_a_provider_that_fails_is_told_and_the_next_try_goes_on(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada = await house.user("patient")
    table = await ada.table()
    before = len(stripe_server.order(fail=2)["intents"])
    down = await intent(ada, table)
    assert (down.status, down.code) == (503, "payments_down")
    assert int(down.headers["retry-after"]) >= 1
    asked = await intent(ada, table)
    assert asked.status == 200, asked
    assert len(stripe_server.order()["intents"]) == before + 1


async def test_an_order_of_another_account_is_made_anew(
    house: TableHouse, stripe_server: StripeServer
) -> None:
    ada = await house.user("mover")
    table, other = await ada.table(), await ada.table()
    first = (await intent(ada, table)).body
    await intent(ada, other)
    stripe_server.forget()
    second = (await intent(ada, table)).body
    assert second["id"] != first["id"] and second["amount_minor"] == 499
    assert (await ada.delete(f"tables/{other['token']}/")).status == 204


async def test_a_notice_that_a_kill_left_half_done_is_finished_by_the_next_start(
    tmp_path: Path, stripe_server: StripeServer
) -> None:
    store = {"store": f"sqlite:{tmp_path}/a.sqlite"}
    async with shop(tmp_path, stripe_server, **store) as house:
        ada = await house.user("ada")
        table = await ada.table()
        asked = (await intent(ada, table)).body["id"]
        await house.app.house.documents.insert("payment_notices", "evt_cut", {
            "table": table["token"], "round": "1", "intent": asked, "amount_minor": 499,
            "currency": "EUR", "payment_method": "", "state": "received", "day": 1,
        })
    async with shop(tmp_path, stripe_server, **store) as house:
        ada.people = house.people
        assert await status(ada, table) == "paid"
        notice = await house.app.house.documents.get("payment_notices", "evt_cut")
        assert notice is not None and notice.body["state"] == "done"


async def test_where_tables_are_free_there_is_nothing_to_pay(tmp_path: Path) -> None:
    async with table_house(tmp_path) as house:
        ada = await house.user("ada")
        table = await ada.table()
        assert await status(ada, table) == "paid"
        assert (await ada.get("payments/prices/")).body == {"results": [], "next": None}
        assert (await intent(ada, table)).code == "table_paid"
        answer = await delivered(house, event("evt_1", table["token"], "pi_1"))
        assert (answer.status, answer.code) == (404, "not_found")
