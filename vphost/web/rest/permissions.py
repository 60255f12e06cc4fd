"""The access table: who may call what of the host's own REST areas, in one place.

`public`: anybody. `user`: whoever is signed in. `operator`: a user whom an operator made one.
What stands behind a colon is the finer rule, which the handler keeps and the reference shows. A
verb that is not here, or an entry that nothing serves, stops the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vphost.wire.rest import Resource, Verb

API = "/api/v1/"

ACCESS: Mapping[str, Mapping[str, str]] = {
    # rest/accounts.py
    "auth/registration/": {"POST": "public"},
    "auth/confirm-email/": {"POST": "public: whoever holds the key of the letter"},
    "auth/token/": {"POST": "public: whoever knows the password"},
    "auth/token/refresh/": {"POST": "public: whoever holds the refresh token"},
    "auth/token/verify/": {"POST": "public"},
    "auth/token/short/": {"POST": "user"},
    "auth/logout/": {"POST": "user"},
    "auth/password/change/": {"POST": "user: who also knows the old password"},
    "auth/password/reset/": {"POST": "public"},
    "auth/password/reset/confirm/": {"POST": "public: whoever holds the key of the letter"},
    "users/current/": {"GET": "user: himself", "PATCH": "user: himself"},
    # rest/lobby.py
    "auth/guest/": {"POST": "public: from this machine, or where the operator lets guests in"},
    "lobby/tables/": {"GET": "public"},
    "lobby/invitations/{token}/": {"GET": "public: who knows the token"},
    # rest/tables.py: a table that is none of the caller's is 404
    "tables/": {"GET": "user: creator or player", "POST": "user"},
    "tables/{token}/": {
        "GET": "user: creator or player", "PUT": "user: the creator, before opening",
        "PATCH": "user: the creator, before opening", "DELETE": "user: the creator, while unpaid",
    },
    "tables/{token}/configuration/": {"PATCH": "user: the creator"},
    "tables/{token}/open/": {"POST": "user: the creator, once paid"},
    "tables/{token}/join/": {"POST": "user: who knows the token"},
    "tables/{token}/choose_game_mode/": {"POST": "user: the creator, while no game runs"},
    # rest/players.py: a player of none of the caller's tables is 404
    "players/": {"GET": "user: players of the same tables, and the creator"},
    "players/{id}/": {
        "GET": "user: players of the same table, and the creator",
        "PUT": "user: himself, while no hand runs", "PATCH": "user: himself, while no hand runs",
    },
    "players/{id}/kick/": {"POST": "user: the table's creator, not himself"},
    "players/{id}/leave/": {"POST": "user: himself"},
    # rest/statistics.py
    "users/current/stats/": {"GET": "user: himself"},
    "users/current/game-stats/": {"GET": "user: himself, while he sits in a game"},
    "users/current/is-current-user-playing/": {"GET": "user: himself"},
    "players/{id}/stats/": {"GET": "user: himself"},
    "players/{id}/versus-stats/": {"GET": "user: players of the same table"},
    "tables/{token}/stats/": {"GET": "user: creator or player"},
    # rest/debug.py: 404 where the configuration lets nobody
    "debug/check/": {"POST": "user: on this machine in the demo, or an operator"},
    # rest/reports.py: a table that is none of the caller's is 404
    "reports/{short_table_token}/send-report/": {
        "POST": "user: the table's creator, while no game runs",
    },
    "reports/{short_table_token}/csv/": {
        "GET": "user: the creator all lines, who played in the game his own",
    },
    # rest/payments.py
    "payments/prices/": {"GET": "user"},
    "payments/prices/{id}/get-payment-intent/": {"POST": "user: the table's creator"},
    "payments/webhook/": {"POST": "public: the payment provider, by its signature"},
    # rest/uploads.py
    "uploads/": {"POST": "user"},
    # rest/lookups.py
    "lookups/table-statuses/": {"GET": "user"},
    "lookups/table-statuses/{id}/": {"GET": "user"},
    "lookups/table-types/": {"GET": "user"},
    "lookups/table-types/{id}/": {"GET": "user"},
    # rest/admin_tables.py and rest/admin.py: GET with a key's scope admin:read, POST admin:write
    "admin/tables/": {"GET": "operator"},
    "admin/tables/{token}/": {"GET": "operator: no pocket card while a hand runs"},
    "admin/tables/{token}/hands/": {"GET": "operator: finished hands"},
    "admin/tables/{token}/hands/{number}/": {"GET": "operator: a finished hand, as it was seen"},
    "admin/users/": {"GET": "operator"},
    "admin/users/{id}/": {"GET": "operator"},
    "admin/users/{id}/disable/": {"POST": "operator: not himself"},
    "admin/users/{id}/enable/": {"POST": "operator: not himself"},
    "admin/ledger/accounts/": {"GET": "operator"},
    "admin/ledger/postings/": {"GET": "operator"},
    "admin/ledger/sums/": {"GET": "operator"},
    "admin/audit/": {"GET": "operator"},
}


def resource(path: str, verbs: Mapping[str, Verb], **more: Any) -> Resource:
    """Return a resource of the host below /api/v1/ with its access from the table."""
    return Resource(API + path, verbs, ACCESS.get(path, {}), **more)
