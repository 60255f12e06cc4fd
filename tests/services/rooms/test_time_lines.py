"""A number of an event from before a restored backup is never taken for one of now."""

from __future__ import annotations

import copy
from typing import Any

from tests.services.process import BOOK, done
from vphost.services.rooms.lines import COLLECTION, LINES_MAX, RESTORED, Lines


async def fill(room: Any, name: str, count: int) -> None:
    for number in range(count):
        await done(room, f"{name}{number}")


def numbers(commits: Any) -> list[int] | None:
    return None if commits is None else [commit.room_seq_first for commit in commits]


async def a_store_that_was_put_back(
    boot: Any, journal: Any, documents: Any, is_marked: bool
) -> tuple[Any, str]:
    """Return the room after 10 + 14 events, and the line on which it had come to 16."""
    first = await boot()
    room = await first.room()
    await fill(room, "a", 10)
    kept = copy.deepcopy((journal.records, documents.__dict__))
    await fill(room, "lost", 6)
    assert room.seq == 16
    old = first.rooms.lines.current
    await first.kill()
    journal.records[:] = kept[0]
    documents.__dict__.update(kept[1])
    if is_marked:
        await documents.insert(COLLECTION, RESTORED, {})
    again = await boot(clock=first.clock)
    room = again.rooms.get("r1")
    assert room.seq == 10
    await fill(room, "b", 14)
    return room, old


async def test_an_old_line_gets_no_events_of_another(
    boot: Any, journal: Any, documents: Any
) -> None:
    room, old = await a_store_that_was_put_back(boot, journal, documents, is_marked=False)
    assert await room.since(16, 100, old) is None
    assert await room.since(11, 100, old) is None
    assert numbers(await room.since(10, 100, old)) == list(range(11, 25))
    assert numbers(await room.since(9, 100, old)) == list(range(10, 25))
    assert await room.since(16, 100, "0" * 16) is None


async def test_without_a_line_a_known_restore_counts(
    boot: Any, journal: Any, documents: Any
) -> None:
    room, _ = await a_store_that_was_put_back(boot, journal, documents, is_marked=True)
    assert await room.since(16, 100) is None
    assert numbers(await room.since(10, 100)) == list(range(11, 25))
    assert await documents.get(COLLECTION, RESTORED) is None, "noted where it lasts"


async def test_an_ordinary_restart_keeps_old_numbers_good(boot: Any) -> None:
    first = await boot()
    room = await first.room()
    await fill(room, "a", 10)
    old = first.rooms.lines.current
    await first.kill()
    again = await boot(clock=first.clock)
    room = again.rooms.get("r1")
    await fill(room, "b", 3)
    assert numbers(await room.since(8, 100, old)) == [9, 10, 11, 12, 13]
    assert numbers(await room.since(8, 100)) == [9, 10, 11, 12, 13]
    assert numbers(await room.since(12, 100, again.rooms.lines.current)) == [13]


async def test_lines_that_are_remembered_have_a_bound(documents: Any) -> None:
    first = Lines()
    await first.open(documents, BOOK, 0)
    for seq in range(LINES_MAX):
        last = Lines()
        await last.open(documents, BOOK, seq)
    found = await documents.get(COLLECTION, BOOK)
    assert len(found.body["lines"]) == LINES_MAX
    assert last.bound(first.current) == -1 and last.bound(last.current) is None
