"""Target trees: from lists of names to ids, levels and the nested shape of the wire.

A target's id is its lower-case path (`argentina:1`); what is shown is the name as it was given.
A tree is an immutable mapping from id to name in the order of the ids, so that parents come before
their children and a replay gives the same order.
Source: betting-pools protocol, "Games"; the games page of the source, `targets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vphost.rules.mode import Json
from vphost.rules.texts import is_visible

NONE = "none"
TARGETS_MAX = 500
ACTIONS_MAX = 200
DEPTH_MAX = 8
NAME_MAX = 64
SYMBOL_LETTERS = 3


class BadName(ValueError):
    """A name that is empty, too long, nested too deep, or one too many."""


def names(given: str | Iterable[str]) -> list[str]:
    """Return the names of an array or of a comma-separated text, trimmed, without repeats."""
    parts = given.split(",") if isinstance(given, str) else list(given)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def check_new(actions: str | Iterable[str], targets: str | Iterable[str]) -> None:
    """Check that names which people give now show something; older ones are kept as they are.

    Raises: BadName.
    """
    parts = [*names(actions), *(part for path in names(targets) for part in path.split(":"))]
    if not all(is_visible(part) for part in parts):
        raise BadName("a name shows nothing")


def with_actions(known: Mapping[str, str], given: str | Iterable[str]) -> dict[str, str]:
    """Return the actions, id -> name, with further ones. Raises: BadName."""
    actions = dict(known)
    for name in names(given):
        if len(name) > NAME_MAX:
            raise BadName("an action's name is too long")
        actions.setdefault(name.lower(), name)
    if len(actions) > ACTIONS_MAX:
        raise BadName(f"more than {ACTIONS_MAX} actions")
    return dict(sorted(actions.items()))


def with_targets(known: Mapping[str, str], given: str | Iterable[str]) -> dict[str, str]:
    """Return the targets, id -> shown name, with further ones; `none` is always there.

    Raises: BadName.
    """
    tree = dict(known)
    tree.setdefault(NONE, "None")
    for path in names(given):
        parts = [part.strip() for part in path.split(":")]
        if len(parts) > DEPTH_MAX or not all(0 < len(part) <= NAME_MAX for part in parts):
            raise BadName("a target's name is empty, too long or nested too deep")
        if parts[0].lower() == NONE and len(parts) > 1:
            raise BadName("nothing nests below none")
        for depth in range(1, len(parts) + 1):
            tree.setdefault(":".join(parts[:depth]).lower(), parts[depth - 1])
    if len(tree) > TARGETS_MAX:
        raise BadName(f"more than {TARGETS_MAX} targets")
    return dict(sorted(tree.items()))


def level(target: str) -> int:
    """Return how deep a target lies, from 1."""
    return target.count(":") + 1


def is_leaf(tree: Mapping[str, str], target: str) -> bool:
    """Say whether nothing nests below a target."""
    start = f"{target}:"
    return not any(other.startswith(start) for other in tree)


def winning(pool_targets: Iterable[str], leaf: str) -> str | None:
    """Return the pool's target that is the leaf or one of its ancestors, None for none."""
    return next(
        (target for target in pool_targets if leaf == target or leaf.startswith(f"{target}:")),
        None,
    )


def nested(tree: Mapping[str, str]) -> dict[str, Json]:
    """Return the shape of the wire: segment -> symbol, display_name, targets."""
    root: dict[str, Json] = {}
    for target, shown in tree.items():
        here = root
        *parents, last = target.split(":")
        for parent in parents:
            here = here[parent]["targets"]
        here[last] = {"symbol": last[:SYMBOL_LETTERS], "display_name": shown, "targets": {}}
    return root
