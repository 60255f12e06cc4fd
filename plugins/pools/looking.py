"""GET /api/v1/x/pools/sources/: what is open, for those who govern nothing.

The protocol lists only the asker's own sources (op 611); games of a source are had by its id.
"""

from __future__ import annotations

from collections.abc import Mapping

from plugins.pools.directory import Directory, declare, described
from vphost.plugin_api import Host, Json, Route

LISTED_MAX = 200
"""Sources of the answer, the newest of those with the highest ids."""


def sources(host: Host) -> Route:
    """Return the route. Answer: `sources` id -> name and description, `may_open`."""
    documents = host.documents("pools")
    directory = Directory(documents)

    async def handle(
        verb: str, user: str | None, path: Mapping[str, str], body: Json
    ) -> tuple[int, Json]:
        assert user is not None, "the host lets only users in"
        await declare(documents)
        found = await directory.open_sources()
        return 200, {
            "sources": {one.id: described(one) for one in found[-LISTED_MAX:]},
            "may_open": await directory.may_open(user),
        }

    return Route("/api/v1/x/pools/sources/", {"GET": "user"}, handle)
