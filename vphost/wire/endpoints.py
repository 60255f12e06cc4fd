"""What a plugin hands to the web layer: websocket protocols, REST routes, schema folders.

They are values between `plugin_api`, which shows them to plugins, and `web`, which serves them;
so they live below both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vphost.rules.mode import Json, Rejected
from vphost.wire.codec import Codec, Request


@dataclass(frozen=True, slots=True)
class SchemaFolder:
    """A folder of JSON Schemas. prefix: served at /schemas/v1/<prefix>/<file>."""

    prefix: str
    path: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of one socket.

    user: his account's id. name: his username. notes: a plugin's own memory of this socket, as
    long as it is open.
    """

    user: str
    name: str
    notes: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SocketProtocol:
    """A websocket protocol.

    name: unique. path: regex below the root; the group `room`, if any, names the room of every
    request on that socket (its id or its short token). codec: bytes to requests and back.
    allowed: (user, room id) -> None or the refusal, asked at the handshake.
    answer: for requests that are for no room (None: there are none); returns frames to send. What
    it awaits last decides what comes first: frames of a commit that it awaited come after its own.
    The request that brought the token, on a socket without a room, is answered here as well.
    one_socket_per_room: a second socket of a user to the same room closes the first.
    max_message_bytes: longer messages close the socket with 1009.
    view_at_start: who connects without `since` is sent the view unasked.
    shared_refusals: codes of refusals that everybody in the room hears, not the caller alone.
    """

    name: str
    path: str
    codec: Codec
    allowed: Callable[[str, str], Awaitable[Rejected | None]]
    answer: Callable[[Peer, Request], Awaitable[Sequence[bytes]]] | None = None
    one_socket_per_room: bool = True
    max_message_bytes: int = 65_536
    view_at_start: bool = False
    shared_refusals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """A REST route. access: verb -> `public`, `user` or `operator`; the host checks it.

    handle: (verb, user or None, path groups, decoded body or None) -> (status, JSON body).
    schemas: verb -> $id of the body's schema, checked before `handle`; a verb without one takes
    no body.
    """

    path: str
    access: Mapping[str, str]
    handle: Callable[
        [str, str | None, Mapping[str, str], Json], Awaitable[tuple[int, Json]]
    ]
    schemas: Mapping[str, str] = field(default_factory=dict)
