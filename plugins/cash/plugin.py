"""The hooks of the cash game: its mode, and the table protocol that it is played over.

The protocol's schemas are the host's own (`schemas/table`), because every table mode speaks it.
"""

from __future__ import annotations

from typing import Any

from plugins.cash.rules.mode import CashMode
from vphost.plugin_api import Host, Mode, SocketProtocol, hookimpl, table_protocol

VPHOST_CONTRACT = 1


@hookimpl
def register_modes() -> list[Mode[Any]]:
    """Add the mode `cash`."""
    return [CashMode()]


@hookimpl
def register_protocols(host: Host) -> list[SocketProtocol]:
    """Serve /ws/tables/."""
    return [table_protocol(host)]
