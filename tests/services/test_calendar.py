"""A wall clock that is wrong or jumps: what is shown, what is said, what may be undone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from plugins.pools.rules.mode import PoolsMode
from tests.rules.poker.table.cash_table import CURRENCIES, MODE
from tests.services.process import BOOK, done
from tests.services.two_clocks import TwoClocks
from vphost.rules.mode import Command, Decision, Event, Rejected
from vphost.rules.poker.table.mode import TableMode
from vphost.services.calendar import COLLECTION, HOLD_MS, JUMP_MS, Calendar
from vphost.services.journal.commits import Accepted

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
REAL_MS = 1_700_000_000_000
GAME = {
    "source": "s", "name": "A and B", "kind": "", "currency": "DON", "decimals": 2,
    "hashtag": "#AB", "open_ms": None, "close_ms": None, "live_start_ms": None,
    "live_finish_ms": None, "admins_max": 10, "opened": True, "actions": ["goal"],
    "targets": ["a", "b"],
}


# -- what is said ----------------------------------------------------------------------------


@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, -HOUR_MS, JUMP_MS + 1, -JUMP_MS - 1])
def test_a_jump_is_said_once(by_ms: int, expect_log: Any) -> None:
    lines = expect_log("the clock jumped")
    clock = TwoClocks()
    calendar = Calendar(clock)
    calendar.look()
    assert calendar.report() is None
    clock.wall_ms += by_ms
    calendar.look()
    clock.pass_ms(5_000)
    calendar.look()
    told = calendar.report()
    assert told is not None and len(lines) == 1
    assert (told["jumps"], told["last_jump"]) == (1, by_ms / 1000)


def test_small_steps_add_up_to_a_jump(expect_log: Any) -> None:
    lines = expect_log("the clock jumped")
    clock = TwoClocks()
    calendar = Calendar(clock)
    for _ in range(5):
        clock.wall_ms += JUMP_MS // 4
        calendar.look()
    assert len(lines) == 1


def test_a_minute_is_no_jump() -> None:
    clock = TwoClocks()
    calendar = Calendar(clock)
    clock.wall_ms += JUMP_MS
    calendar.look()
    assert calendar.report() is None


async def test_a_start_behind_the_last_process_says_so(boot: Any, expect_log: Any) -> None:
    await boot(clock=TwoClocks(REAL_MS + HOUR_MS))
    expect_log("the clock is behind")
    clock = TwoClocks(REAL_MS)
    process = await boot(clock=clock, last_alive_ms=REAL_MS + HOUR_MS)
    told = process.rooms.calendar.report()
    assert (told["last_jump"], told["at_start"]) == (-3_600.0, True)


async def test_a_clock_put_right_is_no_news_later(boot: Any, expect_log: Any) -> None:
    expect_log("the clock is behind")
    await boot(clock=TwoClocks(REAL_MS + HOUR_MS))
    second = await boot(clock=TwoClocks(REAL_MS), last_alive_ms=REAL_MS + HOUR_MS)
    third = await boot(
        clock=TwoClocks(REAL_MS + 2_000), last_alive_ms=second.clock.now_ms() + 1_000
    )
    assert third.rooms.calendar.report() is None


# -- what cannot be undone -------------------------------------------------------------------


def test_a_jump_ahead_counts_after_an_hour(expect_log: Any) -> None:
    expect_log("the clock jumped")
    clock = TwoClocks(REAL_MS)
    calendar = Calendar(clock)
    clock.wall_ms += 3 * DAY_MS
    assert calendar.sure_ms() == REAL_MS and calendar.is_doubtful
    clock.pass_ms(HOLD_MS)
    assert calendar.sure_ms() == clock.wall_ms and not calendar.is_doubtful


def test_a_jump_that_was_taken_back_leaves_no_doubt(expect_log: Any) -> None:
    expect_log("the clock jumped")
    clock = TwoClocks(REAL_MS)
    calendar = Calendar(clock)
    clock.wall_ms += 3 * DAY_MS
    calendar.look()
    clock.wall_ms -= 3 * DAY_MS
    assert calendar.sure_ms() == REAL_MS and not calendar.is_doubtful


async def test_a_restart_does_not_end_the_doubt(boot: Any, documents: Any, expect_log: Any) -> None:
    expect_log("the clock jumped")
    clock = TwoClocks(REAL_MS)
    first = await boot(clock=clock)
    clock.wall_ms += 3 * DAY_MS
    assert first.rooms.calendar.is_doubtful
    await first.rooms.calendar.save(documents, BOOK)
    found = await documents.get(COLLECTION, BOOK)
    assert found.body["held_ms"] == 3 * DAY_MS
    later = TwoClocks(clock.wall_ms)
    again = await boot(clock=later, last_alive_ms=clock.now_ms())
    assert again.rooms.calendar.sure_ms() == REAL_MS


def cash_table(clock: TwoClocks, lives_ms: int) -> tuple[TableMode, Any]:
    mode = MODE
    config = mode.check_config({"currency": "PLAY"}, CURRENCIES)
    assert not isinstance(config, Rejected)
    return mode, mode.create("t", {
        **config, "host": "ada", "opened_at_ms": clock.wall_ms,
        "expires_at_ms": clock.wall_ms + lives_ms,
    }, clock.now_ms())


def decide(mode: TableMode, table: Any, command: Command, now_ms: int) -> tuple[Event, ...]:
    """Return the events of a command that has to be accepted."""
    decision = mode.decide(table, command, now_ms)
    assert isinstance(decision, Decision)
    return decision.events


def test_game_time_ahead_closes_no_table() -> None:
    clock = TwoClocks(REAL_MS)
    clock.game_ms += 3 * DAY_MS
    mode, table = cash_table(clock, DAY_MS)
    assert mode.alarms(table).game_ms is None
    assert mode.alarms(table).wall_ms == REAL_MS + DAY_MS
    tick = Command("t1", "system", "tick", {}, bytes(32), clock.wall_ms, clock.wall_ms)
    assert decide(mode, table, tick, clock.now_ms()) == ()
    due = Command("t2", "system", "tick", {}, bytes(32), REAL_MS + DAY_MS, REAL_MS + DAY_MS)
    assert [event.name for event in decide(mode, table, due, REAL_MS)] == ["_goodbye"]


def test_a_doubted_jump_closes_no_table() -> None:
    mode, table = cash_table(TwoClocks(REAL_MS), DAY_MS)
    tick = Command("t1", "system", "tick", {}, bytes(32), REAL_MS + 3 * DAY_MS, REAL_MS)
    assert decide(mode, table, tick, REAL_MS) == ()


# -- what is shown ---------------------------------------------------------------------------


async def test_pools_live_by_the_wall_clock(boot: Any, expect_log: Any) -> None:
    ahead = await boot(clock=TwoClocks(REAL_MS + HOUR_MS), modes={"pools": PoolsMode()})
    await ahead.rooms.create("g", "pools", GAME)
    await ahead.kill()
    expect_log("the clock is behind")
    clock = TwoClocks(REAL_MS)
    right = await boot(
        clock=clock, modes={"pools": PoolsMode()}, last_alive_ms=REAL_MS + HOUR_MS
    )
    assert clock.now_ms() >= REAL_MS + HOUR_MS, "game time does not go back"
    room = right.rooms.get("g")
    by = {"number": 1, "name": "ann", "is_host": True}
    await room.submit(Command("c0", "ann", "pools.join", {"_by": by}))
    said = await room.submit(Command("c1", "ann", "pools.chat", {"text": "hi", "_by": by}))
    assert isinstance(said, Accepted) and said.commit is not None, said
    assert said.commit.events[0].data["received_at"] == REAL_MS
    assert said.commit.at_ms == REAL_MS


async def test_a_commit_keeps_both_clocks(boot: Any, journal: Any, expect_log: Any) -> None:
    expect_log("the clock jumped")
    clock = TwoClocks(REAL_MS)
    process = await boot(clock=clock)
    room = await process.room()
    await done(room, "a")
    assert "wall_ms" not in orjson.loads(journal.records[-1].body), "nothing to tell"
    clock.wall_ms -= HOUR_MS
    commit = await done(room, "b")
    assert (commit.at_ms, commit.shift_ms) == (clock.wall_ms, -HOUR_MS)
    body = orjson.loads(journal.records[-1].body)
    assert (body["at_ms"], body["wall_ms"]) == (clock.game_ms, clock.wall_ms)
    [read] = (await room.since(room.seq - 1, 10)) or []
    assert (read.at_ms, read.shift_ms) == (commit.at_ms, commit.shift_ms)


async def test_a_jump_has_rooms_tell_their_moments_again(boot: Any, expect_log: Any) -> None:
    expect_log("the clock jumped")
    clock = TwoClocks(REAL_MS)
    process = await boot(clock=clock)
    room = await process.room()
    heard: list[Any] = []
    decide = room.mode.decide

    def listening(state: Any, command: Command, now_ms: int) -> Any:
        heard.append((command.op, dict(command.args)))
        return decide(state, command, now_ms)

    room.mode.decide = listening
    clock.wall_ms += 25 * HOUR_MS
    await done(room, "a")
    assert [op for op, _ in heard] == ["resume", "add"]
    assert heard[0][1]["clock_jumped"] is True and heard[0][1]["paused_ms"] == 0
