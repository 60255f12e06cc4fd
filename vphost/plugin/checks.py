"""Checks of what a plugin registers, once at start, for mistakes that would otherwise be silent."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

from vphost.rules.poker.table.checked_format import QUESTIONS, is_time_or_none

from vphost.rules.mode_parts import HasProtocol

METHODS = (
    "check_config", "create", "decide", "evolve", "view", "player_of", "labels", "wake_at",
    "dump", "load",
)
"""Methods that every mode has to have."""
MAYBE = ("parted", "issues", "upcast", "alarms", "hand_reader", "change_config", "summary")
"""Methods that it may have, see `rules/mode_parts.py`."""
MODE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
MARK = "vphost_impl"
"""The attribute by which pluggy recognises a function that `hookimpl` has marked."""


def wrong_declared(plugin: Any) -> str | None:
    """Return what is wrong with the names that a plugin declares, None when nothing is."""
    observed = getattr(plugin, "OBSERVED_MODES", None) or ()
    if isinstance(observed, str) or not all(isinstance(mode, str) for mode in observed):
        return "OBSERVED_MODES has to be a tuple of names of modes"
    house = getattr(plugin, "HOUSE_ACCOUNTS", ())
    if isinstance(house, str) or not all(
        isinstance(one, str) and MODE_NAME.fullmatch(one) for one in house
    ):
        return "HOUSE_ACCOUNTS has to be a tuple of lower-case names"
    return None


def wrong_hook(plugin: Any, hooks: Iterable[str]) -> str | None:
    """Return what is wrong with a plugin's hooks, None when nothing is.

    hooks: the names of all hooks that there are.
    """
    for name in hooks:
        function = getattr(plugin, name, None)
        if not inspect.isroutine(function):
            continue
        if not hasattr(function, MARK):
            return f"its function {name} is not marked with @hookimpl, nobody would call it"
        if is_asynchronous(function):
            return f"its hook {name} is an async def; hooks are plain functions, nobody awaits them"
    return None


def wrong_mode(mode: Any) -> str | None:
    """Return what is wrong with a mode, None when nothing is."""
    name, version = getattr(mode, "name", None), getattr(mode, "version", None)
    if not isinstance(name, str) or not MODE_NAME.fullmatch(name):
        return f"mode {str(name)[:64]!r}: its name is no lower-case identifier"
    if type(version) is not int or version < 1:
        return f"mode {name}: its version is no integer from 1"
    heavy = getattr(mode, "heavy", None)
    if not isinstance(heavy, frozenset | set) or not all(isinstance(op, str) for op in heavy):
        return f"mode {name}: heavy is no set of operations' names"
    for method in (*METHODS, *MAYBE):
        function = getattr(mode, method, None)
        if function is None and method in MAYBE:
            continue
        if not callable(function):
            return f"mode {name}: it has no method {method}"
        if is_asynchronous(function):
            return f"mode {name}: {method} is an async def; a mode waits for nothing"
    return _wrong_declaration(mode)


def wrong_format(made: Any) -> str | None:
    """Return what a format lacks to be one, None when it is complete."""
    for name in QUESTIONS:
        function = getattr(made, name, None)
        if not callable(function):
            return f"it has no method {name}"
        if is_asynchronous(function):
            return f"its {name} is an async def; a format waits for nothing"
    if not is_time_or_none(getattr(made, "host_away_ms", "")):
        return "its host_away_ms is neither milliseconds nor None"
    folds = getattr(made, "folds", None)
    if not isinstance(folds, Mapping) or not all(
        isinstance(name, str) and callable(fold) for name, fold in folds.items()
    ):
        return "its folds are no mapping of names of events to functions"
    return None


def _wrong_declaration(mode: Any) -> str | None:
    house: Any = getattr(mode, "house_accounts", frozenset())
    if isinstance(house, str) or not all(
        isinstance(one, str) and MODE_NAME.fullmatch(one) for one in house
    ):
        return f"mode {mode.name}: house_accounts is no set of lower-case names"
    name = mode.name
    if isinstance(mode, HasProtocol) and not is_name(mode.protocol):
        return f"mode {name}: protocol is no lower-case name"
    for flag in ("own_sockets_only", "folds_stored"):
        if type(getattr(mode, flag, False)) is not bool:
            return f"mode {mode.name}: {flag} is neither True nor False"
    loads: Any = getattr(mode, "loads_versions", frozenset())
    if not isinstance(loads, frozenset | set | tuple | list | range):
        return f"mode {mode.name}: loads_versions is no set of versions"
    return None


def is_name(value: object) -> bool:
    """Return whether something is a lower-case identifier."""
    return isinstance(value, str) and MODE_NAME.fullmatch(value) is not None


def wrong_prefix(prefix: object, own: Mapping[str, object] | Iterable[str]) -> str | None:
    """Return what is wrong with the prefix of a plugin's schemas. own: folders of the host."""
    if not isinstance(prefix, str) or not MODE_NAME.fullmatch(prefix):
        return f"schema prefix {str(prefix)[:64]!r} is no lower-case identifier"
    if prefix in own:
        return f"schema prefix {prefix!r} is the host's own"
    return None


def is_asynchronous(function: Any) -> bool:
    """Return whether a function returns something that has to be awaited."""
    target = getattr(function, "func", function)
    return inspect.iscoroutinefunction(target) or inspect.isasyncgenfunction(target)
