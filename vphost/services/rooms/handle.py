"""A live room as whoever serves it sees it: ask, look, listen; how it works is its own affair.

`services.rooms.room.Room` is one in this process. The web knows rooms by this protocol alone, so
that a room may be somewhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from vphost.rules.mode import Command, Json, Labels
from vphost.services.journal.commits import Commit, Outcome
from vphost.services.rooms.publishing import Listener


class RoomHandle(Protocol):
    """What the web asks of a room; `Room` says more of each of these."""

    @property
    def id(self) -> str:
        """The room's id, which never changes."""
        ...

    @property
    def seq(self) -> int:
        """The number of the newest durable visible event."""
        ...

    @property
    def labels(self) -> Labels:
        """The mode's labels of the durable state."""
        ...

    @property
    def frozen(self) -> bool:
        """Whether it decides nothing any more."""
        ...

    def view(self, player: int | None) -> Mapping[str, Json]:
        """Return all that a player id (None: no player) may see. Raises: ModeFault."""
        ...

    def player_of(self, user: str) -> int | None:
        """Return the player id of a user. Raises: ModeFault."""
        ...

    async def submit(self, command: Command) -> Outcome:
        """Give a command; return when its commit is durable, or why it was refused."""
        ...

    def give(self, command: Command) -> asyncio.Future[Outcome]:
        """Give a command now, in order; the future brings the outcome."""
        ...

    def add_listener(self, listener: Listener) -> None:
        """Call a function with each commit that becomes durable from now on, in order."""
        ...

    def remove_listener(self, listener: Listener) -> None:
        """Stop calling a function."""
        ...

    async def since(
        self, seq: int, limit: int, line: str | None = None
    ) -> list[Commit] | None:
        """Return the commits after an event number, oldest first; None: send the full state."""
        ...
