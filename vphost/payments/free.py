"""Nobody pays: a table counts as paid as soon as it exists, and there is nothing to buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.services.ports import BadNotice, Card, Intent, Notice, PaymentsRefused, Price


class FreePayments:
    """`ports.Payments` without a provider."""

    is_free = True
    publishable_key = ""

    async def check(self) -> None:
        """Do nothing: there is nothing that could fail."""

    async def prices(self) -> Sequence[Price]:
        """Return no prices."""
        return ()

    async def create_intent(
        self, key: str, price: Price, labels: Mapping[str, str]
    ) -> Intent:
        raise PaymentsRefused("tables are free")

    async def find_intent(self, intent_id: str) -> Intent | None:
        raise PaymentsRefused("tables are free")

    async def cancel_intent(self, intent_id: str) -> bool:
        raise PaymentsRefused("tables are free")

    async def card(self, payment_method: str) -> Card | None:
        return None

    def read_notice(self, raw: bytes, signature: str) -> Notice | None:
        raise BadNotice("nobody signs notices here")

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
