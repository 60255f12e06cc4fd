"""REST of players: who is at the caller's tables, and sending away and leaving."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from vphost.rules.mode import Json
from vphost.rules.money import to_major
from vphost.rules.poker.table.summary import Standing
from vphost.tables.members import Member
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.rest.tables import SHORT_TOKEN, done
from vphost.tables.tables import Table
from vphost.web.rest.permissions import API
from vphost.wire.rest import NUMBER, PAGE, Ask, Refused, Reply, Verb, page

AREA = "players"
PLAYER = "rest/players/player.json"
PROTOCOL, NORMAL = "table", 1000


async def player_of_path(ask: Ask[TableSite]) -> tuple[Member, Table]:
    """Return the player of the path. Raises: Refused 404 for a player at other tables."""
    found = await ask.host.hosting.visible_player(ask.path["id"], ask.user)
    if found is None:
        raise Refused("not_found")
    return found


async def own_player(ask: Ask[TableSite]) -> tuple[Member, Table]:
    """Return the player of the path, who has to be the caller. Raises: Refused 404, 403."""
    member, table = await player_of_path(ask)
    if member.user != ask.user:
        raise Refused("forbidden")
    return member, table


def player_payload(site: TableSite, member: Member, table: Table, user: str) -> Mapping[str, Json]:
    """Return a player as the others at the table see them. user: who looks."""
    number = site.hosting.number_at(member)
    summary = None if number is None else site.hosting.summary(table.id)
    standing = None if summary is None or number is None else summary.players.get(number)
    return {
        "id": member.number, "table": table.id, "short_table_token": table.short_token,
        "username": member.username, "is_you": member.user == user,
        "is_creator": member.user == table.host, "joined": member.joined_at / 1000,
        "jitsi_id": member.jitsi_id, **_at_table(standing, table.config.get("decimals", 2)),
    }


def _at_table(standing: Standing | None, decimals: int) -> dict[str, Json]:
    """Return what a player has at the table; nothing before they have come to it."""
    if standing is None:
        return {"player": None, "status": "D", "seat": None, "bank": None, "table_stack": None}
    return {
        "player": standing.id, "status": standing.status, "seat": standing.seat,
        "bank": to_major(standing.bank, decimals),
        "table_stack": to_major(standing.stack, decimals),
    }


async def shown(ask: Ask[TableSite], member: Member, table: Table) -> Mapping[str, Json]:
    """Return a player as the caller sees them, with their picture."""
    user = await ask.host.accounts.by_id(member.user)
    picture = None if user is None else user.avatar or None
    return {**player_payload(ask.host, member, table, ask.user), "avatar_url": picture}


async def players(ask: Ask[TableSite]) -> Reply:
    """List the players of the caller's tables."""
    limit, rows = ask.query["limit"], []
    async for member, table in _listed(ask):
        rows.append((member.key, await shown(ask, member, table)))
        if len(rows) > limit:
            break
    return Reply(page(rows, limit, f"{API}players/", ask.query))


async def _listed(ask: Ask[TableSite]) -> AsyncIterator[tuple[Member, Table]]:
    """Yield (player, table) ordered by table, after the key of a player."""
    hosting = ask.host.hosting
    after_table, _, after_user = ask.query.get("after", "").partition(".")
    token = ask.query.get("short_table_token")
    only = None if token is None else await hosting.visible_table(token, ask.user)
    if token is not None and (only is None or only.id < after_table):
        return
    begun = await hosting.visible_table(after_table, ask.user) if after_table else None
    if begun is not None and (only is None or only.id == begun.id):
        async for member in hosting.members.of_table(begun.id, after_user):
            if hosting.is_here(member):
                yield member, begun
    async for table in hosting.visible_tables(ask.user, after_table):
        if only is None or table.id == only.id:
            async for member in hosting.members.of_table(table.id):
                if hosting.is_here(member):
                    yield member, table


async def read(ask: Ask[TableSite]) -> Reply:
    """Show a player."""
    member, table = await player_of_path(ask)
    return Reply(await shown(ask, member, table), version=member.version)


async def change(ask: Ask[TableSite]) -> Reply:
    """Change what callers say of themselves."""
    member, table = await own_player(ask)
    version = ask.expect(member.version)
    if not ask.body:
        return Reply(await shown(ask, member, table), version=version)
    member = done(await ask.host.hosting.change_player(
        member, version, ask.body.get("jitsi_id", member.jitsi_id), ask.action_id
    ))
    return Reply(await shown(ask, member, table), version=member.version)


async def kick(ask: Ask[TableSite]) -> Reply:
    """Send a player away."""
    member, table = await player_of_path(ask)
    if table.host != ask.user:
        raise Refused("not_the_host")
    never_came = ask.host.hosting.number_at(member) is None
    done(await ask.host.hosting.kick(table, member, ask.action_id))
    if never_came:
        await ask.host.audit.record(
            f"user:{ask.user}", "player.kick", f"table:{table.id}", {"user": member.user}
        )
    return Reply(status=204)


async def leave(ask: Ask[TableSite]) -> Reply:
    """Leave a table; somebody who only watches is not in the room, so their sockets are closed."""
    member, table = await own_player(ask)
    is_player = ask.host.hosting.number_at(member) is not None
    done(await ask.host.hosting.leave(member, ask.action_id))
    if not is_player:
        for socket in ask.host.sockets.in_room(PROTOCOL, table.id, ask.user):
            socket.close(NORMAL, "You left the table")
    return Reply(status=204)


routes = (
    resource("players/", {"GET": Verb(
        players, "The players of the caller's tables.", {200: "rest/players/list.json"},
        query=(*PAGE, SHORT_TOKEN),
    )}, area=AREA),
    resource("players/{id}/", {
        "GET": Verb(read, "A player of one of the caller's tables.", {200: PLAYER}),
        **{verb: Verb(
            change, "Change one's own data, while no hand is running.", {200: PLAYER},
            body=f"rest/players/{verb.lower()}.json", versioned=True,
            refusals={403: "It is somebody else.", 409: "A hand is running, or it was changed."},
        ) for verb in ("PUT", "PATCH")},
    }, parameters={"id": NUMBER}, area=AREA),
    resource("players/{id}/kick/", {"POST": Verb(
        kick, "Send a player away, after the hand if they are in one.", {204: None},
        body="rest/nothing.json", body_optional=True,
        refusals={403: "The caller is not the table's creator.", 409: "It is the creator."},
    )}, parameters={"id": NUMBER}, area=AREA),
    resource("players/{id}/leave/", {"POST": Verb(
        leave, "Leave a table; in a hand the cards are folded.", {204: None},
        body="rest/nothing.json", body_optional=True, refusals={403: "It is somebody else."},
    )}, parameters={"id": NUMBER}, area=AREA),
)
