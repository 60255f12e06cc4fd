"""What every handler knows of the living host: its limits and who asks.

One Site per App, handed to every handler; nothing in `web` is a global.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vphost.rules.mode import Json, Rejected
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
    """Who asks, as the session or the token says. session: "" for a token without one.

    expires_in_s: until what he showed is over, and a socket that it opened with it; None: never.
    scopes: of an API key, whose id is `key:<id>` and which is nobody's user; None for a user.
    """

    id: str
    name: str
    is_operator: bool = False
    session: str = ""
    expires_in_s: float | None = None
    scopes: frozenset[str] | None = None


class Closable(Protocol):
    """A socket, signed in or not."""

    def close(self, code: int, reason: str) -> None: ...


async def _always(user: str, session: str) -> bool:
    return True


@dataclass(slots=True)
class Site:
    """What every handler needs, whatever it serves; a REST area has a value of its own besides.

    identify: a token's caller, or a refusal. identify_socket: the same for a token that shall open
    a socket to a room ("" for one without), where one-time tokens are good too; None: as
    `identify`. identify_key: (API key, address) -> its caller, or a refusal; None: there are no
    keys. audit: where refused operators are noted. is_live: (user, session) -> whether they may
    go on. find_room: by its id or another name that leads to it. player_number: (room, user) -> the
    id that the user's player has or gets there, None for rooms that give none.
    now_ms: game time; shift_ms: what makes it the wall clock. clock_jumps, damaged (faults of the
    store), lags (how far those are behind who follow the commits, by their names): for /readyz.
    own_files: those that lie on this host, None where they lie elsewhere, at file_origins.
    schemas, reference: URL path -> bytes. faults: what is wrong with a body, by a schema's place.
    repeats: answers of Idempotency-Keys; None: the header is not looked at (tests of the edge
    alone). request_rate: by address. checks_answers: answers are checked against their schemas
    (demo and tests). debug_here: /debug/ is there for this machine. debug_for_operators: and for
    operators. open_sockets: all of them, also those that have not signed in yet.
    """

    limits: Limits
    sockets: Sockets
    identify: Callable[[str], Awaitable[Caller | Rejected]]
    find_room: Callable[[str], Awaitable[RoomHandle | None]]
    now_ms: Callable[[], int]
    is_troubled: Callable[[], bool]
    static: Path
    shift_ms: Callable[[], int] = lambda: 0
    clock_jumps: Callable[[], Mapping[str, Json] | None] = lambda: None
    damaged: Callable[[], int] = lambda: 0
    line: str = ""
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    reference: Mapping[str, bytes] = field(default_factory=dict)
    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: Container[str] = frozenset()
    is_ready: bool = False
    is_draining: bool = False
    faults: Check = lambda place, value: {}
    identify_socket: Callable[[str, str], Awaitable[Caller | Rejected]] | None = None
    is_live: Callable[[str, str], Awaitable[bool]] = _always
    player_number: Callable[[str, str], Awaitable[int | None]] | None = None
    own_files: OwnFiles | None = None
    file_origins: tuple[str, ...] = ()
    identify_key: Callable[[str, str], Awaitable[Caller | Rejected]] | None = None
    audit: Audit | None = None
    repeats: Idempotency | None = None
    request_rate: Rate | None = None
    checks_answers: bool = False
    debug_here: bool = False
    debug_for_operators: bool = False
    lags: Callable[[], Mapping[str, Lag]] = dict
    open_sockets: set[Closable] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def context(
        self, room: str, seq: int | None, labels: Mapping[str, Json]
    ) -> FrameContext:
        """Return what a frame that is made now needs beside what it says."""
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
