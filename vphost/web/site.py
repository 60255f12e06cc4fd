"""What every handler knows of the running host: its limits, and who asks.

One Site per App, handed to every handler; nothing in `web` is a global.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vphost.rules.mode import Json, Labels, Rejected
from vphost.services.file_ports import OwnFiles
from vphost.services.idempotency import Idempotency
from vphost.services.journal.feed import Lag
from vphost.services.operators.audit import Audit
from vphost.services.rooms.handle import RoomHandle
from vphost.services.throttle import Rate
from vphost.web.registry import Sockets
from vphost.wire.codec import FrameContext
from vphost.wire.faults import Check


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the edge. Times in seconds, sizes in bytes."""

    idle_connection_s: float = 30.0
    body_s: float = 10.0
    header_bytes: int = 16_384
    body_bytes: int = 1 << 20
    backlog: int = 4096
    socket_buffer_bytes: int = 1 << 20
    authenticate_s: float = 5.0
    ping_interval_s: float = 15.0
    ping_timeout_s: float = 10.0
    messages_per_s: float = 20.0
    message_burst: int = 60
    message_bytes: int = 65_536
    frames_per_s: float = 200.0
    frame_burst: int = 600
    strikes: int = 20
    broken_frames: int = 8
    waiting_messages: int = 64
    asked_at_once: int = 16
    sockets_per_user: int = 32
    sockets: int = 20_000
    replayed_events: int = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, according to a token or a key."""

    #: A user's id, or `key:<id>` for an API key.
    id: str
    name: str
    is_operator: bool = False
    #: The sign-in, "" for a token without one.
    session: str = ""
    #: When the token expires, and with it a socket that it opened; None for never, or for a token
    #: with a session, whose end is announced.
    expires_in_s: float | None = None
    #: The scopes of an API key; None for a user.
    scopes: frozenset[str] | None = None


class Closable(Protocol):
    """A socket, signed in or not."""

    def close(self, code: int, reason: str) -> None: ...


async def _always(user: str, session: str) -> bool:
    return True


@dataclass(slots=True)
class Site:
    """What every handler needs, whatever it serves; each REST area has a value of its own, too."""

    limits: Limits
    sockets: Sockets
    #: A token -> its caller, or a refusal.
    identify: Callable[[str], Awaitable[Caller | Rejected]]
    #: A room by its id, or by another name that leads to it.
    find_room: Callable[[str], Awaitable[RoomHandle | None]]
    #: Game time, epoch ms.
    now_ms: Callable[[], int]
    #: Whether the store is failing.
    is_troubled: Callable[[], bool]
    static: Path
    #: Added to game time it gives the wall clock, ms.
    shift_ms: Callable[[], int] = lambda: 0
    #: For /readyz: jumps of the wall clock, and faults of the store.
    clock_jumps: Callable[[], Mapping[str, Json] | None] = lambda: None
    damaged: Callable[[], int] = lambda: 0
    #: The rooms' line of history.
    line: str = ""
    #: URL path -> bytes.
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    reference: Mapping[str, bytes] = field(default_factory=dict)
    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: Container[str] = frozenset()
    is_ready: bool = False
    is_draining: bool = False
    #: (path of a schema, body) -> what is wrong with it.
    faults: Check = lambda place, value: {}
    #: (token, room or "") -> the caller who opens a socket with it; one-time tokens are valid here.
    #: None: use `identify`.
    identify_socket: Callable[[str, str], Awaitable[Caller | Rejected]] | None = None
    #: (user, session) -> whether they may go on.
    is_live: Callable[[str, str], Awaitable[bool]] = _always
    #: (room, user) -> the id that the user's player has or gets there; None for rooms that have
    #: none.
    player_number: Callable[[str, str], Awaitable[int | None]] | None = None
    #: The files stored on this host; None when they are stored elsewhere, at file_origins.
    own_files: OwnFiles | None = None
    file_origins: tuple[str, ...] = ()
    #: (API key, address) -> its caller, or a refusal; None when there are no keys.
    identify_key: Callable[[str, str], Awaitable[Caller | Rejected]] | None = None
    #: Where refused operators are recorded.
    audit: Audit | None = None
    #: None: Idempotency-Keys are ignored (tests of the edge alone).
    idempotency: Idempotency | None = None
    #: Of REST calls, by address.
    request_rate: Rate | None = None
    #: Answers are checked against their schemas (demo and tests).
    checks_answers: bool = False
    #: Whether this machine, and operators, may use /debug/.
    debug_here: bool = False
    debug_for_operators: bool = False
    #: For /readyz: how far followers of the commits are behind, by name.
    lags: Callable[[], Mapping[str, Lag]] = dict
    #: All sockets, including those that have not signed in yet.
    open_sockets: set[Closable] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def context(
        self, room: str, seq: int | None, labels: Labels
    ) -> FrameContext:
        """Return the context of a frame that is made now."""
        shift_ms = self.shift_ms()
        return FrameContext(room, seq, 0, self.now_ms() + shift_ms, labels, shift_ms, self.line)

    def close_sockets(self, code: int, reason: str) -> None:
        """Close every socket, whether its user is known or not."""
        for one in tuple(self.open_sockets):
            one.close(code, reason)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start a task that is kept until it ends and awaited at shutdown."""
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
