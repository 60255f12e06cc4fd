"""Who follows the commits of all rooms: at once and in order, or read back from the journal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.services.process import Boot, ask, done, until
from vphost.rules.mode import NO_LABELS
from vphost.services.journal.commits import Commit


async def test_commits_are_followed_in_the_order_of_the_book(boot: Boot) -> None:
    process = await boot()
    followed: list[Commit] = []
    process.rooms.follow(followed.append)
    rooms = [await process.room(f"r{number}") for number in range(3)]
    await asyncio.gather(*(
        ask(room, f"c{number}") for number in range(10) for room in rooms
    ))
    seqs = [commit.seq for commit in followed]
    assert len(seqs) == 33 and seqs == sorted(seqs)
    assert {commit.mode for commit in followed} == {"toy"}


async def test_missed_commits_are_read_as_they_were_published(boot: Boot) -> None:
    process = await boot()
    published: list[Commit] = []
    process.rooms.observe(published.append)
    room = await process.room()
    await done(room, "a")
    await done(room, "b", "deal")
    newest = process.writer.head.seq
    await until(lambda: len(published) == 3)
    published = [replace(commit, labels=room.labels) for commit in published]
    for modes in (None, {"toy"}, {"toy", "other"}):
        assert await process.rooms.missed.read(modes, 0, 100) == (published, newest)
    assert await process.rooms.missed.read({"other"}, 0, 100) == ([], newest)
    assert await process.rooms.missed.read(None, newest, 100) == ([], newest)
    assert await process.rooms.missed.read(None, 0, 1) == (published[:1], published[0].seq)


async def test_commits_of_a_room_that_is_gone_are_read_too(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    await done(room, "a")
    process.rooms._rooms.pop("r1")
    commits, _ = await process.rooms.missed.read({"toy"}, 0, 100)
    assert [commit.op for commit in commits] == ["create", "add"]
    assert commits[0].labels == NO_LABELS
    process.rooms._rooms["r1"] = room
