"""A plugin with a hole: whoever knows a note's id reads it. For the test that finds the hole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vphost.plugin_api import Ask, Host, Refused, Reply, Resource, SchemaFolder, Verb, hookimpl

VPHOST_CONTRACT = 1
PATH = "/api/v1/x/leaky/notes/"
NOTE = "leaky/note.json"
notes: dict[str, Any] = {}


@hookimpl
def register_schemas() -> list[SchemaFolder]:
    """Add the note's schema."""
    return [SchemaFolder("leaky", Path(__file__).parent / "schemas")]


@hookimpl
def register_routes(host: Host) -> list[Resource]:
    """Make notes, and show anybody's."""
    return [
        Resource(PATH, {"POST": Verb(write, "Write a note.", {201: NOTE})}, {"POST": "user"}),
        Resource(
            f"{PATH}{{note_id}}/", {"GET": Verb(read, "Read a note.", {200: NOTE})},
            {"GET": "user: the writer, they say"},
            {"note_id": {"type": "string", "format": "uuid", "description": "A note's id."}},
        ),
    ]


async def write(ask: Ask[Any]) -> Reply:
    """Keep a note."""
    note = {"note_id": ask.action_id, "writer": ask.username}
    notes[ask.action_id] = note
    return Reply(note, 201, headers={"Location": f"{PATH}{ask.action_id}/"})


async def read(ask: Ask[Any]) -> Reply:
    """Show a note without asking whose it is."""
    note = notes.get(ask.path["note_id"])
    if note is None:
        raise Refused("not_found")
    return Reply(note)
