"""What every room shares with the others: the doors, the bounds, and who hears of commits."""

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
"""Codes of refusals that say nothing about the command itself."""


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Bounds of one room.

    mailbox: commands that wait to be decided; more are `busy`. in_flight: commits decided on
    speculation while earlier ones are being written. recent_commits: kept in memory for `since`
    and repeats. recent_ids: ids that the filter of a room is made for; beyond them more and more
    fresh ones are looked up in the store. snapshot_every: commits between two
    snapshots.
    """

    mailbox: int = 256
    in_flight: int = 64
    recent_commits: int = 64
    recent_ids: int = 200_000
    snapshot_every: int = 25


@dataclass(slots=True)
class RoomContext:
    """All that a room needs from outside.

    executor: worker threads of heavy decisions. watch: asked before every decision.
    calendar: the wall clock. lines: of the rooms' history.
    durable: called with each commit at once, in the order of the book. committed: called with each
    commit after its broadcast. began: called with a new room whose first commit is durable.
    wants_snapshot: called with the id of a room that has not been snapshotted for long.
    full: whether the host has so much to do that people's commands should be refused as `busy`.
    plugins: mode -> the plugin that brought it, for messages. wire: what the protocols of modes
    have schemas for, set when they are known.
    """

    journal: Journal
    writer: Writer
    ledger: Ledger
    clock: Clock
    seeds: Seeds
    sealer: Sealer
    executor: Executor
    watch: StallDetector
    calendar: Calendar
    lines: Lines
    durable: Callable[[Commit], None]
    committed: Callable[[Commit], None]
    began: Callable[[Room], None]
    wants_snapshot: Callable[[str], None]
    full: Callable[[], bool]
    limits: RoomLimits = field(default_factory=RoomLimits)
    plugins: Mapping[str, str] = field(default_factory=dict)
    wire: Wire | None = None
