"""The lobby: the open public tables of all modes, as everybody may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from vphost.rules.mode import Json
from vphost.rules.money import to_major
from vphost.services.ports import Clock
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.rooms import Rooms
from vphost.tables.table_service import TableService
from vphost.tables.tables import MAX_LISTED, Table

LOBBY_MS = 1000
"""How old the lobby's answer may be, as making it means looking into every room."""
MONEY = ("small_blind", "big_blind", "min_buy_in", "max_buy_in")


class Lobby:
    """The service."""

    def __init__(self, hosting: TableService, rooms: Rooms, clock: Clock) -> None:
        self._hosting = hosting
        self._rooms = rooms
        self._clock = clock
        self._listed: list[Mapping[str, Json]] = []
        self._until = 0

    async def tables(self) -> Sequence[Mapping[str, Json]]:
        """Return the open tables, at most a page; the newest answer may be a second old."""
        now_ms = self._clock.now_ms()
        if now_ms >= self._until:
            self._until = now_ms + LOBBY_MS
            listed = []
            for table in await self._hosting.tables.list_public("", MAX_LISTED):
                if not self._rooms.is_awake(table.id):
                    await asyncio.sleep(0)  # Loading a room takes a while, and there may be many.
                listed.append(self._row(table))
            self._listed = listed
        return self._listed

    def _row(self, table: Table) -> Mapping[str, Json]:
        config, summary = table.config, None
        decimals = config.get("decimals", 2)
        with suppress(ModeFault):  # The room has logged it and is quarantined.
            summary = self._hosting.summary(table.id)
        return {
            "token": table.id, "short_token": table.short_token, "mode": table.mode,
            "name": config.get("name", "Table"), "currency": config.get("currency"),
            "seats": config.get("seats"),
            "seated": 0 if summary is None else summary.seated,
            "is_running": summary is not None and summary.game_id is not None,
            "games": [
                {"game": game, "limit": config[game]["limit"]}
                for game in config.get("allowed_games", ()) if game in config
            ],
            **{name: to_major(config[name], decimals) for name in MONEY if name in config},
        }
