"""The hooks of the sit-n-go tournament: its format at the poker table."""

from __future__ import annotations

from plugins.tournament.rules.sit_and_go import SitAndGo
from vphost.plugin_api import hookimpl
from vphost.rules.poker.table.format import Format

VPHOST_CONTRACT = 1


@hookimpl
def register_table_formats() -> list[Format]:
    """Add the game mode `T`."""
    return [SitAndGo()]
