"""Pools and bets over real sockets: opening, blocking, hot ones, lists, money."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.plugins.pools.pools_house import RES, running, stakes

AN_ID = "30cee1fa-fb20-41a6-a61c-0e0335abc2a9"
BET = "place_bet_in_betting_pool"


def now_ms() -> int:
    """Return the wall clock."""
    return int(time.time() * 1000)


@pytest.mark.parametrize(("fields", "code"), [
    ({"action": "kick"}, "no_such_action"),
    ({"targets": ["chile"]}, "no_such_target"),
    ({"targets": ["none"]}, "bad_target"),
    ({"targets": []}, "bad_target"),
    ({"targets": ["argentina", "argentina:1"]}, "bad_target"),
    ({"targets": ["argentina"], "pool_type": 3}, "bad_target"),
    ({"targets": ["argentina", "brazil", "none"], "pool_type": 4}, "bad_target"),
    ({"pool_type": 2}, "bad_time"),
    ({"pool_type": 4}, "bad_time"),
    ({"finish_at": 1417104170000}, "bad_time"),
    ({"stop_accepting_bets_at": 1417104170000}, "bad_time"),
    ({"start_at": 90000000000000, "finish_at": 80000000000000}, "bad_time"),
    ({"finish_at": 80000000000000, "stop_accepting_bets_at": 90000000000000}, "bad_time"),
    ({"rules": {"breakage": 0.00001}}, "bad_rules"),
])
async def test_a_pool_is_refused(tmp_path: Path, fields: dict[str, object], code: str) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        given = {"action": "goal", "targets": ["argentina", "brazil"], "pool_type": 1, **fields}
        before = house.state(game)
        await admin.refused("create_and_open_betting_pool", code, game_id=game, **given)
        assert house.state(game) == before


async def test_who_is_no_admin_may_do_none_of_it(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        anna = await house.connect("anna")
        of_game, of_pool = {"game_id": game}, {"pool_id": pool}
        goal = {"action_id": "goal", "target_id": "argentina:1"}
        for op, fields in (
            ("create_and_open_betting_pool",
             {**of_game, "action": "goal", "targets": "brazil", "pool_type": 1}),
            ("register_game_event", {**of_game, **goal}),
            ("suggest_hot_betting_pool", of_pool),
            ("suggest_hot_betting_pool_for_action_and_target", {**of_game, **goal}),
            ("block_betting_in_pool", of_pool), ("allow_betting_in_pool", of_pool),
            ("block_betting_for_game_and_action", {**of_game, "action": "goal"}),
            ("allow_betting_for_game_and_action", {**of_game, "action": "goal"}),
            ("resolve_betting_pool", {**of_pool, "void": True}),
        ):
            await anna.refused(op, "not_an_admin_of_the_game", **fields)
        await anna.refused("close_game", "not_an_admin_of_the_source", game_id=game)


async def test_bets_are_refused_with_a_code_and_no_money_moves(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        soon = await house.pool(admin, game, start_at=now_ms() + 3_600_000)
        blocked = await house.pool(admin, game, is_blocked=True)
        anna = await house.connect("anna", "10")
        bet = {"pool_id": pool, "target": "argentina", "amount": "1"}
        for code, fields in (
            ("no_such_pool", {"pool_id": AN_ID}), ("no_such_target", {"target": "chile"}),
            ("no_such_target", {"target": "argentina:1"}), ("pool_not_open", {"pool_id": soon}),
            ("betting_blocked", {"pool_id": blocked}), ("insufficient_funds", {"amount": "10.01"}),
            ("bad_amount", {"amount": 0}), ("bad_amount", {"amount": "0.001"}),
            ("bad_amount", {"amount": -1}), ("bad_amount", {"amount": "1e3"}),
        ):
            before = house.state(game)
            await anna.refused(BET, code, **{**bet, **fields})
            assert house.state(game) == before
        assert house.balance(f"user:{anna.user}") == 1000


async def test_a_repeated_bet_counts_once(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        anna = await house.connect("anna", "10")
        bet = {"pool_id": pool, "target": "argentina", "amount": "4"}
        first, again = [await anna.ask(BET, "b1", **bet) for _ in range(2)]
        assert first["bet_id"] == again["bet_id"]
        await anna.refused("get_game_details", "no_such_game", game_id=AN_ID)
        assert (await anna.ask("get_my_available_balance"))["available_balance"] == 6
        assert (await anna.ask("get_my_exposure"))["exposure"] == 4
        assert (await anna.ask("get_my_current_balance"))["current_balance"] == 10
        await anna.refused("get_my_exposure", "unknown_currency", currency="XYZ")


async def test_case_25_blocking_and_allowing(tmp_path: Path) -> None:
    """Blocked twice is the same state; a moment that is over is now."""
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        anna = await house.connect("anna", "10")
        await anna.ask("join_game", game_id=game)
        bet = {"pool_id": pool, "target": "argentina", "amount": "1"}
        for _ in range(2):
            await admin.ask("block_betting_in_pool", pool_id=pool, block_at=1417104170000)
            await anna.hear("betting_in_pool_blocked", pool_id=pool)
            await anna.refused(BET, "betting_blocked", **bet)
        await admin.ask("allow_betting_in_pool", pool_id=pool)
        await anna.hear("betting_in_pool_allowed", pool_id=pool)
        await anna.ask(BET, **bet)
        await admin.ask("block_betting_in_pool", pool_id=pool, block_at=now_ms() + 200)
        await anna.hear("betting_in_pool_blocked", pool_id=pool)
        await anna.refused(BET, "betting_blocked", **bet)
        await admin.ask("allow_betting_in_pool", pool_id=pool, allow_at=now_ms() + 200)
        await anna.hear("betting_in_pool_allowed", pool_id=pool)
        await anna.ask(BET, **bet)
        answers = await admin.answers(
            "block_betting_for_game_and_action", until="betting_in_pool_blocked",
            game_id=game, action="goal",
        )
        assert [frame["res"] for frame in answers] == [370, 368]
        assert (await anna.hear("betting_for_game_action_blocked"))["action"] == "goal"
        answers = await admin.answers(
            "allow_betting_for_game_and_action", until="betting_in_pool_allowed",
            game_id=game, action="goal",
        )
        assert [frame["res"] for frame in answers] == [371, 369]
        await admin.refused(
            "block_betting_for_game_and_action", "no_such_action", game_id=game, action="x"
        )


async def test_hot_pools_are_suggested(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        await admin.ask("join_game", game_id=game)
        moment = now_ms() + 60_000
        await admin.ask("suggest_hot_betting_pool", pool_id=pool, likely_to_happen_at=moment)
        told = await admin.hear("hot_betting_pool_suggested")
        assert (told["pool_ids"], told["likely_to_happen_at"]) == ([pool], moment)
        said = await admin.ask(
            "suggest_hot_betting_pool_for_action_and_target", game_id=game, action_id="Goal",
            target_id="Argentina:1",
        )
        assert (said["pool_ids"], said["target_id"]) == ([pool], "argentina:1")
        listed = await admin.ask("list_all_betting_pools_for_game", game_id=game)
        assert listed["pools"][pool]["is_hot"]


async def test_lists_of_pools_and_own_bets(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pools = [await house.pool(admin, game) for _ in range(3)]
        anna, _ = await stakes(house, pools[0], [("anna", "argentina", 3), ("bert", "brazil", 4)])
        for pool in pools[1:]:
            await anna.ask(BET, pool_id=pool, target="brazil", amount=2)
        await admin.ask("block_betting_in_pool", pool_id=pools[1])
        await admin.ask("resolve_betting_pool", pool_id=pools[0], target="argentina")
        one = {"game_id": game}
        assert set((await anna.ask("list_all_betting_pools_for_game", **one))["pools"]) == {*pools}
        opened = (await anna.ask("list_my_open_betting_pools_for_game", **one))["pools"]
        running_ = (await anna.ask("list_my_running_betting_pools_for_game", **one))["pools"]
        resolved = (await anna.ask("list_my_resolved_betting_pools_for_game", **one))["pools"]
        assert (list(opened), list(running_), list(resolved)) == (
            [pools[2]], [pools[1]], [pools[0]])
        assert [bet["amount"] for bet in opened[pools[2]]["bets"]] == [2]
        assert resolved[pools[0]]["own_result"]["returned"] == 7
        assert len(resolved[pools[0]]["result"]["winners"]) == 1


async def test_the_distribution_tells_what_one_more_unit_would_win(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        empty = await admin.ask("get_betting_pool_bets_distribution", pool_id=pool)
        assert {line["to_win_if_backed"] for line in empty["distribution"].values()} == {1.0}
        await stakes(house, pool, [("anna", "argentina", "3"), ("bert", "brazil", "1")])
        told = await admin.ask("get_betting_pool_bets_distribution", pool_id=pool)
        won = {name: line["to_win_if_backed"] for name, line in told["distribution"].items()}
        assert won == {"argentina": 1.25, "brazil": 2.5, "none": 5.0}
        assert (told["total_amount"], told["bets_count"], told["bettors_count"]) == (4, 2, 2)


async def test_leaderboards_show_the_best_the_asker_and_the_last(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        bets = [(f"u{n:02}", "argentina" if n < 8 else "brazil", 10 - n % 8) for n in range(14)]
        clients = await stakes(house, pool, bets)
        await admin.ask("resolve_betting_pool", pool_id=pool, target="argentina")
        board = await clients[6].ask("get_leaderboard")
        assert [line["rank"] for line in board["items"]][:3] == [1, 2, 3]
        assert board["items"][0]["username"] == "u00" and len(board["items"]) == 9
        assert board["break_after_rank"] == [3, 8]
        only = await admin.ask(
            "get_leaderboard", top_count=1, bottom_count=0, surrounding_count=0
        )
        assert [line["username"] for line in only["items"]] == ["u00"]


async def test_what_an_account_holds_is_pushed(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        pool = await house.pool(admin, await house.game(admin))
        anna, = await stakes(house, pool, [("anna", "argentina", "2.5")])
        told = await anna.hear("balance_updated")
        assert (told["current_balance"], told["available_balance"]) == (100000, 99997.5)
        assert told["res"] == RES["balance_updated"]
