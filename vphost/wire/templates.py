"""A route's regular expression as the template that a reference shows: `/ws/tables/{room}/`."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\(\?P<([A-Za-z_][A-Za-z0-9_]*)>([^()]*)\)")


def template(pattern: str) -> str:
    """Return the template of a path. A slash that may be missing is shown."""
    shown = _GROUP.sub(r"{\1}", pattern.removeprefix("^").removesuffix("$"))
    shown = shown.removesuffix("/?") + ("/" if shown.endswith("/?") else "")
    return re.sub(r"\\(.)", r"\1", shown)


def names(pattern: str) -> dict[str, str]:
    """Return name -> regular expression of the groups of a path."""
    return {name: f"^(?:{rule})$" for name, rule in _GROUP.findall(pattern)}
