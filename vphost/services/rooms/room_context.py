"""What all rooms share: ports and services, bounds, and the callbacks for commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vphost.rules.mode import Rejected
from vphost.services.calendar import Calendar
from vphost.services.journal.commits import Commit
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import Clock, Journal, Seeds
from vphost.services.rooms.border import Wire
from vphost.services.rooms.lines import Lines
from vphost.services.rooms.stall_detector import StallDetector

if TYPE_CHECKING:
    from vphost.services.rooms.room import Room

BAD_ID = Rejected("bad_message", {"field": "id"})
BUSY = Rejected("busy")
DRAINING = Rejected("draining")
INTERNAL = Rejected("internal_error")
QUARANTINED = Rejected("room_quarantined")
RETIRED = Rejected("not_found")
STORE_DOWN = Rejected("store_down")
TOO_LARGE = Rejected("too_large")
PASSING = frozenset({"busy", "draining", "store_down"})
"""Codes of refusals that will pass: the same command may be accepted later."""


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Bounds of one room."""

    #: Commands that may wait to be decided; further ones are refused with `busy`.
    mailbox: int = 256
    #: Commits decided speculatively while earlier ones are being written.
    in_flight: int = 64
    #: Commits kept in memory for `since` and for repeated commands.
    recent_commits: int = 64
    #: Ids that the room's filter is made for; beyond them, more and more fresh ids are looked up
    #: in the store.
    recent_ids: int = 200_000
    #: Commits between two snapshots.
    snapshot_every: int = 25


@dataclass(slots=True)
class RoomContext:
    """Everything that a room needs from outside."""

    journal: Journal
    writer: Writer
    ledger: Ledger
    clock: Clock
    seeds: Seeds
    sealer: Sealer
    #: Worker threads for heavy decisions.
    executor: Executor
    #: Asked before every decision, so that a pause is noticed before a deadline is missed.
    watch: StallDetector
    #: The wall clock, as far as it can be trusted.
    calendar: Calendar
    #: Lines of history.
    lines: Lines
    #: Called with each commit as soon as it is durable, in the order of the book.
    durable: Callable[[Commit], None]
    #: Called with each commit after its broadcast.
    committed: Callable[[Commit], None]
    #: Called with a new room whose first commit is durable.
    began: Callable[[Room], None]
    #: Called with the id of a room that is due for a snapshot.
    wants_snapshot: Callable[[str], None]
    #: Returns whether the host is so busy that people's commands should be refused with `busy`.
    full: Callable[[], bool]
    limits: RoomLimits = field(default_factory=RoomLimits)
    #: Mode -> the plugin that provides it, for messages.
    plugins: Mapping[str, str] = field(default_factory=dict)
    #: What the modes' protocols can send; None until they are known.
    wire: Wire | None = None
