"""A mode's own summary of a state: made once per state, at a room that goes on."""

from __future__ import annotations

import pytest

from tests.conftest import ExpectLog
from tests.services.process import Boot, done
from tests.services.toy_mode import Toy, ToyMode
from vphost.services.rooms.mode_fault import ModeFault


class Summing(ToyMode):
    """A toy that can be summed up; 3 cannot be."""

    def __init__(self) -> None:
        self.asked = 0

    def summary(self, state: Toy) -> int:
        self.asked += 1
        if state.total == 3:
            raise RuntimeError("a bug in summary")
        return state.total


async def test_a_summary_is_made_once_per_state(boot: Boot) -> None:
    mode = Summing()
    room = await (await boot(modes={"toy": mode})).room()
    assert room.summary() == room.summary() == 0
    await done(room, "a")
    assert room.summary() == room.summary() == 1
    assert mode.asked == 2


async def test_a_mode_without_a_summary_has_none(boot: Boot) -> None:
    assert (await (await boot()).room()).summary() is None


async def test_a_summary_that_fails_stops_its_room(boot: Boot, expect_log: ExpectLog) -> None:
    expect_log("room quarantined")
    room = await (await boot(modes={"toy": Summing()})).room()
    await done(room, "a", amount=3)
    with pytest.raises(ModeFault, match="summary raised RuntimeError"):
        room.summary()
    assert room.quarantined
