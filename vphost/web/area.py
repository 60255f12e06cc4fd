"""What an area of the product brings to a host: services, REST, operations, jobs.

The host composes areas without knowing what they are about: poker tables are one (`tables/`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vphost.rules.mode import Json, Rejected
from vphost.services.journal.feed import Lag
from vphost.services.mail_queue import Composer
from vphost.services.operators.operations import Added
from vphost.services.rooms.outbox import Handler
from vphost.web.registry import Sockets
from vphost.wire.codec import Codec
from vphost.wire.rest import Resource
from vphost.wire.schemas import SchemaSet


@dataclass(frozen=True, slots=True)
class Edge:
    """What an area's REST needs of the host that serves it."""

    sockets: Sockets
    schemas: SchemaSet
    #: Whether somebody may become a guest; True: they ask from this machine.
    lets_guests_in: Callable[[bool], bool]
    #: (actor, subject): note that an operator looks at something.
    note_look: Callable[[str, str], Awaitable[None]]


class Area(Protocol):
    """An area. `open` once the store is ours, `start` once the rooms are recovered.

    jobs: by the name in a send's target `job:<name>`. composers: of letters, by their kind.
    """

    jobs: Mapping[str, Handler]
    composers: Mapping[str, Composer]

    async def open(self) -> None:
        """Declare the collections. Raises: PortUnusable."""
        ...

    async def start(self) -> None:
        """Finish what a crash left half done, then begin to work. Raises: StoreDown."""
        ...

    async def start_demo(self, users: Mapping[str, str]) -> None:
        """Begin what the demo shows. users: those that play in it, id -> name. Raises: DemoRefused.
        """
        ...

    async def keep_house(self) -> None:
        """Do what is due, about once a minute. Raises: StoreDown."""
        ...

    async def clean(self) -> None:
        """Drop what is over, now and then. Raises: StoreDown."""
        ...

    async def stop(self) -> None:
        """End what `start` and `start_demo` began; the rooms are still there."""
        ...

    async def close(self) -> None:
        """Give back what `open` took; the rooms are closed."""
        ...

    def codecs(self, schemas: SchemaSet) -> Mapping[str, Codec]:
        """Return the area's own codecs by name."""
        ...

    def resources(self, edge: Edge) -> Sequence[Resource]:
        """Return the area's REST, ready to serve."""
        ...

    def operations(self) -> Mapping[str, Added]:
        """Return what operators may ask for, by name."""
        ...

    def lags(self) -> Mapping[str, Lag]:
        """Return how far those are behind who follow the commits, by their names."""
        ...

    async def admit(self, user: str, room: str) -> Rejected | None:
        """Say whether a user may open a socket to a room: None, or why not."""
        ...

    async def player_number(self, room: str, user: str) -> int | None:
        """Return the id that a user's player has or gets in a room; None: the area gives none."""
        ...

    async def room_named(self, name: str) -> str | None:
        """Return the id of the room to which another name leads; None when none does."""
        ...

    async def profile(self, user: str) -> Mapping[str, Json]:
        """Return what the area adds to what users see of themselves."""
        ...


class DemoRefused(Exception):
    """The demo cannot be set up; the message says why."""
