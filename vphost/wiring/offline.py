"""The composition root of operators' tools: operations on a store that no process owns now.

A tool takes the lease, rebuilds the balances, does its work and releases the lease. It loads no
rooms, so no game goes on. It releases the lease with the heartbeat of the last host, because
running games have been standing still since then, not since the tool ran.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from vphost.config.settings import AUDIENCE, BOOK, ISSUER, Config, ConfigError
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.access_tokens import AccessTokens, open_session_keys
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.api_keys import ApiKeys
from vphost.services.accounts.passwords import Passwords
from vphost.services.accounts.refresh_tokens import RefreshTokens
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.journal.checked_journal import CheckedJournal
from vphost.services.journal.journal import Writer
from vphost.services.journal.lease import STALE_AFTER_MS
from vphost.services.journal.sealing import open_key_file
from vphost.services.ledger.ledger import Ledger
from vphost.services.operators.audit import Audit, of_calls
from vphost.services.operators.operations import Added, Answer, Operations
from vphost.services.operators.room_operations import room_operations
from vphost.services.ports import (
    Documents, Fenced, Journal, Lease, StoreDown, StoreEmpty, StoreRefused,
)
from vphost.services.rooms.border import check_table_config
from vphost.store import open_store
from vphost.tables.operations import table_operations
from vphost.tables.statistics import Statistics
from vphost.tables.tables import CheckConfig, Tables
from vphost.wiring.accounts import sign_in_of
from vphost.wiring.operator_desk import OperatorDesk

Call: TypeAlias = Callable[[str, Mapping[str, Json]], Awaitable[Answer]]
OWNER = "operator"
"""The owner that operators' tools write into the lease."""
WAITS, WAIT_S = 100, 0.05
"""How many times, and how long each time, a tool waits for another one."""


async def control_of(config: Config) -> Lease | None:
    """Return the lease that says where the store's owner listens; None when it does not.

    Raises: StoreRefused when there is a store that cannot be used; StoreDown.
    """
    if not store_exists(config.store):
        return None
    try:
        async with reading(config) as (journal, _):
            lease = await journal.read_lease(BOOK)
    except StoreEmpty:
        return None
    return lease if lease and lease.control else None


@asynccontextmanager
async def reading(config: Config) -> AsyncIterator[tuple[Journal, Documents]]:
    """Open a store only to read it, whether or not a host is running. Raises: StoreRefused."""
    if not store_exists(config.store):
        raise StoreRefused(f"{config.store}: there is no such file")
    journal, documents = await open_store(config.store, read_only=True)
    try:
        yield journal, documents
    finally:
        await journal.close()


def store_exists(url: str) -> bool:
    """Return whether the store's file exists; True for other stores, which say so themselves."""
    scheme, _, path = url.partition(":")
    return scheme != "sqlite" or Path(path).exists()


@asynccontextmanager
async def offline_operations(config: Config) -> AsyncIterator[Call]:
    """Own the store for a moment; yields a function (op, args) -> outcome that audits its calls.

    Raises: StoreRefused when a living process owns it.
    """
    config.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    if config.store.startswith("sqlite:"):
        Path(config.store.partition(":")[2]).parent.mkdir(parents=True, exist_ok=True)
    store, documents = await open_store(config.store)
    journal = CheckedJournal(store)
    try:
        async with owned(journal):
            writer = Writer(journal, BOOK, on_fenced=lambda: None)
            try:
                operations = await _operations(config, journal, documents, writer)
                yield await _audited(operations, documents)
            finally:
                await writer.close()
    finally:
        with suppress(StoreDown):
            await journal.close()


async def _audited(operations: Operations, documents: Documents) -> Call:
    audit = Audit(documents, SystemClock())
    await audit.open()
    record = of_calls(audit, "tool")

    async def call(op: str, args: Mapping[str, Json]) -> Answer:
        outcome = await operations.call(op, args)
        await record(os.getuid(), op, args, outcome)
        return outcome

    return call


@asynccontextmanager
async def owned(journal: Journal) -> AsyncIterator[Lease | None]:
    """Own the book for a moment, and leave the lease as the last host left it; yields that lease.

    Raises: StoreRefused when a living process owns it.
    """
    now_ms = SystemClock().now_ms()
    claim = Lease(
        epoch=0, owner=OWNER, pid=os.getpid(), host=socket.gethostname(),
        heartbeat_ms=now_ms, control="",
    )
    previous = await _take(journal, claim)
    try:
        yield previous
    finally:
        epoch = previous.epoch + 1 if previous else 1
        with suppress(Fenced, StoreDown):
            await journal.release_lease(
                BOOK, epoch, previous.heartbeat_ms if previous else now_ms
            )


async def _take(journal: Journal, claim: Lease) -> Lease | None:
    """Take the lease. Wait for another operator's tool, but not for a host."""
    for _ in range(WAITS):
        try:
            return await journal.take_lease(BOOK, claim, STALE_AFTER_MS)
        except StoreRefused:
            owner = await journal.read_lease(BOOK)
            if owner is None or owner.owner != OWNER:
                raise
        await asyncio.sleep(WAIT_S)
    return await journal.take_lease(BOOK, claim, STALE_AFTER_MS)


async def _operations(
    config: Config, journal: Journal, documents: Documents, writer: Writer
) -> Operations:
    clock, seeds = SystemClock(), SystemSeeds()
    ledger = Ledger(
        writer, journal, clock, open_key_file(config.sealing_keys), config.house_limits
    )
    await ledger.recover()
    accounts = Accounts(documents, clock, seeds)
    tables = Tables(documents, clock, seeds, _config_check(config), create_room=None)
    await accounts.open()
    await tables.open()
    keys = open_session_keys(config.token_keys)
    access_tokens = AccessTokens(keys, clock, issuer=ISSUER, audience=AUDIENCE)
    refresh_tokens = RefreshTokens(documents, clock)
    await refresh_tokens.open()
    operations = Operations(
        accounts=accounts, ledger=ledger, currencies=config.currencies,
        token_lifetime_s=config.token_lifetime_s,
        sign_in=sign_in_of(
            config, clock, accounts, access_tokens, refresh_tokens, Passwords()
        ),
    )
    desk = OperatorDesk(None, clock, documents, accounts)

    def find_more() -> Mapping[str, Added]:
        plugins = _plugins(config)
        statistics = Statistics(
            journal, documents, open_key_file(config.sealing_keys), BOOK, plugins.hand_readers()
        )
        return {**plugins.operations(desk), **statistics.operations()}

    api_keys = ApiKeys(documents, clock)
    await api_keys.open()
    operations.add(api_keys.operations())
    operations.add(room_operations(None))
    operations.add(table_operations(accounts, tables))
    operations.find_more = find_more
    return operations


def _plugins(config: Config) -> PluginRegistry:
    """Return the plugins of the configuration, registered."""
    plugins = PluginRegistry()
    try:
        plugins.discover(config.plugin_dirs)
        plugins.register()
        plugins.check_modes()
    except PluginError as error:
        raise ConfigError("plugin_dirs", str(error)) from None
    return plugins


def _config_check(config: Config) -> CheckConfig:
    """Return the modes' own checks of configurations; plugins are loaded on first use."""

    def check(mode_name: str, given: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        mode = _plugins(config).modes.get(mode_name)
        if mode is None:
            return Rejected("not_found", {"mode": mode_name[:40]})
        return check_table_config(mode, given, {one.code: one for one in config.currencies})

    return check


async def find_table(documents: Documents, token: str) -> str | None:
    """Return a table's id by its long or short token."""
    clock, seeds = SystemClock(), SystemSeeds()
    tables = Tables(documents, clock, seeds, lambda _mode, given: given, create_room=None)
    await tables.open()
    found = await tables.find(token)
    return None if found is None else found.id
