"""All REST areas of the host. An area is a module of this folder that ends in its `routes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.tables.rest import (admin_tables, lobby, lookups, payments,
                                players, reports, statistics, tables)
from vphost.web.access import AccessNotStated
from vphost.web.rest import accounts, admin, debug, uploads
from vphost.web.rest.permissions import ACCESS, API
from vphost.wire.rest import Resource


def resources(access: Mapping[str, Mapping[str, str]] = ACCESS) -> Sequence[Resource]:
    """Return every resource of the host. Raises: AccessNotStated for a row that nobody serves."""
    found = (
        *accounts.routes, *lobby.routes, *tables.routes, *players.routes, *lookups.routes,
        *statistics.routes, *debug.routes, *reports.routes,
        *payments.routes, *uploads.routes, *admin_tables.routes, *admin.routes,
    )
    unserved = sorted({API + path for path in access} - {one.path for one in found})
    if unserved:
        raise AccessNotStated(f"{unserved[0]}: access is stated, but nothing serves it")
    return found
