"""Balances in memory are the truth. (Skeleton: signatures that others may write against.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.rules.mode import Json, Posting
from vphost.services.commits import Outcome


class Ledger:
    """The balances of one book."""

    def balance(self, account: str, currency: str) -> int:
        """Return a balance in minor units, as committed; 0 for an unknown account."""
        raise NotImplementedError

    async def transact(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json],
        resolves: str | None = None,
    ) -> Outcome:
        """Move money outside of rooms (deposit, withdrawal, grant); at most once per id.

        Refusals: insufficient_funds, id_reused (same id, other contents), store_down.
        """
        raise NotImplementedError

    async def recover(self) -> None:
        """Rebuild the balances alone, for tools without rooms (`Rooms.recover` does it too)."""
        raise NotImplementedError
