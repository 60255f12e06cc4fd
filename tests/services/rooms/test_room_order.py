"""Commit, then answer, then publish; each command acts once."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import MemoryJournal
from tests.services.process import Boot, accepted, ask, code, committed, done, until
from tests.services.toy_mode import Toy, ToyMode
from vphost.rules.mode import SYSTEM, Command, Decision, Rejected, Send
from vphost.services.journal.commits import Accepted, Commit
from vphost.services.rooms.outbox import PENDING_MAX
from vphost.services.rooms.room_context import RoomLimits


async def test_nothing_is_answered_or_published_before_it_is_durable(
    boot: Boot, journal: MemoryJournal
) -> None:
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


async def test_who_asked_is_answered_before_the_others_hear(boot: Boot) -> None:
    room = await (await boot()).room()
    order: list[str] = []
    room.add_listener(lambda commit: order.append("broadcast"))
    await done(room, "a")
    order.append("ack")
    await until(lambda: len(order) == 2)
    assert order == ["ack", "broadcast"]


async def test_commands_that_wait_share_writes_and_keep_their_order(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    journal.appends.clear()
    commits = await asyncio.gather(*(done(room, f"c{n}", amount=n) for n in range(60)))
    assert [commit.room_seq_first for commit in commits] == list(range(1, 61))
    assert [commit.answer for commit in commits] == [
        {"total": sum(range(n + 1))} for n in range(60)
    ]
    assert len(journal.appends) < 20 and sum(journal.appends) == 60
    assert [record.seq for record in journal.records] == list(range(1, 62))


async def test_rooms_share_writes(boot: Boot, journal: MemoryJournal) -> None:
    process = await boot()
    rooms = [await process.room(f"r{n}") for n in range(20)]
    journal.appends.clear()
    await asyncio.gather(*(done(room, "a") for room in rooms))
    assert len(journal.appends) < 5 and sum(journal.appends) == 20


async def test_a_repeat_gets_the_first_answer(boot: Boot, journal: MemoryJournal) -> None:
    room = await (await boot()).room()
    first = await done(room, "a", amount=5)
    again = await ask(room, "a", amount=5)
    assert again == Accepted(first, repeated=True)
    assert room.state.total == 5 and len(journal.records) == 2


async def test_repeats_at_the_same_time_act_once(boot: Boot, journal: MemoryJournal) -> None:
    room = await (await boot()).room()
    outcomes = await asyncio.gather(*(ask(room, "a", amount=5) for _ in range(10)))
    assert room.state.total == 5 and len(journal.records) == 2
    assert sum(1 for outcome in outcomes if not accepted(outcome).repeated) == 1
    assert len({committed(outcome).id for outcome in outcomes}) == 1


async def test_the_same_id_of_another_user_or_room_is_another_command(boot: Boot) -> None:
    process = await boot()
    one, two = await process.room("r1"), await process.room("r2")
    await done(one, "a")
    await done(one, "a", user="bob")
    await done(two, "a")
    assert (one.state.total, two.state.total) == (2, 1)


async def test_colons_in_names_cannot_make_two_commands_one(boot: Boot) -> None:
    room = await (await boot()).room()
    await done(room, "b:c", user="a")
    await done(room, "c", user="a:b")
    assert room.state.total == 2


async def test_an_id_used_for_another_operation_is_refused(boot: Boot) -> None:
    room = await (await boot()).room()
    await done(room, "a")
    assert code(await ask(room, "a", "shut")) == "id_reused"


async def test_an_id_used_with_other_contents_is_refused(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    await done(room, "a", amount=5)
    assert code(await ask(room, "a", amount=6)) == "id_reused"
    assert code(await ask(room, "a")) == "id_reused"
    assert code(await ask(room, "a", amount=5, more=1)) == "id_reused"
    assert accepted(await ask(room, "a", amount=5)).repeated
    assert room.state.total == 5 and len(journal.records) == 2


async def test_who_asks_is_no_part_of_the_contents(boot: Boot) -> None:
    room = await (await boot()).room()
    await done(room, "a", amount=5, _by={"name": "Ada"})
    assert accepted(await ask(room, "a", amount=5, _by={"name": "Lovelace"})).repeated


async def test_of_two_contents_at_once_one_is_refused(boot: Boot) -> None:
    room = await (await boot()).room()
    first, other, again = await asyncio.gather(
        ask(room, "a", amount=5), ask(room, "a", amount=6), ask(room, "a", amount=5)
    )
    assert not accepted(first).repeated and accepted(again).repeated
    assert code(other) == "id_reused"
    assert room.state.total == 5


async def test_a_refused_id_may_be_tried_again(boot: Boot) -> None:
    room = await (await boot()).room()
    assert code(await ask(room, "a", amount=-1)) == "bad_amount"
    assert accepted(await ask(room, "a", amount=1)).repeated is False


@pytest.mark.parametrize("id", ["x" * 600, "a\0b", "a\nb"])
async def test_an_id_that_no_store_takes_is_refused(boot: Boot, id: str) -> None:
    room = await (await boot()).room()
    assert code(await ask(room, id)) == "bad_message"


async def test_an_id_that_memory_forgot_is_found_in_the_journal(
    boot: Boot, journal: MemoryJournal
) -> None:
    limits = RoomLimits(recent_commits=2, recent_ids=4)
    room = await (await boot(limits=limits)).room()
    for n in range(10):
        await done(room, f"c{n}", amount=n)
    again = await ask(room, "c1", amount=1)
    assert accepted(again).repeated and committed(again).answer == {"total": 1}
    assert room.state.total == 45 and len(journal.records) == 11


async def test_fresh_ids_cost_no_read_while_the_room_knows_all(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    for n in range(10):
        await done(room, f"c{n}")
    assert journal.finds == 0


async def test_a_command_that_changes_nothing_commits_nothing(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    assert await ask(room, "a", "connect") == Accepted(None, repeated=False)
    assert len(journal.records) == 1


async def test_hidden_events_have_no_number(boot: Boot) -> None:
    room = await (await boot()).room()
    await done(room, "a")
    commit = await done(room, "b", "note")
    assert [event.name for event in commit.events] == ["_noted", "added"]
    assert commit.room_seq_first == 2 and room.seq == 2


async def test_a_waiter_that_goes_away_does_not_take_its_command_back(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    journal.hold()
    waiting = asyncio.create_task(ask(room, "a"))
    await journal.waiting.wait()
    again = asyncio.create_task(ask(room, "a"))
    await asyncio.sleep(0)
    waiting.cancel()
    journal.release()
    assert accepted(await again).repeated and room.state.total == 1


async def test_a_full_mailbox_is_busy_for_people_and_open_for_the_host(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot(limits=RoomLimits(mailbox=5, in_flight=2))
    room = await process.room()
    journal.hold()
    asks = [asyncio.create_task(ask(room, f"c{n}")) for n in range(20)]
    await journal.waiting.wait()
    host = asyncio.create_task(room.submit(Command("x", SYSTEM, "add")))
    await asyncio.sleep(0)
    journal.release()
    outcomes = await asyncio.gather(*asks)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    assert {outcome.code for outcome in refused} == {"busy"}
    assert len(refused) >= 20 - 5 - 2 - 1
    assert isinstance(await host, Accepted)
    assert room.state.total == 20 - len(refused) + 1


async def test_a_write_is_bounded_and_so_is_what_waits_for_it(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot(bounds={"batch_limit": 3, "queue_limit": 4})
    room = await process.room()
    journal.appends.clear()
    journal.hold()
    asks = [asyncio.create_task(ask(room, f"c{n}")) for n in range(8)]
    await journal.waiting.wait()
    await until(lambda: process.writer.full)
    assert code(await ask(room, "late")) == "busy"
    journal.release()
    assert all(isinstance(one, Accepted) for one in await asyncio.gather(*asks))
    assert max(journal.appends) == 3 and sum(journal.appends) == 8


async def test_people_wait_while_too_many_sends_are_on_their_way(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    outbox = process.rooms._outbox
    outbox.note(Send(f"s{n}", "job:none", "x", {}) for n in range(PENDING_MAX - 1))
    await done(room, "a")
    outbox.note([Send("last", "job:none", "x", {})])
    assert code(await ask(room, "b")) == "busy"
    outbox.forget("last")
    await done(room, "b")


async def test_a_heavy_operation_makes_only_its_room_wait(boot: Boot) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Blocked(ToyMode):
        def _heavy_add(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            return self._add(state, command, now_ms)

    process = await boot(modes={"toy": Blocked()})
    heavy, light = await process.room("r1"), await process.room("r2")
    slow = asyncio.create_task(done(heavy, "a", "heavy_add"))
    behind = asyncio.create_task(done(heavy, "b"))
    await done(light, "a")
    assert not slow.done() and not behind.done()
    gate.set()
    assert (await slow).answer == {"total": 1} and (await behind).answer == {"total": 2}


async def test_a_listener_that_raises_is_dropped_and_harms_nobody(
    boot: Boot, expect_log: ExpectLog
) -> None:
    expect_log("a listener failed")
    room = await (await boot()).room()
    heard: list[int] = []

    def bad(commit: Commit) -> None:
        raise RuntimeError("no")

    room.add_listener(bad)
    room.add_listener(lambda commit: heard.append(commit.seq))
    await done(room, "a")
    await done(room, "b")
    await until(lambda: len(heard) == 2)


async def test_an_observer_that_raises_is_counted_and_harms_nobody(
    boot: Boot, expect_log: ExpectLog
) -> None:
    expect_log("an observer failed")
    process = await boot()
    seen: list[str] = []

    def bad(commit: Commit) -> None:
        raise RuntimeError("no")

    process.rooms.observe(bad)
    process.rooms.observe(lambda commit: seen.append(commit.op))
    room = await process.room()
    await done(room, "a")
    await until(lambda: seen == ["create", "add"])
    assert process.rooms.observer_failures == 2


async def test_a_listener_hears_nothing_that_its_view_already_holds(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    joined: list[tuple[int, list[int]]] = []

    def join(commit: Commit) -> None:
        heard: list[int] = []
        joined.append((room.seq, heard))
        room.add_listener(lambda late: heard.append(late.room_seq_first))

    room.add_listener(join)
    await asyncio.gather(*(done(room, f"c{n}") for n in range(10)))
    await done(room, "last")
    await until(lambda: len(joined) == 11)
    for seq, heard in joined:
        assert heard == list(range(seq + 1, 12))


async def test_since_reads_memory_then_the_journal_and_gives_up_beyond_its_limit(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot(limits=RoomLimits(recent_commits=3))).room()
    for n in range(10):
        await done(room, f"c{n}", "note" if n % 2 else "add")
    for seq in range(0, 11):
        commits = await room.since(seq, 100)
        assert commits is not None
        assert [commit.room_seq_first for commit in commits] == list(range(seq + 1, 11))
        assert [len(commit.events) for commit in commits] == [
            2 if n % 2 else 1 for n in range(seq, 10)
        ]
    assert await room.since(0, 9) is None and len(await room.since(0, 10) or ()) == 10
    assert await room.since(4, 5) is None
    assert len(await room.since(4, 6) or ()) == 6
    assert await room.since(11, 100) is None and await room.since(-1, 100) is None


async def test_since_asks_for_the_full_state_while_the_store_is_down(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot(limits=RoomLimits(recent_commits=3))).room()
    for n in range(6):
        await done(room, f"c{n}")
    journal.down = True
    assert await room.since(0, 100) is None
    assert len(await room.since(4, 100) or ()) == 2
    journal.down = False
    assert len(await room.since(0, 100) or ()) == 6


async def test_since_is_whole_when_most_commits_are_hidden(boot: Boot) -> None:
    room = await (await boot(limits=RoomLimits(recent_commits=3))).room()
    await done(room, "first")
    for n in range(12):
        await done(room, f"d{n}", "drain")
    for n in range(5):
        await done(room, f"c{n}")
    assert [one.room_seq_first for one in await room.since(0, 6) or ()] == [1, 2, 3, 4, 5, 6]
    assert await room.since(0, 5) is None


async def test_secrets_are_sealed_at_rest_and_open_in_memory(
    boot: Boot, journal: MemoryJournal
) -> None:
    room = await (await boot()).room()
    commit = await done(room, "a", "deal")
    cards = commit.events[0].hidden["deck"]
    assert commit.events[0].secret == {1: {"cards": cards[:8]}}
    assert cards.encode() not in journal.records[-1].body
    assert cards[:8].encode() not in journal.records[-1].body.replace(b"00000000", b"")
    assert room.view(1)["state"]["cards"] == cards and room.view(None)["state"]["cards"] == ""
