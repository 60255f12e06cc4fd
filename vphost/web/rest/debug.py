"""REST for programmers of websocket clients: does a message fit its schema?

The verdict is that of the validators which check real messages. Messages are sent as texts, so that
a number or a repeated field is checked as it was written, not as a browser would rewrite it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.mode import Json
from vphost.services.throttle import Rate
from vphost.web.rest.permissions import resource
from vphost.web.rest.plugin import plain
from vphost.wire.faults import WHOLE, Check, Faults
from vphost.wire.rest import Ask, Refused, Reply, Verb
from vphost.wire.strict_json import NotJson, parse

CHARACTERS_MAX = 262_144
"""Of all messages of a call together; after each of them the event loop gets a turn."""
CALL_BYTES = 1 << 20
"""Longest body of a call: a character may take four bytes, or more as an escape."""


@dataclass(frozen=True, slots=True)
class DebugSite:
    """What this area works with. faults: what is wrong with a message, by a schema's place.

    here: it is there for this machine. for_operators: and for operators. rate: of calls, by user.
    """

    faults: Check
    here: bool
    for_operators: bool
    rate: Rate


def admit(site: DebugSite, is_local: bool, is_operator: bool) -> None:
    """Check that the configuration lets a caller use this. Raises: Refused."""
    if site.here and is_local or site.for_operators and is_operator:
        return
    raise Refused("forbidden" if site.for_operators else "not_found")


async def check(ask: Ask[DebugSite]) -> Reply:
    """Return for each message what is wrong with it."""
    site = ask.host
    admit(site, ask.is_local, ask.is_operator)
    if (wait_s := site.rate.take(ask.user)) > 0:
        raise Refused("too_many_messages", retry_after_s=wait_s)
    messages = ask.body["messages"]
    if sum(len(one["text"]) for one in messages) > CHARACTERS_MAX:
        raise Refused("too_large")
    verdicts = []
    for one in messages:
        verdicts.append(_verdict(_faults(site, one["schema"], one["text"])))
        await asyncio.sleep(0)
    return Reply({"verdicts": verdicts})


def _faults(site: DebugSite, place: str, text: str) -> Faults:
    try:
        return site.faults(place, plain(parse(text)))
    except NotJson as error:
        return {error.field or WHOLE: [str(error)]}
    except KeyError:
        return {WHOLE: ["There is no such schema."]}


def _verdict(faults: Faults) -> Mapping[str, Json]:
    return {"valid": not faults, "faults": dict(faults)}


routes = (
    resource("debug/check/", {"POST": Verb(
        check, "Check messages of the websockets against their schemas.",
        {200: "rest/debug/verdicts.json"}, body="rest/debug/check.json", body_bytes=CALL_BYTES,
        refusals={404: "This host has no debugging, or only for callers on its own machine."},
    )}, area="debug"),
)
