"""The contract between the socket handler and a protocol's codec. Pure: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vphost.rules.mode import Event, Json, Rejected


@dataclass(frozen=True, slots=True)
class Request:
    """A decoded, schema-checked frame.

    op, args: as for `Command`. request_id: the client's own id or None. room: the room it is
    for, None where the socket's path says it. is_query: answered from the view, no commit.
    raw: the op as the client wrote it, to echo in an answer.
    """

    op: str
    args: Mapping[str, Json]
    request_id: str | None
    room: str | None = None
    is_query: bool = False
    raw: Json = None


@dataclass(frozen=True, slots=True)
class BadMessage:
    """A frame that is no request: what was wrong, in a form that can be answered.

    code: a key of codes.CODES. detail: for people, never echoing secrets. op: the action as far
    as it could be read. field: the one that is wrong, from the message's root with dots; "" for
    none.
    """

    code: str
    detail: str
    op: str | None = None
    request_id: str | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class FrameContext:
    """What every frame of one commit shares. order: place of the event in its commit.

    at_ms: when it happened, by the wall clock. shift_ms: what is to be added to a moment of game
    time (the deadlines of a game) to show it by the wall clock; 0 as a rule. line: of the history
    that seq counts in, where a client is to learn it.
    """

    room: str
    seq: int | None
    order: int
    at_ms: int
    labels: Mapping[str, Json] = field(default_factory=dict)
    shift_ms: int = 0
    line: str = ""


class Codec(Protocol):
    """One wire protocol. Money and times are converted here and nowhere else.

    A codec may have two more attributes, by which the host refuses what a mode makes before it is
    committed: `events`, the names of all events that have a frame, and `out_folder`, where
    the schemas of the frames lie (`table/out/`), for the setting `check_frames`.
    """

    def decode(self, frame: str | bytes, labels: Mapping[str, Json]) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal. labels: the room's, for decimals."""
        ...

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the frame of one event for one projection (None: the public one)."""
        ...

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        """Return the frames that bring a viewer up to date."""
        ...

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        """Return the answer to a refused request."""
        ...

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        """Return a frame to one socket that is no event: user_connected, auth_error, ...

        request: the one that an auth_error refuses, whose id is echoed.
        Empty where the protocol has no such frame.
        """
        ...
