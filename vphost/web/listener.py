"""Accepting connections: how many, with which options, and how those that cannot be served end.

It covers three things that Tornado 6.6 does not: a process without free file descriptors would try
to accept in every turn of its loop; a request that is not HTTP, and a header or body over the
limit, end without an answer or with an empty one; and the connection of a peer whose machine has
vanished is kept for as long as the kernel's timeouts allow.
"""

from __future__ import annotations

import asyncio
import errno
import json
import resource
import socket
import uuid
from asyncio import Future
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http.client import responses
from typing import Any, NamedTuple

import structlog
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

from vphost.web.apis import Apis, in_words, plain_problem
from vphost.web.base import PATH_MAX
from vphost.wire.rest import Refusal

AT_ONCE = 128
"""Most connections accepted in one turn of the loop."""
REST_S = 0.5
"""How long nothing is accepted after the process ran out of file descriptors."""
LOG_EVERY_S = 60.0
"""How often that is logged."""
RESERVED_FILES = 64
"""File descriptors that connections may not use up: for store, keys, logs and pages."""
LINGER_S = 1.0
LINGER_BYTES = 1 << 20
UPLOADS = "/uploads/"
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
log = structlog.get_logger("vphost.web")


class Early(NamedTuple):
    """The answer to a request that never reaches a handler."""

    status: str
    code: str
    message: str
    more: str = ""
    """Further header lines, each with its line end."""

    def answer(self, path: str = "", apis: Apis | None = None) -> bytes:
        """Return the whole answer, in the words of the Api below which the path is."""
        path = path.partition("?")[0]
        status, _, reason = self.status.partition(" ")
        refusal = Refusal(
            int(status), self.code, self.message, uuid.uuid4().hex[:12], path=path[:PATH_MAX]
        )
        more, api = self.more, None if apis is None else apis.of(path)
        if api is None:
            kind, body = "application/problem+json", json.dumps(plain_problem(refusal)).encode()
        else:
            reply, body = in_words(api, refusal)
            kind = api.refusal_kind
            more += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
            if reply.status != refusal.status:
                status, reason = str(reply.status), responses.get(reply.status, "Refused")
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            f"X-Content-Type-Options: nosniff\r\nX-Incident-Id: {refusal.incident}\r\n{more}\r\n"
        )
        return head.encode() + body


NO_HTTP = Early("400 Bad Request", "bad_message", "This is not a valid HTTP request.")
NO_HTTP_OF_TORNADO = b"HTTP/1.1 400 Bad Request\r\n\r\n"
HEADER_TOO_LARGE = Early(
    "431 Request Header Fields Too Large", "too_large", "The request's header is too large."
)
BODY_TOO_LARGE = Early("413 Content Too Large", "too_large", "The request's body is too large.")
FULL = Early(
    "503 Service Unavailable", "busy", "There are too many connections now.", "Retry-After: 1\r\n"
)


def files_max() -> int:
    """Return how many file descriptors the process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def raise_file_limit() -> None:
    """Let the process open as many files as its hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Acceptor:
    """Accepts on one listening socket until it is stopped."""

    def __init__(
        self, listening: socket.socket, take: Callable[[socket.socket, Any], None],
        is_full: Callable[[], bool],
    ) -> None:
        """take: called with every connection and its address. is_full: returns whether further
        connections are turned away."""
        self._socket = listening
        self._take = take
        self._is_full = is_full
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._log_after = 0.0
        self._is_stopped = False
        self._listen()

    def stop(self) -> None:
        """Stop accepting and close the listening socket."""
        self._is_stopped = True
        if self._resting is not None:
            self._resting.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _listen(self) -> None:
        self._resting = None
        self._loop.add_reader(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            if self._is_stopped:
                return
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._rest(error)
                return
            if self._is_full():
                turn_away(connection)
            else:
                self._take(connection, address)

    def _rest(self, error: OSError) -> None:
        """Accept nothing for a while; meanwhile open connections are served, and may close."""
        self._loop.remove_reader(self._socket.fileno())
        self._resting = self._loop.call_later(REST_S, self._listen)
        if self._loop.time() >= self._log_after:
            self._log_after = self._loop.time() + LOG_EVERY_S
            log.warning("out_of_files", error=error.strerror, limit=files_max())


def turn_away(connection: socket.socket) -> None:
    """Answer 503 and close, without waiting for anything."""
    with suppress(OSError):
        connection.setblocking(False)
        connection.send(FULL.answer())
    connection.close()


def watch_line(connection: socket.socket, gone_s: float) -> None:
    """Have the kernel drop a peer that acknowledges nothing for so long, idle or not."""
    seconds = max(1, round(gone_s / 2))
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * gone_s))


class EdgeStream(IOStream):
    """A connection that gets an answer when its request is not HTTP or its header is too large."""

    def write(self, data: bytes | memoryview) -> Future[None]:
        """Write, replacing Tornado's empty answer to what is not HTTP by one of ours."""
        return super().write(NO_HTTP.answer() if data == NO_HTTP_OF_TORNADO else data)

    def close(self, exc_info: Any = False) -> None:
        """Close; when the header was too large, send an answer first, if that is possible now."""
        if isinstance(exc_info, UnsatisfiableReadError) and not self.closed():
            with suppress(OSError):
                self.socket.send(HEADER_TOO_LARGE.answer())
                for _ in range(LINGER_BYTES // 65_536):
                    # Closing with unread bytes sends a reset, which may overtake the answer.
                    if not self.socket.recv(65_536):
                        break
        super().close(exc_info)


class SizeGate(HTTPMessageDelegate):
    """Refuses a request whose announced body is too large, before any of it is buffered."""

    def __init__(
        self, inner: HTTPMessageDelegate, connection: Any, longest: int, longest_upload: int,
        apis: Apis,
    ) -> None:
        """longest_upload: for a PUT below UPLOADS, which its handler receives piece by piece."""
        self._inner = inner
        self._connection = connection
        self._longest = longest
        self._apis = apis
        self._longest_upload = longest_upload
        self._is_refused = False

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        length = headers.get("Content-Length", "")
        is_upload = isinstance(start_line, RequestStartLine) and (
            start_line.method == "PUT" and start_line.path.startswith(UPLOADS)
        )
        longest = self._longest_upload if is_upload else self._longest
        if length.isdecimal() and int(length[:19]) > longest:
            self._is_refused = True
            return self._refuse(getattr(start_line, "path", ""))
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        if not self._is_refused:
            self._inner.on_connection_close()

    async def _refuse(self, path: str) -> None:
        stream = self._connection.stream
        with suppress(StreamClosedError, OSError, TimeoutError, asyncio.TimeoutError):
            await stream.write(BODY_TOO_LARGE.answer(path, self._apis))
            stream.socket.shutdown(socket.SHUT_WR)
            await asyncio.wait_for(_discard(stream), LINGER_S)
        stream.close()


async def _discard(stream: IOStream) -> None:
    discarded = 0
    while discarded < LINGER_BYTES:
        discarded += len(await stream.read_bytes(65_536, partial=True))


class EdgeServer(HTTPServer):
    """Tornado's HTTP server with our streams, socket options and refusals.

    gone_s: after how long without any acknowledgement the kernel drops a peer.
    """

    gone_s = 25.0
    longest_body = 1 << 20
    longest_upload = 1 << 20
    apis = Apis()

    def _handle_connection(self, connection: socket.socket, address: Any) -> None:
        watch_line(connection, self.gone_s)
        stream = EdgeStream(
            connection, max_buffer_size=self.max_buffer_size,
            read_chunk_size=self.read_chunk_size,
        )
        self.handle_stream(stream, address)

    def take(self, connection: socket.socket, address: Any) -> None:
        """Begin to serve an accepted connection."""
        connection.setblocking(False)
        self._handle_connection(connection, address)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        return SizeGate(
            delegate, request_conn, self.longest_body, self.longest_upload, self.apis
        )

    @property
    def connected(self) -> int:
        """How many plain HTTP connections are open."""
        return len(self._connections)
