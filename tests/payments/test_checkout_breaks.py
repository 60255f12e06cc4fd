"""A payment whose process is cut off before any one of its writes still has its effect, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.payments.stripe_server import KEY, SECRET, StripeServer, event, signed
from tests.store.test_store_schemas import validator
from vphost.payments.stripe import StripePayments
from vphost.rules.mode import Rejected
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.ports import Document, Documents, Intent, StaleVersion, StoreDown
from vphost.store import open_store
from vphost.tables.checkout import Checkout
from vphost.tables.tables import Status, Table, TableKind, Tables


@dataclass
class Breaking:
    """A store that takes `left` writes more and then none; reading goes on."""

    inner: Documents
    left: int = 1_000

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _write(self) -> None:
        if self.left <= 0:
            raise StoreDown("cut off")
        self.left -= 1

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        self._write()
        return await self.inner.insert(collection, id, body)

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        self._write()
        return await self.inner.replace(collection, id, version, body)


def services(documents: Any, server: StripeServer) -> tuple[Tables, Checkout]:
    """Return what a process has of paying."""
    clock = SystemClock()
    tables = Tables(documents, clock, SystemSeeds(), lambda mode, config: config, None)
    payments = StripePayments(url=server.url, key=KEY, webhook_secrets=[SECRET])
    return tables, Checkout(documents, clock, tables, payments)


async def drafted(tables: Tables) -> Table:
    table = await tables.draft("", "ada", "cash", {}, TableKind.PRIVATE)
    assert isinstance(table, Table)
    return table


async def fits(documents: Documents) -> None:
    """Hold what is stored against its schemas."""
    for name in ("payment_order", "payment_notice", "payment_card"):
        stored = await documents.find(f"{name}s", {}, "", 100)
        assert stored
        for one in stored:
            validator(name).validate(one.body)


async def test_a_notice_survives_a_cut_before_each_of_its_writes(
    stripe_server: StripeServer
) -> None:
    journal, documents = await open_store("memory:")
    cuts = 0
    while True:
        store = Breaking(documents)
        tables, checkout = services(store, stripe_server)
        await tables.open()
        await checkout.open()
        table = await drafted(tables)
        asked = await checkout.intent(table, "price_day")
        assert isinstance(asked, Intent)
        method = stripe_server.pay(asked.id)
        body = signed(event(f"evt_{cuts}", table.id, asked.id, method=method))
        store.left = cuts
        is_whole = False
        try:
            is_whole = await checkout.notice(*body) is None
        except StoreDown:
            pass
        await checkout.close()
        tables, checkout = services(documents, stripe_server)
        await checkout.open()
        if await checkout.recover() == 0 and not is_whole:
            assert await checkout.notice(*body) is None, "the provider sends it again"
        found = await tables.find(table.id)
        assert found is not None and found.status is Status.PAID
        # One write made the draft and one paid for it, however often it was tried.
        assert found.version == table.version + 1
        notice = await documents.get("payment_notices", f"evt_{cuts}")
        assert notice is not None and notice.body["state"] == "done"
        assert await checkout.card("ada") is not None
        await fits(documents)
        await checkout.close()
        if is_whole:
            break
        cuts += 1
    assert cuts == 6, "notice, table, order, what was paid with, its card, done"
    await journal.close()


async def test_an_intent_survives_a_cut_before_each_of_its_writes(
    stripe_server: StripeServer
) -> None:
    journal, documents = await open_store("memory:")
    tables, whole = services(documents, stripe_server)
    await tables.open()
    await whole.open()
    for cut in range(2):
        table = await drafted(tables)
        before = len(stripe_server.order()["intents"])
        _, checkout = services(Breaking(documents, cut), stripe_server)
        with pytest.raises(StoreDown):
            await checkout.intent(table, "price_day")
        await checkout.close()
        first, second = [await whole.intent(table, "price_day") for _ in range(2)]
        assert isinstance(first, Intent) and first == second
        assert len(stripe_server.order()["intents"]) == before + 1
    never = await drafted(tables)
    assert await whole.release(never.id) is None
    released = await documents.get("payment_orders", never.id)
    assert released is not None
    validator("payment_order").validate(released.body)
    assert await whole.intent(never, "price_day") == Rejected("payment_running")
    await whole.take_back(never.id)
    assert isinstance(await whole.intent(never, "price_day"), Intent)
    await whole.close()
    await journal.close()


async def test_nobody_pays_for_a_draft_that_was_removed_twice_at_once(
    stripe_server: StripeServer
) -> None:
    journal, documents = await open_store("memory:")
    tables, checkout = services(documents, stripe_server)
    await tables.open()
    await checkout.open()
    table = await drafted(tables)
    before = stripe_server.order()["intents"]
    assert [await checkout.release(table.id) for _ in range(2)] == [None, None]
    await tables.remove(table, table.version)
    with pytest.raises(StaleVersion):
        await tables.remove(table, table.version)
    await checkout.take_back(table.id)
    assert await checkout.intent(table, "price_day") == Rejected("not_found")
    assert stripe_server.order()["intents"] == before
    await checkout.close()
    await journal.close()
