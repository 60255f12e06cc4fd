"""What the random table has found, told as stories, so that it is found again at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.machine.faulty_journal import ANSWER_LOST
from tests.machine.table_world import HOST, LIFE_MS, World
from tests.machine.virtual_time import VirtualLoop

Story = Callable[[World], Awaitable[None]]
Tell = Callable[..., None]
SETTINGS = {"turn_time_limit": 10, "time_between_hands": 3, "timebank_limit": 0}


@pytest.fixture
def tell(log_collector: Any) -> Iterator[Tell]:
    """Tell a story of a table where the host and ann are in a hand; at last everything fits."""
    log_collector.expected.append((re.compile("store|doubted|stood|snapshot"), ["allowed"]))
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)

    async def told(story: Story, settings: dict[str, Any]) -> None:
        world = World(loop, {**SETTINGS, **settings})
        await world.begin()
        try:
            for seat, user in enumerate((HOST, "ann")):
                await world.ask(user, "sit_player", seat=seat)
                await world.ask(user, "buy_in", amount=20)
            await world.ask(HOST, "game_start", game_type="THD")
            await story(world)
        finally:
            await world.finish()

    yield lambda story, **settings: loop.run_until_complete(told(story, settings))
    asyncio.set_event_loop(None)
    loop.close()


def status_of(world: World, user: str) -> str:
    """Return the letter of a user at the table."""
    player = world.witness.table.of_user(user)
    assert player is not None
    return player.status


def test_who_goes_while_the_store_is_down_for_long_is_gone_afterwards(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.journal.down = True
        await world.lose_line("ann", deaf=False)
        await world.pass_time(60)
        await world.heal()
        await world.pass_time(6)
        await world.check()
        assert status_of(world, "ann") == "D"

    tell(story)


def test_a_game_that_is_ending_ends_though_its_host_pauses_and_goes(tell: Tell) -> None:
    async def story(world: World) -> None:
        await world.ask(HOST, "end_current_game")
        await world.play(0)
        await world.ask(HOST, "pause_next_hand")
        await world.check()
        assert world.witness.table.game is not None
        await world.lose_line(HOST, deaf=False)
        await world.pass_time(11 * 60)
        await world.check()
        assert world.witness.table.game is None

    tell(story)


def test_a_paused_game_that_is_ending_ends_when_the_table_expires(tell: Tell) -> None:
    async def story(world: World) -> None:
        await world.ask(HOST, "end_current_game")
        await world.play(0)
        await world.ask(HOST, "pause_next_hand")
        await world.pass_time(LIFE_MS / 1000)
        await world.check()
        assert world.witness.table.game is None
        await world.pass_time(150)
        await world.look()
        assert world.witness.table.closed

    tell(story)


def test_an_outage_right_after_a_restart_costs_nobody_time(tell: Tell) -> None:
    async def story(world: World) -> None:
        await world.look()
        left_ms, resumed_ms = world.turn_left_ms(), world.clock.now_ms() + 5_000
        await world.restart(5, orderly=False, drain_ms=0, faults=[ANSWER_LOST] * 8)
        since_resumed_ms = world.clock.now_ms() - world.witness.at_ms
        assert world.turn_left_ms() + since_resumed_ms >= left_ms
        assert world.witness.at_ms - resumed_ms >= 3_000, "the outage was none"

    tell(story)


def test_of_two_sockets_that_come_at_once_the_newer_stays(tell: Tell) -> None:
    async def story(world: World) -> None:
        viewer = world.viewers["ann"]
        wires = []
        for _ in range(3):
            viewer.connect(world.host, viewer.last)
            wires.append(viewer.wire)
        await world.check()
        assert world.host.sockets_of("ann") == 1
        assert [wire.closed for wire in wires[:2] if wire] == [(4409, "already_connected")] * 2
        assert viewer.wire is not None and viewer.wire.closed is None

    tell(story)


def test_a_state_that_is_asked_for_while_a_game_starts_is_of_one_moment(tell: Tell) -> None:
    async def story(world: World) -> None:
        await world.ask(HOST, "end_current_game")
        await world.play(0)
        await world.pass_time(10)
        for user in (HOST, "ann"):
            await world.ask(user, "buy_in", amount=20)
        await world.burst([
            (HOST, "game_start", {"game_type": "THD"}), ("ann", "initialize_state", {}),
        ], [])
        await world.check()
        assert world.witness.table.running is not None

    tell(story)


def test_who_left_in_a_hand_comes_back_without_a_leave_pending(tell: Tell) -> None:
    async def story(world: World) -> None:
        await world.ask(HOST, "leave_player")
        await world.look()
        assert status_of(world, HOST) == "L"
        await world.ask(HOST, "join")
        await world.check()
        assert world.viewers[HOST].is_open

    tell(story)
