"""Operations on sources and games: opening, governing, listing, joining, talking, closing."""

from __future__ import annotations

from plugins.pools.asker import Answer, Asker, Refused
from plugins.pools.codec import text_of
from plugins.pools.creating import room_config
from plugins.pools.directory import described, is_admin
from plugins.pools.pulse import PROTOCOL
from plugins.pools.requests_pools import tell_result
from plugins.pools.rules import shapes
from plugins.pools.rules.state import Game
from plugins.pools.service import ID_FIELD, ID_REUSED, Handler, Service
from plugins.pools.used_ids import asked_of
from vphost.plugin_api import Json

LISTED_MAX = 1_000
"""Games of one list, the newest."""
UNRESOLVED_TOLD = 500
LOGGED_ON = "logged_on"
SOURCE, GAME = "open_game_source", "create_and_open_game"
"""What ids are made of; the two ways to create a game share theirs."""


async def ping(service: Service, asker: Asker) -> None:
    """Op 1."""
    asker.say("pong")


async def get_opcodes(service: Service, asker: Asker) -> None:
    """Op 2."""
    numbers = service.numbers
    asker.say("opcodes", opcodes=dict(numbers["op"]), response_codes=dict(numbers["res"]))


async def logon(service: Service, asker: Asker) -> None:
    """Op 100: the host has checked the token; the second time is one too many."""
    notes = asker.peer.notes
    name = "already_logged_on" if LOGGED_ON in notes else "logon_success"
    notes[LOGGED_ON] = True
    asker.say(name, user_id=asker.number, username=asker.peer.name)


# -- sources ---------------------------------------------------------------------------------


async def open_source(service: Service, asker: Asker) -> None:
    """Op 365."""
    if not await service.directory.may_open(asker.peer.user):
        raise Refused("not_a_source_opener")
    source = service.own_id(asker, SOURCE)
    name, description = asker.args["source_name"], asker.args.get("description")
    found = await service.directory.open_source(source, name, description, asker.peer.user)
    if (found.body["name"], found.body["description"]) != (name, description):
        raise Refused(ID_REUSED, field=ID_FIELD)
    asker.say("game_source_opened", source_id=source)


async def close_source(service: Service, asker: Asker) -> None:
    """Op 366. A source that is closed already is closed again with the same answer."""
    source = await service.own_source(asker, asker.args["source_id"])
    if source.body["open"]:
        await service.directory.change_source(source.id, closing=asker.number)
        key = asker.request.request_id or service.own_id(asker, SOURCE)
        unresolved = await service.close_games(source, asker.number, f"{source.id}:{key}")
        if unresolved:
            raise Refused("unresolved_pools", pool_ids=unresolved[:UNRESOLVED_TOLD])
    asker.say("game_source_closed", source_id=source.id)


async def list_my_sources(service: Service, asker: Asker) -> None:
    """Op 611."""
    sources = [
        one for one in await service.directory.open_sources() if is_admin(one, asker.peer.user)
    ]
    asker.say("game_sources_i_am_admin_of", sources={
        source.id: described(source) for source in sources[-LISTED_MAX:]
    })


# -- creating and opening --------------------------------------------------------------------


async def create_and_open_game(service: Service, asker: Asker) -> None:
    """Op 370."""
    game = await _create(service, asker, opened=True)
    asker.say("game_created_and_opened", **shapes.opened(game))


async def create_game(service: Service, asker: Asker) -> None:
    """Op 3701."""
    game = await _create(service, asker, opened=False)
    asker.say("game_created", **shapes.heading(game))


async def _create(service: Service, asker: Asker, opened: bool) -> Game:
    source = await service.own_source(asker, asker.args["source_id"])
    game_id, asked = service.own_id(asker, GAME), asked_of(asker.request)
    if await service.directory.asked_for(game_id) not in ("", asked):
        raise Refused(ID_REUSED, field=ID_FIELD)
    if game_id not in service.directory.games or service.host.state(game_id) is None:
        if not source.body["open"] or source.body["closing"]:
            raise Refused("source_closed")
        config = room_config(
            {**asker.args, "source_id": source.id}, service.host.currencies, opened,
            service.host.clock.calendar_ms(),
        )
        await service.directory.add_game(game_id, source.id, asked)
        await service.host.create_room(game_id, "pools", config)
    return service.game(game_id)


async def open_game(service: Service, asker: Asker) -> None:
    """Op 3702; the answer is 3402, as the source's example has it."""
    game = await _change(service, asker, "open")
    asker.say("game_opened", **shapes.opened(game))


async def update_game(service: Service, asker: Asker) -> None:
    """Op 373: 343 to the asker; the subscribers hear 342."""
    game = await _change(service, asker, "update")
    asker.say("game_details_updated", game_id=game.id)


async def _change(service: Service, asker: Asker, op: str) -> Game:
    game = service.game(asker.args["game_id"])
    governs = await service.governs_source_of(asker, game)
    await service.ask_room(
        asker, game, op, governs, actions=asker.args.get("actions", []),
        targets=asker.args.get("targets", []),
    )
    return service.game(game.id)


async def close_game(service: Service, asker: Asker) -> None:
    """Op 375: 362 for each automatic pool, 368 for each that people have to resolve.

    341 follows when none of these is left, later for whoever closed and for the subscribers.
    """
    game = service.game(asker.args["game_id"])
    governs = await service.governs_source_of(asker, game)
    if not (game.closed and governs):
        said = await service.ask_room(asker, game, "close", governs)
        if said is not None and await _told_pools(service, asker, game.id, said):
            return
        with service.closing(game.id):
            await service.until(game.id, lambda now: now.closed)
    asker.answers.append(Answer("game_closed", {"game_id": game.id}, heard_in=game.id))


async def _told_pools(service: Service, asker: Asker, game_id: str, said: Json) -> bool:
    """Tell what became of a closing game's pools; say whether people have to resolve some."""
    for pool_id in said.get("ended", ()):
        await tell_result(service, asker, game_id, pool_id)
    for pool_id in said["unresolved"]:
        asker.answers.append(Answer("betting_in_pool_blocked", {
            "pool_id": pool_id, "game_id": game_id, "blocked_at": said["at"],
        }, heard_in=game_id))
    return bool(said["unresolved"]) and not service.game(game_id).closed


# -- governing -------------------------------------------------------------------------------


async def become_admin(service: Service, asker: Asker) -> None:
    """Op 616: 640, or 645 with the reason."""
    game = service.game(asker.args["game_id"])
    governs = await service.governs_source_of(asker, game)
    try:
        await service.ask_room(asker, game, "become_admin", governs)
    except Refused as refused:
        asker.say(
            "become_an_admin_for_game_fail", game_id=game.id, reason=text_of(refused.rejected.code)
        )
        return
    asker.say("become_an_admin_for_game_success", game_id=game.id)


async def appoint_admin(service: Service, asker: Asker) -> None:
    """Op 617: 617 to the asker, 640 to the appointed."""
    game = service.game(asker.args["game_id"])
    name = asker.args["username"]
    user = await service.host.user_named(name)
    if user is None:
        raise Refused("no_such_user", field="username")
    other = {"number": await service.directory.number(user), "name": name, "user": user}
    await service.ask_room(asker, game, "appoint", other=other)
    await service.host.push(PROTOCOL, user, service.codec.answer(
        "become_an_admin_for_game_success", {"game_id": game.id}
    ))
    asker.say("admin_for_game_appointed", game_id=game.id, username=name)


# -- looking ---------------------------------------------------------------------------------


async def get_details(service: Service, asker: Asker) -> None:
    """Op 372."""
    game = service.game(asker.args["game_id"])
    asker.say("game_details", **shapes.details(game, service.host.clock.calendar_ms()))


async def list_games(service: Service, asker: Asker) -> None:
    """Op 380."""
    await _list(service, asker, "games_list_for_source", upcoming=False)


async def list_upcoming(service: Service, asker: Asker) -> None:
    """Op 3811."""
    await _list(service, asker, "upcoming_games_list_for_source", upcoming=True)


async def _list(service: Service, asker: Asker, name: str, upcoming: bool) -> None:
    source = await service.source(asker.args["source_id"])
    now_ms = service.host.clock.calendar_ms()
    states = (service.host.state(game) for game in service.directory.games_of(source.id))
    games = [
        game for game in states if game is not None and not game.closed
        and (not game.opened or now_ms < game.open_ms) == upcoming
    ]
    asker.say(name, source_id=source.id, games={
        game.id: shapes.listed(game, now_ms) for game in games[-LISTED_MAX:]
    })


async def list_my_games(service: Service, asker: Asker) -> None:
    """Op 610."""
    now_ms = service.host.clock.calendar_ms()
    mine = [
        game for game in service.games() if asker.number in game.admins and not game.closed
    ]
    asker.say("games_i_am_admin_of", games={
        game.id: {**shapes.listed(game, now_ms), "source_id": game.source}
        for game in mine[-LISTED_MAX:]
    })


# -- joining and talking ---------------------------------------------------------------------


async def join_game(service: Service, asker: Asker) -> None:
    """Op 363. The user hears the game from here on, over all their sockets, until they leave."""
    game = service.game(asker.args["game_id"])
    was_joined = asker.number in game.subscribed
    service.host.subscribe(PROTOCOL, asker.peer.user, game.id)
    try:
        await service.ask_room(asker, game, "join")
    except Refused:
        if not was_joined:
            service.host.unsubscribe(PROTOCOL, asker.peer.user, game.id)
        raise
    asker.say("game_joined", game_id=game.id)


async def leave_game(service: Service, asker: Asker) -> None:
    """Op 364."""
    game = service.game(asker.args["game_id"])
    await service.ask_room(asker, game, "leave")
    service.host.unsubscribe(PROTOCOL, asker.peer.user, game.id)
    asker.say("game_left", game_id=game.id)


async def text_message(service: Service, asker: Asker) -> None:
    """Op 900: to the games named, or to all that the asker has joined."""
    named = asker.args.get("targets") or [
        game.id for game in service.games()
        if not game.closed and asker.number in game.subscribed
    ]
    if not named:
        raise Refused("nothing_joined")
    games = [service.game(game_id) for game_id in dict.fromkeys(named)]
    for game in games:
        if asker.number not in game.subscribed:
            raise Refused("not_joined")
    for game in games:
        said = await service.ask_room(asker, game, "chat", text=asker.args["text"])
        if said is not None:
            asker.answers.append(Answer("text_message", said, heard_in=game.id))


HANDLERS: dict[str, Handler] = {
    "ping": ping, "get_opcodes": get_opcodes, "authenticate": logon,
    "open_game_source": open_source, "close_game_source": close_source,
    "list_game_sources_i_am_admin_of": list_my_sources,
    "create_and_open_game": create_and_open_game, "create_game": create_game,
    "open_game": open_game, "update_game_details": update_game, "close_game": close_game,
    "become_an_admin_for_game": become_admin,
    "appoint_admin_for_game_by_username": appoint_admin, "get_game_details": get_details,
    "list_games_for_source": list_games, "list_upcoming_games_for_source": list_upcoming,
    "list_games_i_am_admin_of": list_my_games, "join_game": join_game,
    "leave_game": leave_game, "text_message": text_message,
}
