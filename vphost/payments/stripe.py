"""Payments through Stripe, with Stripe's own library on a few threads.

Prices are the account's active one-time prices. Every request ends within TIMEOUT_S. Creating an
intent carries an idempotency key, so that neither the library's retries nor ours pay twice.
Errors are reported by kind and code only: Stripe's texts may quote a part of a key.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import stripe
import structlog

from vphost.services.ports import (
    INTENT_CANCELLED, INTENT_OPEN, INTENT_PAID, INTENT_RUNNING, BadNotice, Card, Intent, Notice,
    PaymentsDown, PaymentsRefused, PortUnusable, Price,
)

TIMEOUT_S = 8.0
"""How long the provider may be silent in one request."""
REPEATS = 1
TOTAL_S = 30.0
"""How long a call may take with its retries, however slowly an answer trickles in."""
THREADS = 4
WAITING_MAX = 64
"""Calls at once; further ones are refused."""
PRICES_S = 30.0
"""How old the cached list of prices may be."""
PRICES_MAX = 100
SIGNED_WITHIN_S = 300
"""How old a signature may be; the provider's recommendation."""
MINOR_MAX = 99_999_999
PAID_EVENT = "payment_intent.succeeded"
_STATES = {
    "requires_payment_method": INTENT_OPEN, "requires_confirmation": INTENT_OPEN,
    "requires_action": INTENT_OPEN, "processing": INTENT_RUNNING,
    "requires_capture": INTENT_RUNNING, "succeeded": INTENT_PAID, "canceled": INTENT_CANCELLED,
}
T = TypeVar("T")
log = structlog.get_logger("vphost.payments")
logging.getLogger("stripe").setLevel(logging.WARNING)  # at info it logs two lines per request


class _Missing(PaymentsRefused):
    """The account has no such thing."""


class StripePayments:
    """`ports.Payments` through Stripe."""

    is_free = False

    def __init__(
        self, *, url: str, key: str, webhook_secrets: Sequence[str], publishable_key: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.publishable_key = publishable_key
        self._webhook_secrets = tuple(webhook_secrets)
        self._client = stripe.StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, max_network_retries=REPEATS,
            http_client=stripe.RequestsClient(timeout=timeout_s),
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stripe")
        self._waiting = 0
        self._prices: tuple[Price, ...] = ()
        self._prices_until = 0.0
        self._asking_prices: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Ask for the prices.

        A provider that is only unreachable now is logged.
        Raises: PortUnusable for what will not get better by waiting.
        """
        try:
            found = await self.prices()
        except PaymentsRefused as error:
            raise PortUnusable(f"payments: stripe refuses stripe_key: {error}") from None
        except PaymentsDown as error:
            log.warning("payment_provider_away", error=str(error))
            return
        if not found:
            raise PortUnusable("payments: stripe has no active one-time price")

    async def prices(self) -> Sequence[Price]:
        """Return the active one-time prices of active products; concurrent callers share a call."""
        if asyncio.get_running_loop().time() >= self._prices_until:
            if self._asking_prices is None:
                self._asking_prices = asyncio.create_task(self._list_prices(), name="prices")
                self._asking_prices.add_done_callback(self._end_listing)
            await asyncio.shield(self._asking_prices)
        return self._prices

    async def _list_prices(self) -> None:
        listed = await self._ask(lambda: self._client.v1.prices.list({
            "active": True, "type": "one_time", "limit": PRICES_MAX, "expand": ["data.product"],
        }))
        known = [_price(one) for one in listed.data]
        self._prices = tuple(sorted(
            (one for one in known if one is not None), key=lambda one: one.id
        ))
        self._prices_until = asyncio.get_running_loop().time() + PRICES_S

    def _end_listing(self, asked: asyncio.Task[None]) -> None:
        self._asking_prices = None
        if not asked.cancelled():
            asked.exception()  # Retrieved here too: all callers may have given up waiting.

    async def create_intent(
        self, key: str, price: Price, labels: Mapping[str, str]
    ) -> Intent:
        """Begin a payment; the same key always gives the same intent."""
        return _intent(await self._ask(lambda: self._client.v1.payment_intents.create({
            "amount": price.amount_minor, "currency": price.currency.lower(),
            "metadata": dict(labels),
        }, {"idempotency_key": key})))

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it is now; None when the account has no such one."""
        try:
            return _intent(await self._ask(
                lambda: self._client.v1.payment_intents.retrieve(intent_id)
            ))
        except _Missing:
            return None

    async def cancel_intent(self, intent_id: str) -> bool:
        """Cancel an intent if it is still open; return whether it can no longer be paid."""
        known = await self.find_intent(intent_id)
        if known is not None and known.state == INTENT_OPEN:
            try:
                known = _intent(await self._ask(
                    lambda: self._client.v1.payment_intents.cancel(intent_id)
                ))
            except PaymentsRefused:  # it was paid or cancelled just now
                known = await self.find_intent(intent_id)
        return known is None or known.state == INTENT_CANCELLED

    async def card(self, payment_method: str) -> Card | None:
        """Return what may be shown of a card, None when the method is not a card."""
        found = await self._ask(
            lambda: self._client.v1.payment_methods.retrieve(payment_method)
        )
        card = _fields(found).get("card")
        if not isinstance(card, Mapping):
            return None
        return Card(
            str(card["brand"])[:40], str(card["last4"]), int(card["exp_month"]),
            int(card["exp_year"]),
        )

    def read_notice(self, raw: bytes, signature: str) -> Notice | None:
        """Return what a signed event says; None unless it says that an intent was paid.

        Raises: BadNotice when it is not signed with one of our secrets, or not understood.
        """
        self._verify(raw, signature)
        try:
            event = json.loads(raw)
            if event["type"] != PAID_EVENT:
                return None
            intent = event["data"]["object"]
            labels = {str(name): str(value) for name, value in intent["metadata"].items()}
            return Notice(
                id=_text(event["id"]), intent=_text(intent["id"]), labels=labels,
                amount_minor=int(intent.get("amount_received", intent["amount"])),
                currency=_text(intent["currency"]).upper(),
                payment_method=str(intent.get("payment_method") or ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadNotice("not an event as it is known") from None

    def _verify(self, raw: bytes, signature: str) -> None:
        for secret in self._webhook_secrets if signature.isascii() else ():
            try:
                stripe.WebhookSignature.verify_header(
                    raw.decode(), signature, secret, SIGNED_WITHIN_S
                )
                return
            except (stripe.SignatureVerificationError, ValueError):
                continue
        raise BadNotice("the signature is wrong or too old")

    async def close(self) -> None:
        """End the threads once they have finished what they are doing; cancel what waits."""
        if self._asking_prices is not None:
            self._asking_prices.cancel()
            await asyncio.wait([self._asking_prices])
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _ask(self, work: Callable[[], T]) -> T:
        """Run a request on a thread. Raises: PaymentsDown, PaymentsRefused.

        The thread cannot be cancelled, so the call counts as waiting until it has really ended,
        also when its caller has given up after TOTAL_S.
        """
        if self._waiting >= WAITING_MAX:
            raise PaymentsDown("too many calls wait for it")
        self._waiting += 1
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _typed, work)
        asked.add_done_callback(self._end_call)
        try:
            return await asyncio.wait_for(asyncio.shield(asked), TOTAL_S)
        except TimeoutError:
            raise PaymentsDown("no whole answer in time") from None

    def _end_call(self, asked: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        if not asked.cancelled():
            asked.exception()  # Retrieved here too: the caller may have given up waiting.


def _typed(work: Callable[[], T]) -> T:
    """Run a request and turn its errors into ours. Raises: PaymentsDown, PaymentsRefused."""
    try:
        return work()
    except stripe.StripeError as error:
        text = f"{type(error).__name__} {error.http_status or ''} {error.code or ''}".strip()
        status = error.http_status or 0
        if status in (409, 429) or status >= 500 or status == 0:
            raise PaymentsDown(text) from None
        raise (_Missing if status == 404 else PaymentsRefused)(text) from None


def _fields(found: Any) -> Mapping[str, Any]:
    """Return an object of the library as plain values."""
    plain: Mapping[str, Any] = json.loads(str(found))
    return plain


def _price(found: Any) -> Price | None:
    """Return a price that tables can be sold at; None for an inactive or variable one."""
    price = _fields(found)
    product, amount = price.get("product"), price.get("unit_amount")
    if not isinstance(product, Mapping):
        product = {"id": str(product)}
    is_offered = price.get("active", True) and product.get("active", True)
    if not is_offered or not isinstance(amount, int) or not 0 < amount <= MINOR_MAX:
        return None
    return Price(
        id=str(price["id"]), product=str(product["id"]),
        name=str(price.get("nickname") or product.get("name") or "")[:250],
        description=str(product.get("description") or "")[:1000],
        amount_minor=amount, currency=str(price["currency"]).upper(),
    )


def _intent(found: Any) -> Intent:
    intent = _fields(found)
    return Intent(
        id=str(intent["id"]), state=_STATES.get(str(intent["status"]), INTENT_RUNNING),
        amount_minor=int(intent["amount"]), currency=str(intent["currency"]).upper(),
        client_secret=str(intent["client_secret"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise ValueError("no short text")
    return value
