"""What the services hand around once something has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vphost.rules.mode import Event, Json, Rejected, Send


@dataclass(frozen=True, slots=True)
class Commit:
    """A durable commit of one room, decoded.

    seq: place in the book. room_seq_first: number of the first event that viewers see; visible
    events number on from it, events whose name starts with "_" have no number.
    at_ms: when it was decided, by the wall clock. shift_ms: what is to be added to a moment of
    game time in it to get the wall clock, 0 as a rule.
    labels: the mode's labels right after it. asked: digest of what the command asked for; "" for
    the host's own and in commits of older versions. mode: name of the room's
    mode, "" for none.
    """

    id: str
    user: str
    op: str
    room: str
    seq: int
    room_seq_first: int
    at_ms: int
    events: tuple[Event, ...]
    sends: tuple[Send, ...]
    answer: Mapping[str, Json] | None
    labels: Mapping[str, Json]
    asked: str = ""
    shift_ms: int = 0
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was committed. repeated: it had been before; this is the first answer.

    commit: None when the command was fine but changed nothing.
    """

    commit: Commit | None
    repeated: bool


Outcome: TypeAlias = Accepted | Rejected
