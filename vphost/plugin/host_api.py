"""The running host as a plugin sees it: implements `plugin_api.Host` over the services."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from vphost.plugin.registry import NamespacedDocuments
from vphost.plugin_api import (
    Codec, Command, Currency, Documents, Hold, Identified, Json, Outcome, Posting, Rejected,
    SchemaSet,
)
from vphost.rules.mode_parts import is_entered_apart, protocol_of
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.api_keys import ApiKeys
from vphost.services.ledger.ledger import Ledger
from vphost.services.ledger.plugin_money import PluginMoney
from vphost.services.ports import Clock
from vphost.services.rooms.border import check_config
from vphost.services.rooms.rooms import Rooms
from vphost.web.protocol import text_frame
from vphost.web.registry import Sockets

log = structlog.get_logger("vphost.plugins")


class HostApi:
    """What plugins may call. codecs: the host's own, by name. make_codec: schema prefix -> its
    plain codec. gate: (user, room) -> why they may not enter; set when tables are known. keys: this
    host's API keys, None when it has none."""

    def __init__(
        self, *, clock: Clock, rooms: Rooms, documents: Documents, ledger: Ledger,
        sockets: Sockets, codecs: Mapping[str, Codec],
        make_codec: Callable[[str], Codec], schemas: SchemaSet, accounts: Accounts,
        currencies: Mapping[str, Currency], is_demo: bool = False, keys: ApiKeys | None = None,
    ) -> None:
        self.clock = clock
        self.schemas = schemas
        self.currencies = currencies
        self.is_demo = is_demo
        self.gate: Callable[[str, str], Awaitable[Rejected | None]] | None = None
        self._accounts = accounts
        self._keys = keys
        self._tasks: set[asyncio.Task[None]] = set()
        self._rooms = rooms
        self._documents = documents
        self._ledger = ledger
        self._sockets = sockets
        self._codecs = codecs
        self._make_codec = make_codec
        self._money = PluginMoney(ledger, "", frozenset(), self._is_user)

    def of_plugin(self, name: str, house: frozenset[str]) -> HostApi:
        """Return this host as one plugin sees it. house: the accounts that it declares."""
        own = copy.copy(self)
        own._money = PluginMoney(self._ledger, name, house, self._is_user)
        return own

    async def create_room(
        self, room: str, mode: str, config: Mapping[str, Json]
    ) -> Rejected | None:
        found = await self._rooms.find(room)
        made_from = config
        if found is None:
            checked = self._checked(mode, config)
            if isinstance(checked, Rejected):
                return checked
            made_from = checked
        await self._rooms.create(room, mode, made_from)
        return None

    def _checked(self, mode: str, config: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        """Return a configuration as its mode completes it. Raises: KeyError, ModeFault."""
        return check_config(self._rooms.modes[mode], config, self.currencies)

    async def send(self, room: str, command: Command) -> Outcome:
        found = await self._rooms.find(room)
        return Rejected("not_found") if found is None else await found.submit(command)

    def view(self, room: str, user: str | None) -> Mapping[str, Json] | None:
        found = self._rooms.get(room)
        if found is None:
            return None
        return found.view(None if user is None else found.player_of(user))

    def state(self, room: str) -> Any:
        found = self._rooms.get(room)
        return None if found is None else found.state

    async def admit(self, user: str, room: str, protocol: str = "") -> Rejected | None:
        found = self._rooms.get(room)
        if found is None:
            return Rejected("not_found")
        if protocol and protocol_of(found.mode, found.mode.name) != protocol:
            return Rejected("not_found")
        if is_entered_apart(found.mode):
            return Rejected("forbidden")
        return None if self.gate is None else await self.gate(user, room)

    def codec(self, name: str) -> Codec:
        return self._codecs[name] if name in self._codecs else self._make_codec(name)

    def documents(self, namespace: str) -> Documents:
        return NamespacedDocuments(self._documents, namespace)

    def balance(self, account: str, currency: str) -> int:
        return self._ledger.balance(account, currency)

    async def transact(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        return await self._money.transact(id, postings, memo)

    async def hold(self, hold: Hold, memo: Mapping[str, Json]) -> Outcome:
        return await self._money.hold(hold, memo)

    async def resolve(
        self, hold: Hold, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        return await self._money.resolve(hold, postings, memo)

    async def bar_hold(self, ref: str, memo: Mapping[str, Json]) -> Outcome:
        return await self._money.bar_hold(ref, memo)

    async def push(self, protocol: str, user: str, frame: bytes) -> int:
        return self._sockets.push(protocol, user, frame)

    def subscribe(self, protocol: str, user: str, room: str) -> None:
        found = self._rooms.get(room)
        if found is not None:
            self._sockets.subscribe(protocol, user, found)

    def unsubscribe(self, protocol: str, user: str, room: str) -> None:
        self._sockets.unsubscribe(protocol, user, room)

    def is_online(self, protocol: str, user: str) -> bool:
        return self._sockets.is_online(protocol, user)

    def publish(
        self, protocol: str, room: str,
        frame: bytes | Sequence[bytes] | Callable[[str], bytes | None],
    ) -> None:
        found = self._rooms.get(room)
        if found is None:
            return
        hub = self._sockets.hub(protocol, found)
        if callable(frame):
            make = frame

            def frame_for(user: str) -> bytes | None:
                own = make(user)
                return None if own is None else text_frame(own)

            hub.publish(frame_for)
        else:
            frames = (frame,) if isinstance(frame, bytes) else frame
            encoded = b"".join(text_frame(one) for one in frames)
            hub.publish(lambda user: encoded)

    def is_publishing(self, protocol: str, room: str) -> bool:
        return self._sockets.is_spreading(protocol, room)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._end_task)

    def _end_task(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("plugin_task_failed", task=task.get_name(), error=repr(error),
                      exc_info=error)

    async def close(self) -> None:
        """End the plugins' own tasks."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def user_named(self, name: str) -> str | None:
        user = await self._accounts.by_name(name)
        return None if user is None else user.id

    async def api_key(self, text: str, address: str) -> Identified | Rejected:
        if self._keys is None:
            return Rejected("not_authenticated")
        key = await self._keys.check(text, address)
        return key if isinstance(key, Rejected) else Identified(
            key.id, key.name, scopes=key.scopes
        )

    async def _is_user(self, user: str) -> bool:
        return await self._accounts.by_id(user) is not None
