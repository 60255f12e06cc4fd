"""Plugins: found, checked, gathered, isolated."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.conftest import ExpectLog
from vphost.plugin import observers as observing
from vphost.plugin.observers import Observers
from vphost.plugin.registry import NamespacedDocuments, PluginError, PluginRegistry
from vphost.plugin_api import CommitSeen, SchemaFolder, StoreDown, hookimpl
from vphost.rules.mode import NO_LABELS
from vphost.rules.poker.table.ring_game import RingGame
from vphost.store import open_store


def plugin(**hooks: Any) -> Any:
    """Return a plugin object with these hooks, written for contract 1."""
    module: Any = ModuleType("plugin")
    module.VPHOST_CONTRACT = 1
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def host(**plugins: Any) -> PluginRegistry:
    """Return a plugin host with these plugins."""
    made = PluginRegistry()
    for name, module in plugins.items():
        made.add(name, module)
    return made


def commit(number: int) -> CommitSeen:
    """Return a commit without events."""
    return CommitSeen(f"c{number}", "u", "op", "room", number, 1, 0, (), (), None, NO_LABELS)


def mode(name: str) -> Any:
    """Return something with a mode's name."""
    return SimpleNamespace(name=name)


def test_all_plugins_are_asked_in_the_order_of_registration() -> None:
    def register_modes() -> list[Any]:
        return [mode("one")]

    made = host(a=plugin(register_modes=register_modes),
                b=plugin(register_modes=lambda: [mode("two"), mode("three")]))
    made.register()
    assert list(made.modes) == ["one", "two", "three"]
    assert made.names == ("a", "b")


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (SimpleNamespace(), "does not state VPHOST_CONTRACT"),
        (SimpleNamespace(VPHOST_CONTRACT=99), "contract 99; this host knows 1"),
        (plugin(register_modes=lambda nonsense: []), "nonsense"),
        (plugin(register_everything=lambda: []), "register_everything"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_named(module: Any, says: str) -> None:
    with pytest.raises(PluginError, match="plugin bad: ") as refusal:
        host(bad=module)
    assert says in str(refusal.value)


def test_two_plugins_of_one_name_are_refused() -> None:
    made = host(a=plugin())
    with pytest.raises(PluginError, match="already a plugin of this name"):
        made.add("a", plugin())


def test_a_mode_name_can_be_had_once() -> None:
    made = host(a=plugin(register_modes=lambda: [mode("x")]),
                b=plugin(register_modes=lambda: [mode("x")]))
    with pytest.raises(PluginError, match="plugin b: mode 'x' is already registered by plugin a"):
        made.register()


def test_a_schema_prefix_can_be_had_once() -> None:
    def register_schemas() -> list[SchemaFolder]:
        return [SchemaFolder("x", Path("."))]

    made = host(a=plugin(register_schemas=register_schemas),
                b=plugin(register_schemas=register_schemas))
    with pytest.raises(PluginError, match="plugin b: schema prefix 'x'"):
        made.register()


class NoHost:
    """A host that offers nothing."""

    def of_plugin(self, name: str, house: frozenset[str]) -> NoHost:
        return self


def test_a_path_can_be_had_once() -> None:
    protocols = [SimpleNamespace(name="p", path="/ws/")]
    same_path = host(a=plugin(register_protocols=lambda host: protocols),
                     b=plugin(register_routes=lambda host: [SimpleNamespace(path="/ws/")]))
    with pytest.raises(PluginError, match="plugin b: route '/ws/'"):
        same_path.register_doors(NoHost())  # type: ignore[arg-type]


def test_a_raising_hook_names_its_plugin() -> None:
    made = host(a=plugin(register_reports=lambda: []),
                b=plugin(register_reports=lambda: 1 / 0))
    with pytest.raises(PluginError, match="plugin b: register_reports failed: ZeroDivisionError"):
        made.register()


@pytest.mark.parametrize("game_mode", ["", "UNDEFINED", "bomb", "B-1", "X" * 17])
def test_a_game_mode_is_a_word_of_capitals(game_mode: str) -> None:
    def register_table_formats() -> list[SimpleNamespace]:
        return [SimpleNamespace(game_mode=game_mode)]

    with pytest.raises(PluginError, match="plugin a: register_table_formats failed: ValueError"):
        host(a=plugin(register_table_formats=register_table_formats)).register()


def test_game_modes_are_unique_among_plugins() -> None:
    class Bomb(RingGame):
        game_mode = "BOMB"

    def register_table_formats() -> list[RingGame]:
        return [Bomb()]

    made = host(
        a=plugin(register_table_formats=register_table_formats),
        b=plugin(register_table_formats=register_table_formats),
    )
    with pytest.raises(PluginError, match="plugin b: game mode 'BOMB' is already registered"):
        made.register()


def test_commands_are_gathered_without_a_host() -> None:
    def register_commands() -> list[SimpleNamespace]:
        return [SimpleNamespace(name="hello")]

    assert list(host(a=plugin(register_commands=register_commands)).commands()) == ["hello"]


def test_reports_are_kept_by_name() -> None:
    def register_reports() -> list[SimpleNamespace]:
        return [SimpleNamespace(name="finals")]

    made = host(a=plugin(register_reports=register_reports))
    made.register()
    assert list(made.reports) == ["finals"]


def test_a_mode_has_one_report() -> None:
    def reports_of(name: str, *modes: str) -> Any:
        return plugin(register_reports=lambda: [SimpleNamespace(name=name, modes=modes)])

    made = host(a=reports_of("one", "x"), b=reports_of("two", "y", "z"))
    made.register()
    assert {mode: report.name for mode, report in made.reports_by_mode().items()} == {
        "x": "one", "y": "two", "z": "two",
    }
    both = host(a=reports_of("one", "x"), b=reports_of("two", "x"))
    both.register()
    with pytest.raises(PluginError, match="'one' and 'two' are both for mode 'x'"):
        both.reports_by_mode()


def test_the_first_plugin_that_knows_a_token_decides() -> None:
    def authenticate(token: str) -> str | None:
        return "ann" if token == "t" else None

    made = host(a=plugin(authenticate=lambda token: None), b=plugin(authenticate=authenticate))
    assert made.authenticate("t") == "ann"
    assert made.authenticate("u") is None


def test_a_raising_authenticate_refuses_the_caller(expect_log: ExpectLog) -> None:
    expect_log("plugin_failed")
    made = host(a=plugin(authenticate=lambda token: 1 / 0),
                b=plugin(authenticate=lambda token: "root"))
    assert made.authenticate("t") is None


def test_startup_gets_the_host_and_a_failing_one_is_named() -> None:
    seen: list[Any] = []

    def startup(host: Any) -> None:
        seen.append(host)

    living: Any = NoHost()
    host(a=plugin(startup=startup)).startup(living)
    assert seen == [living]
    with pytest.raises(PluginError, match="plugin b: startup failed"):
        host(b=plugin(startup=lambda host: 1 / 0)).startup(living)


def test_all_shut_down_although_one_fails(expect_log: ExpectLog) -> None:
    expect_log("plugin_failed")
    down: list[str] = []

    def shutdown() -> None:
        down.append("b")

    host(a=plugin(shutdown=lambda: 1 / 0), b=plugin(shutdown=shutdown)).shutdown()
    assert down == ["b"]


async def test_after_commit_is_told_in_order_and_a_failing_observer_harms_nobody(
    expect_log: ExpectLog,
) -> None:
    expect_log("after_commit")
    seen: list[str] = []

    def after_commit(commit: CommitSeen) -> None:
        seen.append(commit.id)

    made = host(a=plugin(after_commit=lambda commit: 1 / 0), b=plugin(after_commit=after_commit))
    observers = Observers(made)
    observers.start()
    for number in range(1, 4):
        observers.take(commit(number))
    await observers.stop(5)
    assert seen == ["c1", "c2", "c3"]
    assert made.after_commit_failures == {"a": 3}


async def test_an_overrun_observer_misses_nothing(expect_log: ExpectLog) -> None:
    overruns = expect_log("after_commit_overrun")
    seen: list[str] = []
    book = [commit(number) for number in range(1, 501)]

    async def missed(modes: Any, after: int, limit: int) -> tuple[list[CommitSeen], int]:
        assert modes is None
        found = book[after:after + limit]
        return found, found[-1].seq if found else after

    made = host(a=plugin(after_commit=lambda commit: seen.append(commit.id)))
    observers = Observers(made, missed, bound=20)
    observers.start(after=0)
    for one in book:
        observers.take(one)
    assert observers.lags()["a"].commits == 500
    await observers.stop(5)
    assert seen == [one.id for one in book]
    assert len(overruns) == 1 and observers.lags()["a"].commits == 0


async def test_a_plugin_hears_of_the_modes_it_names() -> None:
    seen: dict[str, list[str]] = {"a": [], "b": []}
    some = plugin(after_commit=lambda commit: seen["a"].append(commit.id))
    some.OBSERVED_MODES = ("pools",)
    made = host(a=some, b=plugin(after_commit=lambda commit: seen["b"].append(commit.id)))
    observers = Observers(made)
    observers.start()
    for number, name in enumerate(("cash", "pools", "cash"), start=1):
        observers.take(replace(commit(number), mode=name))
    assert observers.lags()["a"].commits == 1, "others are not even queued"
    await observers.stop(5)
    assert seen == {"a": ["c2"], "b": ["c1", "c2", "c3"]}


async def test_observers_are_told_in_slices_of_time() -> None:
    turns = 0

    def after_commit(commit: CommitSeen) -> None:
        until_s = time.perf_counter() + 0.002
        while time.perf_counter() < until_s:
            pass

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    observers = Observers(host(a=plugin(after_commit=after_commit)))
    observers.start()
    for number in range(1, 101):
        observers.take(commit(number))
    other = asyncio.create_task(others())
    await observers.stop(10)
    other.cancel()
    assert 20 <= turns < 100, "some commits a turn, and others have theirs"


async def test_a_slow_observer_is_named(expect_log: ExpectLog) -> None:
    said = expect_log("after_commit_slow")
    observers = Observers(host(a=plugin(after_commit=lambda commit: time.sleep(0.3))))
    observers.start()
    observers.take(replace(commit(1), mode="cash"))
    await observers.stop(5)
    assert "plugin='a'" in said[0] and "mode='cash'" in said[0] and "room='room'" in said[0]


async def test_an_observer_waits_for_a_store_that_is_down(
    expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("after_commit_overrun")
    expect_log("after_commit_waits")
    monkeypatch.setattr(observing, "RETRY_S", 0.01)
    seen: list[str] = []
    book = [commit(number) for number in range(1, 11)]
    downs = 2

    async def missed(modes: Any, after: int, limit: int) -> tuple[list[CommitSeen], int]:
        nonlocal downs
        downs -= 1
        if downs >= 0:
            raise StoreDown("away")
        return book[after:], 10

    made = host(a=plugin(after_commit=lambda commit: seen.append(commit.id)))
    observers = Observers(made, missed, bound=2)
    observers.start()
    for one in book:
        observers.take(one)
    await observers.stop(5)
    assert seen == [one.id for one in book]


def test_the_modes_to_observe_are_names() -> None:
    wrong = plugin(after_commit=lambda commit: None)
    wrong.OBSERVED_MODES = "pools"
    with pytest.raises(PluginError, match="plugin bad: OBSERVED_MODES"):
        host(bad=wrong)


SOURCE = """
from vphost.plugin_api import hookimpl
VPHOST_CONTRACT = 1

@hookimpl
def authenticate(token):
    return token + NAME
"""


def test_plugins_are_loaded_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "single.py").write_text("NAME = '1'\n" + SOURCE)
    (tmp_path / "packaged").mkdir()
    (tmp_path / "packaged" / "__init__.py").write_text("from .part import NAME\n" + SOURCE)
    (tmp_path / "packaged" / "part.py").write_text("NAME = '2'\n")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "plugin.py").write_text("from .part import NAME\n" + SOURCE)
    (tmp_path / "plain" / "part.py").write_text("NAME = '3'\n")
    (tmp_path / "_ignored.py").write_text("1 / 0")
    (tmp_path / "notes").mkdir()
    made = PluginRegistry()
    made.discover([tmp_path], entry_points=False)
    assert made.names == ("packaged", "plain", "single")
    assert made.authenticate("t") == "t2"
    made.unload()


@pytest.mark.parametrize(
    ("file", "source", "says"),
    [
        ("broken.py", "1 / 0", "plugin broken: it cannot be loaded: ZeroDivisionError"),
        ("Loud-Name.py", "", "no lower-case identifier"),
        ("silent.py", "", "plugin silent: it does not state VPHOST_CONTRACT"),
    ],
)
def test_a_broken_plugin_in_a_folder_is_named(
    tmp_path: Path, file: str, source: str, says: str
) -> None:
    (tmp_path / file).write_text(source)
    with pytest.raises(PluginError) as refusal:
        PluginRegistry().discover([tmp_path], entry_points=False)
    assert says in str(refusal.value)


def test_a_missing_plugin_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="no such plugin folder"):
        PluginRegistry().discover([tmp_path / "nowhere"], entry_points=False)


async def test_namespaces_keep_documents_apart() -> None:
    journal, documents = await open_store("memory:")
    ours, theirs = NamespacedDocuments(documents, "ours"), NamespacedDocuments(documents, "theirs")
    for one in (ours, theirs):
        await one.declare("things", unique=["name"], indexed=[])
    made = await ours.insert("things", "1", {"name": "a"})
    assert await theirs.get("things", "1") is None
    await theirs.insert("things", "1", {"name": "a"})
    changed = await ours.replace("things", "1", made.version, {"name": "b"})
    assert [d.id for d in await ours.find("things", {"name": "b"}, "", 10)] == ["1"]
    await ours.delete("things", "1", changed.version)
    assert await ours.get("things", "1") is None and await theirs.get("things", "1") is not None
    await journal.close()


@pytest.mark.parametrize("name", ["", "Cash", "a.b", "users;", "x" * 60])
async def test_a_namespace_is_an_identifier(name: str) -> None:
    journal, documents = await open_store("memory:")
    with pytest.raises(ValueError, match="namespace"):
        NamespacedDocuments(documents, name)
    await journal.close()
