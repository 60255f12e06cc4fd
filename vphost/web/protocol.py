"""RFC 6455 framing, stricter and cheaper than Tornado's own.

Tornado 6.6 accepts unmasked frames, echoes illegal close codes, ends most protocol errors without a
close frame, needs three turns of the loop to read a frame, and takes seconds longer to notice a
dead connection (see the measurements in tests/web). So this class reads whatever has arrived, takes
all complete frames out of it, and answers for them itself. It overrides methods that are not part
of Tornado's public interface: so its version is pinned in setup.cfg, and tests/web/test_framing.py
and tests/fuzz/test_websocket_cases.py exchange raw frames, so that an upgrade cannot break it
unnoticed.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.util import _websocket_mask
from tornado.websocket import WebSocketProtocol13

LINGER_SECONDS = 1.0
LINGER_BYTES = 1 << 20
AFTER_CLOSE_BYTES = 8 << 20
"""How much a peer may send before it has read that this side has closed; more ends it at once."""
CHUNK_BYTES = 16_384
"""How much is read at a time; Tornado allocates a buffer of this size for every read."""
FRAMES_AT_ONCE = 32
BYTES_AT_ONCE = 65_536
"""Frames, and bytes, of one socket that are handled before the loop may serve others."""
STOOD_STILL_S = 1.0
"""A timer that fires this late shows that the process stood still, not that the peer is dead."""
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_Utf8 = codecs.getincrementaldecoder("utf-8")


def is_close_code(code: int) -> bool:
    """Return whether a peer may send a close code. Source: RFC 6455 section 7.4, IANA registry."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


class BrokenFrame(Exception):
    """The peer broke the protocol; the socket ends with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class StrictProtocol(WebSocketProtocol13):
    """One server-side websocket connection.

    frame_allowed: called once per received frame of any kind; False ends the socket with 1008.
    """

    frame_allowed: Callable[[], bool] = staticmethod(lambda: True)
    _fragments: bytearray | None = None
    _fragments_opcode = 0
    _utf8: codecs.IncrementalDecoder | None = None

    # -- reading -----------------------------------------------------------------------------

    async def _receive_frame_loop(self) -> None:
        self.stream.read_chunk_size = CHUNK_BYTES
        waiting = bytearray()
        at_once, after_close = 0, 0
        try:
            while not self.client_terminated and after_close <= AFTER_CLOSE_BYTES:
                # While bytes are buffered this returns without a turn of the loop; hence the
                # sleeps below, without which one fast peer could keep all others waiting.
                chunk = await self.stream.read_bytes(CHUNK_BYTES, partial=True)
                waiting += chunk
                self._wire_bytes_in += len(chunk)
                at_once += len(chunk)
                while not self.client_terminated and await self._take_frames(waiting):
                    await asyncio.sleep(0)
                if at_once >= BYTES_AT_ONCE:
                    at_once = 0
                    await asyncio.sleep(0)
                if self.server_terminated:
                    after_close += len(chunk)
            if not self.client_terminated:
                self._abort()
        except BrokenFrame as broken:
            await self.fail(broken.code, broken.reason)
        except StreamClosedError:
            self._abort()
        finally:
            self.handler.on_ws_connection_close(self.close_code, self.close_reason)

    async def _take_frames(self, waiting: bytearray) -> bool:
        """Handle complete frames, at most FRAMES_AT_ONCE; return whether there may be more."""
        start = taken = 0
        while taken < FRAMES_AT_ONCE and not self.client_terminated:
            frame = self._frame_at(waiting, start)
            if frame is None:
                break
            opcode, is_final, body, start = frame
            taken += 1
            message = self._assembled(opcode, is_final, body)
            if message is not None:
                handled = self._handle_message(*message)
                if handled is not None:
                    await handled
        del waiting[:start]
        return taken == FRAMES_AT_ONCE

    def _frame_at(self, waiting: bytearray, start: int) -> tuple[int, bool, bytes, int] | None:
        """Return (opcode, is final, unmasked body, start of the next frame); None if incomplete.

        A wrong frame is refused as soon as its header shows it. Raises: BrokenFrame.
        """
        if len(waiting) - start < 2:
            return None
        header, second = waiting[start], waiting[start + 1]
        opcode, is_final, length = header & 0x0F, header >= 0x80, second & 0x7F
        if header & self.RSV_MASK:
            raise BrokenFrame(1002, "reserved bits")
        if second < 0x80:
            raise BrokenFrame(1002, "frame is not masked")
        if opcode > _PONG or _BINARY < opcode < _CLOSE:
            raise BrokenFrame(1002, "unknown opcode")
        head = start + 2
        if opcode & 0x8:
            if length > 125 or not is_final:
                raise BrokenFrame(1002, "bad control frame")
        else:
            self._check_place(opcode)
            if length > 125:
                extended = 2 if length == 126 else 8
                if len(waiting) - head < extended:
                    return None
                length = int.from_bytes(waiting[head:head + extended], "big")
                head += extended
            if length + len(self._fragments or b"") > self.params.max_message_size:
                raise BrokenFrame(1009, "message too big")
        end = head + 4 + length
        if len(waiting) < end:
            return None
        if not self.frame_allowed():
            raise BrokenFrame(1008, "too many frames")
        if not length:
            return opcode, is_final, b"", end
        mask, body = bytes(waiting[head:head + 4]), bytes(waiting[head + 4:end])
        return opcode, is_final, _websocket_mask(mask, body), end

    def _check_place(self, opcode: int) -> None:
        """Refuse a data frame that may not come now. Source: RFC 6455 section 5.4."""
        if opcode == 0 and self._fragments is None:
            raise BrokenFrame(1002, "nothing to continue")
        if opcode != 0 and self._fragments is not None:
            raise BrokenFrame(1002, "message inside a message")

    def _assembled(self, opcode: int, is_final: bool, body: bytes) -> tuple[int, bytes] | None:
        """Return (opcode, payload) when a message or control frame is complete.

        Text is decoded piece by piece, so that a broken one is refused at its first bad piece.
        """
        if opcode & 0x8 or opcode and is_final:
            return opcode, body
        if opcode:
            self._fragments, self._fragments_opcode = bytearray(), opcode
            self._utf8 = _Utf8() if opcode == _TEXT else None
        assert self._fragments is not None, "checked with the frame's place"
        self._fragments += body
        if self._utf8 is not None:
            try:
                self._utf8.decode(body, is_final)
            except UnicodeDecodeError:
                raise BrokenFrame(1007, "not UTF-8") from None
        if not is_final:
            return None
        body = bytes(self._fragments)
        self._fragments = self._utf8 = None
        return self._fragments_opcode, body

    def _handle_message(self, opcode: int, data: bytes) -> asyncio.Future[None] | None:
        if self.client_terminated or self.server_terminated and opcode != _CLOSE:
            return None
        if opcode == _TEXT:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                raise BrokenFrame(1007, "not UTF-8") from None
            return self._run_callback(self.handler.on_message, text)
        if opcode == _BINARY:
            return self._run_callback(self.handler.on_message, data)
        if opcode == _CLOSE:
            self._check_close(data)
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

    # -- ending ------------------------------------------------------------------------------

    async def fail(self, code: int, reason: str) -> None:
        """Send a close frame, give it a moment to arrive, and tear the connection down.

        Closing a TCP socket with unread bytes resets it, which may destroy the close frame on its
        way. So only our half is closed, and what the peer still sends is read and discarded,
        within bounds, until it closes its half.
        """
        self.close(code, reason)
        if not self.stream.closed() and not self.stream.writing():
            with contextlib.suppress(OSError):
                self.stream.socket.shutdown(socket.SHUT_WR)
        try:
            await asyncio.wait_for(self._discard(), LINGER_SECONDS)
        except (StreamClosedError, TimeoutError, asyncio.TimeoutError):
            pass
        self._abort()

    async def _discard(self) -> None:
        discarded = 0
        while discarded < LINGER_BYTES:
            discarded += len(await self.stream.read_bytes(65_536, partial=True))

    def _write_frame(
        self, fin: bool, opcode: int, data: bytes, flags: int = 0
    ) -> asyncio.Future[None]:
        """Write; drop the connection when the peer reads so slowly that the buffer is full."""
        try:
            return super()._write_frame(fin, opcode, data, flags)
        except StreamBufferFullError:
            self._abort()
            raise StreamClosedError from None

    # -- dead lines --------------------------------------------------------------------------

    def start_pinging(self) -> None:
        """Ping at every interval; end the connection when nothing at all arrives by the timeout.

        It uses timers of the loop instead of a task for each socket, and no closing handshake with
        a dead peer, for which Tornado would wait five more seconds. A peer that falls silent is
        dropped within interval plus timeout.
        """
        if self.ping_interval > 0 and self._ping_coroutine is None:
            self._later(self.ping_interval, self._ping)

    def _later(self, delay_s: float, what: Callable[..., None], *args: Any) -> None:
        loop = asyncio.get_running_loop()
        # The base class cancels whatever is stored here when the connection closes.
        self._ping_coroutine = loop.call_later(delay_s, what, *args)  # type: ignore[assignment]

    def _ping(self) -> None:
        if self.is_closing():
            return
        heard = self._wire_bytes_in
        try:
            self.write_ping(b"")
        except StreamClosedError:
            return
        due = asyncio.get_running_loop().time() + self.ping_timeout
        self._later(self.ping_timeout, self._judge, heard, due)

    def _judge(self, heard: int, due: float) -> None:
        """End a silent connection, unless this process stood still and could not have read."""
        if self._wire_bytes_in != heard:
            self._later(self.ping_interval - self.ping_timeout, self._ping)
        elif asyncio.get_running_loop().time() - due > STOOD_STILL_S:
            self._ping()
        else:
            self._abort()


def text_frame(payload: bytes) -> bytes:
    """Return a payload as one unmasked, final text frame, which may be sent to many sockets."""
    length = len(payload)
    if length < 126:
        return struct.pack("BB", 0x81, length) + payload
    if length <= 0xFFFF:
        return struct.pack("!BBH", 0x81, 126, length) + payload
    return struct.pack("!BBQ", 0x81, 127, length) + payload


def close_reason(text: str) -> str:
    """Return a close reason, cut to what fits into a control frame (123 bytes)."""
    return text.encode()[:123].decode(errors="ignore")
