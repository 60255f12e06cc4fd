"""REST of payments: what a table costs, how its creator pays, and the provider's notices."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.services.ports import Price
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.rest.tables import NOT_CREATOR, done
from vphost.web.rest.permissions import API
from vphost.wire.rest import PAGE, Ask, Refused, Reply, Verb, page

AREA = "payments"
SIGNATURE = "Stripe-Signature"
PROVIDER = {
    502: "The payment provider refuses.", 503: "The payment provider does not answer.",
}
PRICE_ID: Mapping[str, Json] = {
    "type": "string", "pattern": "^[0-9A-Za-z_.-]{1,64}$", "maxLength": 64,
    "description": "A price's id, as in the list.",
}


async def prices(ask: Ask[TableSite]) -> Reply:
    """List the prices."""
    limit, after = ask.query["limit"], ask.query.get("after", "")
    found = done(await ask.host.checkout.prices())
    rows = [(one.id, _price_payload(one)) for one in found if one.id > after][:limit + 1]
    return Reply(page(rows, limit, f"{API}payments/prices/", ask.query))


def _price_payload(price: Price) -> Mapping[str, Json]:
    return {
        "id": price.id, "amount_minor": price.amount_minor, "currency": price.currency,
        "product": {
            "id": price.product, "name": price.name, "description": price.description,
        },
    }


async def payment_intent(ask: Ask[TableSite]) -> Reply:
    """Begin or continue to pay for a table."""
    table = await ask.host.hosting.visible_table(ask.body["object_id"], ask.user)
    if table is None:
        raise Refused("not_found")
    if table.host != ask.user:
        raise Refused("not_the_host")
    checkout = ask.host.checkout
    intent = done(await checkout.intent(table, ask.path["id"]))
    return Reply({
        "id": intent.id, "client_secret": intent.client_secret,
        "amount_minor": intent.amount_minor, "currency": intent.currency,
        "publishable_key": checkout.publishable_key or None,
    })


async def webhook(ask: Ask[TableSite]) -> Reply:
    """Process a notice of the provider."""
    refused = await ask.host.checkout.notice(ask.raw, ask.headers.get(SIGNATURE, ""))
    if refused is not None:
        raise Refused.of(refused)
    return Reply({"received": True})


routes = (
    resource("payments/prices/", {"GET": Verb(
        prices, "Products and prices; none when tables are free.",
        {200: "rest/payments/prices.json"}, query=PAGE, refusals=PROVIDER,
    )}, area=AREA),
    resource("payments/prices/{id}/get-payment-intent/", {"POST": Verb(
        payment_intent, "What the creator's page needs to pay for a table; repeated, the same "
        "payment.", {200: "rest/payments/intent.json"}, body="rest/payments/object.json",
        refusals={
            **PROVIDER, 403: NOT_CREATOR,
            429: "Too many attempts; Retry-After says when to try again.",
            409: "The table is paid for, or a payment is in progress.",
        },
    )}, parameters={"id": PRICE_ID}, area=AREA),
    resource("payments/webhook/", {"POST": Verb(
        webhook, "For the payment provider: an event, signed in the header field "
        "Stripe-Signature.", {200: "rest/payments/received.json"}, raw=True, refusals={
            404: "Tables are free.", 409: "The payment is not the one that was asked for.",
        },
    )}, area=AREA),
)
