"""The client of the table bench: six bare sockets for each table, one of which looks.

It has to cost little, or it would be what is measured: the five others only count bytes, and the
one that looks is the last that the host writes to, so its frames say that all six are out.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench._host import SEATS

Frame = dict[str, Any]
TIMESTAMP = "2026-01-01T00:00:00+00:00"


class Seat(asyncio.Protocol):
    """One websocket, as bare as can be. look: called with every text frame, None for none."""

    def __init__(self, path: str, look: Callable[[Frame], None] | None) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bytes_in = 0
        self._path = path
        self._look = look
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write((
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        ).encode())

    def data_received(self, data: bytes) -> None:
        self.bytes_in += len(data)
        if self.opened.done() and self._look is None:
            return
        self._data += data
        if not self.opened.done():
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), bytes(head[:200])
            self._data = rest
            self.opened.set_result(None)
        if self._look is not None:
            self._frames(self._look)

    def _frames(self, look: Callable[[Frame], None]) -> None:
        data, place = self._data, 0
        while len(data) - place >= 2:
            first, length, head = data[place], data[place + 1], 2
            if length > 125:
                head = 4 if length == 126 else 10
                if len(data) - place < head:
                    break
                length = int.from_bytes(data[place + 2:place + head], "big")
            end = place + head + length
            if len(data) < end:
                break
            if first == 0x81:
                look(orjson.loads(memoryview(data)[place + head:end]))
            place = end
        del data[:place]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed"))

    def send(self, message: Frame) -> None:
        """Send a text frame, masked with zeros."""
        body = orjson.dumps(message)
        length = len(body)
        assert length < 65_536
        head = bytes([0x81, 0x80 | length]) if length < 126 else \
            b"\x81\xfe" + length.to_bytes(2, "big")
        self.transport.write(head + bytes(4) + body)


@dataclass
class BusyTable:
    """Six players who act as fast as they are answered, while `is_on`.

    record: frames by step, when the table is to be recorded. waits_ms: of the newest window.
    """

    port: int
    token: str
    users: list[str]
    is_on: bool = False
    steps: int = 0
    waits_ms: list[float] = field(default_factory=list)
    record: list[list[Frame]] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.seats: list[Seat] = []
        self.turn: Frame | None = None
        self.seat_of: dict[int, int] = {}
        self.board = self.deeds = 0
        self._sent_at = 0.0
        self._number = 0
        self._events: set[str] = set()
        self._seen: list[Frame] = []

    async def connect(self) -> None:
        """Open the six sockets, the one that looks last."""
        loop = asyncio.get_running_loop()
        for user in self.users:
            look = self._look if len(self.seats) == SEATS - 1 else None
            path = f"/ws/tables/{self.token}/?token={user}"
            _, seat = await loop.create_connection(
                lambda: Seat(path, look), "127.0.0.1", self.port
            )
            await seat.opened
            self.seats.append(seat)

    async def sit(self) -> None:
        """Let all six sit down with chips and start a game."""
        await self.is_in()
        for number, seat in enumerate(self.seats):
            seat.send(self.message("sit_player", seat=number))
            await self._until(lambda: number in self.seat_of.values())
            self._events.discard("action_ack")
            seat.send(self.message("buy_in", amount=10_000_000))
            await self._until(lambda: "action_ack" in self._events)
        self.seats[0].send(self.message("game_start", game_type="THD"))
        await self.has_turn()

    async def is_in(self) -> None:
        """Wait until the socket that looks hears what happens from then on."""
        await self._until(lambda: "user_connected" in self._events)

    async def has_turn(self) -> None:
        """Wait until somebody's turn is known and nothing is on its way."""
        await self._until(lambda: self.turn is not None)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 60)

    def message(self, action: str, **arguments: Any) -> Frame:
        """Return an action with a fresh request id."""
        self._number += 1
        return {"action": action, "timestamp": TIMESTAMP,
                "request_id": f"b{self._number}-{id(self)}", **arguments}

    def go(self) -> None:
        """Act for whoever's turn it is."""
        turn, self.turn = self.turn, None
        assert turn is not None
        message = self.message(**self._chosen(turn))
        self._sent_at = time.perf_counter()
        self.seats[turn["seat"]].send(message)

    def _chosen(self, turn: Frame) -> Frame:
        """Call or check; raise now and then; on the river bet and fold, so that hands end."""
        kinds = turn["available_actions"]
        self.deeds += 1
        if self.board == 5:
            if "action_bet" in kinds:
                return {"action": "action_bet", "amount": turn["min_amount"]}
            return {"action": "action_fold"}
        if "action_raise" in kinds and self.deeds % 7 == 3:
            return {"action": "action_raise", "amount": turn["min_amount"]}
        if "action_check" in kinds:
            return {"action": "action_check"}
        return {"action": "action_call", "amount": turn["call_amount"]}

    def _look(self, frame: Frame) -> None:
        event, payload = frame["event"], frame["payload"]
        if self.record is not None:
            self._seen.append(frame)
        if event == "turn":
            self._took_turn(payload)
        elif event == "community_cards":
            self.board = len(payload["community_cards"])
        elif event == "game_start":
            self.board = self.deeds = 0
        elif event == "player_seated":
            self.seat_of[payload["player"]] = payload["seat"]
        else:
            assert event not in ("action_error", "auth_error", "unable_to_start_game"), frame
            self._events.add(event)
        if not self.is_on:
            self.changed.set()

    def _took_turn(self, payload: Frame) -> None:
        self.turn = payload
        if self._sent_at:
            self.waits_ms.append(1000 * (time.perf_counter() - self._sent_at))
            self._sent_at = 0.0
            self.steps += 1
            if self.record is not None:
                self.record.append(self._seen)
        self._seen = []
        if self.is_on:
            self.go()
