"""`run.py pools`: who may open sources, and a feed of events from a file or standard input."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from plugins.pools.directory import OPENERS, SOURCES, declare
from vphost.plugin_api import (
    CliCommand, Command, Desk, Duplicate, Json, Rejected, SYSTEM,
)

DONE, REFUSED, USAGE = 0, 1, 2
LINE_MAX = 4_096
NAME_MAX = 64
Call = Callable[[str, Mapping[str, Json]], Mapping[str, Json]]


def command() -> CliCommand:
    """Return the subcommand `pools`."""
    return CliCommand(
        "pools", "betting pools: who may open sources, a feed of events", add_arguments, run,
        {"pools.source_admin": source_admin, "pools.event": register_event},
    )


def add_arguments(parser: Any) -> None:
    """Describe `source-admin NAME [--source ID]` and `feed FILE --game ID`."""
    actions = parser.add_subparsers(dest="pools_action", required=True, metavar="ACTION")
    admin = actions.add_parser("source-admin", help="let a user open sources, or govern one")
    admin.add_argument("name", help="the user's name")
    admin.add_argument("--source", help="an open source that he governs, too")
    feed = actions.add_parser("feed", help="register events from JSON lines")
    feed.add_argument("file", help="a file of JSON lines, - for standard input")
    feed.add_argument("--game", required=True, help="the game's id")


def run(arguments: argparse.Namespace, call: Call) -> int:
    """Run the subcommand and return its exit status."""
    if arguments.pools_action == "source-admin":
        args = {"name": arguments.name}
        if arguments.source is not None:
            args["source"] = arguments.source
        return _print(call("pools.source_admin", args))
    if arguments.file == "-":
        return feed(sys.stdin, arguments.game, call)
    try:
        with open(arguments.file, encoding="utf-8") as lines:
            return feed(lines, arguments.game, call)
    except OSError as error:
        print(f"run.py: {arguments.file}: {error.strerror}", file=sys.stderr)
        return USAGE


def feed(lines: TextIO, game: str, call: Call) -> int:
    """Register each line's event, one printed line each; goes on after a refused one.

    A line: `{"action_id", "target_id", "happened_at"?}`. Returns: REFUSED when any was refused.
    """
    status = DONE
    for number, event in _events(lines):
        if event is None:
            answer: Mapping[str, Json] = {
                "ok": False, "code": "bad_message", "message": "The line is no JSON object.",
                "detail": {"line": number},
            }
        else:
            answer = call("pools.event", {**event, "game_id": game})
        status = max(status, _print(answer))
    return status


def _events(lines: TextIO) -> Iterator[tuple[int, dict[str, Json] | None]]:
    number = 0
    while line := lines.readline(LINE_MAX):
        number += 1
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        yield number, event if isinstance(event, dict) else None


def _print(answer: Mapping[str, Json]) -> int:
    if answer["ok"]:
        shown, status = answer["answer"], DONE
    else:
        shown = {name: answer[name] for name in ("code", "message", "detail")}
        status = REFUSED
    sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return status


# -- the operations --------------------------------------------------------------------------


async def source_admin(
    desk: Desk, args: Mapping[str, Json]
) -> Mapping[str, Json] | Rejected:
    """Let a user open sources; with `source` he governs that one as well."""
    name, source = args.get("name"), args.get("source")
    if not isinstance(name, str) or len(name) > NAME_MAX or not set(args) <= {"name", "source"}:
        return Rejected("bad_message", {"field": "name"})
    user = await desk.user_named(name)
    if user is None:
        return Rejected("not_found", {"name": name})
    documents = desk.documents("pools")
    await declare(documents)
    if source is not None:
        found = await documents.get(SOURCES, str(source)[:NAME_MAX])
        if found is None:
            return Rejected("not_found", {"source": str(source)[:NAME_MAX]})
        admins = list(dict.fromkeys([*found.body["admins"], user]))
        await documents.replace(
            SOURCES, found.id, found.version, {**found.body, "admins": admins}
        )
    try:
        await documents.insert(OPENERS, user, {})
    except Duplicate:
        pass
    return {"name": name, "id": user, "source": source}


async def register_event(
    desk: Desk, args: Mapping[str, Json]
) -> Mapping[str, Json] | Rejected:
    """Register an event in a game of the living host, in the operator's name."""
    if desk.host is None:
        return Rejected("draining", {"detail": "There is no host running on this store."})
    texts = [args.get(name) for name in ("game_id", "action_id", "target_id")]
    happened = args.get("happened_at")
    known = {"game_id", "action_id", "target_id", "happened_at"}
    is_moment = happened is None or (
        isinstance(happened, int) and not isinstance(happened, bool)
        and 10**11 <= happened <= 10**14
    )
    if not all(isinstance(text, str) for text in texts) or not set(args) <= known:
        return Rejected("bad_message", {"field": "game_id, action_id, target_id"})
    if not is_moment:
        return Rejected("bad_message", {"field": "happened_at", "unit": "epoch milliseconds"})
    game, action, target = (str(text) for text in texts)
    by = {"number": 0, "name": "operator", "is_host": True}
    event_args = {"action_id": action, "target_id": target, "happened_at": happened, "_by": by}
    outcome = await desk.host.send(
        game, Command(f"feed:{_key(action, target, happened)}", SYSTEM, "pools.event", event_args)
    )
    if isinstance(outcome, Rejected):
        return outcome
    if outcome.commit is None:
        return {"game_id": game, "repeated": True}
    return {**(outcome.commit.answer or {}), "repeated": outcome.repeated}


def _key(action: str, target: str, happened: Json) -> str:
    """Return a new id, the same for the same event when its moment was given."""
    if happened is None:
        return uuid.uuid4().hex
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{action}\n{target}\n{happened}").hex
