"""The whole plugin contract on one page.

pluggy is for discovery and notification only. It calls the last registered plugin first, never
awaits, and one raising plugin would abort the call: so registration happens once, at start, and
no hand is ever dealt through a hook. A plugin states the contract it was written for as
``VPHOST_CONTRACT = 1`` in its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from vphost.plugin_api import (
        CliCommand, CommitSeen, Host, Mode, Report, Resource, Route, SchemaFolder, SocketProtocol,
    )
    from vphost.rules.poker.table.format import Format

CONTRACT = 1
hookspec = pluggy.HookspecMarker("vphost")


@hookspec
def register_modes() -> list[Mode[Any]]:
    """Return the modes that this plugin adds.

    *Called* once at start. *Returns* mode objects with unique names. *On error* the host does
    not start and names the plugin.
    """
    return []


@hookspec
def register_table_formats() -> list[Format]:
    """Return game modes that can be played at poker tables.

    *Called* once at start. *Returns* formats with unique game modes. *On error* the host does
    not start and names the plugin.
    """
    return []


@hookspec
def register_protocols(host: Host) -> list[SocketProtocol]:
    """Return websocket protocols: a path, a codec, who may connect.

    *Called* once at start, after the modes. *Returns* protocols with unique paths.
    *On error* the host does not start.
    """
    return []


@hookspec
def register_routes(host: Host) -> list[Route | Resource]:
    """Return REST routes below /api/v1/x/<plugin>/ or a bundled mode's own area.

    A `Resource` states everything (docs/protocols.md) and is in the reference; a `Route` is the
    plain kind.

    *Called* once at start. *Returns* routes that state their access for every verb.
    *On error*, or when a verb states no access, the host does not start.
    """
    return []


@hookspec
def register_schemas() -> list[SchemaFolder]:
    """Return folders of JSON Schemas to compile and to serve at /schemas/v1/<prefix>/.

    *Called* once at start, before the protocols. *On error* the host does not start.
    """
    return []


@hookspec
def register_commands() -> list[CliCommand]:
    """Return subcommands of `python run.py`.

    *Called* when the command line is parsed, without a host. *On error* run.py exits with 2.
    """
    return []


@hookspec
def register_reports() -> list[Report]:
    """Return the reports of finished games: readers of a room's events, and forms for people.

    *Called* once at start. *Returns* one report at most for a mode. *On error* the host does not
    start.
    """
    return []


@hookspec(firstresult=True)
def authenticate(token: str) -> str | None:
    """Return the user id that a token stands for, None when it is not this plugin's.

    *Called* for each handshake and REST call whose token the host's own sessions do not know.
    *Returns* the first answer that is not None. *On error* the caller is refused, it is logged.
    """
    return None


@hookspec
def startup(host: Host) -> None:
    """Begin work beside the rooms.

    *Called* once after recovery, before the first socket is accepted. An existing room is loaded on
    first access, which takes a moment; the start does not wait for all of them. *On error* the host
    does not start.
    """


@hookspec
def shutdown() -> None:
    """End the work that `startup` began.

    *Called* once, after the rooms are drained. *On error* it is logged; the others still run.
    """


@hookspec
def after_commit(commit: CommitSeen) -> None:
    """Observe a commit, which is durable and broadcast and cannot be vetoed.

    *Called* after each commit of the modes that the plugin's `OBSERVED_MODES` names (a tuple; all
    modes without it), in the order of the book, never concurrently, in slices of time beside the
    rooms. No commit is left out: what memory could not hold while the plugin was too slow is read
    from the journal. Commits made before the start are not passed on.
    *On error* it is logged and counted; no room is harmed.
    """
