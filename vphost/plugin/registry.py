"""Finds plugins, registers what they provide, and keeps a failing plugin from harming the others.

pluggy enforces the contract (names and arguments of hooks). Each hook is then called plugin by
plugin in order of registration, because a plain pluggy call stops at the first one that raises and
does not say whose it was. An App owns its PluginRegistry; nothing here is a global.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pluggy
import structlog

from vphost import hookspecs
from vphost.plugin.api_checks import wrong_apis
from vphost.plugin.checks import wrong_declared, wrong_format, wrong_hook, wrong_mode
from vphost.plugin_api import (
    CliCommand, CommitSeen, Desk, Document, Documents, Host, Json, Mode, Rejected, Report, Resource,
    Route, SchemaFolder, SocketProtocol,
)
from vphost.rules.mode_parts import ReadsHands, protocol_of
from vphost.rules.poker.table.format import UNDEFINED, Format
from vphost.tables.modes import table_modes, table_protocol

GROUP = "vphost.plugins"
FOLDER_PREFIX = "vphost_ext_"
SUPPORTED_CONTRACTS = frozenset({hookspecs.CONTRACT})
_GAME_MODE = re.compile(r"[A-Z]{1,16}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
PLUGIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What an installed plugin may be called; its accounts are named after it."""
log = structlog.get_logger("vphost.plugins")


HOOKS = tuple(
    name for name, value in vars(hookspecs).items() if hasattr(value, "vphost_spec")
)


class PluginError(Exception):
    """A plugin cannot be used, so the host does not start. plugin: the name of the culprit."""

    def __init__(self, plugin: str, what: str) -> None:
        super().__init__(f"plugin {plugin}: {what}")
        self.plugin = plugin


class Door(Host, Protocol):
    """The running host, of which every plugin gets a view of its own."""

    def of_plugin(self, name: str, house: frozenset[str]) -> Host:
        """Return it as one plugin sees it. house: the house accounts that the plugin declares."""
        ...


class OpenDesk(Protocol):
    """What makes the desk of one plugin's operations."""

    def of_plugin(self, name: str, house: frozenset[str]) -> Desk:
        """Return it as one plugin sees it."""
        ...


class PluginRegistry:
    """The plugins of one App, and what they registered.

    modes, schemas, reports and commands are filled by `register`; protocols and routes, which
    need the living host, by `register_doors`.
    """

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager("vphost")
        self._pluggy.add_hookspecs(hookspecs)
        self._names: list[str] = []
        self._extensions: list[str] = []
        self.modes: dict[str, Mode[Any]] = {}
        self.formats: dict[str, Format] = {}
        self.schemas: dict[str, SchemaFolder] = {}
        self.protocols: dict[str, SocketProtocol] = {}
        self.routes: list[Route | Resource] = []
        self.reports: dict[str, Report] = {}
        self.after_commit_failures: dict[str, int] = {}
        self.mode_owners: dict[str, str] = {}
        """Mode -> the plugin that registered it."""
        self.schema_owners: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the plugins in order of registration."""
        return tuple(self._names)

    def discover(self, folders: Sequence[Path] = (), entry_points: bool = True) -> None:
        """Load all plugins of the entry-point group, then those of the folders.

        Raises: PluginError naming the first that cannot be loaded.
        """
        if entry_points:
            for name, load in _entry_points():
                self.add(name, _loaded(name, load))
        for folder in folders:
            for name, path in _in_folder(folder):
                module = _loaded(name, functools.partial(_load_path, name, path))
                self._extensions.append(FOLDER_PREFIX + name)
                self.add(name, module)

    def add(self, name: str, plugin: Any) -> None:
        """Register one plugin: a module, any object with hooks, or a class, which is instantiated.

        Raises: PluginError when the name is taken, the contract version is missing or not
        supported, or a hook is unknown, has arguments that it cannot get, is an `async def`, or is
        not marked with `hookimpl`.
        """
        if name in self._names:
            raise PluginError(name, "there is already a plugin of this name")
        if isinstance(plugin, type):
            plugin = _loaded(name, plugin)
        contract = getattr(plugin, "VPHOST_CONTRACT", None)
        if contract is None:
            raise PluginError(name, "it does not state VPHOST_CONTRACT")
        if contract not in SUPPORTED_CONTRACTS:
            known = ", ".join(str(version) for version in sorted(SUPPORTED_CONTRACTS))
            raise PluginError(
                name, f"it was written for contract {contract!r}; this host knows {known}"
            )
        if not PLUGIN_NAME.fullmatch(name):
            raise PluginError(name, "a name is letters, digits, points, dashes and underscores")
        if (wrong := wrong_declared(plugin) or wrong_hook(plugin, HOOKS)) is not None:
            raise PluginError(name, wrong)
        try:
            self._pluggy.register(plugin, name)
            self._pluggy.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(name, str(error)) from error
        self._names.append(name)

    def register(self) -> None:
        """Ask every plugin for its modes, formats, schemas and reports. Raises: PluginError."""
        owners = self._gather(
            "register_table_formats", "game mode", self.formats, lambda one: _game_mode(one)
        )
        self.modes.update(table_modes(self.formats.values(), owners))
        self.mode_owners = {
            **dict.fromkeys(self.modes, ", ".join(sorted(set(owners.values())))),
            **self._gather("register_modes", "mode", self.modes, lambda mode: str(mode.name)),
        }
        self.schema_owners = self._gather(
            "register_schemas", "schema prefix", self.schemas, lambda f: str(f.prefix)
        )
        self._gather("register_reports", "report", self.reports, lambda report: str(report.name))

    def check_modes(self) -> None:
        """Check that every mode is complete. Raises: PluginError."""
        for name, mode in self.modes.items():
            if (wrong := wrong_mode(mode)) is not None:
                raise PluginError(self.mode_owners[name], wrong)

    def register_doors(self, host: Door) -> None:
        """Ask every plugin for its protocols and routes. Raises: PluginError."""
        if self.formats:
            self.protocols["table"] = table_protocol(host)
        self._gather(
            "register_protocols", "protocol", self.protocols, lambda p: str(p.name), host=host
        )
        routes: dict[str, Route | Resource] = {}
        taken = {protocol.path for protocol in self.protocols.values()}
        if len(taken) != len(self.protocols):
            raise PluginError("(several)", "two protocols have the same path")
        owners = self._gather(
            "register_routes", "route", routes, lambda r: str(r.path), taken=taken, host=host
        )
        wrong = wrong_apis((r for r in routes.values() if isinstance(r, Resource)), owners)
        if wrong is not None:
            raise PluginError(*wrong)
        self.routes = list(routes.values())

    def commands(self, taken: Iterable[str] = ()) -> dict[str, CliCommand]:
        """Return the subcommands that plugins add to run.py. taken: those of the host.

        Raises: PluginError.
        """
        commands: dict[str, CliCommand] = {}
        self._gather("register_commands", "command", commands, lambda c: str(c.name), taken)
        return commands

    def operations(
        self, desk: OpenDesk
    ) -> dict[str, Callable[[Mapping[str, Json]], Awaitable[Mapping[str, Json] | Rejected]]]:
        """Return the operator operations that come with the plugins' commands, by their names.

        Raises: PluginError when one is not named after its command.
        """
        found: dict[str, Callable[..., Awaitable[Mapping[str, Json] | Rejected]]] = {}
        commands: dict[str, CliCommand] = {}
        owners = self._gather("register_commands", "command", commands, lambda c: str(c.name))
        for command in commands.values():
            owner = owners[command.name]
            own = desk.of_plugin(owner, self._house_accounts(owner))
            for name, handle in command.operations.items():
                if not name.startswith(f"{command.name}."):
                    raise PluginError(command.name, f"operation {name!r} has another's name")
                found[name] = functools.partial(handle, own)
        return found

    def authenticate(self, token: str) -> str | None:
        """Return the first user id that a plugin returns for a token.

        When a plugin raises, the caller is refused and later plugins are not asked.
        """
        for name, call in self._calls("authenticate", {"token": token}):
            try:
                user = _plain_result(call())
                if user is not None and type(user) is not str:
                    raise TypeError(f"it returned {type(user).__name__}, not a user's id")
            except Exception as error:  # A plugin's bug must not end the handshake's task.
                log.error("plugin_failed", plugin=name, hook="authenticate", error=repr(error))
                return None
            if user is not None:
                return user
        return None

    def startup(self, host: Door) -> None:
        """Let every plugin begin its work. Raises: PluginError."""
        for name, call in self._calls("startup", {"host": host}):
            _guarded(name, "startup", call)

    def shutdown(self) -> None:
        """Let every plugin end its work; all are called, whatever happens."""
        for name, call in self._calls("shutdown", {}):
            try:
                _plain_result(call())
            except Exception as error:  # The other plugins still have to be called.
                log.error("plugin_failed", plugin=name, hook="shutdown", error=repr(error))

    def hand_readers(self) -> dict[str, Callable[[], Any]]:
        """Return mode -> maker of a reader of finished hands, for modes that have one."""
        return {
            name: mode.hand_reader for name, mode in self.modes.items()
            if isinstance(mode, ReadsHands)
        }

    def protocols_of_modes(self) -> dict[str, str]:
        """Return mode -> name of its websocket protocol."""
        return {name: protocol_of(mode, name) for name, mode in self.modes.items()}

    def reports_by_mode(self) -> dict[str, Report]:
        """Return the reports by the names of the modes that they are for.

        Raises: PluginError when a mode has two.
        """
        found: dict[str, Report] = {}
        for report in self.reports.values():
            for mode in report.modes:
                if mode in found:
                    raise PluginError(
                        "(several)", f"reports {found[mode].name!r} and {report.name!r} are both "
                        f"for mode {mode!r}"
                    )
                found[mode] = report
        return found

    def observed_modes(self) -> dict[str, frozenset[str] | None]:
        """Return plugin -> the modes that its `after_commit` wants, None for all."""
        found: dict[str, frozenset[str] | None] = {}
        for name, _ in self._calls("after_commit", {"commit": None}):
            modes = getattr(self._pluggy.get_plugin(name), "OBSERVED_MODES", None)
            found[name] = None if modes is None else frozenset(modes)
        return found

    def after_commit(self, name: str, commit: CommitSeen) -> None:
        """Tell one plugin of a commit; failures are logged and counted, never raised."""
        for impl in self._pluggy.hook.after_commit.get_hookimpls():
            if impl.plugin_name != name:
                continue
            try:
                _plain_result(impl.function(*(commit for _ in impl.argnames)))
            except Exception as error:  # An observer's bug must not harm anybody else.
                failures = self.after_commit_failures.get(name, 0) + 1
                self.after_commit_failures[name] = failures
                log.error(
                    "plugin_failed", plugin=name, hook="after_commit", commit=commit.id,
                    failures=failures, error=repr(error),
                )

    def unload(self) -> None:
        """Remove the modules that were loaded from folders."""
        for name in self._extensions:
            for loaded in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
                del sys.modules[loaded]
        self._extensions.clear()

    def _house_accounts(self, name: str) -> frozenset[str]:
        return frozenset(getattr(self._pluggy.get_plugin(name), "HOUSE_ACCOUNTS", ()))

    def _calls(
        self, hook: str, arguments: Mapping[str, Any]
    ) -> Iterable[tuple[str, Callable[[], Any]]]:
        """Yield the plugins that implement a hook, in order of registration, with a bound call."""
        impls = {i.plugin_name: i for i in getattr(self._pluggy.hook, hook).get_hookimpls()}
        for name in self._names:
            impl = impls.get(name)
            if impl is not None:
                given = [arguments[argument] for argument in impl.argnames]
                if "host" in impl.argnames:
                    own = arguments["host"].of_plugin(name, self._house_accounts(name))
                    given[impl.argnames.index("host")] = own
                yield name, functools.partial(impl.function, *given)

    def _gather(
        self, hook: str, what: str, into: dict[str, Any], key: Callable[[Any], str],
        taken: Iterable[str] = (), **arguments: Any,
    ) -> dict[str, str]:
        """Collect what the plugins return under unique keys.

        taken: keys that the host itself has. Returns: key -> the plugin that registered it.
        Raises: PluginError for a key that is taken.
        """
        brought: dict[str, str] = {}
        owners = {**dict.fromkeys(taken, "the host"), **dict.fromkeys(into, "another plugin")}
        for name, call in self._calls(hook, arguments):
            for item in _guarded(name, hook, call) or ():
                item_key = _guarded(name, hook, functools.partial(key, item))
                if item_key in owners:
                    raise PluginError(
                        name, f"{what} {item_key!r} is already registered by {owners[item_key]}"
                    )
                owners[item_key] = f"plugin {name}"
                brought[item_key] = name
                into[item_key] = item
        return brought


class NamespacedDocuments:
    """A plugin's own documents: every collection name is prefixed with its namespace."""

    def __init__(self, documents: Documents, namespace: str) -> None:
        if not _NAME.fullmatch(namespace):
            raise ValueError("a namespace is lower-case letters, digits and underscores")
        self._documents = documents
        self._prefix = f"x_{namespace}_"

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None:
        await self._documents.declare(self._prefix + collection, unique, indexed)

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        return await self._documents.insert(self._prefix + collection, id, body)

    async def get(self, collection: str, id: str) -> Document | None:
        return await self._documents.get(self._prefix + collection, id)

    async def find(
        self, collection: str, where: Mapping[str, str | int], after_id: str, limit: int
    ) -> list[Document]:
        return await self._documents.find(self._prefix + collection, where, after_id, limit)

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        return await self._documents.replace(self._prefix + collection, id, version, body)

    async def delete(self, collection: str, id: str, version: int) -> None:
        await self._documents.delete(self._prefix + collection, id, version)


def _game_mode(made: Format) -> str:
    """Return a format's game mode. Raises: ValueError when it cannot be one."""
    if not _GAME_MODE.fullmatch(str(made.game_mode)) or made.game_mode == UNDEFINED:
        raise ValueError(f"a game mode is 1 to 16 letters A-Z, not {made.game_mode!r}")
    if (wrong := wrong_format(made)) is not None:
        raise ValueError(f"game mode {made.game_mode}: {wrong}")
    return made.game_mode


def _guarded(name: str, hook: str, call: Callable[[], Any]) -> Any:
    """Run a plugin's code; whatever it raises becomes a PluginError that names the plugin."""
    try:
        return _plain_result(call())
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(name, f"{hook} failed: {error!r}") from error


def _plain_result(result: Any) -> Any:
    """Return a hook's result. Raises: TypeError when it has to be awaited."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError("it returned something to await; hooks are plain functions")
    return result


def _loaded(name: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except Exception as error:
        raise PluginError(name, f"it cannot be loaded: {error!r}") from error


def _entry_points() -> list[tuple[str, Callable[[], Any]]]:
    """Return the declared plugins by name; one found twice (egg and wheel) counts once."""
    found: dict[tuple[str, str], Callable[[], Any]] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        found.setdefault((point.name, point.value), point.load)
    return [(name, load) for (name, _), load in sorted(found.items(), key=lambda item: item[0])]


def _in_folder(folder: Path) -> list[tuple[str, Path]]:
    """Return name and path of every plugin in a folder: packages, folders and module files."""
    if not folder.is_dir():
        raise PluginError(str(folder), "there is no such plugin folder")
    found = []
    for path in sorted(folder.iterdir()):
        name = path.stem if path.suffix == ".py" else path.name
        if path.name.startswith(("_", ".")) or not (path.is_dir() or path.suffix == ".py"):
            continue
        if path.is_dir() and not _main_file(path).is_file():
            continue
        if not _NAME.fullmatch(name):
            raise PluginError(name, "its file name is no lower-case identifier")
        found.append((name, path))
    return found


def _main_file(folder: Path) -> Path:
    return folder / "plugin.py" if (folder / "plugin.py").is_file() else folder / "__init__.py"


def _load_path(name: str, path: Path) -> ModuleType:
    """Load a plugin as module `vphost_ext_<name>`; a folder may import its own files relatively."""
    module_name = FOLDER_PREFIX + name
    is_folder = path.is_dir()
    spec = importlib.util.spec_from_file_location(
        module_name, _main_file(path) if is_folder else path,
        submodule_search_locations=[str(path)] if is_folder else None,
    )
    assert spec is not None and spec.loader is not None, "a Python file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module
