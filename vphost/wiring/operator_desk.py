"""What plugins' operator operations work with, beside a living host or without one."""

from __future__ import annotations

from vphost.plugin.registry import NamespacedDocuments
from vphost.plugin_api import Clock, Documents, Host
from vphost.services.accounts.accounts import Accounts


class OperatorDesk:
    """What plugins' operator operations work with: implements `plugin_api.Desk`."""

    def __init__(
        self, host: Host | None, clock: Clock, documents: Documents, accounts: Accounts
    ) -> None:
        self.host = host
        self.clock = clock
        self._documents = documents
        self._accounts = accounts

    def documents(self, namespace: str) -> Documents:
        return NamespacedDocuments(self._documents, namespace)

    async def user_named(self, name: str) -> str | None:
        user = await self._accounts.by_name(name)
        return None if user is None else user.id
