"""REST of reports: mail those of the last game, and get one as a table for programs."""

from __future__ import annotations

from dataclasses import asdict

from vphost.rules.mode import Json
from vphost.tables import report_csv
from vphost.tables.reports import CSV, file_name
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.rest.tables import NOT_CREATOR, done
from vphost.tables.tables import Table
from vphost.wire.rest import TOKEN, Ask, Query, Refused, Reply, Verb

AREA = "reports"
GAME = Query("game_id", {
    "type": "string", "format": "uuid", "maxLength": 36,
    "description": "An earlier game of the table; by default the last one that has ended.",
})


async def _table(ask: Ask[TableSite]) -> Table:
    """Return the table of the path. Raises: Refused 404 for one that is not the caller's."""
    table = await ask.host.hosting.visible_table(ask.path["short_table_token"], ask.user)
    if table is None:
        raise Refused("not_found")
    return table


def _is_running(ask: Ask[TableSite], table: Table) -> bool:
    return ask.host.hosting.is_running(table.id)


async def send(ask: Ask[TableSite]) -> Reply:
    """Mail the report of the last game to whoever has not got it yet."""
    table = await _table(ask)
    if table.host != ask.user:
        raise Refused("not_the_host")
    if _is_running(ask, table):
        raise Refused("game_running")
    sent: dict[str, Json] = asdict(done(await ask.host.reports.send(table)))
    ended_ms = sent.pop("ended_ms")
    return Reply({**sent, "ended": ended_ms / 1000})


async def download(ask: Ask[TableSite]) -> Reply:
    """Return the caller's report: everybody's lines for the host, for players their own."""
    table, reports = await _table(ask), ask.host.reports
    found = await reports.of_game(
        table, ask.query.get("game_id", "").lower(), _is_running(ask, table)
    )
    form = None if found is None else reports.form(found, ask.user)
    if found is None or form is None:
        raise Refused("not_found", "There is no report of such a game for you.")
    return Reply(report_csv.render(form.sheet), headers={
        "Content-Disposition": f'attachment; filename="{file_name(found)}"',
    })


routes = (
    resource("reports/{short_table_token}/send-report/", {"POST": Verb(
        send, "Mail the report of the last game, once to each reader: the host's form to the host, "
        "and their own to the players.", {200: "rest/reports/sent.json"}, body="rest/nothing.json",
        body_optional=True, refusals={
            403: NOT_CREATOR, 409: "A game is being played, or none has ended yet.",
        },
    )}, parameters={"short_table_token": TOKEN}, area=AREA),
    resource("reports/{short_table_token}/csv/", {"GET": Verb(
        download, "The report of a game as a table: all lines for the host, for players their own.",
        {200: "rest/reports/table.json"}, query=(GAME,), kind=CSV,
    )}, parameters={"short_table_token": TOKEN}, area=AREA),
)
