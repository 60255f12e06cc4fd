"""Commit, then answer, then publish; each command acts once."""

from __future__ import annotations

import asyncio

from process import ask, code, done, until
from vphost.services.commits import Accepted


async def test_nothing_is_answered_or_published_before_it_is_durable(boot, journal) -> None:
    room = await (await boot()).room()
    heard: list[str] = []
    room.add_listener(lambda commit: heard.append(commit.events[0].name))
    journal.hold()
    waiting = asyncio.create_task(ask(room, "a"))
    await journal.waiting.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done() and heard == [] and room.state.total == 0 and room.seq == 0
    journal.release()
    outcome = await waiting
    assert isinstance(outcome, Accepted) and outcome.commit is not None
    assert journal.records[-1].id == outcome.commit.id == "r1:ann:a"
    assert room.state.total == 1 and room.seq == 1
    await until(lambda: heard == ["added"])
