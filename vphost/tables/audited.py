"""Which events of tables are recorded in the operators' audit log."""

from __future__ import annotations

from vphost.services.journal.commits import Commit
from vphost.services.operators.audit import Audit

KICK = "kick_player_after_game"
KICKED = ("player_kicked", "player_leaving")
"""The events that follow upon it: now, or when the hand is over."""


def note_kick(audit: Audit, commit: Commit) -> None:
    """Record that somebody sends a player away, over a socket or REST."""
    if commit.op != KICK:
        return
    for event in commit.events:
        if event.name in KICKED and "player" in event.data:
            audit.note(
                f"user:{commit.user}", "player.kick", f"table:{commit.room}",
                {"player": event.data["player"], "commit": commit.id},
            )
