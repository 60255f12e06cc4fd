"""Operations on pools and money: opening, betting, events, blocking, results, balances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from plugins.pools.asker import Answer, Asker, Refused
from plugins.pools.codec import PRICE_DECIMALS
from plugins.pools.creating import CURRENCY
from plugins.pools.leaders import BOTTOM, SURROUNDING, TOP, excerpt, ranked
from plugins.pools.rules import shapes
from plugins.pools.rules.resolving import repeated
from plugins.pools.rules.state import Game, Pool, bet_id
from plugins.pools.service import Handler, Service
from vphost.plugin_api import Json
from vphost.rules.money import BadAmount, to_major, to_minor

MY_BETS_MAX = 500
"""Own bets of one pool that a list shows, the newest."""
LIST_BYTES_MAX = 800_000
"""About how large a list may get: a frame has to fit into a socket's buffer (1 MiB)."""
POOL_BYTES, BET_BYTES, NET_BYTES = 1_200, 700, 32


# -- opening and looking ---------------------------------------------------------------------


async def create_pool(service: Service, asker: Asker) -> None:
    """Op 385: 350 to the asker; the subscribers hear 352."""
    args = asker.args
    game = service.game(args["game_id"])
    said = await service.ask_room(
        asker, game, "create_pool", action=args["action"], targets=args["targets"],
        pool_type=args["pool_type"], description=args.get("description") or "",
        start_at=args.get("start_at"), finish_at=args.get("finish_at"),
        stop_accepting_bets_at=args.get("stop_accepting_bets_at"),
        recreate_on_end=args.get("recreate_on_end", False),
        is_blocked=args.get("is_blocked", False), is_hot=args.get("is_hot", False),
        rules=_rules(args.get("rules", {})),
    )
    assert said is not None, "a new pool is an event"
    now, pool = service.pool(said["pool_id"])
    asker.say("betting_pool_created_and_opened", **shapes.pool(
        now, pool, service.host.clock.calendar_ms()
    ))


def _rules(given: Json) -> dict[str, Json]:
    """Return rules with prices in ten-thousandths. Raises: Refused."""
    rules = dict(given)
    for name in ("breakage", "minimum_price"):
        if name in rules:
            try:
                rules[name] = to_minor(rules[name], PRICE_DECIMALS)
            except BadAmount:
                raise Refused("bad_rules", field=f"rules.{name}") from None
    return rules


async def list_all(service: Service, asker: Asker) -> None:
    """Op 387: the newest, as many as fit."""
    game = service.game(asker.args["game_id"])
    now_ms = service.host.clock.calendar_ms()
    pools: dict[str, Any] = {}
    room = LIST_BYTES_MAX
    for pool in list(game.pools.values())[::-1]:
        room -= _bytes(pool)
        if room < 0:
            break
        pools[pool.id] = shapes.pool(game, pool, now_ms)
        if pool.result is not None:
            pools[pool.id]["result"] = shapes.result(game, pool, pool.result)
    asker.answers.append(Answer(
        "all_betting_pools_list_for_game", {"game_id": game.id, "pools": _oldest_first(pools)},
        game.decimals,
    ))


async def list_open(service: Service, asker: Asker) -> None:
    """Op 388."""
    _list_mine(service, asker, "my_open_betting_pools", ("open",))


async def list_running(service: Service, asker: Asker) -> None:
    """Op 389."""
    _list_mine(service, asker, "my_running_betting_pools", ("running", "not_yet_open"))


async def list_resolved(service: Service, asker: Asker) -> None:
    """Op 390."""
    _list_mine(service, asker, "my_resolved_betting_pools", ("resolved",))


def _list_mine(service: Service, asker: Asker, name: str, states: tuple[str, ...]) -> None:
    """Answer with the newest pools of the asker, as many as fit."""
    game = service.game(asker.args["game_id"])
    now_ms = service.host.clock.calendar_ms()
    pools: dict[str, Any] = {}
    room = LIST_BYTES_MAX
    for pool in list(game.pools.values())[::-1]:
        if asker.number not in pool.stakes or pool.status(now_ms) not in states:
            continue
        room -= _bytes(pool)
        if room < 0:
            break
        shown, taken = _with_mine(game, pool, asker.number, now_ms, room)
        pools[pool.id] = shown
        room -= taken
    asker.answers.append(Answer(
        name, {"game_id": game.id, "pools": _oldest_first(pools)}, game.decimals
    ))


def _bytes(pool: Pool) -> int:
    """Return what a pool takes in a list, about."""
    return POOL_BYTES + 4 * len(pool.description) + sum(len(name) + 3 for name in pool.targets)


def _oldest_first(pools: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(pools.items()))


def _with_mine(
    game: Game, pool: Pool, number: int, now_ms: int, room: int
) -> tuple[dict[str, Any], int]:
    """Return a pool with the asker's part in it, and how many bytes of the room that takes.

    What does not fit is left out: the oldest bets, or who else won and lost.
    """
    shown = {**shapes.pool(game, pool, now_ms), "staked": pool.stakes.get(number, 0)}
    if pool.result is None:
        bets = game.bets_of(number, pool, min(MY_BETS_MAX, room // BET_BYTES))
        shown["bets"] = [
            {"bet_id": bet_id(pool.id, place), "target": bet.target, "amount": bet.amount_minor,
             "placed_at": bet.placed_at_ms}
            for place, bet in bets
        ]
        return shown, BET_BYTES * len(bets)
    late = pool.result.invalidated
    taken = NET_BYTES * (len(pool.stakes) + len(late))
    is_whole = taken <= room
    tell = shapes.whole_result if is_whole else shapes.result
    shown["result"] = tell(game, pool, pool.result)
    shown["own_result"] = shapes.own_result(pool, pool.result, number, late)
    return shown, taken if is_whole else 0


async def get_distribution(service: Service, asker: Asker) -> None:
    """Op 393."""
    game, pool = service.pool(asker.args["pool_id"])
    asker.answers.append(Answer(
        "betting_pool_bets_distribution", shapes.distribution(game, pool), game.decimals
    ))


# -- betting ---------------------------------------------------------------------------------


async def place_bet(service: Service, asker: Asker) -> None:
    """Op 392; the amount comes back as a text."""
    game, pool = service.pool(asker.args["pool_id"])
    try:
        amount = to_minor(_amount(asker.args["amount"]), game.decimals)
    except BadAmount as error:
        raise Refused("bad_amount", field="amount", detail=f"amount: {error}.") from None
    if amount <= 0:
        raise Refused("bad_amount", field="amount", detail="amount has to be above 0.")
    said = await service.ask_room(
        asker, game, "bet", pool_id=pool.id, target=asker.args["target"], amount=amount
    )
    assert said is not None, "a bet is an event"
    service.stakes_in(asker.number).add(game.id)
    asker.say("bet_placed", **{**said, "amount": to_major(said["amount"], game.decimals)})


def _amount(given: Json) -> str | int | Decimal:
    amount: str | int | Decimal = given
    return amount


# -- what happens ----------------------------------------------------------------------------


async def register_event(service: Service, asker: Asker) -> None:
    """Op 395; the same event again is told again and does nothing."""
    args = asker.args
    game = service.game(args["game_id"])
    given = args.get("happened_at")
    said = await service.ask_room(
        asker, game, "event", action_id=args["action_id"], target_id=args["target_id"],
        happened_at=given,
    )
    if said is None:
        first = repeated(
            service.game(game.id), args["action_id"].strip().lower(),
            args["target_id"].strip().lower(), given,
        )
        assert first is not None, "an event without effect is a repeated one"
        said = {"event_id": first.id, "game_id": game.id, **shapes.happened(first)}
    fields = {name: value for name, value in said.items() if name != "pool_ids"}
    asker.answers.append(Answer("game_event_registered", fields, heard_in=game.id))


async def suggest_hot(service: Service, asker: Asker) -> None:
    """Op 396."""
    game, pool = service.pool(asker.args["pool_id"])
    await _suggest(service, asker, game, pool_id=pool.id)


async def suggest_hot_for_action(service: Service, asker: Asker) -> None:
    """Op 3961."""
    game = service.game(asker.args["game_id"])
    await _suggest(
        service, asker, game, action_id=asker.args["action_id"].strip().lower(),
        target_id=asker.args["target_id"].strip().lower(),
    )


async def _suggest(service: Service, asker: Asker, game: Game, **what: Json) -> None:
    said = await service.ask_room(
        asker, game, "suggest_hot", likely_to_happen_at=asker.args.get("likely_to_happen_at"),
        **what,
    )
    assert said is not None, "a suggestion is an event"
    asker.answers.append(Answer("hot_betting_pool_suggested", said, heard_in=game.id))


async def block(service: Service, asker: Asker) -> None:
    """Op 397."""
    await _switch(service, asker, "block", "blocked")


async def allow(service: Service, asker: Asker) -> None:
    """Op 398."""
    await _switch(service, asker, "allow", "allowed")


async def block_action(service: Service, asker: Asker) -> None:
    """Op 3975: 370, and 368 for every pool."""
    await _switch_action(service, asker, "block", "blocked")


async def allow_action(service: Service, asker: Asker) -> None:
    """Op 3985: 371, and 369 for every pool."""
    await _switch_action(service, asker, "allow", "allowed")


async def _switch(service: Service, asker: Asker, what: str, past: str) -> None:
    game, pool = service.pool(asker.args["pool_id"])
    said = await service.ask_room(
        asker, game, what, pool_id=pool.id, at=asker.args.get(f"{what}_at")
    )
    assert said is not None, "blocking is an event"
    is_now = said["at"] <= service.host.clock.calendar_ms()
    asker.answers.append(Answer(f"betting_in_pool_{past}", {
        "pool_id": pool.id, "game_id": game.id, f"{past}_at": said["at"],
    }, heard_in=game.id if is_now else None))


async def _switch_action(service: Service, asker: Asker, what: str, past: str) -> None:
    game = service.game(asker.args["game_id"])
    action = asker.args["action"].strip().lower()
    said = await service.ask_room(
        asker, game, what, action=action, at=asker.args.get(f"{what}_at")
    )
    assert said is not None, "blocking is an event"
    at = {f"{past}_at": said["at"]}
    asker.answers.append(Answer(
        f"betting_for_game_action_{past}", {"game_id": game.id, "action": action, **at},
        heard_in=game.id,
    ))
    is_now = said["at"] <= service.host.clock.calendar_ms()
    for pool_id in said["pool_ids"]:
        asker.answers.append(Answer(f"betting_in_pool_{past}", {
            "pool_id": pool_id, "game_id": game.id, **at,
        }, heard_in=game.id if is_now else None))


async def resolve(service: Service, asker: Asker) -> None:
    """Op 399: 362, also when it is resolved the same already."""
    game, pool = service.pool(asker.args["pool_id"])
    await service.ask_room(
        asker, game, "resolve", pool_id=pool.id, target=asker.args.get("target")
    )
    await tell_result(service, asker, game.id, pool.id)


async def tell_result(service: Service, asker: Asker, game_id: str, pool_id: str) -> None:
    """Answer with the result (362) of a pool that has ended, as soon as it is settled."""
    await service.until(game_id, lambda now: now.pools[pool_id].result is not None)
    game, pool = service.pool(pool_id)
    assert pool.result is not None, "it was waited for"
    in_crowd = shapes.is_crowded(game, pool)
    tell = shapes.result if in_crowd else shapes.whole_result
    asker.answers.append(Answer(
        "bet_pool_resolved", tell(game, pool, pool.result), game.decimals, heard_in=game.id
    ))


# -- money and ranks -------------------------------------------------------------------------


async def current_balance(service: Service, asker: Asker) -> None:
    """Op 800: what can be bet and what stands in pools."""
    currency, decimals = _currency(service, asker)
    total = service.available(asker.peer.user, currency)
    total += service.exposure(asker.number, currency)
    asker.answers.append(Answer(
        "my_current_balance", {"current_balance": total, "currency": currency}, decimals
    ))


async def available_balance(service: Service, asker: Asker) -> None:
    """Op 810."""
    currency, decimals = _currency(service, asker)
    asker.answers.append(Answer("my_available_balance", {
        "available_balance": service.available(asker.peer.user, currency), "currency": currency,
    }, decimals))


async def exposure(service: Service, asker: Asker) -> None:
    """Op 840."""
    currency, decimals = _currency(service, asker)
    asker.answers.append(Answer("my_exposure", {
        "exposure": service.exposure(asker.number, currency), "currency": currency,
    }, decimals))


def _currency(service: Service, asker: Asker, usual: str = CURRENCY) -> tuple[str, int]:
    code = asker.args.get("currency", usual)
    if code not in service.host.currencies:
        raise Refused("unknown_currency", field="currency")
    return code, service.host.currencies[code].decimals


async def leaderboard(service: Service, asker: Asker) -> None:
    """Op 450."""
    currency, decimals = _currency(service, asker)
    games = [game for game in service.games() if game.currency == currency]
    fields = _leaders(asker, games, currency)
    asker.answers.append(Answer("leaderboard", fields, decimals))


async def leaderboard_for_game(service: Service, asker: Asker) -> None:
    """Op 451; without a currency that of the game, in another one nobody has won anything."""
    game = service.game(asker.args["game_id"])
    currency, decimals = _currency(service, asker, game.currency)
    games = [game] if currency == game.currency else []
    fields = {"game_id": game.id, **_leaders(asker, games, currency)}
    asker.answers.append(Answer("leaderboard_for_game", fields, decimals))


def _leaders(asker: Asker, games: list[Game], currency: str) -> dict[str, Json]:
    args = asker.args
    items, breaks = excerpt(
        ranked(games), asker.number, args.get("top_count", TOP),
        args.get("surrounding_count", SURROUNDING), args.get("bottom_count", BOTTOM),
    )
    return {"items": items, "break_after_rank": breaks, "currency": currency}


HANDLERS: dict[str, Handler] = {
    "create_and_open_betting_pool": create_pool, "list_all_betting_pools_for_game": list_all,
    "list_my_open_betting_pools_for_game": list_open,
    "list_my_running_betting_pools_for_game": list_running,
    "list_my_resolved_betting_pools_for_game": list_resolved,
    "get_betting_pool_bets_distribution": get_distribution,
    "place_bet_in_betting_pool": place_bet, "register_game_event": register_event,
    "suggest_hot_betting_pool": suggest_hot,
    "suggest_hot_betting_pool_for_action_and_target": suggest_hot_for_action,
    "block_betting_in_pool": block, "allow_betting_in_pool": allow,
    "block_betting_for_game_and_action": block_action,
    "allow_betting_for_game_and_action": allow_action, "resolve_betting_pool": resolve,
    "get_my_current_balance": current_balance, "get_my_available_balance": available_balance,
    "get_my_exposure": exposure, "get_leaderboard": leaderboard,
    "get_leaderboard_for_game": leaderboard_for_game,
}
