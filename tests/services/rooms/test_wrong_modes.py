"""Modes that are wrong on purpose: each stops its own room, by name, and nothing else.

Two rooms live in one process: one of the wrong mode, one of a right one. Nothing that is wrong may
be committed, and the log has to say whose fault it was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Any, TypeAlias

import pytest

from tests.conftest import ExpectLog
from tests.services.process import Boot, accepted, ask, code, done, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules import books
from vphost.rules.mode import Command, Decision, Event, Labels, Posting, Rejected, Send
from vphost.services.journal.commits import Accepted
from vphost.services.ledger.verify import verify
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.rooms import BadRoom

PLUGINS = {"wrong": "culprit"}


Decides: TypeAlias = Callable[[Toy, Command], Any]
"""What a test lets a mode decide; Any, because most of it is of a wrong type."""


class Wrong(ToyMode):
    """A toy whose operation `wrong` decides what a test says."""

    name = "wrong"
    decides: Any = None

    def decide(self, state: Toy, command: Any, now_ms: int) -> Any:
        if command.op == "wrong":
            return self.decides(state, command)
        return super().decide(state, command, now_ms)


def one(event: Any, **more: Any) -> Any:
    """Return what decides on one event."""
    return lambda state, command: Decision((event,), **more)


def added(**more: Any) -> Event:
    """Return an event that the toy folds."""
    return Event("added", {"amount": 1, "user": "x"}, **more)


def moving(*postings: Any) -> Any:
    """Return what decides on a movement of money."""
    return one(added(postings=postings))


def raising(error: BaseException) -> Any:
    """Return what raises."""
    def decide(state: Toy, command: Any) -> Any:
        raise error
    return decide


async def waits(state: Toy, command: Any) -> Any:
    return Decision(())


def yields(state: Toy, command: Any) -> Any:
    yield added()


WORLD_TO_USER = books.move(books.WORLD, books.user("ann"), "PLAY", 100_000)
EMPTY: dict[str, str] = {}
WORLD_TO_POT = books.move(books.WORLD, books.pot("bad"), "PLAY", 100_000)


class Colour(Enum):
    RED = object()


DECISIONS: dict[str, tuple[Any, str]] = {
    "none": (lambda state, command: None, "decide returned None"),
    "text": (lambda state, command: "ok", "a str"),
    "true": (lambda state, command: True, "a bool"),
    "events alone": (lambda state, command: (added(),), "a tuple"),
    "a coroutine": (waits, "a coroutine"),
    "a generator": (yields, "a generator"),
    "the class": (lambda state, command: Decision, "not a Decision"),
    "no events": (lambda state, command: Decision(None), "as tuples"),  # type: ignore[arg-type]
    "an event alone": (lambda state, command: Decision(added()), "as tuples"),  # type: ignore
    "a name for an event": (one("added"), "where an Event belongs"),
    "a mapping for an event": (one({"name": "added"}), "where an Event belongs"),
    "no sends": (one(added(), sends=None), "as tuples"),
    "a text for a send": (one(added(), sends=("room:r1",)), "where a Send belongs"),
    "an answer that is a text": (one(added(), answer="yes"), "answers with a str"),
    "an answer with a set": (one(added(), answer={"a": {1}}), "JSON cannot hold"),
    "a number for a name": (one(Event(7, {})), "named an event"),  # type: ignore[arg-type]
    "an empty name": (one(Event("", {})), "named an event"),
    "a name with a point": (one(Event("a.b", {})), "named an event"),
    "a name with a path": (one(Event("../added", {})), "named an event"),
    "the host's event": (one(Event("_created", {"mode": "toy"})), "_created"),
    "the ledger's event": (one(Event("_transferred", {})), "_transferred"),
    "no data": (one(Event("added", None)), "no mapping"),  # type: ignore[arg-type]
    "a list for data": (one(Event("added", [1])), "no mapping"),  # type: ignore[arg-type]
    "a set in data": (one(Event("added", {"amount": 1, "user": {1}})), "JSON cannot hold"),
    "bytes in data": (one(Event("added", {"amount": 1, "user": b"x"})), "JSON cannot hold"),
    "an object in data": (one(Event("added", {"amount": 1, "u": object()})), "JSON cannot hold"),
    "a numbered field": (
        one(Event("added", {"amount": 1, 2: 3})), "JSON cannot hold",  # type: ignore
    ),
    "not a number": (one(Event("added", {"amount": 1, "x": float("nan")})), "NaN"),
    "infinity": (one(Event("added", {"amount": 1, "x": [float("inf")]})), "NaN"),
    "a huge number": (one(Event("added", {"amount": 1, "x": 2**70})), "JSON cannot hold"),
    "half a character": (one(Event("added", {"amount": 1, "x": "\ud800"})), "JSON cannot hold"),
    "an enum of objects": (one(Event("added", {"amount": 1, "x": Colour.RED})), "JSON cannot hold"),
    "a secret under a text": (one(added(secret={"1": {"a": 1}})), "player number -> fields"),
    "a secret under true": (one(added(secret={True: {"a": 1}})), "player number -> fields"),
    "a secret without fields": (one(added(secret={1: "AS"})), "player number -> fields"),
    "a list of secrets": (one(added(secret=[1])), "player number -> fields"),
    "no secret": (one(added(secret=None)), "secret"),
    "a hidden text": (one(added(hidden="x")), "no mapping"),
    "a hidden set": (one(added(hidden={"x": {1}})), "JSON cannot hold"),
    "no postings": (one(added(postings=None)), "postings"),
    "a tuple for a posting": (moving(("user:ann", "PLAY", 1)), "as a posting"),
    "half an amount": (moving(Posting("user:ann", "PLAY", 0.5)), "minor units"),  # type: ignore
    "an amount in words": (moving(Posting("user:ann", "PLAY", "1")), "minor units"),  # type: ignore
    "a true amount": (moving(Posting("user:ann", "PLAY", True)), "minor units"),
    "an endless amount": (moving(*books.move("world", "user:ann", "PLAY", 2**64)), "minor units"),
    "one side only": (moving(Posting("user:ann", "PLAY", 5)), "leave"),
    "two currencies": (moving(Posting("user:ann", "PLAY", 5), Posting("room:bad:pot", "EUR", -5)),
                       "leave"),
    "no currency": (moving(*books.move("user:ann", "room:bad:pot", "", 5)), "currency"),
    "an odd currency": (moving(*books.move("user:ann", "room:bad:pot", "play", 5)), "currency"),
    "money from the world": (moving(*WORLD_TO_USER), "issues none"),
    "chips from the world": (moving(*WORLD_TO_POT), "issues none"),
    "a typo": (moving(*books.move("user:ann", "users:typo", "PLAY", 5)), "users:typo"),
    "an unknown user": (moving(*books.move("user:ann", "user:typo", "PLAY", 5)), "user:typo"),
    "another room": (moving(*books.move("user:ann", "room:good:pot", "PLAY", 5)), "room:good:pot"),
    "a room that begins alike": (
        moving(*books.move("user:ann", "room:bad2:pot", "PLAY", 5)), "room:bad2:pot"),
    "a house that is not declared": (
        moving(*books.move("user:ann", "house:mine", "PLAY", 5)), "house:mine"),
    "an account without a name": (moving(*books.move("user:ann", "", "PLAY", 5)), "no name"),
    "a user without a name": (moving(*books.move("user:ann", "user:", "PLAY", 5)), "'user:'"),
    "a send without an id": (one(added(), sends=(Send("", "room:good", "get", {}),)), "id"),
    "a numbered send": (
        one(added(), sends=(Send(1, "room:good", "get", {}),)), "id"),  # type: ignore[arg-type]
    "an endless id": (one(added(), sends=(Send("x" * 999, "room:good", "get", {}),)), "too long"),
    "a send to nowhere": (one(added(), sends=(Send("s", "good", "get", {}),)), "target"),
    "a send without an op": (
        one(added(), sends=(Send("s", "room:good", None, {}),)), "operation"),  # type: ignore
    "a send of the host's": (
        one(added(), sends=(Send("s", "room:good", "resume", {"paused_ms": 9}),)), "only the host"),
    "a send of a text": (
        one(added(), sends=(Send("s", "room:good", "get", "x"),)), "arguments"),  # type: ignore
    "a send of a set": (one(added(), sends=(Send("s", "room:good", "get", {"a": {1}}),)), "JSON"),
    "a numbered code": (lambda state, command: Rejected(404), "code"),  # type: ignore[arg-type]
    "a code in words": (lambda state, command: Rejected("You may not!"), "code"),
    "no detail": (lambda state, command: Rejected("forbidden", None), "detail"),  # type: ignore
    "a set as detail": (lambda state, command: Rejected("forbidden", {"a": {1}}), "detail"),
    "an event that cannot be folded": (one(Event("poison", {})), "evolve raised RuntimeError"),
    "an event without its field": (one(Event("added", {})), "evolve raised KeyError"),
}


async def two_rooms(boot: Any, mode: Any, **settings: Any) -> tuple[Any, Any, Any]:
    """Return a process with a room of a wrong mode and one of a right one."""
    process = await boot(modes={"toy": ToyMode(), "wrong": mode}, plugins=PLUGINS, **settings)
    bad = await process.rooms.create("bad", "wrong", {})
    return process, bad, await process.room("good")


async def nothing_else_happened(process: Any, length: int) -> None:
    """Assert that the host lives, the other room goes on, and nothing was committed."""
    assert len(process.journal.records) == length
    assert process.fenced == 0 and not process.writer.refusing
    await done(process.get("good"), "after")
    assert (await verify(process.journal, "main")).ok


def names_the_culprit(lines: list[str], op: str, says: str) -> None:
    """Assert that the log names plugin, mode, room, operation, place and what was wrong."""
    [line] = lines
    for word in ("plugin='culprit'", "mode='wrong'", "room='bad'", f"op='{op}'", says):
        assert word in line, word
    assert "test_wrong_modes.py:" in line or "toy_mode.py:" in line


@pytest.mark.parametrize(("decides", "says"), DECISIONS.values(), ids=DECISIONS.keys())
async def test_a_wrong_decision_stops_its_room_alone(
    boot: Boot, expect_log: ExpectLog, decides: Decides, says: str
) -> None:
    said = expect_log("room quarantined")
    mode = Wrong()
    mode.decides = decides
    process, bad, good = await two_rooms(boot, mode)
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 1_000), {})
    await done(bad, "before")
    length = len(process.journal.records)
    assert code(await ask(bad, "w", "wrong")) == "room_quarantined"
    assert code(await ask(bad, "late")) == "room_quarantined"
    assert bad.state.total == 1
    names_the_culprit(said, "wrong", says)
    await nothing_else_happened(process, length)


ERRORS = [
    RuntimeError("a bug"), KeyError("x"), StopIteration(), AssertionError(), RecursionError(),
    SystemExit(3), asyncio.CancelledError(), GeneratorExit(), MemoryError(),
]


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_decide_that_raises_refuses_its_command(
    boot: Boot, expect_log: ExpectLog, error: BaseException, heavy: bool
) -> None:
    said = expect_log("a command failed in its mode")
    mode = Wrong()
    mode.decides = raising(error)
    mode.heavy = frozenset({"wrong"}) if heavy else frozenset()
    process, bad, good = await two_rooms(boot, mode)
    length = len(process.journal.records)
    assert code(await ask(bad, "w", "wrong")) == "internal_error"
    names_the_culprit(said, "wrong", f"decide raised {type(error).__name__}")
    await nothing_else_happened(process, length)
    await done(bad, "goes on")


def once_added(value: Any, right: Any = None) -> Any:
    """Return a method that gives a wrong value once something was added."""
    def method(self: Any, state: Toy, *more: Any) -> Any:
        return (value() if callable(value) else value) if state.total else right
    return method


LABELS = Labels(2, "PLAY")


def changed(**fields: Any) -> Labels:
    """Return labels with other fields."""
    return replace(LABELS, **fields)


METHODS: dict[str, tuple[str, Any, str]] = {
    "wake_at is a text": ("wake_at", once_added("soon"), "wake_at returned a str"),
    "wake_at is a float": ("wake_at", once_added(1.5), "wake_at returned a float"),
    "wake_at is true": ("wake_at", once_added(True), "wake_at returned a bool"),
    "wake_at is negative": ("wake_at", once_added(-5), "wake_at returned a int"),
    "wake_at is endless": ("wake_at", once_added(10**30), "wake_at returned a int"),
    "wake_at raises": ("wake_at", once_added(lambda: 1 // 0), "wake_at raised ZeroDivisionError"),
    "wake_at leaves": ("wake_at", once_added(sys.exit), "wake_at raised SystemExit"),
    "labels are none": ("labels", once_added(None, LABELS), "labels returned None"),
    "labels are a list": ("labels", once_added([1], LABELS), "labels returned a list"),
    "labels are a mapping": (
        "labels", once_added({"decimals": 2}, LABELS), "labels returned a dict"),
    "labels forget their decimals": (
        "labels", once_added(lambda: Labels(currency="PLAY"), LABELS),  # type: ignore[call-arg]
        "labels raised TypeError"),
    "labels hold a set": ("labels", once_added(changed(more={"a": {1}}), LABELS), "is not JSON"),
    "labels hold more of a list": ("labels", once_added(changed(more=[1]), LABELS), "a list as"),
    "decimals are a text": ("labels", once_added(changed(decimals="2"), LABELS), "decimals"),
    "decimals are none": ("labels", once_added(changed(decimals=None), LABELS), "decimals"),
    "decimals are negative": ("labels", once_added(changed(decimals=-1), LABELS), "decimals"),
    "is_over is a text": ("labels", once_added(changed(is_over="no"), LABELS), "is_over"),
    "a currency is a number": ("labels", once_added(changed(currency=5), LABELS), "currency"),
    "a game mode is a number": ("labels", once_added(changed(game_mode=5), LABELS), "game mode"),
    "labels raise": ("labels", once_added(lambda: EMPTY["x"], LABELS), "labels raised KeyError"),
    "evolve forgets to return": (
        "evolve", lambda self, state, event: None, "evolve returned None"),
}


@pytest.mark.parametrize(("method", "wrong", "says"), METHODS.values(), ids=METHODS.keys())
async def test_a_wrong_value_after_a_command_commits_nothing(
    boot: Boot, expect_log: ExpectLog, method: str, wrong: object, says: str
) -> None:
    said = expect_log("room quarantined")
    mode = type("Wrong", (Wrong,), {method: wrong})()
    process, bad, good = await two_rooms(boot, mode)
    length = len(process.journal.records)
    assert code(await ask(bad, "a")) == "room_quarantined"
    assert bad.state.total == 0
    names_the_culprit(said, "add", says)
    await nothing_else_happened(process, length)


VIEWS: dict[str, tuple[str, Any, str]] = {
    "a view is a list": ("view", once_added([], {}), "view returned a list"),
    "a view is none": ("view", once_added(None, {}), "view returned None"),
    "a view has numbers": ("view", once_added({1: {}}, {}), "names of events to payloads"),
    "a view has no payload": ("view", once_added({"state": 1}, {}), "names of events to payloads"),
    "a view holds a set": ("view", once_added({"state": {"a": {1}}}, {}), "view is not JSON"),
    "a view raises": ("view", once_added(lambda: 1 // 0, {}), "view raised ZeroDivisionError"),
    "a player is a text": ("player_of", once_added("1"), "player_of returned a str"),
    "a player is true": ("player_of", once_added(True), "player_of returned a bool"),
}


@pytest.mark.parametrize(("method", "wrong", "says"), VIEWS.values(), ids=VIEWS.keys())
async def test_what_cannot_be_shown_stops_the_room(
    boot: Boot, expect_log: ExpectLog, method: str, wrong: object, says: str
) -> None:
    said = expect_log("room quarantined")
    mode = type("Wrong", (Wrong,), {method: wrong})()
    process, bad, good = await two_rooms(boot, mode)
    await done(bad, "a")
    length = len(process.journal.records)
    for _ in range(2):
        with pytest.raises(ModeFault):
            bad.view(1) if method == "view" else bad.player_of("ann")
    assert code(await ask(bad, "b")) == "room_quarantined"
    names_the_culprit(said, method, says)
    await nothing_else_happened(process, length)


@pytest.mark.parametrize(("method", "value"), [
    ("create", None), ("wake_at", "soon"), ("labels", None), ("view", []), ("player_of", "1"),
    ("create", "raises"),
])
async def test_a_room_that_begins_wrong_is_not_made(boot: Boot, method: str, value: object) -> None:
    def wrong(*args: Any) -> Any:
        return 1 // 0 if value == "raises" else value

    process = await boot(modes={"toy": ToyMode(), "wrong": type("W", (Wrong,), {method: wrong})()})
    with pytest.raises(ModeFault):
        await process.rooms.create("bad", "wrong", {})
    assert process.journal.records == [] and process.rooms.get("bad") is None
    await done(await process.room("good"), "a")


@pytest.mark.parametrize("id", ["", "../etc", "a:b", "a b", "-a", "a" * 65, "a/b", "ä", "a\n"])
async def test_an_id_that_is_none_makes_no_room(boot: Boot, id: str) -> None:
    process = await boot()
    with pytest.raises(BadRoom):
        await process.rooms.create(id, "toy", {})
    assert process.journal.records == []


async def test_a_room_of_another_mode_is_no_success(boot: Boot) -> None:
    process = await boot(modes={"toy": ToyMode(), "wrong": Wrong()})
    await process.room("r1")
    with pytest.raises(BadRoom, match="of mode toy, not of wrong"):
        await process.rooms.create("r1", "wrong", {})


async def test_a_tick_that_fails_is_not_asked_again_and_again(
    boot: Boot, expect_log: ExpectLog
) -> None:
    class Fails(ToyMode):
        def _tick(self, state: Toy, command: Any, now_ms: int) -> Decision:
            raise RuntimeError("a bug")

    process = await boot(modes={"toy": Fails()})
    room = await process.room()
    said = expect_log("a command failed in its mode")
    await done(room, "t", "timer", in_ms=0)
    await until(lambda: said)
    await done(room, "a")
    await until(lambda: len(said) == 2)
    assert not room.quarantined


# -- which money a mode may move -------------------------------------------------------------


class Issuing(Wrong):
    """Its rooms issue chips of their own, and one account of the house is its."""

    house_accounts = frozenset({"rake"})

    def issues(self, state: Toy) -> bool:
        return True


async def test_issued_chips_stay_in_their_room(boot: Boot, expect_log: ExpectLog) -> None:
    mode = Issuing()
    process, bad, good = await two_rooms(boot, mode)
    mode.decides = moving(*WORLD_TO_POT)
    await done(bad, "issue", "wrong")
    assert process.ledger.balance("room:bad:pot", "PLAY") == 100_000
    said = expect_log("room quarantined")
    mode.decides = moving(*WORLD_TO_POT, *books.move("room:bad:pot", "user:ann", "PLAY", 5))
    assert code(await ask(bad, "pay", "wrong")) == "room_quarantined"
    assert "issued money and people's money" in said[0]
    assert process.ledger.balance("user:ann", "PLAY") == 0


async def test_a_player_who_did_not_ask_is_paid(boot: Boot) -> None:
    process, bad, good = await two_rooms(boot, mode := Issuing())
    await process.ledger.transact("d", books.move("world", "user:bob", "PLAY", 1_000), {})
    mode.decides = moving(*books.move("user:bob", "room:bad:pot", "PLAY", 900))
    await done(bad, "in", "wrong", user="bob")
    mode.decides = moving(
        *books.move("room:bad:pot", "user:ann", "PLAY", 800),
        *books.move("room:bad:pot", "house:rake", "PLAY", 100),
    )
    await done(bad, "out", "wrong", user="bob")
    assert process.ledger.balance("user:ann", "PLAY") == 800
    assert (await verify(process.journal, "main")).ok


@pytest.mark.parametrize("postings", [
    WORLD_TO_USER, books.move("world", "users:typo", "PLAY", 5),
    books.move("world", "room:good:pot", "PLAY", 5),
])
async def test_verify_finds_money_that_no_room_may_move(
    boot: Boot, monkeypatch: pytest.MonkeyPatch, postings: tuple[Posting, ...]
) -> None:
    from vphost.services.rooms.border import Border

    monkeypatch.setattr(Border, "check_money", lambda *args: None)
    process, bad, good = await two_rooms(boot, mode := Wrong())
    mode.decides = moving(*postings)
    await done(bad, "w", "wrong")
    report = await verify(process.journal, "main")
    assert not report.ok and "bad" in report.faults[0]


# -- an operator helps -----------------------------------------------------------------------


async def test_a_stopped_room_is_revived(boot: Boot, expect_log: ExpectLog) -> None:
    process, bad, good = await two_rooms(boot, mode := Wrong())
    await done(bad, "a", amount=4)
    await done(bad, "t", "timer", in_ms=1_000)
    heard: list[str] = []
    bad.add_listener(lambda commit: heard.append(commit.id))
    expect_log("room quarantined")
    mode.decides = moving(*WORLD_TO_USER)
    assert code(await ask(bad, "w", "wrong")) == "room_quarantined"
    assert code(await process.rooms.revive("good")) == "action_not_available"
    assert code(await process.rooms.revive("none")) == "not_found"
    process.clock.now += 5_000
    expect_log("room revived")
    assert await process.rooms.revive("bad") is bad
    assert not bad.quarantined and bad.state.total == 4
    await until(lambda: bad.state.moved_ms == 5_000)
    assert isinstance(await ask(bad, "b"), Accepted)
    assert accepted(await ask(bad, "a", amount=4)).repeated
    await until(lambda: "bad:ann:b" in heard)


async def test_a_mode_that_holds_the_loop_is_named(
    boot: Boot, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from vphost.services.rooms import room as rooms

    monkeypatch.setattr(rooms, "SLOW_S", 0.02)
    said = expect_log("a mode held up the host")
    mode = Wrong()

    def decide_slowly(state: Toy, command: Command) -> Decision:
        time.sleep(0.03)
        return Decision(())

    mode.decides = decide_slowly
    process, bad, good = await two_rooms(boot, mode)
    await ask(bad, "w", "wrong")
    assert "plugin='culprit' mode='wrong' room='bad' op='wrong'" in said[0]
