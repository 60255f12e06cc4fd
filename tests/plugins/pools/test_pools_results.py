"""How pools end, over real sockets: the settlement rules' cases 1 to 4, 7 to 10, 20 to 32 and 34.

The other cases are of the pure function alone and lie in `test_settlement.py`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pools.pools_house import Client, Frame, House, running, stakes
from tests.services.process import until

BET = "place_bet_in_betting_pool"
TOTE = {"takeout_bp": 1500, "breakage": 0.10, "minimum_price": 1.05}
PENNY = {**TOTE, "breakage": 0.01}
LIMITS = {("house:minus", "DON"): 10**9}


def now_ms() -> int:
    """Return the wall clock."""
    return int(time.time() * 1000)


async def three_way(house: House, **fields: Any) -> tuple[Client, str, str]:
    """Return an admin who has joined, his game of A, B and C, and a pool in it."""
    admin = await house.admin()
    game = await house.game(admin, targets=["A", "B", "C"])
    await admin.ask("join_game", game_id=game)
    given = {"targets": ["a", "b", "c"], **fields}
    return admin, game, await house.pool(admin, game, **given)


async def goal(admin: Client, game: str, target: str, **fields: Any) -> Frame:
    """Register a goal and return what became of the pool that it ended."""
    await admin.ask(
        "register_game_event", game_id=game, action_id="goal", target_id=target, **fields
    )
    return await admin.hear("bet_pool_resolved")


@pytest.mark.parametrize(("case", "winner", "rules", "paid", "breakage"), [
    (1, "a", TOTE, 840, 10), (1, "a", PENNY, 846, 4), (2, "b", TOTE, 840, 10),
    (2, "b", PENNY, 849, 1), (3, "c", TOTE, 850, 0),
])
async def test_cases_1_to_3_a_plain_win(
    tmp_path: Path, case: int, winner: str, rules: Any, paid: int, breakage: int
) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, rules=rules)
        await stakes(house, pool, [("u1", "a", 600), ("u2", "b", 300), ("u3", "c", 100)])
        ended = await goal(admin, game, winner)
        assert (ended["returned_amount"], ended["breakage"]) == (paid, breakage)
        assert ended["takeout"] == 150
        assert house.balance("house:takeout") == 15_000
        assert house.balance("house:breakage") == breakage * 100


async def test_case_4_the_house_adds_what_a_minimum_price_costs(tmp_path: Path) -> None:
    async with running(tmp_path, house_limits=LIMITS) as house:
        admin, game, pool = await three_way(house, rules=TOTE)
        await stakes(house, pool, [("u1", "a", 960), ("u2", "b", 40)])
        ended = await goal(admin, game, "a")
        assert (ended["returned_amount"], ended["minus"]) == (1008, 158)
        assert house.balance("house:minus") == -15_800


async def test_a_minus_beyond_the_houses_limit_waits(tmp_path: Path, expect_log: Any) -> None:
    expect_log("a send was refused")
    async with running(tmp_path, house_limits={("house:minus", "DON"): 100}) as house:
        admin, game, pool = await three_way(house, rules=TOTE)
        await stakes(house, pool, [("u1", "a", 960), ("u2", "b", 40)])
        event = {"game_id": game, "action_id": "goal", "target_id": "a"}
        await admin.ask("register_game_event", **event)
        await until(lambda: not house.app.house.rooms._outbox.pending)
        assert house.state(game).pools[pool].result is None
        world = house.app.house.ledger
        from vphost.rules import books
        await world.transact("fund", books.move("world", "house:minus", "DON", 20_000), {})
        ended = await admin.ask("resolve_betting_pool", pool_id=pool, target="a")
        assert ended["minus"] == 158


@pytest.mark.parametrize(("case", "bets", "winner"), [
    (7, [("u1", "a", 1000)], "a"), (8, [("u1", "a", 600), ("u2", "b", 400)], "c"),
])
async def test_cases_7_and_8_the_money_goes_back(
    tmp_path: Path, case: int, bets: Any, winner: str
) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, rules=TOTE)
        clients = await stakes(house, pool, bets)
        ended = await goal(admin, game, winner)
        assert (ended["is_money_return"], ended["takeout"]) == (True, 0)
        assert (ended["winners"], ended["losers"]) == ({}, {})
        for client in clients:
            assert house.balance(f"user:{client.user}") == 10_000_000


async def test_case_9_an_empty_pool_resolves(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, _ = await three_way(house)
        ended = await goal(admin, game, "a")
        assert (ended["winners"], ended["losers"], ended["total_amount"]) == ({}, {}, 0)


async def test_case_10_both_sides_by_one_is_neither_win_nor_loss(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house)
        await stakes(house, pool, [("u1", "a", 10), ("u1", "b", 10)])
        ended = await goal(admin, game, "a")
        assert (ended["winners"], ended["losers"], ended["returned_amount"]) == ({}, {}, 20)


async def test_case_20_a_void_pool_returns_all_and_stays_void(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, rules=TOTE, recreate_on_end=True)
        anna, = await stakes(house, pool, [("u1", "a", "10.01")])
        first = await admin.ask("resolve_betting_pool", pool_id=pool, void=True)
        assert (first["is_void"], first["winning_target"]) == (True, None)
        assert house.balance(f"user:{anna.user}") == 10_000_000
        again = await admin.ask("resolve_betting_pool", pool_id=pool, void=True)
        assert {**again, "response_header": 0} == {**first, "response_header": 0}
        await admin.refused(
            "resolve_betting_pool", "pool_already_resolved", pool_id=pool, target="a"
        )
        await anna.refused(BET, "pool_closed", pool_id=pool, target="a", amount=1)
        assert len(house.state(game).pools) == 1


async def test_cases_21_22_and_24_late_bets_are_void(tmp_path: Path) -> None:
    """A bet counts when it was placed strictly before; the refund comes from the pool."""
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house)
        clients = await stakes(
            house, pool, [("u1", "a", 10), ("u2", "b", 7), ("u3", "c", 3)]
        )
        late, = await stakes(house, pool, [("u4", "a", 100_000)])
        state = house.state(game)
        numbers = [state.users[client.user] for client in (*clients, late)]
        placed = [bet.placed_at_ms for bet in state.pools[pool].bets]
        assert house.balance(f"user:{late.user}") == 0
        ended = await goal(admin, game, "a", happened_at=placed[3])
        assert ended["winners"] == {str(numbers[0]): 10}
        assert ended["losers"] == {str(numbers[1]): 7, str(numbers[2]): 3}
        assert ended["invalidated_bettors"] == [numbers[3]]
        assert house.balance(f"user:{late.user}") == 10_000_000
        await admin.refused(
            "register_game_event", "in_the_future", game_id=game, action_id="goal",
            target_id="a", happened_at=now_ms() + 60_000,
        )


async def test_case_23_late_bets_empty_one_side(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, rules=TOTE)
        await stakes(house, pool, [("u1", "a", 10), ("u2", "b", 7)])
        bets = list(house.state(game).pools[pool].bets)
        ended = await goal(admin, game, "a", happened_at=bets[1].placed_at_ms)
        assert (ended["is_money_return"], ended["returned_amount"]) == (True, 17)


async def test_case_26_a_pools_time_runs_out(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, pool_type=2, finish_at=now_ms() + 500)
        await stakes(house, pool, [("u1", "none", 10), ("u2", "a", 7)])
        assert (await admin.hear("bet_pool_expired"))["pool_id"] == pool
        ended = await admin.hear("bet_pool_resolved")
        assert (ended["winning_target"], list(ended["winners"].values())) == ("none", [7])


async def test_a_binary_pools_time_runs_out_and_people_resolve_it(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(
            house, pool_type=4, targets=["a", "b"], finish_at=now_ms() + 400
        )
        await stakes(house, pool, [("u1", "a", 10), ("u2", "b", 7)])
        await admin.hear("betting_in_pool_blocked", pool_id=pool)
        await admin.refused("allow_betting_in_pool", "pool_closed", pool_id=pool)
        ended = await admin.ask("resolve_betting_pool", pool_id=pool, target="b")
        assert list(ended["winners"].values()) == [10]


async def test_a_pool_stops_taking_bets_at_its_moment(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        stop = now_ms() + 200
        admin, game, pool = await three_way(house, stop_accepting_bets_at=stop)
        other = await house.pool(admin, game, targets=["a"], pool_type=2, finish_at=stop)
        await admin.hear("bet_pool_expired", pool_id=other)
        await admin.refused(BET, "pool_closed", pool_id=pool, target="a", amount=1)


async def test_case_27_a_game_closes_when_the_last_pool_is_resolved(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, first = await three_way(house)
        second = await house.pool(admin, game, targets=["a", "b"], action="offside")
        binary = await house.pool(admin, game, targets=["a", "b"], pool_type=3)
        ended = await admin.answers("close_game", until="betting_in_pool_blocked", game_id=game)
        assert [(one["res"], one["pool_id"]) for one in ended] == [
            (362, first), (362, second), (368, binary)]
        assert {one["winning_target"] for one in ended[:2]} == {"none"}
        for pool in (first, second):
            await admin.hear("bet_pool_resolved", pool_id=pool)
        await admin.hear("betting_in_pool_blocked", pool_id=binary)
        await admin.refused(BET, "game_closed", pool_id=binary, target="a", amount=1)
        await admin.ask("resolve_betting_pool", pool_id=binary, target="a")
        await admin.hear("game_closed", game_id=game)
        assert house.state(game).closed
        assert (await admin.ask("close_game", game_id=game))["res"] == 341


async def test_who_closed_without_joining_hears_that_it_is_closed(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        binary = await house.pool(admin, game, targets=["argentina", "brazil"], pool_type=3)
        answers = await admin.answers("close_game", game_id=game)
        assert [one["res"] for one in answers] == [368]
        assert "game_closed" not in await admin.all_heard()
        await admin.ask("resolve_betting_pool", pool_id=binary, void=True)
        await admin.hear("game_closed", game_id=game)


async def test_case_28_an_event_ends_pools_of_its_leaf_and_ancestors(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        players = await house.pool(admin, game, targets=["argentina:1", "brazil:7"])
        teams = await house.pool(admin, game)
        others = await house.pool(admin, game, targets=["argentina:2", "brazil:7"])
        offside = await house.pool(admin, game, action="offside")
        await admin.refused(
            "register_game_event", "not_a_leaf", game_id=game, action_id="goal",
            target_id="argentina",
        )
        await admin.ask(
            "register_game_event", game_id=game, action_id="Goal", target_id="Argentina:1"
        )
        await admin.ask("resolve_betting_pool", pool_id=players, target="argentina:1")
        await admin.ask("resolve_betting_pool", pool_id=teams, target="argentina")
        pools = house.state(game).pools
        assert [pools[pool].result is None for pool in (others, offside)] == [True, True]


async def test_case_29_the_same_event_twice_is_one(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house, recreate_on_end=True)
        moment = now_ms()
        first = await admin.answers(
            "register_game_event", game_id=game, action_id="goal", target_id="a",
            happened_at=moment,
        )
        again = await admin.answers(
            "register_game_event", game_id=game, action_id="goal", target_id="a",
            happened_at=moment,
        )
        assert first[0]["event_id"] == again[0]["event_id"]
        renewed = (await admin.hear("new_betting_pool", status="open"))["pool_id"]
        if renewed == pool:
            renewed = (await admin.hear("new_betting_pool"))["pool_id"]
        assert list(house.state(game).pools) == [pool, renewed]
        details = await admin.ask("get_game_details", game_id=game)
        assert len(details["past_events"]) == 1


@pytest.mark.parametrize(("case", "bets", "wins"), [
    (30, [("u1", "a", "0.10"), ("u2", "a", "0.10"), ("u3", "a", "0.10"), ("u4", "b", "0.70")],
     ["0.24", "0.23", "0.23"]),
    (31, [("u1", "a", "0.01"), ("u2", "a", "0.02"), ("u3", "a", "0.04"), ("u4", "b", "0.93")],
     ["0.13", "0.27", "0.53"]),
    (32, [("u1", "a", "0.01"), ("u1", "a", "0.01"), ("u2", "a", "0.01"), ("u3", "b", "1.97")],
     ["1.31", "0.66"]),
])
async def test_cases_30_to_32_what_does_not_divide(
    tmp_path: Path, case: int, bets: Any, wins: list[str]
) -> None:
    """The largest remainder, then the larger stake, then the lower user id, per user."""
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house)
        await stakes(house, pool, bets)
        ended = await goal(admin, game, "a")
        assert [f"{net:.2f}" for net in ended["winners"].values()] == wins


async def test_case_34_huge_stakes_stay_whole(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin, game, pool = await three_way(house)
        whale = await house.connect("whale", "90071992547409.91")
        await whale.ask(BET, pool_id=pool, target="a", amount="90071992547409.91")
        await stakes(house, pool, [("u2", "b", "0.02")])
        await whale.write({"op": 393, "pool_id": pool})
        text = str(await whale.socket.read_message())
        while '"res":360' not in text:
            text = str(await whale.socket.read_message())
        assert '"total_amount":90071992547409.93' in text
        await goal(admin, game, "a")
        assert house.balance(f"user:{whale.user}") == 9_007_199_254_740_993
