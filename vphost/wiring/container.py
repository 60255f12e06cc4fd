"""The services over an open store, put together: the inner half of the composition root.

`app.py` adds the web and the plugins.
"""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from vphost.config.settings import AUDIENCE, BOOK, ISSUER, Config
from vphost.plugin.registry import PluginRegistry
from vphost.rules.mode import Json, Rejected
from vphost.rules.mode_parts import ChangesConfig
from vphost.services.accounts.access_tokens import AccessTokens, open_session_keys
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.api_keys import ApiKeys
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.file_ports import Files
from vphost.services.idempotency import Idempotency
from vphost.services.journal.checked_journal import CheckedJournal
from vphost.services.journal.journal import Writer
from vphost.services.journal.lease import Owner
from vphost.services.journal.sealing import Sealer, open_key_file
from vphost.services.ledger.ledger import Ledger
from vphost.services.operators.audit import Audit
from vphost.services.operators.operations import Operations
from vphost.services.ports import Documents, Lease
from vphost.services.rooms.border import check_table_config
from vphost.services.rooms.loading import leave_mark
from vphost.services.rooms.rooms import Rooms
from vphost.services.uploads import Uploads
from vphost.store import open_store
from vphost.tables.area import Ground, TablesArea
from vphost.tables.tables import ChangeConfig, CheckConfig
from vphost.wiring.accounts import AccountServices, make_account_services
from vphost.wiring.integrations import make_files, make_payments

CHANGE_CONFIG = "change_config"
"""Optional method of a mode: (checked configuration, changes as their owner wrote them, currencies)
-> the whole configuration as `check_config` returns it, or its refusal."""


@dataclass(slots=True)
class Services:
    """The services over one open store whose book is ours."""

    journal: CheckedJournal
    documents: Documents
    clock: SystemClock
    seeds: SystemSeeds
    writer: Writer
    ledger: Ledger
    rooms: Rooms
    accounts: Accounts
    access_tokens: AccessTokens
    area: TablesArea
    operations: Operations
    idempotency: Idempotency
    account_services: AccountServices
    audit: Audit
    keys: ApiKeys
    files: Files
    uploads: Uploads
    previous: Lease | None
    owner: str
    """The random id that the lease has as its owner."""


@asynccontextmanager
async def open_services(
    config: Config, plugins: PluginRegistry, control: str, on_lost: Callable[[], None]
) -> AsyncIterator[Services]:
    """Open the store, take its book, build the services; release everything at the end.

    control: path of the future control socket, "" for none. on_lost: called when another process
        has taken the book.
    Raises: StoreRefused, StoreDown, PortUnusable.
    """
    config.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make_store_folder(config.store)
    store, documents = await open_store(config.store, check=config.check_store)
    journal = CheckedJournal(store)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(journal.close)
        clock = SystemClock()
        lease = Lease(
            epoch=0, owner=uuid.uuid4().hex, pid=os.getpid(), host=socket.gethostname(),
            heartbeat_ms=0, control=control,
        )
        owner = Owner(journal, BOOK, lease, clock, on_lost)
        previous = await owner.take()
        stack.push_async_callback(owner.release)
        if previous is not None:  # At once: anything after this may fail. `recover` takes it over.
            await leave_mark(documents, BOOK, previous.heartbeat_ms)
        sealer = open_key_file(config.sealing_keys)
        services = _build(
            config, plugins, journal, documents, clock, sealer, previous, lease.owner, on_lost
        )
        await services.audit.open()
        stack.push_async_callback(services.audit.close)
        await services.keys.open()
        await services.accounts.open()
        stack.push_async_callback(services.area.close)
        stack.push_async_callback(services.files.close)
        await services.area.open()
        await services.files.check()
        await services.idempotency.open()
        stack.push_async_callback(services.account_services.close)
        await services.account_services.open()
        mail_queue = services.account_services.mail_queue
        for name, job in {"mail": mail_queue.job, **services.area.jobs}.items():
            services.rooms.register_job(name, job)
        mail_queue.composers.update(services.area.composers)
        stack.push_async_callback(services.rooms.close)
        yield services


def _build(
    config: Config, plugins: PluginRegistry, journal: CheckedJournal, documents: Documents,
    clock: SystemClock, sealer: Sealer, previous: Lease | None, owner: str,
    on_lost: Callable[[], None],
) -> Services:
    seeds, writer = SystemSeeds(), Writer(journal, BOOK, on_lost)
    ledger = Ledger(writer, journal, clock, sealer, config.house_limits)
    rooms = Rooms(
        modes=plugins.modes, journal=journal, documents=documents, writer=writer, ledger=ledger,
        clock=clock, seeds=seeds, sealer=sealer, plugins=plugins.mode_owners,
    )
    accounts = Accounts(documents, clock, seeds)
    token_keys = open_session_keys(config.token_keys)
    access_tokens = AccessTokens(token_keys, clock, issuer=ISSUER, audience=AUDIENCE)
    files = make_files(config, token_keys, clock)

    audit, keys = Audit(documents, clock), ApiKeys(documents, clock)
    account_services = make_account_services(
        config, documents, clock, accounts, access_tokens, audit
    )
    check_config, change_config = _config_checks(config, plugins)
    area = TablesArea(Ground(
        journal=journal, documents=documents, clock=clock, seeds=seeds, sealer=sealer, book=BOOK,
        writer=writer, rooms=rooms, accounts=accounts, audit=audit,
        post=account_services.mail_queue, payments=make_payments(config),
        currencies={currency.code: currency for currency in config.currencies},
        check_config=check_config, change_config=change_config,
        hand_readers=plugins.hand_readers(), reports=plugins.reports_by_mode(),
        protocols=plugins.protocols_of_modes(), game_modes=plugins.formats,
    ))
    operations = Operations(
        accounts=accounts, ledger=ledger, currencies=config.currencies,
        token_lifetime_s=config.token_lifetime_s,
        sign_in=account_services.sign_in,
    )
    return Services(
        journal, documents, clock, seeds, writer, ledger, rooms, accounts, access_tokens, area,
        operations, Idempotency(documents, clock), account_services, audit, keys, files,
        Uploads(files, clock, seeds), previous, owner,
    )


def _config_checks(config: Config, plugins: PluginRegistry) -> tuple[CheckConfig, ChangeConfig]:
    """Return the modes' own checks of new configurations and of changed ones."""
    known = {currency.code: currency for currency in config.currencies}

    def check(mode: str, given: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        if mode not in plugins.modes:
            return Rejected("not_found", {"mode": mode[:64]})
        return check_table_config(plugins.modes[mode], given, known)

    def change(
        mode: str, before: Mapping[str, Json], changes: Mapping[str, Json]
    ) -> Mapping[str, Json] | Rejected:
        own = plugins.modes[mode]
        if not isinstance(own, ChangesConfig):
            return check(mode, {**before, **changes})
        return own.change_config(before, changes, known)

    return check, change


def _make_store_folder(url: str) -> None:
    scheme, _, path = url.partition(":")
    if scheme == "sqlite":
        with contextlib.suppress(OSError):
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
