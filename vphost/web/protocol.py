"""RFC 6455 framing, stricter than Tornado's own.

Tornado 6.6 accepts unmasked frames, echoes illegal close codes, cuts most protocol errors off
without a close frame, and needs five seconds more to notice a dead line (see the measurements in
tests/web). These are overrides of methods that Tornado does not call public: its version is
pinned in setup.cfg, and tests/web/test_framing.py speaks raw frames so that an upgrade shows.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.util import _websocket_mask
from tornado.websocket import WebSocketProtocol13

LINGER_SECONDS = 1.0
LINGER_BYTES = 1 << 20
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def is_close_code(code: int) -> bool:
    """Say whether a peer may send this close code. Source: RFC 6455 section 7.4, IANA registry."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


class BrokenFrame(Exception):
    """The peer broke the protocol; the socket ends with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class StrictProtocol(WebSocketProtocol13):
    """One server-side websocket connection.

    frame_allowed: asked once per received frame of any kind; False ends the socket with 1008.
    """

    frame_allowed: Callable[[], bool] = staticmethod(lambda: True)
    _fragments: bytearray | None = None
    _fragments_opcode = 0

    async def _receive_frame(self) -> None:
        try:
            await self._read_frame()
        except BrokenFrame as broken:
            await self.fail(broken.code, broken.reason)

    async def fail(self, code: int, reason: str) -> None:
        """Send a close frame, give it a moment to arrive, and tear the connection down.

        Closing a TCP socket with unread bytes resets it and may destroy the close frame on its
        way; so what the peer still sends is read and thrown away, within bounds.
        """
        self.close(code, reason)
        try:
            await asyncio.wait_for(self._discard(), LINGER_SECONDS)
        except (StreamClosedError, TimeoutError, asyncio.TimeoutError):
            pass
        self._abort()

    async def _discard(self) -> None:
        discarded = 0
        while discarded < LINGER_BYTES:
            discarded += len(await self.stream.read_bytes(65_536, partial=True))

    async def _read_frame(self) -> None:
        header, second = struct.unpack("BB", await self._read_bytes(2))
        opcode = header & self.OPCODE_MASK
        is_final = bool(header & self.FIN)
        if not self.frame_allowed():
            raise BrokenFrame(1008, "too many frames")
        if header & self.RSV_MASK:
            raise BrokenFrame(1002, "reserved bits")
        if not second & 0x80:
            raise BrokenFrame(1002, "frame is not masked")
        length = second & 0x7F
        if opcode & 0x8:
            if length > 125 or not is_final:
                raise BrokenFrame(1002, "bad control frame")
        else:
            length = await self._read_length(length)
        mask = await self._read_bytes(4)
        body = _websocket_mask(mask, await self._read_bytes(length)) if length else b""
        message = self._assembled(opcode, is_final, body)
        if message is not None:
            handled = self._handle_message(*message)
            if handled is not None:
                await handled

    async def _read_length(self, length: int) -> int:
        if length == 126:
            length = struct.unpack("!H", await self._read_bytes(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", await self._read_bytes(8))[0]
        held = len(self._fragments or b"")
        if held + length > self.params.max_message_size:
            raise BrokenFrame(1009, "message too big")
        return length

    def _assembled(self, opcode: int, is_final: bool, body: bytes) -> tuple[int, bytes] | None:
        """Return (opcode, payload) when a message or control frame is complete."""
        if opcode & 0x8:
            return opcode, body
        if opcode == 0:
            if self._fragments is None:
                raise BrokenFrame(1002, "nothing to continue")
            self._fragments.extend(body)
        else:
            if self._fragments is not None:
                raise BrokenFrame(1002, "message inside a message")
            if is_final:
                return opcode, body
            self._fragments_opcode = opcode
            self._fragments = bytearray(body)
        if not is_final:
            return None
        body = bytes(self._fragments)
        self._fragments = None
        return self._fragments_opcode, body

    def _handle_message(self, opcode: int, data: bytes) -> asyncio.Future[None] | None:
        if self.client_terminated or self.server_terminated and opcode != _CLOSE:
            return None
        if opcode == _TEXT:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                raise BrokenFrame(1007, "not UTF-8") from None
        elif opcode == _CLOSE:
            self._check_close(data)
        elif opcode not in (_BINARY, _PING, _PONG):
            raise BrokenFrame(1002, "unknown opcode")
        return super()._handle_message(opcode, data)

    @staticmethod
    def _check_close(data: bytes) -> None:
        if not data:
            return
        if len(data) == 1 or not is_close_code(struct.unpack(">H", data[:2])[0]):
            raise BrokenFrame(1002, "bad close code")
        try:
            data[2:].decode("utf-8")
        except UnicodeDecodeError:
            raise BrokenFrame(1007, "not UTF-8") from None

    def _write_frame(
        self, fin: bool, opcode: int, data: bytes, flags: int = 0
    ) -> asyncio.Future[None]:
        """Write, or drop the connection when the peer reads too slowly for the buffer's bound."""
        try:
            return super()._write_frame(fin, opcode, data, flags)
        except StreamBufferFullError:
            self._abort()
            raise StreamClosedError from None

    async def periodic_ping(self) -> None:
        """Ping; end the connection at once when nothing at all came in within the timeout.

        Tornado's own starts a closing handshake with the dead peer and waits five more seconds.
        """
        while True:
            await asyncio.sleep(self.ping_interval)
            heard = self._wire_bytes_in
            try:
                self.write_ping(b"")
            except StreamClosedError:
                return
            await asyncio.sleep(self.ping_timeout)
            if self._wire_bytes_in == heard:
                self._abort()
                return


def text_frame(payload: bytes) -> bytes:
    """Return an unmasked final text frame; built once per projection, written to many sockets."""
    length = len(payload)
    if length < 126:
        return struct.pack("BB", 0x81, length) + payload
    if length <= 0xFFFF:
        return struct.pack("!BBH", 0x81, 126, length) + payload
    return struct.pack("!BBQ", 0x81, 127, length) + payload


def close_reason(text: str) -> str:
    """Return a close reason cut to what a control frame holds (123 bytes)."""
    return text.encode()[:123].decode(errors="ignore")
