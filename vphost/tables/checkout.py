"""Paying for tables: at most one open intent for a table, and every paid one takes effect once.

A table has one order, which records what the provider was asked for, in rounds: another price ends
the round, and the next one begins only when the previous intent can no longer be paid. The
provider's notice that an intent was paid is stored under its event's id before anything else. What
follows (the table is paid, the order closed, the card noted) has the same result however often it
is done, and the next start finishes a notice that a crash left half done. So two deliveries, at
once or after a kill, have one effect, and the provider gets "received" only when it is durable.

A draft that is to be removed is released first: from then on nobody can begin to pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import structlog

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.sign_in import too_many
from vphost.services.ports import (
    INTENT_OPEN, BadNotice, Clock, Document, Documents, Duplicate, Intent, Notice, Payments,
    PaymentsDown, PaymentsRefused, Price, StaleVersion,
)
from vphost.services.throttle import Rate
from vphost.tables.tables import Status, Table, Tables

ORDERS, NOTICES, CARDS = "payment_orders", "payment_notices", "payment_cards"
ASKED, PAID, RELEASED = "asked", "paid", "released"
RECEIVED, DONE, REFUSED = "received", "done", "refused"
TABLE, ROUND, USER = "vphost_table", "vphost_round", "vphost_user"
"""Labels of an intent, which say what it is for; the provider repeats them in its notices."""
ROUNDS_MAX = 20
"""How many times one call reads an order again that others are changing."""
ASKS_PER_S, ASKS_AT_ONCE = 0.2, 20
"""How often one user may ask for an intent."""
DAY_MS = 86_400_000
KEPT_DAYS = 90
"""How long notices are remembered; the provider repeats them for at most a month."""
PAGE = 100
DOWN = Rejected("payments_down", {"retry_after_s": 2})
log = structlog.get_logger("vphost.checkout")


class Checkout:
    """The service."""

    def __init__(
        self, documents: Documents, clock: Clock, tables: Tables, payments: Payments
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._tables = tables
        self._payments = payments
        self._asks = Rate(ASKS_PER_S, ASKS_AT_ONCE, clock.now_ms)

    @property
    def is_free(self) -> bool:
        """Whether a table counts as paid as soon as it exists."""
        return self._payments.is_free

    @property
    def publishable_key(self) -> str:
        """The key with which a page identifies us to the provider, "" for none."""
        return self._payments.publishable_key

    async def open(self) -> None:
        """Declare the collections and check the provider. Raises: PortUnusable."""
        for name, indexed in ((ORDERS, ["day"]), (NOTICES, ["state", "day"]), (CARDS, ["due"])):
            await self._documents.declare(name, unique=(), indexed=indexed)
        await self._payments.check()

    async def recover(self) -> int:
        """Finish the notices that a crash left half done; returns how many there were."""
        finished, after = 0, ""
        while page := await self._documents.find(NOTICES, {"state": RECEIVED}, after, PAGE):
            for one in page:
                await self._take_effect(one)
            finished += len(page)
            after = page[-1].id
        return finished

    async def close(self) -> None:
        """Close the payments port."""
        await self._payments.close()

    # -- before paying -----------------------------------------------------------------------

    async def prices(self) -> Sequence[Price] | Rejected:
        """Return the prices, ordered by id. Refusals: payments_down, payment_refused."""
        try:
            return await self._payments.prices()
        except PaymentsDown as error:
            return _down(error)
        except PaymentsRefused as error:
            return _refused(error)

    async def intent(self, table: Table, price_id: str) -> Intent | Rejected:
        """Return the intent with which a table's creator pays a price; repeated, the same one.

        Refusals: table_paid, not_found (the price, or the table by now), payment_running,
        too_many_attempts, payments_down, payment_refused, version_changed.
        """
        if table.status is not Status.UNPAID:
            return Rejected("table_paid")
        if wait_s := self._asks.take(table.host):
            return too_many(wait_s)
        offered = await self.prices()
        if isinstance(offered, Rejected):
            return offered
        price = next((one for one in offered if one.id == price_id), None)
        if price is None:
            return Rejected("not_found")
        for _ in range(ROUNDS_MAX):
            try:
                outcome = await self._step(table, price)
            except (StaleVersion, Duplicate):
                continue
            except PaymentsDown as error:
                return _down(error)
            except PaymentsRefused as error:
                return _refused(error)
            if outcome is not None:
                return outcome
        return Rejected("version_changed")

    async def _step(self, table: Table, price: Price) -> Intent | Rejected | None:
        """Bring an order one step nearer to an intent for this price; None to look again.

        Raises: StaleVersion, Duplicate when somebody else has changed it; PaymentsDown,
            PaymentsRefused.
        """
        order = await self._documents.get(ORDERS, table.id)
        if order is None:
            await self._documents.insert(ORDERS, table.id, self._asked(table, price, 1))
            return None
        body: Mapping[str, Any] = order.body
        if body["state"] != ASKED:
            return Rejected("table_paid" if body["state"] == PAID else "payment_running")
        if await self._tables.find(table.id) is None:
            # The table was removed since the caller read it. (A second attempt to remove it may
            # have taken the release back, so that the order looks as if it could be paid.)
            return Rejected("not_found")
        is_wanted = _is_same(price, body["price"])
        if not body["intent"]:
            return await self._begin(table, order, price, is_wanted)
        intent = await self._payments.find_intent(body["intent"])
        if intent is not None and intent.state == INTENT_OPEN and is_wanted:
            return intent
        if not await self._payments.cancel_intent(body["intent"]):
            return Rejected("payment_running")
        await self._next_round(table, order, price)
        return None

    async def _begin(
        self, table: Table, order: Document, price: Price, is_wanted: bool
    ) -> Intent | None:
        """Create an order's intent. When it is refused, another price can be asked for."""
        body: Mapping[str, Any] = order.body
        round_no = str(body["round"])
        try:
            intent = await self._payments.create_intent(
                f"vphost-{table.id}-{round_no}", Price(**body["price"]),
                {TABLE: table.id, ROUND: round_no, USER: body["user"]},
            )
        except PaymentsRefused:
            await self._next_round(table, order, price)
            if is_wanted:
                raise
            return None
        await self._documents.replace(
            ORDERS, order.id, order.version, {**body, "intent": intent.id}
        )
        return intent if is_wanted else None

    async def _next_round(self, table: Table, order: Document, price: Price) -> None:
        body = self._asked(table, price, order.body["round"] + 1)
        await self._documents.replace(ORDERS, order.id, order.version, body)

    def _asked(self, table: Table, price: Price, round_no: int) -> dict[str, Json]:
        return {
            "user": table.host, "price": asdict(price), "round": round_no, "intent": "",
            "state": ASKED, "day": self._clock.calendar_ms() // DAY_MS,
        }

    # -- tables that are removed -------------------------------------------------------------

    async def release(self, table_id: str) -> Rejected | None:
        """Make sure that a draft can no longer be paid for.

        Refusals: payment_running, payments_down, payment_refused; table_paid when tables are free
        now but this one was paid for.
        """
        if self.is_free:
            order = await self._documents.get(ORDERS, table_id)
            was_paid = order is not None and order.body["state"] == PAID
            return Rejected("table_paid") if was_paid else None
        while True:
            try:
                return await self._release(table_id)
            except (StaleVersion, Duplicate):
                continue
            except PaymentsDown as error:
                return _down(error)
            except PaymentsRefused as error:
                return _refused(error)

    async def _release(self, table_id: str) -> Rejected | None:
        order = await self._documents.get(ORDERS, table_id)
        released = {"state": RELEASED, "day": self._clock.calendar_ms() // DAY_MS}
        if order is None:
            await self._documents.insert(ORDERS, table_id, {
                "user": "", "price": None, "round": 0, "intent": "", **released,
            })
            return None
        if order.body["state"] == PAID:
            return Rejected("payment_running")
        intent = order.body["intent"]
        if intent and not await self._payments.cancel_intent(intent):
            return Rejected("payment_running")
        if order.body["state"] != RELEASED:
            await self._documents.replace(
                ORDERS, order.id, order.version, {**order.body, **released}
            )
        return None

    async def take_back(self, table_id: str) -> None:
        """Undo a release: the draft was not removed, so it can be paid for again."""
        order = await self._documents.get(ORDERS, table_id)
        if order is None or order.body["state"] != RELEASED:
            return
        with suppress(StaleVersion):
            if order.body["price"] is None:
                await self._documents.delete(ORDERS, order.id, order.version)
            else:
                await self._documents.replace(
                    ORDERS, order.id, order.version, {**order.body, "state": ASKED}
                )

    # -- after paying ------------------------------------------------------------------------

    async def notice(self, raw: bytes, signature: str) -> Rejected | None:
        """Process a notice of the provider; None when it is durable, or of no interest.

        Refusals: not_found (tables are free), bad_signature, payment_mismatch.
        """
        if self.is_free:
            return Rejected("not_found")
        try:
            notice = self._payments.read_notice(raw, signature)
        except BadNotice as error:
            log.info("payment_notice_refused", reason=str(error))
            return Rejected("bad_signature")
        if notice is None or TABLE not in notice.labels:
            return None
        return await self._take_effect(await self._kept(notice))

    async def _kept(self, notice: Notice) -> Document:
        """Return the document of a notice, stored now if it is new."""
        labels = notice.labels
        body = {
            "table": labels[TABLE][:64], "round": labels.get(ROUND, "")[:16],
            "intent": notice.intent, "amount_minor": notice.amount_minor,
            "currency": notice.currency, "payment_method": notice.payment_method[:255],
            "state": RECEIVED, "day": self._clock.calendar_ms() // DAY_MS,
        }
        while True:
            with suppress(Duplicate):
                return await self._documents.insert(NOTICES, notice.id, body)
            known = await self._documents.get(NOTICES, notice.id)
            if known is not None:
                return known

    async def _take_effect(self, notice: Document) -> Rejected | None:
        body = notice.body
        if body["state"] == DONE:
            return None
        order = await self._documents.get(ORDERS, body["table"])
        fault = _fault(body, order)
        if not fault and await self._tables.mark_paid(body["table"]) is None:
            fault = "the table is not there"
        if fault or order is None:
            log.warning(
                "payment_mismatch", notice=notice.id, table=body["table"], intent=body["intent"],
                reason=fault,
            )
            await self._end(notice, REFUSED)
            return Rejected("payment_mismatch")
        await self._close(order)
        await self._note_card(order.body["user"], body["payment_method"])
        await self._end(notice, DONE)
        log.info("table_paid", notice=notice.id, table=body["table"], intent=body["intent"])
        return None

    async def _end(self, notice: Document, state: str) -> None:
        """Store how a notice ended. Whoever was faster has stored the same."""
        if notice.body["state"] != state:
            with suppress(StaleVersion):
                await self._documents.replace(
                    NOTICES, notice.id, notice.version, {**notice.body, "state": state}
                )

    async def _close(self, order: Document | None) -> None:
        while order is not None and order.body["state"] != PAID:
            try:
                await self._documents.replace(
                    ORDERS, order.id, order.version, {**order.body, "state": PAID}
                )
                return
            except StaleVersion:
                order = await self._documents.get(ORDERS, order.id)

    # -- cards -------------------------------------------------------------------------------

    async def card(self, user: str) -> Mapping[str, Json] | None:
        """Return what may be shown of the card that a user last paid with; None for none."""
        found = await self._documents.get(CARDS, user)
        return None if found is None else found.body["card"]

    async def _note_card(self, user: str, payment_method: str) -> None:
        """Store what was paid with, then ask the provider about it, if necessary again later."""
        if not payment_method:
            return
        body = {"payment_method": payment_method, "card": None, "due": 1}
        while True:
            known = await self._documents.get(CARDS, user)
            try:
                if known is None:
                    known = await self._documents.insert(CARDS, user, body)
                elif known.body["payment_method"] != payment_method:
                    known = await self._documents.replace(CARDS, user, known.version, body)
            except (StaleVersion, Duplicate):
                continue
            break
        await self._look_at(known)

    async def _look_at(self, noted: Document) -> None:
        if not noted.body["due"]:
            return
        try:
            card = await self._payments.card(noted.body["payment_method"])
        except PaymentsDown as error:
            log.info("card_put_off", user=noted.id, reason=str(error))
            return
        except PaymentsRefused as error:
            log.info("card_unknown", user=noted.id, reason=str(error))
            card = None
        with suppress(StaleVersion):
            await self._documents.replace(CARDS, noted.id, noted.version, {
                **noted.body, "card": None if card is None else asdict(card), "due": 0,
            })

    # -- housekeeping ------------------------------------------------------------------------

    async def clean(self) -> int:
        """Ask again about cards that are not known yet; drop what is old, and return how much."""
        after = ""
        while page := await self._documents.find(CARDS, {"due": 1}, after, PAGE):
            for one in page:
                await self._look_at(one)
            after = page[-1].id
        dropped = 0
        today = self._clock.calendar_ms() // DAY_MS
        for collection in (ORDERS, NOTICES):
            for day in range(today - KEPT_DAYS - 30, today - KEPT_DAYS):
                after = ""
                while page := await self._documents.find(collection, {"day": day}, after, PAGE):
                    for one in page:
                        if one.body["state"] not in (ASKED, RECEIVED):
                            with suppress(StaleVersion):
                                await self._documents.delete(collection, one.id, one.version)
                                dropped += 1
                    after = page[-1].id
        return dropped


def _is_same(price: Price, asked: Mapping[str, Any]) -> bool:
    """Return whether a price is still the one that was asked for, whatever its name is now."""
    return (price.id, price.amount_minor, price.currency) == (
        asked["id"], asked["amount_minor"], asked["currency"]
    )


def _fault(notice: Mapping[str, Any], order: Document | None) -> str:
    """Return why a payment is not the one that was asked for; "" when it is."""
    if order is None or order.body["price"] is None:
        return "nobody asked for it"
    body: Mapping[str, Any] = order.body
    if notice["round"] != str(body["round"]) or body["intent"] not in ("", notice["intent"]):
        return "another intent was asked for"
    if notice["amount_minor"] != body["price"]["amount_minor"]:
        return "the amount differs"
    if notice["currency"] != body["price"]["currency"]:
        return "the currency differs"
    return ""


def _down(error: PaymentsDown) -> Rejected:
    log.info("payments_down", reason=str(error))
    return DOWN


def _refused(error: PaymentsRefused) -> Rejected:
    log.warning("payment_refused", reason=str(error))
    return Rejected("payment_refused")
