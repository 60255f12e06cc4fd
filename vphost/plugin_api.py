"""All that a plugin may import from the host, besides `vphost.rules`.

Names here are stable within a contract version (`vphost.hookspecs.CONTRACT`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pluggy

from vphost.rules.mode import (
    Command, Decision, Event, Json, Mode, Posting, Rejected, Send, SYSTEM,
)
from vphost.services.commits import Accepted, Commit as CommitSeen, Outcome
from vphost.services.ports import Clock, Document, Documents
from vphost.wire.codec import BadMessage, Codec, FrameContext, Request
from vphost.wire.endpoints import Route, SchemaFolder, SocketProtocol

hookimpl = pluggy.HookimplMarker("vphost")

__all__ = [
    "Accepted", "BadMessage", "CliCommand", "Clock", "Codec", "Command", "CommitSeen", "Decision",
    "Document", "Documents", "Event", "FrameContext", "Host", "Json", "Mode", "Outcome",
    "Posting", "Rejected", "Report", "Request", "Route", "SYSTEM", "SchemaFolder", "Send",
    "SocketProtocol", "hookimpl", "plain_protocol", "table_protocol",
]


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

    async def admit(self, user: str, room: str) -> Rejected | None:
        """Say whether a user may connect to a room: None, or why not."""
        ...

    def codec(self, name: str) -> Codec:
        """Return the codec `table`, or the plain one for the schemas of a registered prefix.

        Raises: KeyError when there is neither.
        """
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


def table_protocol(host: Host) -> SocketProtocol:
    """Return the websocket protocol of tables, for the one plugin that serves them.

    Path: /ws/tables/{table token or short token}/. Every mode whose events follow the table
    protocol's names can be played over it.
    """
    return SocketProtocol(
        name="table",
        path=r"/ws/tables/(?P<room>[0-9A-Za-z-]{4,36})/",
        codec=host.codec("table"),
        allowed=host.admit,
    )


def plain_protocol(host: Host, prefix: str, path: str) -> SocketProtocol:
    """Return a websocket protocol that needs nothing but the schemas registered under a prefix.

    Requests `{"op": NAME, ..., "request_id"?}` as in `<prefix>/in/NAME.json`, events `{"event",
    "timestamp", "payload"}` as in `<prefix>/out/NAME.json`, refusals as event `error` with its
    `code`. Who connects gets what the mode's view shows, or with `?since=N` the events after N.
    path: a regex with the group `room`.
    """
    return SocketProtocol(
        name=prefix, path=path, codec=host.codec(prefix), allowed=host.admit, view_at_start=True,
    )
