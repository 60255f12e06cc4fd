"""The hooks of the cash game: its mode, the table protocol that it is played over, its reports.

The protocol's schemas are the host's own (`schemas/table`), because every table mode speaks it.
"""

from __future__ import annotations

from typing import Any

from plugins.cash.rules.report_forms import host_form, player_form
from plugins.cash.rules.reporting import CashReader
from vphost.plugin_api import (Host, Mode, Report, SocketProtocol, hookimpl,
                               table_protocol)
from vphost.rules.poker.table.mode import TableMode

VPHOST_CONTRACT = 1


@hookimpl
def register_modes() -> list[Mode[Any]]:
    """Add the mode `cash`."""
    return [TableMode()]


@hookimpl
def register_protocols(host: Host) -> list[SocketProtocol]:
    """Serve /ws/tables/."""
    return [table_protocol(host)]


@hookimpl
def register_reports() -> list[Report]:
    """Add the reports of finished cash games."""
    return [Report("cash", (TableMode.name,), CashReader, host_form, player_form)]
