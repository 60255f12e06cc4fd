"""A line to the database that can be cut: requests go through, answers do not.

It is how a write comes about of which nobody hears: the server carries it out and says so, and
the line breaks before that arrives.
"""

from __future__ import annotations

import asyncio
import contextlib


class Wire:
    """A door on the loopback address that passes bytes on to a port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.port = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.deaf = False
        """Answers are thrown away, and the line is cut after the first one."""
        self.requests = 0
        """Pieces that went to the server while deaf."""

    async def open(self, port: int = 0) -> int:
        """Start to listen; returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def close(self) -> None:
        """End all lines."""
        if self._server is None:
            return
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        there = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, there[1]}
        self._ends |= ends
        asks = asyncio.create_task(self._pass(reader, there[1], is_answer=False))
        answers = asyncio.create_task(self._pass(there[0], writer, is_answer=True))
        try:
            await asyncio.wait({asks, answers}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (asks, answers):
                task.cancel()
            await asyncio.gather(asks, answers, return_exceptions=True)
            self._ends -= ends
            for end in ends:
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()
            self._lines.discard(line)

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while piece := await source.read(65_536):
            if self.deaf and is_answer:
                return
            self.requests += self.deaf
            sink.write(piece)
            await sink.drain()
