"""`dataclasses.replace` for the states of games, at a seventh of its price.

A mode's state is a frozen, slotted dataclass, and every event changes a few fields of several of
them; the standard library's `replace` looks each field up by name and runs the constructor. Here a
copier is written once per class, as `dataclasses` itself writes constructors, and sets the slots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

R = TypeVar("R")
Copier = Callable[[Any, dict[str, Any]], Any]


def replace(record: R, /, **changes: Any) -> R:
    """Return a copy of a frozen, slotted dataclass with some fields changed.

    Raises: TypeError for a field that it does not have, or for another kind of class.
    """
    kind: Any = type(record)
    copy: R = _copier(kind)(record, changes)
    return copy


@cache
def _copier(kind: type) -> Copier:
    """Write the function that copies a record of a class and sets some of its fields."""
    names = [field.name for field in fields(kind)]
    if not all(hasattr(getattr(kind, name, None), "__set__") for name in names):
        raise TypeError(f"{kind.__name__} has fields that are no slots")
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} has a __post_init__, which would not run")
    setters = {name: getattr(kind, name).__set__ for name in names}
    lines = [
        "def copier(record, changes):", "    copy = new(kind)",
        *(f"    set_{name}(copy, record.{name})" for name in names),
        "    for name, value in changes.items():",
        "        if name not in setters:",
        "            raise TypeError(f'{kind.__name__} has no field {name}')",
        "        setters[name](copy, value)",
        "    return copy",
    ]
    scope: dict[str, Any] = {
        "kind": kind, "new": object.__new__, "setters": setters,
        **{f"set_{name}": setter for name, setter in setters.items()},
    }
    exec("\n".join(lines), scope)
    copier: Copier = scope["copier"]
    return copier
