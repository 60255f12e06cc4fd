"""One live room. (Skeleton: signatures that others may write against.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vphost.rules.mode import Command, Json
from vphost.services.commits import Commit, Outcome

Listener: TypeAlias = Callable[[Commit], None]


class Room:
    """The unit of order: one bounded mailbox, one state, one seq."""

    id: str
    mode_name: str

    @property
    def state(self) -> Any:
        """The durable state."""
        raise NotImplementedError

    @property
    def seq(self) -> int:
        """The number of the newest durable visible event."""
        raise NotImplementedError

    @property
    def labels(self) -> Mapping[str, Json]:
        """The mode's labels of the durable state."""
        raise NotImplementedError

    def view(self, player: int | None) -> Mapping[str, Json]:
        """Return all that a player id (None: no player) may see of the durable state."""
        raise NotImplementedError

    def player_of(self, user: str) -> int | None:
        """Return the player id of a user in this room."""
        raise NotImplementedError

    async def submit(self, command: Command) -> Outcome:
        """Give a command; return when its commit is durable, or why it was refused.

        The seed of the command is set by the room. The waiter is woken before listeners run, so
        that an acknowledgement that it writes without awaiting precedes the broadcast.
        """
        raise NotImplementedError

    def add_listener(self, listener: Listener) -> None:
        """Call a function with each commit that becomes durable from now on, in order.

        The listener sees no commit that the state (view, seq) at this moment already holds.
        """
        raise NotImplementedError

    def remove_listener(self, listener: Listener) -> None:
        """Stop calling a function; unknown ones are ignored."""
        raise NotImplementedError

    async def since(self, seq: int, limit: int) -> list[Commit] | None:
        """Return the commits with visible events after an event number, oldest first.

        Returns None when there are more than limit, or when the number is ahead of the room:
        the caller then sends the full state.
        """
        raise NotImplementedError
