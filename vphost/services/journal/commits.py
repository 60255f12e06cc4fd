"""Durable commits and outcomes of commands, as the services pass them around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vphost.rules.mode import Event, Json, Labels, Rejected, Send


@dataclass(frozen=True, slots=True)
class Commit:
    """A durable commit of one room, decoded."""

    #: `<room>:<user>:<command id>`; unique for ever.
    id: str
    #: Who gave the command, and its operation.
    user: str
    op: str
    #: The room's id, "" for a transaction outside of rooms.
    room: str
    #: Place in the book.
    seq: int
    #: Number of the first visible event. Visible events are numbered on from it; events whose name
    #: begins with "_" have no number.
    room_seq_first: int
    #: When it was decided, by the wall clock, epoch ms.
    at_ms: int
    events: tuple[Event, ...]
    sends: tuple[Send, ...]
    #: The mode's answer to the command, None for none.
    answer: Mapping[str, Json] | None
    #: The mode's labels right after it.
    labels: Labels
    #: Digest of the request; "" for the host's own commands and in commits of older versions.
    asked: str = ""
    #: Added to a moment of game time in it this gives the wall clock, ms; usually 0.
    shift_ms: int = 0
    #: Name of the room's mode, "" for none.
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was accepted. repeated: it had been before, and this is the first answer.

    commit: None when the command was valid but changed nothing.
    """

    commit: Commit | None
    repeated: bool


Outcome: TypeAlias = Accepted | Rejected
