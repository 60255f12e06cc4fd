"""A command between its question and its answer, and the commit that answers it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from vphost.services.journal.commits import Accepted, Commit, Outcome
from vphost.services.rooms.room import Room
from vphost.wire.codec import Request


@dataclass(slots=True)
class Asked:
    """A command that was given to a room and is not answered yet."""

    request: Request
    room: Room
    outcome: asyncio.Future[Outcome]


def commit_of(outcome: asyncio.Future[Outcome]) -> Commit | None:
    """Return the commit of an outcome that has just been made, None for any other."""
    if outcome.cancelled() or outcome.exception() is not None:
        return None
    result = outcome.result()
    return result.commit if isinstance(result, Accepted) and not result.repeated else None
