"""A host with a cash table in this process: a real port, a real store that can be made to fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.machine.faulty_journal import FaultyJournal
from tests.web.web_edge import Raw
from vphost.app import App
from vphost.config.settings import Config
from vphost.rules.mode import Rejected
from vphost.services.accounts.accounts import Kind
from vphost.services.rooms.room import Room
from vphost.web.site import Limits

HOST = "host"
SETTINGS: Mapping[str, Any] = {
    "name": "Living", "default_bank_value": 500, "max_buy_in": 50, "min_buy_in": 1,
    "turn_time_limit": 600, "time_between_hands": 600,
}


@dataclass
class Guest:
    """A user with an open socket.

    player: their id at the table. seen: every message that they got, oldest first.
    """

    raw: Raw
    player: int
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, action: str, **args: Any) -> None:
        """Send an action."""
        await self.raw.say(action=action, **args)

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        self.seen.append(await self.raw.message())
        return self.seen[-1]

    async def until(self, event: str, **fields: Any) -> dict[str, Any]:
        """Listen until an event with these fields comes; return its payload."""
        while True:
            message = await self.hear()
            payload: dict[str, Any] = message["payload"]
            if message["event"] == event and fields.items() <= payload.items():
                return payload


@dataclass
class LivingTable:
    """A running host. journal: the store that its writer uses, which fails when told."""

    app: App
    journal: FaultyJournal
    table: str = ""

    @property
    def room(self) -> Room:
        """The room of the table."""
        room = self.app.house.rooms.get(self.table)
        assert room is not None
        return room

    async def create(self, **settings: Any) -> None:
        """Add the table."""
        host = await self.app.house.accounts.ensure(HOST, Kind.PERSON)
        made = await self.app.house.area.tables.create(host.id, "cash", {**SETTINGS, **settings})
        assert not isinstance(made, Rejected), made
        self.table = made.id

    async def enter(self, raw: Raw, name: str) -> Guest:
        """Let a user come to the table."""
        user = await self.app.house.accounts.ensure(name, Kind.PERSON)
        token = self.app.house.access_tokens.issue(user.id, 600)
        await raw.upgrade(self.app.address[1], f"/ws/tables/{self.table}/?token={token}&since=0")
        player = await self.app.house.area.hosting.player_number(self.table, user.id)
        assert player is not None
        return Guest(raw, player)

    async def start(self, guests: list[Guest]) -> None:
        """Seat some, the host first, and deal a hand; all have heard of the first turn."""
        for seat, guest in enumerate(guests):
            await guest.say("sit_player", seat=seat)
            await guest.say("buy_in", amount=20)
            await guest.until("bankroll")
        await guests[0].say("game_start", game_type="THD")
        for guest in guests:
            await guest.until("turn")

    def whose_turn(self) -> int:
        """Return the seat of the one whose turn it is."""
        state = self.room.view(None)["game_state"]
        seat: int = state["turn_player_seat"]
        return seat


@asynccontextmanager
async def living_table(folder: Path, limits: Limits | None = None) -> AsyncIterator[LivingTable]:
    """Run a host on a store file until the block ends."""
    app = App(
        Config(store=f"sqlite:{folder / 'host.sqlite'}", var=folder, port=0, drain_s=0),
        limits=limits, check_outgoing=True,
    )
    await app.start()
    journal = FaultyJournal(app.house.journal)
    app.house.writer._journal = journal
    living = LivingTable(app, journal)
    await living.create()
    try:
        yield living
    finally:
        journal.heal()
        await app.stop("test ended")
