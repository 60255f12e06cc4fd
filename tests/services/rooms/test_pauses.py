"""Pauses of the players' clocks: what is given back, and when."""

from __future__ import annotations

import pytest

from tests.services.process import ManualClock
from vphost.services.journal.commits import Accepted
from vphost.services.rooms.pauses import Pauses, own_ask
from vphost.services.rooms.requests import Ask
from vphost.services.rooms.room_context import STORE_DOWN

DONE = Accepted(None, repeated=False)
DOWN = STORE_DOWN


class Desk:
    """A clockwork with what a room would give it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.troubled = False
        self.posted: list[Ask] = []
        self.work = Pauses(
            self.clock, lambda op: own_ask("r1", 0, len(self.posted), op), self.posted.append,
            lambda: self.troubled,
        )

    def resumed(self) -> dict[str, object]:
        """Take the resume that waits and return what it says."""
        assert self.work.resume_waits, "nothing waits"
        self.ask = self.work.take_resume(self.clock.now)
        return dict(self.ask.command.args)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_a_restart_is_told_even_if_the_store_was_away_for_a_moment(desk: Desk) -> None:
    desk.work.pause(desk.clock.now)
    desk.work.resume(restarted=True)
    desk.resumed()
    desk.work.finish(desk.ask, DOWN)
    desk.clock.now += 10
    desk.work.unpause(1_000)
    assert desk.resumed() == {"paused_ms": 10, "restarted": True}
    desk.work.finish(desk.ask, DONE)
    assert not desk.work.paused


async def test_an_outage_that_began_before_a_resume_was_durable_is_given_back(desk: Desk) -> None:
    desk.work.pause(desk.clock.now - 5_000)
    desk.work.resume(restarted=True)
    assert desk.resumed() == {"paused_ms": 5_000, "restarted": True}
    desk.troubled = True
    desk.work.finish(desk.ask, DOWN)
    desk.clock.now += 60_000
    desk.work.finish(desk.ask, DONE)
    desk.troubled = False
    desk.work.unpause(1_000)
    assert desk.resumed() == {"paused_ms": 60_000, "restarted": False}


async def test_a_hiccup_around_a_resume_is_not_worth_another(desk: Desk) -> None:
    desk.work.pause(desk.clock.now - 5_000)
    desk.work.resume()
    desk.resumed()
    desk.troubled = True
    desk.clock.now += 30
    desk.work.finish(desk.ask, DONE)
    desk.troubled = False
    desk.work.unpause(1_000)
    assert not desk.work.resume_waits and not desk.work.paused
