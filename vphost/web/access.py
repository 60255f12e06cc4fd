"""Who may call what: every verb of every handler has to state it, or the host does not start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vphost.wire.rest import level_and_scope

PUBLIC, USER, OPERATOR, KEY = "public", "user", "operator", "key"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class AccessNotStated(Exception):
    """A route does not state its access, so the host does not start."""


def level_of(stated: str) -> str:
    """Return the level of a stated access, "" when it states none."""
    return level_and_scope(stated)[0]


def check(path: str, verbs: Iterable[str], stated: Mapping[str, str]) -> None:
    """Check that a route states an access for exactly its verbs. Raises: AccessNotStated."""
    served = set(verbs)
    for verb in sorted(served - stated.keys()):
        raise AccessNotStated(f"{verb} {path}: no access is stated")
    for verb in sorted(stated.keys() - served):
        raise AccessNotStated(f"{verb} {path}: an access is stated for a verb that is not served")
    for verb, level in sorted(stated.items()):
        if not level_of(level):
            raise AccessNotStated(f"{verb} {path}: {level!r} is no access level")
