"""The living host as a plugin sees it: implements `plugin_api.Host` over the services."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from vphost.plugin_api import Codec, Command, CommitSeen, Documents, Json, Outcome, Rejected
from vphost.plugin_host import NamespacedDocuments, PluginHost
from vphost.services.ledger import Ledger
from vphost.services.ports import Clock
from vphost.services.rooms import Rooms
from vphost.web.registry import Sockets

MAX_WAITING_COMMITS = 10_000
log = structlog.get_logger("vphost.plugins")


class Door:
    """What plugins may ask. codecs: the host's own, by name. make_codec: schema prefix -> the
    plain codec for it."""

    def __init__(
        self, *, clock: Clock, rooms: Rooms, documents: Documents, ledger: Ledger,
        sockets: Sockets, codecs: Mapping[str, Codec],
        make_codec: Callable[[str], Codec],
    ) -> None:
        self.clock = clock
        self._rooms = rooms
        self._documents = documents
        self._ledger = ledger
        self._sockets = sockets
        self._codecs = codecs
        self._make_codec = make_codec

    async def create_room(self, room: str, mode: str, config: Mapping[str, Json]) -> None:
        await self._rooms.create(room, mode, config)

    async def send(self, room: str, command: Command) -> Outcome:
        found = self._rooms.get(room)
        return Rejected("not_found") if found is None else await found.submit(command)

    def view(self, room: str, user: str | None) -> Mapping[str, Json] | None:
        found = self._rooms.get(room)
        if found is None:
            return None
        return found.view(None if user is None else found.player_of(user))

    async def admit(self, user: str, room: str) -> Rejected | None:
        return None if self._rooms.get(room) is not None else Rejected("not_found")

    def codec(self, name: str) -> Codec:
        return self._codecs[name] if name in self._codecs else self._make_codec(name)

    def documents(self, namespace: str) -> Documents:
        return NamespacedDocuments(self._documents, namespace)

    def balance(self, account: str, currency: str) -> int:
        return self._ledger.balance(account, currency)

    async def push(self, protocol: str, user: str, frame: bytes) -> int:
        return self._sockets.push(protocol, user, frame)

    def subscribe(self, protocol: str, user: str, room: str) -> None:
        found = self._rooms.get(room)
        if found is not None:
            self._sockets.subscribe(protocol, user, found)

    def unsubscribe(self, protocol: str, user: str, room: str) -> None:
        self._sockets.unsubscribe(protocol, user, room)


class Observers:
    """Tells plugins of commits, beside the rooms: from a bounded queue, in a task of its own."""

    def __init__(self, plugins: PluginHost, bound: int = MAX_WAITING_COMMITS) -> None:
        self._plugins = plugins
        self._waiting: asyncio.Queue[CommitSeen] = asyncio.Queue(bound)
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def start(self) -> None:
        """Begin to tell."""
        self._task = asyncio.create_task(self._tell(), name="after_commit")

    def seen(self, commit: CommitSeen) -> None:
        """Take a commit; when plugins are too slow it is dropped, counted and logged once."""
        try:
            self._waiting.put_nowait(commit)
        except asyncio.QueueFull:
            self.dropped += 1
            if self.dropped == 1:
                log.error("after_commit_overrun", waiting=self._waiting.qsize())

    async def stop(self, bound_s: float) -> None:
        """Tell what waits, within a bound, and stop."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), bound_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _tell(self) -> None:
        while True:
            commit = await self._waiting.get()
            self._plugins.after_commit(commit)
            self._waiting.task_done()
            await asyncio.sleep(0)
