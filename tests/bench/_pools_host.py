"""People for a host in this process, and the process in which their sockets are."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plugins.pools.pools_house import House
from vphost.rules import books
from vphost.rules.mode import Posting
from vphost.services.accounts.accounts import Kind, User
from vphost.services.journal.commits import Accepted

ROOT = Path(__file__).parents[2]
CURRENCY = "DON"
LIFETIME_S = 3_600
USERS_AT_ONCE = 200
LINE_BYTES_MAX = 64 * 2**20


async def people(house: House, count: int, minor: int) -> list[str]:
    """Add so many users with money and return their tokens."""
    users: list[User] = []
    own = house.app.house
    for first in range(0, count, USERS_AT_ONCE):
        made = await asyncio.gather(*(
            own.accounts.add(f"player{number}", Kind.PERSON)
            for number in range(first, min(first + USERS_AT_ONCE, count))
        ))
        some = [one for one in made if isinstance(one, User)]
        assert len(some) == len(made), made
        postings = [Posting(books.user(one.id), CURRENCY, minor) for one in some]
        postings.append(Posting(books.WORLD, CURRENCY, -minor * len(some)))
        outcome = await own.ledger.transact(f"grant {first}", postings, {})
        assert isinstance(outcome, Accepted), outcome
        users += some
    return [own.access_tokens.issue(one.id, LIFETIME_S) for one in users]


@dataclass
class People:
    """The process of a crowd."""

    process: asyncio.subprocess.Process

    async def say(self, line: str) -> None:
        """Write a line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self) -> dict[str, Any]:
        """Return what it reports next."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        assert line, "the crowd has gone"
        said: dict[str, Any] = json.loads(line)
        return said


@asynccontextmanager
async def crowd_of(**settings: Any) -> AsyncIterator[People]:
    """Start a crowd and wait until all of it is connected; see `_pools_crowd`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._pools_crowd", cwd=ROOT, limit=LINE_BYTES_MAX,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )
    people = People(process)
    try:
        given = {"window": 0, "rate": 0, "seconds": 0, **settings}
        await people.say(json.dumps(given))
        await people.hear()
        yield people
        await people.say("end")
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
