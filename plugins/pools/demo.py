"""The demo's pools: one source, one football match that never ends, and bots that bet on it.

It plays while somebody watches, so that an idle demo writes nothing. Bots are the ones of the
demo's table; what they bet is theirs.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping

from plugins.pools.creating import room_config
from plugins.pools.pulse import PROTOCOL
from plugins.pools.rules.state import Game
from plugins.pools.service import NAMESPACE, Service
from vphost.plugin_api import SYSTEM, Command, Json, Rejected

SOURCE, GAME = (str(uuid.uuid5(NAMESPACE, f"demo {what}")) for what in ("source", "game"))
BOTS = ("Ada", "Boris", "Chen", "Dalia")
BEAT_S = 3.0
EVENT_BEATS = 15
"""How often something happens on the field, on average."""
BY: Mapping[str, Json] = {"number": 0, "name": "demo", "is_host": True}
MATCH = {
    "source_id": SOURCE, "game_name": "Harbour Town \u2013 Hill City", "type": "football",
    "actions": ["Goal", "Corner", "Card"],
    "targets": ["Harbour Town", "Hill City", "Harbour Town:Okafor", "Harbour Town:Lind",
                "Hill City:Marino", "Hill City:Sato"],
}
SIDES = ["harbour town", "hill city"]
POOLS: tuple[Mapping[str, Json], ...] = (
    {"action": "goal", "description": "Who scores next?", "is_hot": True},
    {"action": "corner", "description": "Who takes the next corner?"},
    {"action": "card", "description": "A card in the next five minutes?", "pool_type": 2,
     "lasts_ms": 300_000},
)


async def play(service: Service) -> None:
    """Open what is missing, then let bots bet and things happen, as long as the host lives."""
    await service.opened()
    host = service.host
    await service.directory.open_source(SOURCE, "Demo league", "A match that never ends.", "")
    await service.directory.add_game(GAME, SOURCE)
    await host.create_room(GAME, "pools", room_config(
        MATCH, host.currencies, opened=True, now_ms=host.clock.calendar_ms()
    ))
    if service.game(GAME).closed:
        return
    await _open_pools(service)
    dice = random.Random()
    while True:
        await asyncio.sleep(BEAT_S)
        game: Game | None = host.state(GAME)
        if game is None or game.closed:
            return
        if not any(host.is_online(PROTOCOL, game.people[one].user) for one in game.subscribed):
            continue
        if dice.randrange(EVENT_BEATS) == 0:
            target = dice.choice([one for one in game.targets if ":" in one])
            await _send(service, "event", action_id=dice.choice(list(game.actions)),
                        target_id=target, happened_at=None)
        else:
            await _bet(service, game, dice)


async def _open_pools(service: Service) -> None:
    """Open the pools that are not running."""
    game: Game = service.game(GAME)
    running = {pool.description for pool in game.pools.values() if pool.result is None}
    for wanted in POOLS:
        if wanted["description"] in running:
            continue
        given = dict(wanted)
        lasts_ms = given.pop("lasts_ms", None)
        now_ms = service.host.clock.calendar_ms()
        await _send(service, "create_pool", **{
            "targets": SIDES, "pool_type": 1, "start_at": None,
            "finish_at": None if lasts_ms is None else now_ms + lasts_ms,
            "stop_accepting_bets_at": None, "recreate_on_end": True, "is_blocked": False,
            "is_hot": False, "rules": {}, **given,
        })


async def _bet(service: Service, game: Game, dice: random.Random) -> None:
    """Let a bot back something."""
    name = dice.choice(BOTS)
    user = await service.host.user_named(name)
    now_ms = service.host.clock.calendar_ms()
    pools = [pool for pool in game.pools.values() if pool.takes_bets(now_ms)]
    if user is None or not pools:
        return
    pool = dice.choice(pools)
    by = {"number": await service.directory.number(user), "name": name}
    await _send(service, "bet", user, by, pool_id=pool.id, target=dice.choice(pool.targets),
                amount=100 * dice.choice((1, 2, 5, 10, 20)))


async def _send(
    service: Service, op: str, user: str = SYSTEM, by: Mapping[str, Json] = BY, **args: Json
) -> None:
    """Give the match a command; a refusal (a pool that just closed) is the next beat's matter."""
    outcome = await service.host.send(
        GAME, Command(f"demo:{uuid.uuid4().hex}", user, f"pools.{op}", {**args, "_by": dict(by)})
    )
    if isinstance(outcome, Rejected) and op == "create_pool":
        raise RuntimeError(f"the demo's pool was refused: {outcome.code} {dict(outcome.detail)}")
