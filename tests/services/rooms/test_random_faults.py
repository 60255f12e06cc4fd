"""Random commands over a store that fails at random, killed at random: the promises hold.

The seed is in the test's name; every run of a seed takes the same steps.
"""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.conftest import Collector
from tests.services.memory_store import Fault, MemoryDocuments, MemoryJournal
from tests.services.process import Process, ask, until
from vphost.rules import books
from vphost.rules.mode import Rejected
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.commits import Accepted, Commit
from vphost.services.ledger.verify import verify
from vphost.services.ports import StoreDown
from vphost.services.rooms.room_context import RoomLimits

ROOMS = ("r1", "r2", "r3")
LIMITS = RoomLimits(mailbox=16, in_flight=4, recent_commits=4, recent_ids=9, snapshot_every=6)


def note(heard: list[int], commit: Commit) -> None:
    """Note that a commit was heard of."""
    heard.append(commit.seq)


@dataclass
class World:
    """A store, the process over it, and what people were told."""

    dice: random.Random
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    heard: dict[str, list[int]] = field(default_factory=dict)
    ids: list[tuple[str, str, str, str, int, str]] = field(default_factory=list)

    async def boot(self) -> Process:
        process = Process(
            self.journal, self.documents, limits=LIMITS, book_snapshot_every=13
        )
        await process.start()
        for room in ROOMS:
            made = await process.rooms.create(room, "toy", {})
            heard = self.heard[room] = []
            made.add_listener(partial(note, heard))
        return process

    def command(self) -> tuple[str, str, str, str, int, str]:
        """Return a new command, or one that was given before."""
        if self.ids and self.dice.random() < 0.2:
            return self.dice.choice(self.ids)
        op = self.dice.choice(("add", "note", "pay_in", "pay_out", "send", "deal", "deposit"))
        made = (
            self.dice.choice(ROOMS), f"c{len(self.ids)}", op,
            self.dice.choice(("ann", "bob")), self.dice.randint(0, 30),
            f"room:{self.dice.choice(ROOMS)}",
        )
        self.ids.append(made)
        return made

    async def give(self, process: Process) -> None:
        """Give a command and note what was said."""
        room, id, op, user, amount, target = self.command()
        if op == "deposit":
            postings = books.move(books.WORLD, books.user(user), "PLAY", amount + 1)
            outcome = await process.ledger.transact(id, postings, {})
            key = f"ledger:{id}"
        else:
            outcome = await ask(
                process.get(room), id, op, user, amount=amount, target=target, what="get",
            )
            key = f"{room}:{user}:{id}"
        if isinstance(outcome, Accepted) and outcome.commit is not None:
            known = self.acknowledged.setdefault(key, outcome.commit.id)
            assert known == outcome.commit.id == key
        elif isinstance(outcome, Rejected):
            assert outcome.code in ("store_down", "insufficient_funds", "busy"), outcome
            self.refused.add(key)

    def trouble(self) -> None:
        """Let the next writes fail in some way."""
        for _ in range(self.dice.choice((1, 1, 2, 60))):
            kept = self.dice.choice((0, 0, 1, 2, None))
            self.journal.faults.append(Fault(StoreDown("chance"), kept))

    async def check(self, process: Process) -> None:
        """Compare what people were told with what the journal holds."""
        report = await verify(self.journal, "main")
        assert report.ok, report.faults
        ids = [record.id for record in self.journal.records]
        assert len(ids) == len(set(ids)) and self.acknowledged.keys() <= set(ids)
        for room in ROOMS:
            live = process.get(room)
            assert live.seq == report.rooms[room] and not live.line.pending
            seqs = [one.seq for one in self.journal.records if one.room == room]
            heard = self.heard[room]
            assert heard == seqs[len(seqs) - len(heard):]
            seen = await live.since(0, 5_000)
            assert seen is not None
            assert [one.room_seq_first for one in seen] == sorted(
                {one.room_seq_first for one in seen}
            )
        balances = process.ledger.balances
        assert balances.durable() == report.balances
        assert all(
            balances.available(*key) == amount for key, amount in report.balances.items()
        )
        self.check_sends()

    def check_sends(self) -> None:
        """Every send of a commit acted exactly once in its target."""
        commits = [decode(record, None) for record in self.journal.records]
        wanted = sorted(
            f"{send.target[5:]}:system:{send.id}" for one in commits for send in one.sends
        )
        got = sorted(one.record.id for one in commits if one.op == "get")
        assert got == wanted


@pytest.mark.parametrize("seed", range(25))
async def test_what_was_acknowledged_is_there_once_whatever_fails(
    seed: int, log_collector: Collector
) -> None:
    log_collector.expected.append((re.compile("store|doubted|stood"), ["allowed"]))
    world = World(random.Random(seed))
    process = await world.boot()
    for _ in range(12):
        if world.dice.random() < 0.4:
            world.trouble()
        burst = [
            asyncio.create_task(world.give(process)) for _ in range(world.dice.randint(1, 25))
        ]
        for _ in range(world.dice.randint(0, 40)):
            await asyncio.sleep(0)
        if world.dice.random() < 0.3:
            await process.kill()
            for task in burst:
                task.cancel()
            await asyncio.gather(*burst, return_exceptions=True)
            world.journal.faults.clear()
            process = await world.boot()
        else:
            await asyncio.wait_for(asyncio.gather(*burst), 5)
    world.journal.faults.clear()
    await until(lambda: not process.writer.refusing)
    await until(lambda: not process.rooms._outbox.pending)
    await until(lambda: all(room.idle for room in process.rooms))
    await asyncio.sleep(0)
    await world.check(process)
    await process.kill()
    again = await world.boot()
    await world.check(again)
    await again.kill()
