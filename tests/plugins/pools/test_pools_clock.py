"""Betting pools on a machine whose wall clock was wrong once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pools.pools_house import running, stakes
from vphost.services.clock import SystemClock

HOUR_MS = 3_600_000


async def after_a_clock_that_was_ahead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a host commit something while its clock is an hour ahead, and end."""

    class Ahead(SystemClock):
        def now_ms(self) -> int:
            return super().now_ms() + HOUR_MS

        def calendar_ms(self) -> int:
            return super().calendar_ms() + HOUR_MS

    with monkeypatch.context() as patched:
        patched.setattr("vphost.wiring.container.SystemClock", Ahead)
        async with running(folder, store=f"sqlite:{folder / 'store'}") as house:
            await house.user("early", "10")


async def test_a_clock_that_was_ahead_makes_no_bet_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Any
) -> None:
    await after_a_clock_that_was_ahead(tmp_path, monkeypatch)
    expect_log("the clock is behind")
    async with running(tmp_path, store=f"sqlite:{tmp_path / 'store'}") as house:
        admin = await house.admin()
        game = await house.game(admin, targets=["A", "B"])
        await admin.ask("join_game", game_id=game)
        pool = await house.pool(admin, game, targets=["a", "b"])
        await stakes(house, pool, [("u1", "a", 60), ("u2", "b", 40)])
        placed = [bet.placed_at_ms for bet in house.state(game).pools[pool].bets]
        assert all(abs(moment - time.time() * 1000) < 60_000 for moment in placed)
        while time.time_ns() // 1_000_000 <= max(placed) + 1:
            await asyncio.sleep(0.001)
        await admin.ask(
            "register_game_event", game_id=game, action_id="goal", target_id="a",
            happened_at=max(placed) + 1,
        )
        ended = await admin.hear("bet_pool_resolved")
        assert ended["is_money_return"] is False and ended["returned_amount"] == 100
