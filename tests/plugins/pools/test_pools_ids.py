"""A request id is for one request: repeated it acts once, for anything else it is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from plugins.pools.used_ids import LOOKS, UsedIds
from tests.plugins.pools.pools_house import NUMBERS, OP, RES, Client, Frame, House, running

BET = "place_bet_in_betting_pool"


async def ask_with(client: Client, request_id: Any, op: str, **fields: Any) -> Frame:
    """Send a request under an id of any type; return its answer."""
    await client.write({"header": {"request_id": request_id}, "op": OP[op], **fields})
    while True:
        frame = await client.receive()
        if "request_id" in frame["response_header"]:
            assert frame["response_header"]["request_id"] == request_id
            return frame
        client.heard.append(frame)


def is_reused(frame: Frame) -> bool:
    """Say whether an answer is the refusal of a used id, which names the field."""
    is_error: bool = frame["res"] == RES["error"] and frame["code"] == "id_reused"
    assert not is_error or frame["field"] == "header.request_id"
    return is_error


def staked(house: House) -> int:
    """Return what stands in all pools, minor units."""
    return sum(pool.total for game in house.games() for pool in game.pools.values())


@pytest.mark.parametrize("ids", [(1, "1", 1.0), ("1", 1.0, 1), (1.0, 1, "1"), ("x", "x", "x")])
async def test_a_bet_under_a_used_id_is_refused(tmp_path: Path, ids: tuple[Any, ...]) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        bob = await house.connect("bob", "100")
        first, second, third = ids
        bet = {"pool_id": pool, "target": "argentina", "amount": "5.00"}
        placed = await ask_with(bob, first, BET, **bet)
        for amount in (5, 5.0, "5", "5.0"):
            again = await ask_with(bob, second, BET, **{**bet, "amount": amount})
            assert again["bet_id"] == placed["bet_id"]
        assert is_reused(await ask_with(bob, second, BET, **{**bet, "target": "brazil"}))
        assert is_reused(await ask_with(bob, third, BET, **{**bet, "amount": "5.01"}))
        assert is_reused(await ask_with(bob, third, "leave_game", game_id=pool))
        assert staked(house) == 500


async def test_an_id_used_in_one_game_is_refused_in_another(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pools = [await house.pool(admin, await house.game(admin)) for _ in range(2)]
        bob = await house.connect("bob", "100")
        bets = [{"pool_id": pool, "target": "brazil", "amount": 1} for pool in pools]
        await bob.ask(BET, "k", **bets[0])
        assert is_reused(await ask_with(bob, "k", BET, **bets[1]))
        other = await house.connect("eve", "100")
        await other.ask(BET, "k", **bets[1])
        assert staked(house) == 200


async def test_ids_stay_used_over_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'pools.sqlite'}"
    game_fields: dict[str, Any] = {
        "game_name": "One", "type": "x", "actions": ["goal"], "targets": ["a", "b"],
    }
    async with running(tmp_path, store=store) as house:
        admin = await house.admin()
        source = (await admin.ask("open_game_source", "s", source_name="One"))["source_id"]
        game_fields["source_id"] = source
        game = (await admin.ask("create_and_open_game", "g", **game_fields))["game_id"]
        await admin.ask("become_an_admin_for_game", game_id=game)
        pool = await house.pool(admin, game, targets=["a", "b"])
        bob = await house.connect("bob", "100")
        await bob.ask(BET, "k", pool_id=pool, target="a", amount=5)
    async with running(tmp_path, store=store) as house:
        bob, admin = await house.connect("bob"), await house.connect("chief")
        assert is_reused(await ask_with(bob, "k", BET, pool_id=pool, target="b", amount=5))
        again = await bob.ask(BET, "k", pool_id=pool, target="a", amount="5.00")
        assert again["amount"] == "5.00" and staked(house) == 500
        assert (await admin.ask("open_game_source", "s", source_name="One"))["source_id"] == source
        assert is_reused(await ask_with(admin, "s", "open_game_source", source_name="Two"))
        assert (await admin.ask("create_and_open_game", "g", **game_fields))["game_id"] == game
        other = {**game_fields, "game_name": "Two"}
        assert is_reused(await ask_with(admin, "g", "create_and_open_game", **other))
        plain = {name: game_fields[name] for name in ("source_id", "game_name", "type")}
        assert is_reused(await ask_with(admin, "g", "create_game", **plain))
        assert len(list(house.games())) == 1


async def test_of_two_contents_at_once_one_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        token = await house.user("bob", "100")
        clients = [await house.connect("bob", token=token) for _ in range(4)]
        answers = await asyncio.gather(*(
            ask_with(client, 7, BET, pool_id=pool, target=("argentina", "brazil")[n % 2], amount=5)
            for n, client in enumerate(clients)
        ))
        assert sum(map(is_reused, answers)) == 2
        assert len({one["bet_id"] for one in answers if not is_reused(one)}) == 1
        assert staked(house) == 500


async def test_a_refused_requests_id_may_be_used_again(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        bob = await house.connect("bob", "100")
        refused = await ask_with(bob, "k", BET, pool_id=pool, target="argentina", amount=101)
        assert refused["code"] == "insufficient_funds"
        await bob.ask(BET, "k", pool_id=pool, target="argentina", amount=100)


def test_looks_are_operations() -> None:
    assert LOOKS - {"authenticate"} < NUMBERS["op"].keys()


def test_only_the_newest_ids_are_remembered() -> None:
    used = UsedIds(2)
    for key in ("a", "b", "c"):
        assert used.begin("u", key, "x")
        used.end("u", key, is_kept=True)
    assert used.begin("u", "a", "y") and not used.begin("u", "c", "y")
