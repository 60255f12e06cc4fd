"""All REST of tables: for the tables of any mode, and for poker tables."""

from __future__ import annotations

from vphost.tables.rest import (
    admin_hands, admin_tables, lobby, lookups, payments, permissions, players, reports, statistics,
    tables,
)
from vphost.web.rest.areas import check_served

LOBBY = check_served(permissions.LOBBY, (*lobby.routes, *admin_tables.routes))
POKER = check_served(permissions.POKER, (
    *tables.routes, *players.routes, *lookups.routes, *statistics.routes, *reports.routes,
    *payments.routes, *admin_hands.routes,
))
