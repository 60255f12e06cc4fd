"""`run.py pools`: who may open sources, and a feed of events from a file or standard input."""

from __future__ import annotations

import argparse
import codecs
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from plugins.pools.directory import OPENERS, SOURCES, declare
from plugins.pools.moments import MOMENT_MAX, millis
from vphost.plugin_api import (
    SYSTEM, CliCommand, Command, Desk, Duplicate, Json, NotJson, Rejected, parse_json,
)

DONE, REFUSED, USAGE = 0, 1, 2
LINE_MAX = 4_096
NAME_MAX = 64
TEXTS, HAPPENED = ("action_id", "target_id"), "happened_at"
TOO_LARGE = Rejected("too_large", {"reason": f"The line is longer than {LINE_MAX} bytes."})
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
    admin.add_argument("--source", help="an open source that they govern, too")
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
        return feed(sys.stdin.buffer, arguments.game, call)
    try:
        with open(arguments.file, "rb") as lines:
            return feed(lines, arguments.game, call)
    except OSError as error:
        print(f"run.py: {arguments.file}: {error.strerror}", file=sys.stderr)
        return USAGE


def feed(lines: BinaryIO, game: str, call: Call) -> int:
    """Register each line's event, one printed line each; goes on after a refused one.

    A line: `{"action_id", "target_id", "happened_at"?}`. Returns: REFUSED when any was refused.
    """
    status = DONE
    for number, line in _lines(lines):
        event = TOO_LARGE if line is None else _event(line)
        if isinstance(event, Rejected):
            answer: Mapping[str, Json] = {
                "ok": False, "code": event.code,
                "message": event.detail.get("reason", "The line is no event."),
                "detail": {"line": number, **event.detail},
            }
        else:
            answer = call("pools.event", {**event, "game_id": game})
        status = max(status, _print(answer))
    return status


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines that are not empty with their numbers; None for one that is too long."""
    number = 0
    while line := stream.readline(LINE_MAX + 1):
        number += 1
        is_whole = len(line) <= LINE_MAX or line.endswith(b"\n")
        rest = line
        while not is_whole and rest and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_MAX)
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            yield number, line if is_whole else None


def _event(line: bytes) -> dict[str, Json] | Rejected:
    """Return the event of a line, whatever bytes it has, or what is wrong with it."""
    try:
        event = parse_json(line)
    except NotJson as error:
        field = {"field": error.field} if error.field else {}
        return Rejected(error.code, {"reason": str(error), **field})
    if not isinstance(event, dict):
        return Rejected("bad_message", {"reason": "The line is no JSON object."})
    for name in [*event, *TEXTS]:
        is_text = name in TEXTS and isinstance(event.get(name), str)
        if not is_text and name != HAPPENED:
            return Rejected("bad_message", {"field": name[:NAME_MAX]})
    happened = moment(event.get(HAPPENED))
    return happened if isinstance(happened, Rejected) else {**event, HAPPENED: happened}


def moment(given: Json) -> int | None | Rejected:
    """Return a moment in epoch milliseconds; a number below 10^11 is seconds. None stays."""
    if given is None:
        return None
    is_number = isinstance(given, int | float | Decimal) and not isinstance(given, bool)
    if not is_number or not 1 <= given <= MOMENT_MAX:
        return Rejected("bad_message", {"field": HAPPENED, "unit": "epoch milliseconds or seconds"})
    return millis(given)


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
    """Let a user open sources; with `source` they govern that one as well."""
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
    known = {"game_id", *TEXTS, HAPPENED}
    if not all(isinstance(text, str) for text in texts) or not set(args) <= known:
        return Rejected("bad_message", {"field": "game_id, action_id, target_id"})
    happened = moment(args.get(HAPPENED))
    if isinstance(happened, Rejected):
        return happened
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
