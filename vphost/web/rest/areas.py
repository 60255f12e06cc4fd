"""The host's own REST areas, which make sense with every mode unplugged.

An area is a module of this folder that ends in its `routes`; what its functions work with is a
value of its own. (Tables have theirs in `tables/rest/`.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vphost.services.uploads import Uploads
from vphost.web.access import AccessNotStated
from vphost.web.rest import accounts, admin, debug, guests, uploads
from vphost.web.rest.permissions import ACCESS, API
from vphost.wire.rest import Resource, bound


@dataclass(frozen=True, slots=True)
class OwnAreas:
    """What the host's own areas work with."""

    accounts: accounts.AccountsSite
    guests: guests.GuestsSite
    debug: debug.DebugSite
    uploads: Uploads
    admin: admin.AdminSite


def resources(access: Mapping[str, Mapping[str, str]] = ACCESS) -> Sequence[Resource]:
    """Return every resource of the host, for the reference: what serves is bound.

    Raises: AccessNotStated for a row that nobody serves.
    """
    return check_served(access, (
        *accounts.routes, *guests.routes, *debug.routes, *uploads.routes, *admin.routes,
    ))


def bound_resources(areas: OwnAreas) -> Sequence[Resource]:
    """Return every resource of the host, ready to serve."""
    return (
        *bound(areas.accounts, accounts.routes), *bound(areas.guests, guests.routes),
        *bound(areas.debug, debug.routes), *bound(areas.uploads, uploads.routes),
        *bound(areas.admin, admin.routes),
    )


def check_served(
    access: Mapping[str, Mapping[str, str]], found: Iterable[Resource]
) -> Sequence[Resource]:
    """Return resources whose paths are all that an access table states.

    Raises: AccessNotStated for a row that nobody serves.
    """
    served = tuple(found)
    unserved = sorted({API + path for path in access} - {one.path for one in served})
    if unserved:
        raise AccessNotStated(f"{unserved[0]}: access is stated, but nothing serves it")
    return served
