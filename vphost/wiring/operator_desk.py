"""What plugins' operator operations work with, in a running host or without one."""

from __future__ import annotations

import copy

from vphost.plugin.registry import Door, NamespacedDocuments
from vphost.plugin_api import Clock, Documents, Host
from vphost.services.accounts.accounts import Accounts


class OperatorDesk:
    """What plugins' operator operations work with: implements `plugin_api.Desk`."""

    def __init__(
        self, door: Door | None, clock: Clock, documents: Documents, accounts: Accounts
    ) -> None:
        self.host: Host | None = door
        self._door = door
        self.clock = clock
        self._documents = documents
        self._accounts = accounts

    def of_plugin(self, name: str, house: frozenset[str]) -> OperatorDesk:
        """Return the desk as one plugin sees it. house: the accounts that it declares."""
        own = copy.copy(self)
        own.host = None if self._door is None else self._door.of_plugin(name, house)
        return own

    def documents(self, namespace: str) -> Documents:
        return NamespacedDocuments(self._documents, namespace)

    async def user_named(self, name: str) -> str | None:
        user = await self._accounts.by_name(name)
        return None if user is None else user.id
