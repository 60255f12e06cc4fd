"""What is written of tables in the operators' audit log."""

from __future__ import annotations

from vphost.services.journal.commits import Commit
from vphost.services.operators.audit import Audit

KICK = "kick_player_after_game"
KICKED = ("player_kicked", "player_leaving")
"""What a table answers that with: now, or when the hand is over."""


def note_kick(audit: Audit, commit: Commit) -> None:
    """Note when somebody sends a player away, over a socket or REST."""
    if commit.op != KICK:
        return
    for event in commit.events:
        if event.name in KICKED and "player" in event.data:
            audit.note(
                f"user:{commit.user}", "player.kick", f"table:{commit.room}",
                {"player": event.data["player"], "commit": commit.id},
            )
