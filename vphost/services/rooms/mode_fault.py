"""What a mode did wrong, and where: the words in which a room that is stopped is logged."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from vphost.rules.mode import PartFault

_HOST_FOLDER = f"{Path(__file__).parents[2]}/"


class ModeFault(Exception):
    """What a mode did wrong, in words that repeat none of its values.

    where: `file:line` in the plugin, "" when unknown. refuses_only: nothing has changed, so the
    room goes on and only the command is refused. plugin: whose part of the mode did it, "" for the
    mode itself.
    """

    def __init__(
        self, what: str, where: str = "", refuses_only: bool = False, plugin: str = ""
    ) -> None:
        super().__init__(what)
        self.where = where
        self.refuses_only = refuses_only
        self.plugin = plugin


class CannotLoad(ModeFault):
    """A snapshot that must not be used: the mode's `load` does not restore the dumped state."""


def innermost(error: BaseException) -> str:
    """Return `file:line` of the innermost call outside the host, or of the innermost one."""
    plugin, last = "", ""
    step: TracebackType | None = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        last = f"{file}:{step.tb_lineno}"
        if not file.startswith(_HOST_FOLDER):
            plugin = last
        step = step.tb_next
    return plugin or last


def raised(method: str, error: BaseException, refuses_only: bool = False) -> ModeFault:
    """Return the fault of a method that raised, or of the part of its mode that was wrong there.

    refuses_only: nothing has changed if something raised; a wrong answer of a part stops the room.
    """
    if isinstance(error, PartFault):
        where = innermost(error.__cause__ or error) if error.raised else defined_at(error.function)
        return ModeFault(str(error), where, refuses_only and error.raised, error.plugin)
    return ModeFault(f"{method} raised {type(error).__name__}", innermost(error), refuses_only)


def defined_at(function: object) -> str:
    """Return `file:line` where a method is defined."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return "" if code is None else f"{code.co_filename}:{code.co_firstlineno}"


def kind_of(value: object) -> str:
    """Return what kind of thing a value is, in words.

    A coroutine is closed: nobody will await it, and Python would warn about that later.
    """
    if hasattr(value, "__await__") and hasattr(value, "close"):
        value.close()
        return "a coroutine"
    return "None" if value is None else f"a {type(value).__name__}"
