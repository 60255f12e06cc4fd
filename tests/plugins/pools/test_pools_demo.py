"""The demo's match: it is there, bots bet on it while somebody watches, and a restart finds it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from plugins.pools import demo
from tests.plugins.pools.pools_house import WAIT_S, Client, running

QUESTIONS = sorted(str(pool["description"]) for pool in demo.POOLS)


async def questions(client: Client) -> list[str]:
    """Return what the running pools ask, once the match is there with all of them."""
    async with asyncio.timeout(WAIT_S):
        found: list[str] = []
        while len(found) < len(QUESTIONS):
            answer = (await client.answers(
                "list_all_betting_pools_for_game", game_id=demo.GAME
            ))[0]
            found = sorted(
                pool["description"] for pool in answer.get("pools", {}).values()
                if pool["status"] != "resolved"
            )
    return found


async def test_bots_bet_on_the_demos_match_and_a_restart_opens_nothing_twice(
    tmp_path: Path,
) -> None:
    store = f"sqlite:{tmp_path / 'demo.sqlite'}"
    async with running(tmp_path, store=store, demo=True, drain_s=0) as house:
        anna = await house.connect("anna", "100")
        assert await questions(anna) == QUESTIONS
        listed = await anna.ask("list_games_for_source", source_id=demo.SOURCE)
        assert set(listed["games"]) == {demo.GAME}
        await anna.ask("join_game", game_id=demo.GAME)
        assert (await anna.hear("betting_pool_bets_distribution"))["total_amount"] >= 1
    async with running(tmp_path, store=store, demo=True, drain_s=0) as house:
        again = await house.call("user.token", name="anna")
        anna = await house.connect("anna", token=again["token"])
        assert await questions(anna) == QUESTIONS
