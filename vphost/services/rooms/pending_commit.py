"""A command that a room has decided and handed to the writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from vphost.rules.mode import Alarms, Decision, Labels
from vphost.services.journal.commit_codec import Draft
from vphost.services.ledger.balances import Reservation
from vphost.services.ports import Record
from vphost.services.rooms.requests import Ask


class Owner(Protocol):
    """Whoever keeps the room's states (`StateHistory`) and is told the outcome."""

    def entry_written(self, entry: PendingCommit, record: Record) -> None: ...

    def entry_doubted(self, entry: PendingCommit) -> None: ...

    def entry_lost(self, entry: PendingCommit) -> None: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about a decision that can be computed before its money is reserved."""

    #: The encoded commit.
    draft: Draft
    #: Its postings, added up.
    movement: Reservation
    decision: Decision
    #: The state after it, with the labels and alarms of that state.
    state: Any
    labels: Labels
    alarms: Alarms
    #: As in `Commit`.
    shift_ms: int = 0


class PendingCommit:
    """A commit that is not durable yet, with the state after it."""

    __slots__ = (
        "owner", "ask", "draft", "movement", "decision", "state", "labels", "alarms",
        "shift_ms",
    )

    def __init__(self, owner: Owner, ask: Ask, prepared: Prepared) -> None:
        self.owner = owner
        self.ask = ask
        self.draft = prepared.draft
        self.movement = prepared.movement
        self.decision = prepared.decision
        self.state = prepared.state
        self.labels = prepared.labels
        self.alarms = prepared.alarms
        self.shift_ms = prepared.shift_ms

    def written(self, record: Record) -> None:
        """Pass on to the room."""
        self.owner.entry_written(self, record)

    def doubted(self) -> None:
        """Pass on to the room."""
        self.owner.entry_doubted(self)

    def lost(self) -> None:
        """Pass on to the room."""
        self.owner.entry_lost(self)
