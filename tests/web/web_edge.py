"""A host's edge without any game: a real server on port 0, an echoing protocol, raw sockets."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from vphost.rules.mode import Event, Json, Labels, Rejected
from vphost.services.rooms.room import Room
from vphost.web.registry import Sockets
from vphost.web.rest import guests
from vphost.web.server import Server, application, urls
from vphost.web.site import Caller, Limits, Site
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.endpoints import Peer, Route, SocketProtocol
from vphost.wire.rest import Resource, bound

WAIT_S = 10.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class EchoCodec:
    """`{"op": NAME, ...}` in, `{"event": NAME, ...}` out; no schemas, no units."""

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        try:
            message = json.loads(frame)
            op = message.pop("op")
        except (ValueError, KeyError, AttributeError, RecursionError):
            return BadMessage("bad_message", "no JSON object with op")
        request_id = message.pop("request_id", None)
        return Request(op, message, request_id, is_query=op == "look", raw=op)

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        own = event.secret.get(player, {}) if player is not None else {}
        return self._frame(event.name, {**event.data, **own, "seq": context.seq})

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        return [self._frame(name, {**body, "seq": context.seq}) for name, body in view.items()]

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        return self._frame("error", {"code": rejected.code, "op": request.op})

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        return self._frame(name, fields)

    def _frame(self, name: str, fields: Mapping[str, Json]) -> bytes:
        return json.dumps({"event": name, **fields}).encode()


async def let_in(user: str, room: str) -> Rejected | None:
    """Refuse nobody but the banned."""
    return Rejected("forbidden") if user == "banned" else None


async def echo(peer: Peer, request: Request) -> Sequence[bytes]:
    """Answer with what was asked; `big` answers with that many bytes."""
    size = request.args.get("big", 0)
    return [json.dumps(
        {"event": "echo", "user": peer.user, "op": request.op, "pad": "x" * size}
    ).encode()]


@dataclass
class Edge:
    """A running edge. identify: a token is the user's own name; `bad` and `old` are none, and
    `brief` is one for an instant."""

    limits: Limits = field(default_factory=Limits)
    codec: EchoCodec = field(default_factory=EchoCodec)
    rooms: dict[str, Room] = field(default_factory=dict)
    routes: Sequence[Route | Resource] = ()
    static: Path = Path(__file__).parents[2] / "static"
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    allowed_origins: frozenset[str] = frozenset()
    one_socket_per_room: bool = True
    view_at_start: bool = False
    answer: Callable[[Peer, Request], Awaitable[Sequence[bytes]]] = echo
    port: int = 0

    def __post_init__(self) -> None:
        self.site = Site(
            limits=self.limits, sockets=Sockets(), identify=self.identify,
            find_room=self.find_room, now_ms=lambda: 1000,
            is_troubled=lambda: False, static=self.static, schemas=self.schemas,
            allowed_origins=self.allowed_origins, is_ready=True,
        )
        protocols = [
            SocketProtocol("echo", "/ws/echo/", self.codec, let_in, self.answer),
            SocketProtocol(
                "room", r"/ws/rooms/(?P<room>[a-z0-9-]{1,36})/", self.codec, let_in,
                one_socket_per_room=self.one_socket_per_room, view_at_start=self.view_at_start,
            ),
        ]
        for protocol in protocols:
            self.site.sockets.add_protocol(protocol)
        self.guests = guests.GuestsSite(self.guest)
        rest = [*bound(self.guests, guests.routes), *self.routes]
        specs = urls(self.site, protocols, rest, lambda schema, body: None)
        self.server = Server(self.site, application(self.site, specs))

    async def identify(self, token: str) -> Caller | Rejected:
        if token in ("bad", ""):
            return Rejected("not_authenticated")
        if token == "old":
            return Rejected("token_expired")
        return Caller(
            token, token, is_operator=token == "root",
            expires_in_s=0.02 if token == "brief" else None,
        )

    async def find_room(self, token: str) -> Room | None:
        return self.rooms.get(token)

    async def guest(self) -> Mapping[str, Json]:
        return {"access": "token", "user": {"id": "g"}}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def http(self, request: str) -> tuple[int, dict[str, str], bytes]:
        """Send raw HTTP lines (without Host and the end) and return status, headers, body."""
        head, _, body = request.partition("\n\n")
        length = f"\r\nContent-Length: {len(body.encode())}" if body else ""
        raw = head.strip().replace("\n", "\r\n") + f"{length}\r\nHost: 127.0.0.1:{self.port}\r\n"
        raw += "Connection: close\r\n\r\n" + body
        async with Raw.connected(self.port) as raw_socket:
            await raw_socket.write(raw.encode())
            return parse_answer(await raw_socket.read_all())


def parse_answer(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (lower case) and body of a whole HTTP answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(status.split()[1]), headers, body


@asynccontextmanager
async def running(edge: Edge) -> AsyncIterator[Edge]:
    """Listen on a free port until the block ends; every task of the edge is awaited."""
    _, edge.port = edge.server.listen("127.0.0.1", 0)
    try:
        yield edge
    finally:
        edge.server.stop_listening()
        edge.site.close_sockets(1012, "test ended")
        await edge.server.close()
        tasks = list(edge.site.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def frame(payload: bytes | str, opcode: int = 1, fin: bool = True, masked: bool = True,
          rsv: int = 0) -> bytes:
    """Return a client's frame, right or wrong as asked."""
    data = payload.encode() if isinstance(payload, str) else payload
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    bit = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([bit | len(data)])
    elif len(data) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(data))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(data))
    if not masked:
        return head + data
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


class Raw:
    """A bare TCP connection that speaks as much websocket as a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator[Raw]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            pass

    async def read_all(self) -> bytes:
        """Return everything until the host closes."""
        data = b""
        try:
            while part := await asyncio.wait_for(self.reader.read(65536), WAIT_S):
                data += part
        except ConnectionError:
            pass
        return data

    async def upgrade(self, port: int, path: str = "/ws/echo/?token=u1", extra: str = "") -> None:
        """Make the handshake; it has to succeed."""
        await self.write(handshake(port, path, extra).encode())
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), WAIT_S)
        assert head.startswith(b"HTTP/1.1 101"), head

    async def receive(self) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame of the host."""
        first, second = await self._exactly(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", await self._exactly(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", await self._exactly(8))[0]
        return first & 0x0F, await self._exactly(length)

    async def message(self) -> dict[str, Json]:
        """Return the next text frame, decoded."""
        while True:
            opcode, payload = await self.receive()
            if opcode == 1:
                return dict(json.loads(payload))
            assert opcode != 8, payload

    async def close_code(self) -> int:
        """Read until the host's close frame and return its code."""
        while True:
            opcode, payload = await self.receive()
            if opcode == 8:
                return int(struct.unpack("!H", payload[:2])[0]) if payload else 1005

    async def say(self, **message: Json) -> None:
        """Send a text frame."""
        await self.write(frame(json.dumps(message)))

    async def _exactly(self, count: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), WAIT_S)


def handshake(port: int, path: str, extra: str = "") -> str:
    """Return the text of a right handshake, with further header lines."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
        f"{extra}\r\n"
    )
