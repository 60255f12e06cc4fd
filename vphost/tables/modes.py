"""The room mode and the websocket protocol of poker tables, if any game mode is installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vphost.plugin_api import Host, Mode, Rejected, SocketProtocol
from vphost.rules.mode import EMPTY
from vphost.rules.poker.table.checked_format import CheckedFormat
from vphost.rules.poker.table.format import Format, Formats
from vphost.rules.poker.table.leaving import PARTINGS
from vphost.rules.poker.table.mode import ROOM_MODES, TableMode


def table_modes(
    formats: Iterable[Format], owners: Mapping[str, str] = EMPTY
) -> dict[str, Mode[Any]]:
    """Return the mode of poker tables under each of its names; {} without any game mode.

    owners: game mode -> the plugin that brought it, for the log.
    """
    known = tuple(CheckedFormat(one, owners.get(one.game_mode, "")) for one in formats)
    if not known:
        return {}
    mode = TableMode(Formats(known))
    return dict.fromkeys(ROOM_MODES, mode)


def table_protocol(host: Host) -> SocketProtocol:
    """Return the websocket protocol of tables: /ws/tables/{table token or short token}/.

    Every mode whose events follow the table protocol's names can be played over it; it says so by
    its attribute `protocol = "table"`.
    """
    async def allowed(user: str, room: str) -> Rejected | None:
        return await host.admit(user, room, "table")

    return SocketProtocol(
        name="table",
        path=r"/ws/tables/(?P<room>[0-9A-Za-z-]{4,36})/",
        codec=host.codec("table"),
        allowed=allowed,
        partings=PARTINGS,
        shared_refusals=frozenset({"not_enough_players"}),
    )
