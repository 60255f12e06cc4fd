"""What a plugin hands to the web layer: websocket protocols, REST routes, schema folders.

They are values shared by `plugin_api`, which offers them to plugins, and `web`, which serves them,
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

    user: the account's id. name: the username. notes: a plugin's own memory for this socket, while
    it is open.
    """

    user: str
    name: str
    notes: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SocketProtocol:
    """A websocket protocol."""

    #: Unique among all protocols.
    name: str
    #: Regular expression below the root. The group `room`, if any, names the room of every request
    #: on that socket (its id or its short token).
    path: str
    #: Bytes to requests and back.
    codec: Codec
    #: (user, room id) -> None or a refusal; asked at the handshake.
    allowed: Callable[[str, str], Awaitable[Rejected | None]]
    #: Answers requests that are not for a room (None: there are none) with frames to send, also the
    #: request that brought the token on a socket without a room. Frames of a commit that it awaits
    #: are sent after those that it returns.
    answer: Callable[[Peer, Request], Awaitable[Sequence[bytes]]] | None = None
    #: A second socket of a user to the same room closes the first.
    one_socket_per_room: bool = True
    #: Longer messages close the socket with code 1009.
    max_message_bytes: int = 65_536
    #: A client that connects without `since` is sent the view without asking for it.
    view_at_start: bool = False
    #: Codes of refusals that are sent to everybody in the room, not only to the caller.
    shared_refusals: frozenset[str] = frozenset()
    #: Names of events with which a player leaves a room. A player for whom `secret` holds a
    #: `reason` gets such an event alone, and then their sockets in the room are closed with it.
    partings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """A REST route. access: verb -> `public`, `user` or `operator`; the host checks it.

    handle: (verb, user or None, path groups, decoded body or None) -> (status, JSON body).
    schemas: verb -> $id of the body's schema, checked before `handle`; a verb without one accepts
    no body.
    """

    path: str
    access: Mapping[str, str]
    handle: Callable[
        [str, str | None, Mapping[str, str], Json], Awaitable[tuple[int, Json]]
    ]
    schemas: Mapping[str, str] = field(default_factory=dict)
