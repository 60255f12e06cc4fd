"""A crowd at one game, and a pool that is large for its room: small versions of `make bench`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from plugins.pools import pulse
from plugins.pools.pulse import BEAT_MS_MIN
from plugins.pools.rules.mode import PoolsMode
from plugins.pools.rules.state import PRESENCE_MAX
from tests.bench._pools_host import crowd_of, people
from tests.bench._pools_house import open_house, settled
from tests.bench.pools import crowd_row, felt, fill
from tests.plugins.pools.pools_house import running
from vphost.services.ports import MAX_BODY_BYTES
from vphost.web import hub as hubs

CROWD = PRESENCE_MAX + 30
RATE, SECONDS = 60, 3
BETS, BETTORS = 1_500, 400


async def test_a_crowd_hears_the_newest_stakes_at_most_once_a_beat(tmp_path: Path) -> None:
    """Every accepted bet is in what the last subscriber hears in the end (`crowd_row` looks)."""
    row = await crowd_row(tmp_path, CROWD, RATE, SECONDS)
    lasted_ms = (RATE * SECONDS / row["bets_per_s"]) * 1000 + row["last_subscriber_max_ms"]
    assert 0 < row["distributions"] <= lasted_ms / BEAT_MS_MIN + 2
    assert row["distributions"] < RATE * SECONDS


async def test_a_host_slower_than_its_beat_tells_more_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No second distribution is on its way before the last subscriber has the first."""
    monkeypatch.setattr(hubs, "TURN_S", 0.0)
    monkeypatch.setattr(pulse, "beat_ms", lambda subscribers: 0)
    most: list[int] = []
    spread = hubs.Hub._spread

    def counted(hub: hubs.Hub, send: Any) -> None:
        spread(hub, send)
        most.append(len(hub._parcels))

    monkeypatch.setattr(hubs.Hub, "_spread", counted)
    row = await crowd_row(tmp_path, CROWD, RATE, SECONDS)
    assert row["heard_by_all"] == row["distributions"]
    assert max(most[-row["distributions"]:]) == 1


async def test_presence_of_a_crowd_is_told_as_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        await admin.ask("join_game", game_id=game)
        tokens = await people(house, CROWD, 0)
        async with crowd_of(
            tokens=tokens, bet={}, bettors=0, first={"op": 363, "game_id": game},
            port=house.app.address[1], path="/ws/pools/",
        ):
            await admin.hear("user_joined_game", subscribers_count=CROWD + 1)
        heard = [frame for frame in admin.heard if frame["res"] == 470]
        named = [frame["user_id"] for frame in heard if "user_id" in frame]
        assert len(named) == len(set(named)) <= PRESENCE_MAX
        counts = [frame["subscribers_count"] for frame in heard if "user_id" not in frame]
        assert counts == sorted(counts) and len(counts) < CROWD + 1 - PRESENCE_MAX
        assert not any("user_name" in frame for frame in heard if "user_id" not in frame)


async def test_one_commit_settles_a_pool_while_other_rooms_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a posting for each user, not for each bet, and is decided off the loop."""
    loops: list[bool] = []
    decide = PoolsMode.decide

    def watched(mode: PoolsMode, state: Any, command: Any, now_ms: int) -> Any:
        if command.op in mode.heavy:
            loops.append(asyncio._get_running_loop() is not None)
        return decide(mode, state, command, now_ms)

    monkeypatch.setattr(PoolsMode, "decide", watched)
    async with open_house(tmp_path) as house:
        await house.give(range(1, BETTORS + 2), 10**6)
        room, other = await house.game(1), await house.game(2)
        pool, small = await house.pool(room, takeout_bp=1_500), await house.pool(other)
        await fill(house, room, pool, BETS, BETTORS)
        staked = house.held(room, pool)
        before = room.line.book_seq

        async def settle() -> None:
            await house.event(room, "argentina")
            await settled(room, pool)

        assert await felt(house, other, small, settle())
        commits = [
            one for one in await house.journal.read_room(room.id, before, 10)
            if one.postings
        ]
        assert len(commits) == 1 and len(commits[0].body) < MAX_BODY_BYTES
        accounts = [posting.account for posting in commits[0].postings]
        assert len(accounts) == len(set(accounts)) <= BETTORS + 2
        assert house.held(room, pool) == 0
        assert house.ledger.balance("house:takeout", "DON") == staked * 1_500 // 10_000
    assert loops == [False]
