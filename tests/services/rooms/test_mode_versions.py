"""What a mode folds live and after a restart, across versions of it, and from its dumps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryJournal
from tests.services.process import Boot, done, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules.mode import NO_LABELS, Decision, Event
from vphost.services.rooms.room_context import RoomLimits

# -- live and after a restart ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    room: str
    kinds: tuple[str, ...] = ()


class Word(str, Enum):
    HI = "hi"


class Noting(ToyMode):
    """Its state is what the parts of its events look like."""

    name = "wrong"

    def create(self, room_id: str, config: Any, now_ms: int) -> Any:
        return Kept(room_id, (repr(config),))

    def decide(self, state: Any, command: Any, now_ms: int) -> Any:
        if command.op != "note":
            return Decision(())
        return Decision((Event(
            "noted", {"z": (1, 2), "a": Word.HI, "n": {"b": 1, "a": [(3,)]}},
            secret={1: {"cards": ("AS", "KD")}}, hidden={"deck": (1, 2)},
        ),), state=Kept("forged"))

    def evolve(self, state: Any, event: Event) -> Any:
        parts = (event.data, event.secret, event.hidden, type(event.data.get("a")))
        return replace(state, kinds=(*state.kinds, *map(repr, parts)))

    def view(self, state: Any, player: int | None) -> Any:
        return {}

    def labels(self, state: Any) -> Any:
        return NO_LABELS

    def wake_at(self, state: Any) -> None:
        return None

    def dump(self, state: Any) -> None:
        return None


async def test_what_is_folded_live_is_what_was_stored(boot: Boot) -> None:
    process = await boot(modes={"wrong": Noting()})
    room = await process.rooms.create("r1", "wrong", {"list": (1, 2)})
    await done(room, "n", "note")
    live = room.state
    assert "(1, 2)" not in repr(live) and live.room == "r1"
    await process.kill()
    again = await boot(modes={"wrong": Noting()})
    assert again.get("r1").state == live


# -- versions and dumps ----------------------------------------------------------------------

SMALL = RoomLimits(snapshot_every=5)


class Second(ToyMode):
    """Version 2 counts ten times as much."""

    version = 2

    def evolve(self, state: Toy, event: Event) -> Toy:
        if event.name == "added":
            return replace(state, total=state.total + 10 * event.data["amount"])
        return super().evolve(state, event)


class Upcasting(Second):
    """Version 2 that knows what version 1 meant."""

    def upcast(self, event: Event, version: int) -> Event:
        if event.name == "added" and version == 1:
            return replace(event, name="added_once")
        return event

    def evolve(self, state: Toy, event: Event) -> Toy:
        if event.name == "added_once":
            return replace(state, total=state.total + event.data["amount"])
        return super().evolve(state, event)


class Loading(Upcasting):
    """Version 2 that loads snapshots of version 1, too."""

    loads_versions = frozenset({1})


@pytest.mark.parametrize(("mode", "total"), [
    (ToyMode, 18), (Second, 180), (Upcasting, 18), (Loading, 18),
])
@pytest.mark.parametrize("book_snapshot_every", [4, 10_000])
async def test_a_raised_version_makes_no_mixture(
    boot: Boot, mode: type[ToyMode], total: int, book_snapshot_every: int
) -> None:
    process = await boot(limits=SMALL, book_snapshot_every=book_snapshot_every)
    room = await process.room()
    for n in range(18):
        await done(room, f"c{n}")
    await until(lambda: ("room", "r1") in process.journal.snapshots)
    await process.kill()
    again = await boot(modes={"toy": mode()}, limits=SMALL)
    assert again.get("r1").state.total == total


async def test_a_commit_of_a_newer_version_stops_the_room(
    boot: Boot, expect_log: ExpectLog
) -> None:
    process = await boot(modes={"toy": Second()})
    await done(await process.room(), "a")
    await process.kill()
    said = expect_log("room quarantined")
    await boot()
    assert "written by version 2 of the mode, this is version 1" in said[0]


class Forgetful(ToyMode):
    """Its dump lacks a field that `load` asks for."""

    def dump(self, state: Toy) -> Any:
        dumped = super().dump(state)
        assert dumped is not None
        return {key: value for key, value in dumped.items() if key != "got"}


class Vague(ToyMode):
    """Its dump lacks a field, and `load` takes another value for it."""

    def load(self, room_id: str, dumped: Any) -> Toy:
        return replace(super().load(room_id, dumped), total=0)


@pytest.mark.parametrize(("mode", "says"), [
    (Forgetful, "cannot be loaded: load raised KeyError"), (Vague, "lacks something: total"),
])
async def test_a_dump_that_lacks_a_field_makes_no_snapshot(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog, mode: type[ToyMode], says: str
) -> None:
    said = expect_log("a mode is wrong")
    process = await boot(modes={"toy": mode()}, limits=SMALL)
    room = await process.room()
    for n in range(8):
        await done(room, f"c{n}")
    await until(lambda: said)
    assert says in said[0] and ("room", "r1") not in journal.snapshots and not room.quarantined
    await process.kill()
    again = await boot(modes={"toy": mode()}, limits=SMALL)
    assert again.get("r1").state.total == 8


class Grown(ToyMode):
    """Its `load` asks for a field that dumps of before lack; its version was not raised."""

    def load(self, room_id: str, dumped: Any) -> Toy:
        return super().load(room_id, {**dumped, "total": dumped["total"] + dumped["bonus"]})


@pytest.mark.parametrize("book_snapshot_every", [4, 10_000])
async def test_a_snapshot_that_does_not_load_is_folded_anew(
    boot: Boot, expect_log: ExpectLog, book_snapshot_every: int
) -> None:
    process = await boot(limits=SMALL, book_snapshot_every=book_snapshot_every)
    room = await process.room()
    for n in range(12):
        await done(room, f"c{n}")
    await done(room, "t", "timer", in_ms=60_000)
    await until(lambda: ("room", "r1") in process.journal.snapshots)
    await process.kill()
    expect_log("a snapshot cannot be loaded")
    again = await boot(modes={"toy": Grown()}, last_alive_ms=process.clock.now)
    revived = await again.rooms.find("r1")
    assert revived is not None and revived.state.total == 12 and not revived.quarantined
    await done(revived, "on")
