"""A table that somebody paid for is a row of the audit log, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.payments.stripe_server import StripeServer
from tests.payments.test_payments_rest import intent, shop, status
from vphost.services.operators.audit import newest


async def test_a_paid_table_is_a_row_once(tmp_path: Path, stripe_server: StripeServer) -> None:
    async with shop(tmp_path, stripe_server) as house:
        ada = await house.user("ada")
        stripe_server.listen(f"{house.app.origin}/api/v1/payments/webhook/")
        table = await ada.table()
        asked = await intent(ada, table)
        stripe_server.pay(asked.body["id"])
        async with asyncio.timeout(20):
            while await status(ada, table) != "paid":
                await asyncio.sleep(0.02)
        await house.app.house.audit.close()
        [row] = await newest(house.app.house.documents, 0, 10)
        assert (row.body["actor"], row.body["action"], row.body["subject"]) == (
            "host", "table.paid", f"table:{table['token']}"
        )
