"""REST of constants: the names of statuses and types, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vphost.rules.mode import Json
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.table_service import STATUSES
from vphost.tables.tables import TableKind
from vphost.web.rest.permissions import API
from vphost.wire.rest import NUMBER, PAGE, Ask, Refused, Reply, Resource, Verb, page

AREA = "lookups"


def _rows(codes: Sequence[str]) -> list[Mapping[str, Json]]:
    return [
        {"id": number, "code": code, "name": code.capitalize()}
        for number, code in enumerate(codes, 1)
    ]


def _lookup(path: str, what: str, codes: Sequence[str]) -> Sequence[Resource]:
    """Return the list and the detail of a lookup."""
    rows = _rows(codes)

    async def every(ask: Ask[TableSite]) -> Reply:
        after = ask.query.get("after", "")
        found = [(str(row["id"]), row) for row in rows if str(row["id"]) > after]
        return Reply(page(found, ask.query["limit"], API + path, ask.query))

    async def one(ask: Ask[TableSite]) -> Reply:
        if ask.path["id"] > len(rows):
            raise Refused("not_found")
        return Reply(rows[ask.path["id"] - 1])

    return (
        resource(path, {"GET": Verb(
            every, f"All {what}.", {200: "rest/lookups/list.json"}, query=PAGE
        )}, area=AREA),
        resource(f"{path}{{id}}/", {"GET": Verb(
            one, f"One of the {what}.", {200: "rest/lookups/row.json"}
        )}, parameters={"id": NUMBER}, area=AREA),
    )


routes = (
    *_lookup("lookups/table-statuses/", "states of a table", STATUSES),
    *_lookup("lookups/table-types/", "types of a table", [kind.value for kind in TableKind]),
)
