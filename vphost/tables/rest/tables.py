"""REST of tables: creating, opening, configuring and joining them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from vphost.rules.mode import Json, Rejected
from vphost.rules.poker.table.mode import ROOM_MODES
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.tables import Table, TableKind
from vphost.web.rest.permissions import API
from vphost.wire.rest import PAGE, TOKEN, Ask, Query, Refused, Reply, Verb, page

AREA = "tables"
TABLE = "rest/tables/table.json"
NOT_CREATOR = "The caller is not the table's creator."
STATE = "The table's status does not allow this, or it was changed meanwhile."
SHORT_TOKEN = Query("short_table_token", {
    "type": "string", "pattern": "^[0-9A-Za-z]{4}$", "maxLength": 4,
    "description": "Only the table of this short token.",
})
NOW = "now"
WAITS = {
    "": None, "next_hand": "The new settings take effect with the next hand.",
    "next_tournament": "The new settings take effect with the next tournament.",
}
"""What the settings wait for -> the message that says so. Source: 1.0.94, 1.0.97."""
T = TypeVar("T")


def done(outcome: T | Rejected) -> T:
    """Return a service's outcome. Raises: Refused for a refusal, with field errors if it has any.
    """
    if not isinstance(outcome, Rejected):
        return outcome
    fields = outcome.detail.get("fields")
    if outcome.code == "bad_config" and isinstance(fields, Mapping):
        raise Refused(fields={name: [_sentence(text)] for name, text in fields.items()})
    raise Refused.of(outcome)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


async def table_of_path(ask: Ask[TableSite]) -> Table:
    """Return the table of the path. Raises: Refused 404 for one that is not the caller's."""
    table = await ask.host.hosting.visible_table(ask.path["token"], ask.user)
    if table is None:
        raise Refused("not_found")
    return table


async def own(ask: Ask[TableSite]) -> Table:
    """Return the table of the path for its creator. Raises: Refused 404, or 403 for a player."""
    table = await table_of_path(ask)
    if table.host != ask.user:
        raise Refused("not_the_host")
    return table


def table_payload(site: TableSite, table: Table, user: str) -> Mapping[str, Json]:
    """Return a table as a creator or player sees it."""
    hosting = site.hosting
    config = dict(hosting.config(table))
    decimals = config.pop("decimals", 2)
    opened, expires = table.opened_at, table.expires_at
    return {
        "token": table.id, "short_table_token": table.short_token,
        "name": str(config.get("name", "Table")), "type": table.kind.value,
        "status": hosting.status(table), "game_mode": config.get("game_mode", "UNDEFINED"),
        "game_modes": list(hosting.game_modes(table)),
        "is_creator": table.host == user, "created": table.created_at / 1000,
        "open": None if opened is None else opened / 1000,
        "expire": None if expires is None else expires / 1000,
        "configuration": site.config_out(config, decimals) if table.mode in ROOM_MODES else None,
    }


def _reply(ask: Ask[TableSite], table: Table, status: int = 200, **more: str) -> Reply:
    return Reply(table_payload(ask.host, table, ask.user), status, table.version, more)


async def tables(ask: Ask[TableSite]) -> Reply:
    """List the caller's tables."""
    limit, after = ask.query["limit"], ask.query.get("after", "")
    found: list[Table] = []
    if (token := ask.query.get("short_table_token")) is not None:
        one = await ask.host.hosting.visible_table(token, ask.user)
        found = [one] if one is not None and one.id > after else []
    else:
        async for table in ask.host.hosting.visible_tables(ask.user, after):
            found.append(table)
            if len(found) > limit:
                break
    rows = [(table.id, table_payload(ask.host, table, ask.user)) for table in found]
    return Reply(page(rows, limit, f"{API}tables/", ask.query))


async def create(ask: Ask[TableSite]) -> Reply:
    """Create a table."""
    body = ask.body or {}
    wanted = {"name": body["name"]} if "name" in body else {}
    table = done(await ask.host.hosting.create(
        ask.action_id, ask.user, ask.username, wanted, TableKind(body.get("type", "private"))
    ))
    return _reply(ask, table, 201, Location=f"{API}tables/{table.id}/")


async def read(ask: Ask[TableSite]) -> Reply:
    """Show a table."""
    return _reply(ask, await table_of_path(ask))


async def change(ask: Ask[TableSite]) -> Reply:
    """Change the name and type of a draft."""
    table = await own(ask)
    kind = ask.body.get("type")
    return _reply(ask, done(await ask.host.hosting.rename(
        table, ask.expect(table.version), ask.body.get("name"), TableKind(kind) if kind else None
    )))


async def remove(ask: Ask[TableSite]) -> Reply:
    """Remove a draft that is not paid for."""
    table = await own(ask)
    refused = await ask.host.hosting.remove(table, ask.expect(table.version))
    if refused is not None:
        raise Refused.of(refused)
    return Reply(status=204)


async def configure(ask: Ask[TableSite]) -> Reply:
    """Change the configuration."""
    table = await own(ask)
    hosting = ask.host.hosting
    table = done(await hosting.configure(
        table, ask.expect(table.version), _storable(ask.body), ask.action_id
    ))
    waits = hosting.waits_for(table)
    return Reply(
        {
            **table_payload(ask.host, table, ask.user), "takes_effect": waits or NOW,
            "message": WAITS[waits],
        },
        version=table.version,
    )


def _storable(value: Json) -> Json:
    """Return a configuration with its fractions as decimal text, never as binary floats.

    A number's value counts, so it becomes the shortest text without an exponent.
    """
    if isinstance(value, Decimal):
        is_whole = value == value.to_integral_value()
        return int(value) if is_whole else format(value.normalize(), "f")
    if isinstance(value, Mapping):
        return {name: _storable(item) for name, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


async def open_table(ask: Ask[TableSite]) -> Reply:
    """Open a table."""
    table = await own(ask)
    return _reply(ask, done(await ask.host.hosting.open(table, table.version)))


async def join(ask: Ask[TableSite]) -> Reply:
    """Become a player."""
    rate = ask.host.join_rate
    wait_s = max(rate.take(f"user {ask.user}"), rate.take(f"address {ask.address}"))
    if wait_s > 0:
        raise Refused("too_many_attempts", retry_after_s=wait_s)
    return _reply(ask, done(await ask.host.hosting.join(
        ask.path["token"], ask.user, ask.username
    )))


async def choose_game_mode(ask: Ask[TableSite]) -> Reply:
    """Choose the game mode."""
    table = await own(ask)
    return _reply(ask, done(await ask.host.hosting.choose_game_mode(
        table, table.version, ask.body["game_mode"], ask.action_id
    )))


routes = (
    resource("tables/", {
        "GET": Verb(
            tables, "The caller's tables, as creator or player.", {200: "rest/tables/list.json"},
            query=(*PAGE, SHORT_TOKEN),
        ),
        "POST": Verb(
            create, "Create a table with the default configuration.", {201: TABLE},
            body="rest/tables/create.json", body_optional=True, idempotent=True,
        ),
    }, area=AREA),
    resource("tables/{token}/", {
        "GET": Verb(read, "A table.", {200: TABLE}),
        "PUT": Verb(
            change, "Set the name and type, before opening.", {200: TABLE}, versioned=True,
            body="rest/tables/put.json", refusals={403: NOT_CREATOR, 409: STATE},
        ),
        "PATCH": Verb(
            change, "Change the name or type, before opening.", {200: TABLE}, versioned=True,
            body="rest/tables/patch.json", refusals={403: NOT_CREATOR, 409: STATE},
        ),
        "DELETE": Verb(
            remove, "Remove a table that is not paid for.", {204: None}, versioned=True,
            refusals={403: NOT_CREATOR, 409: STATE},
        ),
    }, parameters={"token": TOKEN}, area=AREA),
    resource("tables/{token}/configuration/", {"PATCH": Verb(
        configure, "Change the configuration, whole or in part; at a running table from the next "
        "hand on.", {200: TABLE}, body="table/config.json", versioned=True,
        refusals={403: NOT_CREATOR, 409: STATE},
    )}, parameters={"token": TOKEN}, area=AREA),
    resource("tables/{token}/open/", {"POST": Verb(
        open_table, "Open a table that is paid for, for a day.", {200: TABLE},
        body="rest/nothing.json", body_optional=True, refusals={403: NOT_CREATOR, 409: STATE},
    )}, parameters={"token": TOKEN}, area=AREA),
    resource("tables/{token}/join/", {"POST": Verb(
        join, "Become a player; repeating it changes nothing.", {200: TABLE},
        body="rest/nothing.json", body_optional=True, refusals={
            409: STATE, 429: "Too many attempts; Retry-After says when to try again.",
        },
    )}, parameters={"token": TOKEN}, area=AREA),
    resource("tables/{token}/choose_game_mode/", {"POST": Verb(
        choose_game_mode, "Choose the table's game mode, while no game is running.", {200: TABLE},
        body="rest/tables/game_mode.json", refusals={403: NOT_CREATOR, 409: STATE},
    )}, parameters={"token": TOKEN}, area=AREA),
)
