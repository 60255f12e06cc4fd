"""Commands of a connection that are not answered yet, and small readers of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected
from vphost.services.journal.commits import Accepted, Commit, Outcome
from vphost.services.rooms.handle import RoomHandle
from vphost.wire.codec import BadMessage, Request


@dataclass(slots=True)
class Asked:
    """A command that was given to a room and has not been answered yet."""

    request: Request
    room: RoomHandle
    outcome: asyncio.Future[Outcome]


def commit_of(outcome: asyncio.Future[Outcome]) -> Commit | None:
    """Return the commit of a new, accepted command; None for any other outcome."""
    if outcome.cancelled() or outcome.exception() is not None:
        return None
    result = outcome.result()
    return result.commit if isinstance(result, Accepted) and not result.repeated else None


def refusal_of(bad: BadMessage) -> Rejected:
    """Return the refusal of an invalid message; its detail names the wrong field, if any."""
    where = {"field": bad.field} if bad.field else {}
    return Rejected(bad.code, {"detail": bad.detail, **where})


def text_of(code: str, logon: Request | BadMessage | None) -> str:
    """Return a code's text for people; for an invalid first message, what is wrong with it."""
    if isinstance(logon, BadMessage) and code == "bad_message":
        return logon.detail
    return CODES[code].text if code in CODES else code


def since_of(args: Mapping[str, Json]) -> int | None:
    """Return the number of the last event that a client has seen, None when it gives none."""
    since = args.get("since")
    return since if isinstance(since, int) and not isinstance(since, bool) and since >= 0 else None


def line_of(args: Mapping[str, Json]) -> str | None:
    """Return the line of history that a client's number belongs to, None when it gives none."""
    line = args.get("line")
    return line if isinstance(line, str) else None


def size_of(frame: str | bytes) -> int:
    """Return how many bytes a message had when it was received."""
    return len(frame) if isinstance(frame, bytes) or frame.isascii() else len(frame.encode())
