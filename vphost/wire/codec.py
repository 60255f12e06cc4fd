"""The contract between the socket handler and a protocol's codec. Pure: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vphost.rules.mode import NO_LABELS, Event, Json, Labels, Rejected


@dataclass(frozen=True, slots=True)
class Request:
    """A decoded frame that fits its schema."""

    #: Name and arguments, as in `Command`.
    op: str
    args: Mapping[str, Json]
    #: The client's own id, None when it gave none.
    request_id: str | None
    #: The room that it is for; None when the socket's path says it.
    room: str | None = None
    #: It is answered from the view, without a commit.
    is_query: bool = False
    #: The op as the client wrote it, to be echoed in answers.
    raw: Json = None


@dataclass(frozen=True, slots=True)
class BadMessage:
    """A frame that is not a valid request: what is wrong with it, in a form that can be answered.

    code: a key of codes.CODES. detail: for people; it never repeats a secret. op: the action, as
    far as it could be read. field: the wrong one, as a path with dots from the message's root; ""
    when no single field is wrong.
    """

    code: str
    detail: str
    op: str | None = None
    request_id: str | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class FrameContext:
    """What a codec needs to know around an event, a view or an answer."""

    #: The room's id.
    room: str
    #: Number of the event in the room's history; None for what has no number.
    seq: int | None
    #: Place of the event among the visible ones of its commit, from 0.
    order: int
    #: When it happened, by the wall clock, epoch ms.
    at_ms: int
    #: The room's labels (`Mode.labels`), for currency and decimals.
    labels: Labels = NO_LABELS
    #: Added to a moment of game time (a deadline, say) it gives the wall clock, ms; usually 0.
    shift_ms: int = 0
    #: The line of history that seq counts in, where a client is to be told; else "".
    line: str = ""


class Codec(Protocol):
    """One wire protocol. Units of money and time are converted here and nowhere else.

    A codec may have two more attributes, with which the host can refuse a mode's output before it
    is committed: `events`, the names of all events that have a frame, and `out_folder`, the folder
    of the frames' schemas (`table/out/`), for the setting `check_frames`.
    """

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        """Turn any bytes into a request or a coded refusal. labels: the room's, for decimals."""
        ...

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the frame of one event as a player gets it (None: as everybody else does)."""
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
        """Return a frame to one socket that is not an event of the room, such as `auth_error`.

        request: the one that an `auth_error` refuses, whose id is echoed.
        Returns: empty bytes when the protocol has no such frame.
        """
        ...
