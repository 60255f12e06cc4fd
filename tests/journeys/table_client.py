"""A player's programme: one websocket to a table, frames kept by their number, actions resent.

It plays like a careful client: every action carries a request id, and after a lost connection
the same id is sent again, so that the action happens once or not at all.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

Frame = dict[str, Any]
TIMESTAMP = "2026-01-01T00:00:00+00:00"


class ClosedByHost(Exception):
    """The socket ended."""


@dataclass
class TableClient:
    """One user at one table."""

    origin: str
    table: str
    token: str
    chooser: random.Random
    socket: WebSocketClientConnection | None = None
    seen: dict[int, Frame] = field(default_factory=dict)
    notices: list[Frame] = field(default_factory=list)
    player: int | None = None
    pending: Frame | None = None
    sent: int = 0
    sent_at: int = 0
    """The newest number seen when the unanswered action was sent."""
    last_received: int = 0
    """The newest number received on this connection."""

    async def connect(self, since: int | None = None) -> None:
        """Open the socket; with `since` the host sends what was missed."""
        url = f"{self.origin.replace('http', 'ws')}/ws/tables/{self.table}/?token={self.token}"
        if since is not None:
            url += f"&since={since}"
        self.last_received = since or 0
        self.socket = await websocket_connect(url, connect_timeout=10)

    async def send(self, action: str, **arguments: Any) -> str:
        """Send an action under a fresh request id and remember it until it is answered."""
        self.sent += 1
        self.sent_at = self.last_seq
        request = f"r{self.sent}"
        self.pending = {
            "action": action, "request_id": request, **arguments,
        }
        await self.send_pending()
        return request

    async def send_pending(self) -> None:
        """Send the unanswered action (again)."""
        if self.pending is not None:
            await self.write(self.pending)

    async def write(self, message: Frame) -> None:
        """Send one message as it is, with a timestamp."""
        assert self.socket is not None
        try:
            await self.socket.write_message(json.dumps({"timestamp": TIMESTAMP, **message}))
        except (WebSocketClosedError, StreamClosedError) as error:
            while await self.socket.read_message() is not None:
                pass
            raise self.ended() from error

    async def receive(self, timeout_s: float = 20.0) -> Frame:
        """Return the next frame; a numbered one is kept and must not differ from before."""
        assert self.socket is not None
        text = await asyncio.wait_for(self.socket.read_message(), timeout_s)
        if text is None:
            raise self.ended()
        frame: Frame = json.loads(text)
        seq = frame["payload"].get("seq")
        if seq is None or frame["event"] in ("game_state", "private_data"):
            self.notices.append(frame)
            return frame
        self.last_received = max(self.last_received, seq)
        if seq in self.seen:
            assert self.seen[seq] == frame, "an acknowledged event changed"
        else:
            self.seen[seq] = frame
        return frame

    def ended(self) -> ClosedByHost:
        """Close this side and say how the host closed the other."""
        assert self.socket is not None
        reason = f"{self.socket.close_code} {self.socket.close_reason}"
        self.close()
        return ClosedByHost(reason)

    async def until(self, event: str, **fields: Any) -> Frame:
        """Receive until an event with these payload fields comes."""
        while True:
            frame = await self.receive()
            if frame["event"] == "action_error" and event != "action_error":
                raise AssertionError(f"refused while waiting for {event}: {frame}")
            if frame["event"] == event and fields.items() <= frame["payload"].items():
                return frame

    @property
    def last_seq(self) -> int:
        """The newest number seen, 0 for none."""
        return max(self.seen, default=0)

    def close(self) -> None:
        """Close the socket from this side."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def choose(self, turn: Frame) -> dict[str, Any]:
        """Return a random legal action for one's own turn, small raises preferred."""
        payload = turn["payload"]
        kinds = list(payload["available_actions"])
        if len(kinds) > 1 and "action_fold" in kinds and self.chooser.random() < 0.8:
            kinds.remove("action_fold")
        kind = self.chooser.choice(kinds)
        action: dict[str, Any] = {"action": kind}
        if kind == "action_call":
            action["amount"] = payload["call_amount"]
        if kind in ("action_bet", "action_raise"):
            high = self.chooser.random() < 0.04
            action["amount"] = payload["max_amount"] if high else payload["min_amount"]
        return action
