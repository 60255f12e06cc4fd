"""The hooks of the cash game: its format at the poker table, and the reports of its games."""

from __future__ import annotations

from plugins.cash.rules.report_forms import host_form, player_form
from plugins.cash.rules.reporting import CashReader
from plugins.cash.rules.seating import CashGame
from vphost.plugin_api import Report, hookimpl
from vphost.rules.poker.table.format import Format
from vphost.rules.poker.table.mode import ROOM_MODES

VPHOST_CONTRACT = 1


@hookimpl
def register_table_formats() -> list[Format]:
    """Add the game mode `C`."""
    return [CashGame()]


@hookimpl
def register_reports() -> list[Report]:
    """Add the reports of finished cash games."""
    return [Report("cash", ROOM_MODES, CashReader, host_form, player_form)]
