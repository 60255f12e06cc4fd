"""The frame transport as one small class, so that a faster one may replace it."""

from __future__ import annotations

from tornado.iostream import StreamBufferFullError, StreamClosedError

from vphost.web.protocol import StrictProtocol, close_reason


class Transport:
    """Writes encoded frames to one socket, within a bounded buffer.

    limit_bytes: a peer that leaves more than this unread is dropped at once, without a close frame
        (there is no room for one), so that it costs nobody else anything.
    """

    __slots__ = ("_protocol", "_stream", "dropped")

    def __init__(self, protocol: StrictProtocol, limit_bytes: int) -> None:
        self._protocol = protocol
        self._stream = protocol.stream
        self._stream.max_write_buffer_size = limit_bytes
        self._stream.set_nodelay(True)
        self.dropped = False

    @property
    def buffered(self) -> int:
        """Bytes waiting to be sent."""
        return len(self._stream._write_buffer)

    @property
    def is_open(self) -> bool:
        return not self._protocol.is_closing()

    def send(self, frame: bytes) -> bool:
        """Send one or more encoded frames (see `text_frame`); False when the socket is closed.

        What the kernel accepts now needs neither a buffer nor a future; only the rest goes through
        Tornado's stream.
        """
        if self._protocol.is_closing():
            return False
        rest: bytes | memoryview = frame
        if not self._stream._write_buffer:
            try:
                sent = self._stream.socket.send(frame)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._protocol._abort()
                return False
            if sent == len(frame):
                return True
            rest = memoryview(frame)[sent:]
        return self._queue(rest)

    def _queue(self, rest: bytes | memoryview) -> bool:
        try:
            self._stream.write(rest)
        except StreamBufferFullError:
            self.dropped = True
            self._protocol._abort()
            return False
        except StreamClosedError:
            return False
        return True

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; the peer has five seconds to answer."""
        self._protocol.close(code, close_reason(reason))

    def abort(self) -> None:
        """End the connection now."""
        self._protocol._abort()
