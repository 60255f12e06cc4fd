"""All live rooms of a book. (Skeleton: signatures that others may write against.)"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping

from vphost.rules.mode import Json, Send
from vphost.services.commits import Commit
from vphost.services.room import Room


class Rooms:
    """The registry of rooms with what they share: writer, ledger, clock, timers, sends."""

    async def create(self, room_id: str, mode_name: str, config: Mapping[str, Json]) -> Room:
        """Create a room and return it; one that exists is returned as it is.

        Raises: KeyError when there is no such mode; StoreDown.
        """
        raise NotImplementedError

    def get(self, room_id: str) -> Room | None:
        """Return an open room."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Room]:
        raise NotImplementedError

    async def recover(self, last_alive_ms: int | None) -> None:
        """Rebuild ledger and rooms from the store and let running games go on.

        last_alive_ms: heartbeat of the previous owner, from its lease; None when there was none.
        """
        raise NotImplementedError

    def observe(self, observer: Callable[[Commit], None]) -> None:
        """Call a function after each commit of any room, after broadcast and sends."""
        raise NotImplementedError

    def register_job(self, service: str, handler: Callable[[Send], Awaitable[None]]) -> None:
        """Deliver sends to `job:<service>` to a handler; it raises StoreDown to be asked again."""
        raise NotImplementedError

    async def drain(self, bound_ms: int) -> None:
        """Start no hand any more, let running ones end within a bound, refuse the rest."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop all tasks; whoever still waits gets `draining`."""
        raise NotImplementedError
