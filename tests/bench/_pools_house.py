"""A house without sockets: rooms over the embedded store, a game of pools, people with money."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from plugins.pools.rules.mode import PoolsMode
from vphost.rules import books
from vphost.rules.mode import Command, Json, Posting
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.journal.commits import Accepted, Commit
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import Journal
from vphost.services.rooms.room import Room
from vphost.services.rooms.rooms import Rooms
from vphost.store import open_store

BOOK, CURRENCY = "main", "DON"
GRANT_AT_ONCE = 5_000
ADMIN = 1
GAME: Mapping[str, Json] = {
    "source": str(uuid.UUID(int=1)), "name": "Game", "kind": "football", "currency": CURRENCY,
    "decimals": 2, "hashtag": "#Game", "open_ms": None, "close_ms": None, "live_start_ms": None,
    "live_finish_ms": None, "admins_max": 8, "actions": ["Goal"],
    "targets": ["Argentina", "Brazil"], "opened": True,
}


class House:
    """Services over one store."""

    def __init__(self, rooms: Rooms, ledger: Ledger, journal: Journal) -> None:
        self.rooms = rooms
        self.journal = journal
        self.ledger = ledger
        self._asked = 0

    async def give(self, users: range, amount: int) -> None:
        """Let money come in from the world."""
        for first in range(users.start, users.stop, GRANT_AT_ONCE):
            some = users[first - users.start:first - users.start + GRANT_AT_ONCE]
            postings = [Posting(books.user(user_id(one)), CURRENCY, amount) for one in some]
            postings.append(Posting(books.WORLD, CURRENCY, -amount * len(some)))
            outcome = await self.ledger.transact(f"grant-{first}", postings, {})
            assert isinstance(outcome, Accepted), outcome

    async def game(self, place: int) -> Room:
        """Return a new game whose admin is user ADMIN."""
        room = await self.rooms.create(str(uuid.UUID(int=place)), "pools", GAME)
        await self.ask(room, "pools.become_admin", ADMIN)
        return room

    async def pool(self, room: Room, **rules: Json) -> str:
        """Open a pool in a game and return its id."""
        commit = await self.ask(room, "pools.create_pool", ADMIN, {
            "description": "", "action": "goal", "targets": ["argentina", "brazil"],
            "pool_type": 1, "start_at": None, "finish_at": None, "stop_accepting_bets_at": None,
            "recreate_on_end": False, "is_blocked": False, "is_hot": False, "rules": rules,
        })
        assert commit.answer is not None
        return str(commit.answer["pool_id"])

    async def bet(self, room: Room, pool: str, user: int, target: str, amount: int) -> Commit:
        """Place a bet."""
        return await self.ask(
            room, "pools.bet", user, {"pool_id": pool, "target": target, "amount": amount}
        )

    async def event(self, room: Room, target: str) -> Commit:
        """Register what happened."""
        return await self.ask(room, "pools.event", ADMIN, {
            "action_id": "goal", "target_id": target, "happened_at": None,
        })

    def held(self, room: Room, pool: str) -> int:
        """Return what lies in a pool's account."""
        return self.ledger.balance(books.pool(room.id, pool), CURRENCY)

    async def size_of_last(self, room: Room) -> int:
        """Return how many bytes the newest commit of a room has."""
        record, = await self.journal.read_room(room.id, room.line.book_seq - 1, 1)
        return len(record.body)

    async def ask(
        self, room: Room, op: str, user: int, args: Mapping[str, Json] | None = None
    ) -> Commit:
        """Give a command as the plugin's service would; it has to be committed."""
        self._asked += 1
        by = {"number": user, "name": f"player {user}", "is_source_admin": user == ADMIN}
        outcome = await room.submit(Command(
            str(self._asked), user_id(user), op, {**(args or {}), "_by": by}
        ))
        assert isinstance(outcome, Accepted) and outcome.commit is not None, outcome
        return outcome.commit


def user_id(number: int) -> str:
    """Return an account's id, as long as a real one."""
    return f"u{number:015d}"


async def settled(room: Room, pool: str) -> None:
    """Wait until a pool is settled."""
    done = asyncio.Event()

    def listen(commit: Commit) -> None:
        if any(event.name.endswith("bet_pool_resolved") for event in commit.events):
            done.set()

    room.add_listener(listen)
    if room.state.pools[pool].result is None:
        await done.wait()
    room.remove_listener(listen)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Open a new store in a folder and the services over it."""
    journal, documents = await open_store(f"sqlite:{folder}/pools.sqlite")
    clock, sealer = SystemClock(), Sealer({"k": bytes(32)})
    writer = Writer(journal, BOOK, lambda: None)
    ledger = Ledger(writer, journal, clock, sealer, {(books.house("minus"), CURRENCY): 2**53})
    modes: dict[str, Any] = {"pools": PoolsMode()}
    rooms = Rooms(
        modes=modes, journal=journal, documents=documents, writer=writer, ledger=ledger,
        clock=clock, seeds=SystemSeeds(), sealer=sealer,
    )
    await rooms.recover(None)
    rooms.begin_waking()
    try:
        yield House(rooms, ledger, journal)
    finally:
        await rooms.close()
        await journal.close()


__all__ = ["ADMIN", "CURRENCY", "House", "open_house", "settled", "user_id"]
