"""A route's regular expression as a template for the reference: `/ws/tables/{room}/`."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\(\?P<([A-Za-z_][A-Za-z0-9_]*)>([^()]*)\)")


def template(pattern: str) -> str:
    """Return the template of a path. An optional final slash is shown."""
    shown = _GROUP.sub(r"{\1}", pattern.removeprefix("^").removesuffix("$"))
    shown = shown.removesuffix("/?") + ("/" if shown.endswith("/?") else "")
    return re.sub(r"\\(.)", r"\1", shown)


def names(pattern: str) -> dict[str, str]:
    """Return the named groups of a path: name -> regular expression."""
    return {name: f"^(?:{rule})$" for name, rule in _GROUP.findall(pattern)}
