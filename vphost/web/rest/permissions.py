"""The access table: who may call what in the host's own REST areas, in one place.

`public`: anybody. `user`: everybody who is signed in. `operator`: users who were made operators.
A finer rule may follow after a colon; the handler enforces it and the reference shows it. A verb
that is not here, or an entry that nothing serves, prevents the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vphost.wire.rest import Resource, Verb

API = "/api/v1/"

ACCESS: Mapping[str, Mapping[str, str]] = {
    # rest/accounts.py
    "auth/registration/": {"POST": "public"},
    "auth/confirm-email/": {"POST": "public: whoever has the key from the e-mail"},
    "auth/token/": {"POST": "public: whoever knows the password"},
    "auth/token/refresh/": {"POST": "public: whoever has the refresh token"},
    "auth/token/verify/": {"POST": "public"},
    "auth/token/short/": {"POST": "user"},
    "auth/logout/": {"POST": "user"},
    "auth/password/change/": {"POST": "user: has to know the old password"},
    "auth/password/reset/": {"POST": "public"},
    "auth/password/reset/confirm/": {"POST": "public: whoever has the key from the e-mail"},
    "users/current/": {"GET": "user: only oneself", "PATCH": "user: only oneself"},
    # rest/guests.py
    "auth/guest/": {"POST": "public: from this machine, or where the operator lets guests in"},
    # rest/debug.py: 404 when the configuration lets nobody
    "debug/check/": {"POST": "user: on this machine in the demo, or an operator"},
    # rest/uploads.py
    "uploads/": {"POST": "user"},
    # rest/admin.py: GET with a key's scope admin:read, POST admin:write
    "admin/users/": {"GET": "operator"},
    "admin/users/{id}/": {"GET": "operator"},
    "admin/users/{id}/disable/": {"POST": "operator: not oneself"},
    "admin/users/{id}/enable/": {"POST": "operator: not oneself"},
    "admin/ledger/accounts/": {"GET": "operator"},
    "admin/ledger/postings/": {"GET": "operator"},
    "admin/ledger/sums/": {"GET": "operator"},
    "admin/audit/": {"GET": "operator"},
}


def resource(
    path: str, verbs: Mapping[str, Verb], *,
    access: Mapping[str, Mapping[str, str]] = ACCESS, **more: Any,
) -> Resource:
    """Return a resource below /api/v1/ with its access from a table: the host's, or an area's."""
    return Resource(API + path, verbs, access.get(path, {}), **more)
