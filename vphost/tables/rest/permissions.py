"""The access table of tables: who may call what of their REST, in one place.

It works like the host's own (`web/rest/permissions.py`): a verb that is not here, or an entry that
nothing serves, prevents the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vphost.web.rest import permissions
from vphost.wire.rest import Resource, Verb

LOBBY: Mapping[str, Mapping[str, str]] = {
    # rest/lobby.py
    "lobby/tables/": {"GET": "public"},
    "lobby/invitations/{token}/": {"GET": "public: whoever knows the token"},
    # rest/admin_tables.py: GET with a key's scope admin:read
    "admin/tables/": {"GET": "operator"},
    "admin/tables/{token}/": {"GET": "operator: no pocket cards while a hand is running"},
}
"""Of the tables of all modes, which an operator may have made."""

POKER: Mapping[str, Mapping[str, str]] = {
    # rest/tables.py: 404 for a table that is not the caller's
    "tables/": {"GET": "user: creator or player", "POST": "user"},
    "tables/{token}/": {
        "GET": "user: creator or player", "PUT": "user: the creator, before opening",
        "PATCH": "user: the creator, before opening", "DELETE": "user: the creator, while unpaid",
    },
    "tables/{token}/configuration/": {"PATCH": "user: the creator"},
    "tables/{token}/open/": {"POST": "user: the creator, once paid"},
    "tables/{token}/join/": {"POST": "user: whoever knows the token"},
    "tables/{token}/choose_game_mode/": {"POST": "user: the creator, while no game runs"},
    # rest/players.py: 404 for a player who is at none of the caller's tables
    "players/": {"GET": "user: players of the same tables, and the creator"},
    "players/{id}/": {
        "GET": "user: players of the same table, and the creator",
        "PUT": "user: only oneself, while no hand is running",
        "PATCH": "user: only oneself, while no hand is running",
    },
    "players/{id}/kick/": {"POST": "user: the table's creator, not oneself"},
    "players/{id}/leave/": {"POST": "user: only oneself"},
    # rest/statistics.py
    "users/current/stats/": {"GET": "user: only oneself"},
    "users/current/game-stats/": {"GET": "user: only oneself, while sitting in a game"},
    "users/current/is-current-user-playing/": {"GET": "user: only oneself"},
    "players/{id}/stats/": {"GET": "user: only oneself"},
    "players/{id}/versus-stats/": {"GET": "user: players of the same table"},
    "tables/{token}/stats/": {"GET": "user: creator or player"},
    # rest/reports.py: 404 for a table that is not the caller's
    "reports/{short_table_token}/send-report/": {
        "POST": "user: the table's creator, while no game runs",
    },
    "reports/{short_table_token}/csv/": {
        "GET": "user: the creator gets all lines, players of the game their own",
    },
    # rest/payments.py
    "payments/prices/": {"GET": "user"},
    "payments/prices/{id}/get-payment-intent/": {"POST": "user: the table's creator"},
    "payments/webhook/": {"POST": "public: the payment provider, by its signature"},
    # rest/lookups.py
    "lookups/table-statuses/": {"GET": "user"},
    "lookups/table-statuses/{id}/": {"GET": "user"},
    "lookups/table-types/": {"GET": "user"},
    "lookups/table-types/{id}/": {"GET": "user"},
    # rest/admin_tables.py
    "admin/tables/{token}/hands/": {"GET": "operator: finished hands"},
    "admin/tables/{token}/hands/{number}/": {"GET": "operator: a finished hand, as players saw it"},
}
"""Of poker tables, where a game mode for them is installed."""

ACCESS: Mapping[str, Mapping[str, str]] = {**LOBBY, **POKER}


def resource(path: str, verbs: Mapping[str, Verb], **more: Any) -> Resource:
    """Return a resource of tables below /api/v1/ with its access from the table."""
    return permissions.resource(path, verbs, access=ACCESS, **more)
