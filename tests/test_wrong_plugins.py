"""Plugins that are wrong on purpose, in a whole host: refused at start by name, or kept apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.web.web_bells import BellMode
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.plugin_api import (
    BadRoom, Command, CommitSeen, Decision, Event, Host, Json, ModeFault, Rejected, SchemaFolder,
    hookimpl, plain_protocol,
)
from vphost.rules.mode import NO_LABELS
from vphost.wire.schemas import BASE, DRAFT

ROOT = Path(__file__).parents[1]


def plugin(**hooks: Any) -> Any:
    """Return a plugin with these hooks."""
    made: Any = ModuleType("plugin")
    made.VPHOST_CONTRACT = 1
    for name, function in hooks.items():
        setattr(made, name, hookimpl(function))
    return made


def config(folder: Path, **settings: Any) -> Config:
    """Return settings of a host on a file in a folder."""
    store = f"sqlite:{folder / 'a.sqlite'}"
    return Config(**{"store": store, "var": folder, "port": 0, **settings})


async def waits(*args: Any) -> None:
    return None


async def streams(*args: Any) -> Any:
    yield None


@pytest.mark.parametrize("hook", [
    "register_modes", "register_schemas", "register_commands", "register_reports", "authenticate",
    "startup", "shutdown", "after_commit",
])
@pytest.mark.parametrize("function", [waits, streams], ids=["async def", "async generator"])
def test_an_async_hook_is_refused_by_name(hook: str, function: Any) -> None:
    made = plugin(**{hook: function})
    with pytest.raises(PluginError, match=f"plugin bad: its hook {hook} is an async def"):
        PluginRegistry().add("bad", made)


def test_a_hook_that_was_not_marked_is_refused() -> None:
    made = plugin()
    made.startup = lambda host: None
    with pytest.raises(PluginError, match="startup is not marked with @hookimpl"):
        PluginRegistry().add("bad", made)


async def test_a_hook_that_returns_a_coroutine_fails_loudly(expect_log: Any) -> None:
    expect_log("plugin_failed")
    registry = PluginRegistry()
    registry.add("bad", plugin(
        authenticate=lambda token: waits(), after_commit=lambda commit: waits(),
        startup=lambda host: waits(),
    ))
    assert registry.authenticate("t") is None
    registry.after_commit("bad", CommitSeen("c", "u", "op", "r", 1, 1, 0, (), (), None, NO_LABELS))
    assert registry.after_commit_failures == {"bad": 1}
    living: Any = SimpleNamespace(of_plugin=lambda name, house: None)
    with pytest.raises(PluginError, match="plugin bad: startup failed"):
        registry.startup(living)


class AsyncDecide(BellMode):
    async def decide(self, state: Any, command: Any, now_ms: int) -> Any:  # type: ignore[override]
        return Decision(())


def bell(**changed: Any) -> Any:
    """Return a bell mode with some attributes changed."""
    return type("Changed", (BellMode,), changed)()


@pytest.mark.parametrize(("mode", "says"), [
    (AsyncDecide(), "decide is an async def"),
    (bell(evolve=None), "has no method evolve"),
    (bell(version="1"), "version is no integer"), (bell(version=True), "version is no integer"),
    (bell(heavy="ring"), "heavy is no set"), (bell(name="Bells!"), "no lower-case identifier"),
    (bell(name=""), "no lower-case identifier"), (bell(house_accounts="rake"), "house_accounts"),
    (bell(issues=True), "has no method issues"), (SimpleNamespace(name="empty"), "version"),
    (bell(loads_versions=1), "loads_versions"), (bell(protocol=1), "protocol is no"),
    (bell(protocol="Table!"), "protocol is no"), (bell(own_sockets_only=1), "own_sockets_only"),
    (bell(folds_stored="yes"), "folds_stored"), (bell(summary=1), "has no method summary"),
])
async def test_a_mode_that_is_none_stops_the_start(tmp_path: Path, mode: Any, says: str) -> None:
    registry = PluginRegistry()
    registry.add("bad", plugin(register_modes=lambda: [mode]))
    with pytest.raises(PluginError, match="plugin bad: mode ") as refusal:
        await App(config(tmp_path), plugins=registry).start()
    assert says in str(refusal.value)


# -- schemas and events ----------------------------------------------------------------------


def schema(place: str, payload: Mapping[str, Json] | None = None, op: str = "") -> str:
    """Return a schema of a message to the host (op) or of an event."""
    body = {"op": {"const": op}, "request_id": {"type": "string"}} if op else {
        "event": {}, "timestamp": {}, "payload": {
            "type": "object", "properties": {"seq": {}, "room": {}, **(payload or {})},
            "required": list(payload or {}), "additionalProperties": False,
        },
    }
    return json.dumps({
        "$schema": DRAFT, "$id": f"{BASE}{place}", "type": "object", "properties": body,
        "additionalProperties": False,
    })


def folder(path: Path, ops: tuple[str, ...] = ("ring",)) -> Path:
    """Write the schemas of bells into a folder."""
    (path / "in").mkdir(parents=True)
    (path / "out").mkdir()
    for op in ops:
        (path / "in" / f"{op}.json").write_text(schema(f"bells/in/{op}.json", op=op))
    texts: dict[str, dict[str, Any]] = {
        "rang": {"rings": {"type": "integer"}, "player": {}, "pad": {"maxLength": 3}},
        "joined": {"user": {}}, "state": {"rings": {}, "you": {}},
    }
    for name, payload in texts.items():
        (path / "out" / f"{name}.json").write_text(schema(f"bells/out/{name}.json", payload))
    return path


class Loud(BellMode):
    """Rings whatever is asked for."""

    def on_shout(self, state: Any, command: Command, player: Any) -> Decision:
        return Decision((Event("shouted", {}),))


def bells(path: Path, **hooks: Any) -> PluginRegistry:
    """Return a registry with bells that speak a plain protocol."""
    registry = PluginRegistry()
    registry.add("culprit", plugin(**{
        "register_modes": lambda: [Loud()],
        "register_schemas": lambda: [SchemaFolder("bells", path)],
        "register_protocols": lambda host: [
            plain_protocol(host, "bells", r"/ws/bells/(?P<room>[0-9a-z-]{1,36})/")],
        **hooks,
    }))
    return registry


@pytest.mark.parametrize("op", [
    "connect", "disconnect", "tick", "resume", "drain", "create", "look",
])
async def test_a_schema_named_like_the_hosts_operation_stops_the_start(
    tmp_path: Path, op: str
) -> None:
    with pytest.raises(PluginError, match=f"plugin culprit: .*{op} is the host's own operation"):
        await App(config(tmp_path), plugins=bells(folder(tmp_path / "s", ("ring", op)))).start()


@pytest.mark.parametrize("prefix", ["table", "plain", "rest", "store", "pools", "", "../x", "A"])
async def test_a_schema_prefix_of_the_host_stops_the_start(tmp_path: Path, prefix: str) -> None:
    registry = PluginRegistry()
    folder(tmp_path / "s")
    registry.add("culprit", plugin(
        register_schemas=lambda: [SchemaFolder(prefix, tmp_path / "s")]
    ))
    with pytest.raises(PluginError, match="plugin culprit: schema prefix"):
        await App(config(tmp_path), plugins=registry).start()


async def test_an_event_without_a_schema_is_not_committed(tmp_path: Path, expect_log: Any) -> None:
    app = App(config(tmp_path), plugins=bells(folder(tmp_path / "s")))
    await app.start()
    room = await app.house.rooms.create("r", "bells", {})
    other = await app.house.rooms.create("other", "bells", {})
    said = expect_log("room quarantined")
    assert await room.submit(Command("a", "u", "shout")) == Rejected("room_quarantined")
    assert "'shouted', which no schema describes" in said[0] and "plugin='culprit'" in said[0]
    assert not isinstance(await other.submit(Command("a", "u", "ring")), Rejected)
    await app.stop()


@pytest.mark.parametrize("checks", [False, True])
async def test_frames_are_held_against_schemas_where_it_is_set(
    tmp_path: Path, expect_log: Any, checks: bool
) -> None:
    app = App(config(tmp_path, check_frames=checks), plugins=bells(folder(tmp_path / "s")))
    await app.start()
    room = await app.house.rooms.create("r", "bells", {})
    said = expect_log("room quarantined") if checks else []
    outcome = await room.submit(Command("a", "u", "ring", {"pad": 5}))
    assert isinstance(outcome, Rejected) == checks and room.seq == (0 if checks else 1)
    assert not checks or "rang: payload.pad" in said[0]
    await app.stop()


# -- rooms that plugins make -----------------------------------------------------------------


class Choosy(BellMode):
    """Wants a configuration, and completes it."""

    seen: list[Any] = []

    def check_config(self, config: Mapping[str, Json], currencies: Any) -> Any:
        given = config.get("give")
        return {"rings": 5} if given is None else {"list": [1], "no": Rejected("bad_config")}[given]

    def create(self, room_id: str, config: Mapping[str, Json], now_ms: int) -> Any:
        self.seen.append(config)
        return super().create(room_id, config, now_ms)


async def test_a_plugins_room_is_checked_before_it_is_made(tmp_path: Path) -> None:
    doors: list[Host] = []
    registry = PluginRegistry()
    registry.add("bells", plugin(
        register_modes=lambda: [Choosy(), bell(name="others")],
        startup=lambda host: doors.append(host),
    ))
    app = App(config(tmp_path), plugins=registry)
    await app.start()
    door = doors[0]
    assert await door.create_room("r", "bells", {}) is None
    assert Choosy.seen[-1] == {"rings": 5}
    assert await door.create_room("s", "bells", {"give": "no"}) == Rejected("bad_config")
    with pytest.raises(ModeFault, match="check_config returned a list"):
        await door.create_room("s", "bells", {"give": "list"})
    for wrong in ("", "../etc", "a:b", "x" * 65):
        with pytest.raises(BadRoom):
            await door.create_room(wrong, "bells", {})
    with pytest.raises(BadRoom, match="of mode bells"):
        await door.create_room("r", "others", {})
    with pytest.raises(KeyError):
        await door.create_room("s", "none", {})
    await app.stop()


# -- the command line ------------------------------------------------------------------------

SOURCE = """
from vphost.plugin_api import CliCommand, hookimpl
VPHOST_CONTRACT = 1

def arguments(parser):
    parser.add_argument("words", nargs="*")

def run(arguments, call):
    print(" ".join(arguments.words))
    return 0

@hookimpl
def register_commands():
    return [CliCommand("NAME", "say words", arguments, run)]
"""


def run_py(tmp_path: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a plugin in a folder."""
    (tmp_path / "plugins").mkdir(exist_ok=True)
    (tmp_path / "plugins" / "talker.py").write_text(SOURCE.replace("NAME", name))
    return subprocess.run(
        [sys.executable, "run.py", *words], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "VPHOST_PLUGIN_DIRS": str(tmp_path / "plugins")},
    )


@pytest.mark.parametrize("word", ["user", "serve", "stats", "store", "check-config"])
def test_a_word_of_the_host_hides_no_plugins_command(tmp_path: Path, word: str) -> None:
    done = run_py(tmp_path, "talk", "talk", "hello", word)
    assert (done.returncode, done.stdout) == (0, f"hello {word}\n"), done.stderr


def test_a_plugins_command_cannot_have_the_hosts_name(tmp_path: Path) -> None:
    done = run_py(tmp_path, "stats", "talk")
    assert done.returncode == 2
    assert "plugin talker: command 'stats' is already registered by the host" in done.stderr


def test_a_room_is_revived_by_a_living_host_only(tmp_path: Path) -> None:
    done = run_py(
        tmp_path, "talk", "room", "revive", "r", "--store", f"sqlite:{tmp_path / 'a.sqlite'}",
        "--var", str(tmp_path),
    )
    assert done.returncode == 1 and json.loads(done.stdout)["code"] == "action_not_available"


async def test_a_stopped_room_goes_on_by_an_operation(tmp_path: Path, expect_log: Any) -> None:
    app = App(config(tmp_path), plugins=bells(folder(tmp_path / "s")))
    await app.start()
    call: Callable[..., Any] = app.house.operations.call
    room = await app.house.rooms.create("r", "bells", {})
    assert (await call("room.revive", {"id": "r"})).code == "action_not_available"
    expect_log("room quarantined")
    await room.submit(Command("a", "u", "shout"))
    expect_log("room revived")
    assert await call("room.revive", {"id": "r"}) == {"id": "r", "mode": "bells", "seq": 0}
    assert not isinstance(await room.submit(Command("b", "u", "ring")), Rejected)
    assert (await call("room.revive", {"id": 5})).code == "bad_message"
    await app.stop()
