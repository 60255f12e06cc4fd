"""docs/journey.md is true: one action over real sockets passes its stops in their order."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from tests.journeys.living_table import Guest, living_table
from tests.web.web_edge import Raw

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| `([^`]+)` \| `([^`]+)` \|", re.MULTILINE)
PEOPLE = ("host", "ann", "bob", "eve", "dan", "fay")
Stop = tuple[str, str]


def documented() -> list[Stop]:
    """Return the stops as the document has them: (file, qualified name)."""
    rows = ROW.findall((ROOT / "docs" / "journey.md").read_text())
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    return [(file, name) for _, file, name in rows]


@contextmanager
def profiled(calls: list[Stop]) -> Iterator[None]:
    """Note every call of the host's own functions, in all threads."""
    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT / "vphost")):
            file = Path(frame.f_code.co_filename).relative_to(ROOT)
            calls.append((str(file), frame.f_code.co_qualname))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def test_one_action_passes_the_documented_stops(tmp_path: Path) -> None:
    stops, calls = documented(), list[Stop]()
    async with living_table(tmp_path) as table, AsyncExitStack() as stack:
        guests: list[Guest] = []
        for name in PEOPLE:
            raw = await stack.enter_async_context(Raw.connected(table.app.address[1]))
            guests.append(await table.enter(raw, name))
        await table.start(guests)
        actor = guests[table.whose_turn()]
        amount = (await turn_of(actor))["call_amount"]
        heard = [len(guest.seen) for guest in guests]
        with profiled(calls):
            await actor.say("action_call", amount=amount)
            for guest in guests:
                await guest.until("turn")
    assert all(len(guest.seen) > before for guest, before in zip(guests, heard))
    assert [stop for stop in stops if stop not in calls] == []
    place = -1
    for stop in stops:
        later = [at for at, call in enumerate(calls) if call == stop and at > place]
        assert later, f"{stop} comes before {stops[stops.index(stop) - 1]}"
        place = later[0]
    machine = [call for call in calls if call == ("vphost/rules/poker/machine.py", "act")]
    assert len(machine) == 1, "the poker machine runs once per action"


async def turn_of(guest: Guest) -> dict[str, Any]:
    """Return the newest turn that somebody has heard of."""
    return next(
        frame["payload"] for frame in reversed(guest.seen) if frame["event"] == "turn"
    )
