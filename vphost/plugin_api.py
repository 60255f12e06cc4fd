"""All that a plugin may import from the host, besides `vphost.rules`.

Names here are stable within a contract version (`vphost.hookspecs.CONTRACT`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pluggy

from vphost.rules.mode import (
    Command, Decision, Event, Json, Mode, Posting, Rejected, Send, SYSTEM,
)
from vphost.services.commits import Accepted, Commit as CommitSeen, Outcome
from vphost.services.ports import Clock, Document, Documents
from vphost.wire.codec import BadMessage, Codec, FrameContext, Request

hookimpl = pluggy.HookimplMarker("vphost")

__all__ = [
    "Accepted", "BadMessage", "CliCommand", "Clock", "Codec", "Command", "CommitSeen", "Decision",
    "Document", "Documents", "Event", "FrameContext", "Host", "Json", "Mode", "Outcome",
    "Posting", "Rejected", "Report", "Request", "Route", "SYSTEM", "SchemaFolder", "Send",
    "SocketProtocol", "hookimpl",
]


@dataclass(frozen=True, slots=True)
class SchemaFolder:
    """A folder of JSON Schemas. prefix: served at /schemas/v1/<prefix>/<file>."""

    prefix: str
    path: Path


@dataclass(frozen=True, slots=True)
class SocketProtocol:
    """A websocket protocol.

    name: unique. path: regex below the root; the group `room`, if any, names the room of every
    request on that socket (its id or its short token). codec: bytes to requests and back.
    allowed: (user, room id) -> None or the refusal, asked at the handshake.
    answer: for requests that are for no room (None: there are none); returns frames to send.
    one_socket_per_room: a second socket of a user to the same room closes the first.
    """

    name: str
    path: str
    codec: Codec
    allowed: Callable[[str, str], Awaitable[Rejected | None]]
    answer: Callable[[str, Request], Awaitable[Sequence[bytes]]] | None = None
    one_socket_per_room: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """A REST route. access: verb -> `public`, `user` or `operator`; the host checks it.

    handle: (verb, user or None, path groups, decoded body or None) -> (status, JSON body).
    schemas: verb -> $id of the body's schema, checked before `handle`.
    """

    path: str
    access: Mapping[str, str]
    handle: Callable[
        [str, str | None, Mapping[str, str], Json], Awaitable[tuple[int, Json]]
    ]
    schemas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CliCommand:
    """A subcommand of run.py. add_arguments: gets an argparse parser. run: (arguments, call) ->
    exit status; `call` gives a command to the living host or to the store when none lives."""

    name: str
    help: str
    add_arguments: Callable[[Any], None]
    run: Callable[[Any, Callable[[str, Mapping[str, Json]], Mapping[str, Json]]], int]


@dataclass(frozen=True, slots=True)
class Report:
    """A report. rooms: mode names it is for. make: commits of one game -> named text parts."""

    name: str
    modes: Sequence[str]
    make: Callable[[Sequence[CommitSeen]], Mapping[str, str]]


class Host(Protocol):
    """What a plugin may ask of the living host."""

    clock: Clock

    async def create_room(self, room: str, mode: str, config: Mapping[str, Json]) -> None:
        """Create a room; a room that exists is left as it is."""
        ...

    async def send(self, room: str, command: Command) -> Outcome:
        """Give a command to a room and wait until it is durable or refused."""
        ...

    def view(self, room: str, user: str | None) -> Mapping[str, Json] | None:
        """Return what a user may see of a room; None when there is no such room."""
        ...

    def documents(self, namespace: str) -> Documents:
        """Return the document store with every collection name prefixed by the namespace."""
        ...

    def balance(self, account: str, currency: str) -> int:
        """Return a balance in minor units, as committed."""
        ...

    async def push(self, protocol: str, user: str, frame: bytes) -> int:
        """Send a frame to all sockets of a user on a protocol; returns how many there were."""
        ...

    def subscribe(self, protocol: str, user: str, room: str) -> None:
        """Let all sockets of a user on a protocol get a room's events."""
        ...

    def unsubscribe(self, protocol: str, user: str, room: str) -> None: ...
