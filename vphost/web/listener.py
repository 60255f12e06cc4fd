"""Taking connections in: how many, with which options, and what is said to who cannot come in.

Three things that Tornado 6.6 leaves open: a process without free files would try to accept in every
turn of its loop; what is no HTTP, and a header or a body over the limit, end without an answer or
with an empty one; and a peer whose machine has gone keeps its connection for as long as the kernel
is patient.
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
"""Connections that are accepted in one turn of the loop."""
REST_S = 0.5
"""How long nobody is accepted after the process ran out of files."""
TOLD_EVERY_S = 60.0
"""How often that is logged."""
RESERVED_FILES = 64
"""Files that connections may not use up: store, keys, logs, pages."""
LINGER_S = 1.0
LINGER_BYTES = 1 << 20
UPLOADS = "/uploads/"
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
log = structlog.get_logger("vphost.web")


class Early(NamedTuple):
    """What is said to a request that no handler will see."""

    status: str
    code: str
    message: str
    more: str = ""
    """Further lines of the header."""

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


NO_HTTP = Early("400 Bad Request", "bad_message", "This is no valid HTTP request.")
NO_HTTP_OF_TORNADO = b"HTTP/1.1 400 Bad Request\r\n\r\n"
HEADER_TOO_LARGE = Early(
    "431 Request Header Fields Too Large", "too_large", "The request's header is too large."
)
BODY_TOO_LARGE = Early("413 Content Too Large", "too_large", "The request's body is too large.")
FULL = Early(
    "503 Service Unavailable", "busy", "No more connections are taken now.", "Retry-After: 1\r\n"
)


def files_max() -> int:
    """Return how many files the process may have open."""
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
        """take: gets every connection with its address. is_full: nobody more comes in."""
        self._socket = listening
        self._take = take
        self._is_full = is_full
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._tell_after = 0.0
        self._is_stopped = False
        self._listen()

    def stop(self) -> None:
        """Accept nobody any more and close the listening socket."""
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
        """Leave the waiting ones where they are for a while; the others are served meanwhile."""
        self._loop.remove_reader(self._socket.fileno())
        self._resting = self._loop.call_later(REST_S, self._listen)
        if self._loop.time() >= self._tell_after:
            self._tell_after = self._loop.time() + TOLD_EVERY_S
            log.warning("out_of_files", error=error.strerror, limit=files_max())


def turn_away(connection: socket.socket) -> None:
    """Answer 503 and close, without waiting for anything."""
    with suppress(OSError):
        connection.setblocking(False)
        connection.send(FULL.answer())
    connection.close()


def watch_line(connection: socket.socket, gone_s: float) -> None:
    """Let the kernel give a peer up that acknowledges nothing for so long, idle or not."""
    seconds = max(1, round(gone_s / 2))
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * gone_s))


class EdgeStream(IOStream):
    """A connection that is told why, when its request is no HTTP or its header is too large."""

    def write(self, data: bytes | memoryview) -> Future[None]:
        """Write; Tornado's empty answer to what is no HTTP becomes one of ours."""
        return super().write(NO_HTTP.answer() if data == NO_HTTP_OF_TORNADO else data)

    def close(self, exc_info: Any = False) -> None:
        """Close; after a header over the limit with an answer, as far as it can be sent now."""
        if isinstance(exc_info, UnsatisfiableReadError) and not self.closed():
            with suppress(OSError):
                self.socket.send(HEADER_TOO_LARGE.answer())
                for _ in range(LINGER_BYTES // 65_536):
                    # Unread bytes would turn the close into a reset, which outruns the answer.
                    if not self.socket.recv(65_536):
                        break
        super().close(exc_info)


class SizeGate(HTTPMessageDelegate):
    """Refuses a request whose announced body is too large, before any of it is kept."""

    def __init__(
        self, inner: HTTPMessageDelegate, connection: Any, longest: int, longest_upload: int,
        apis: Apis,
    ) -> None:
        """longest_upload: of a PUT below UPLOADS, whose handler takes it piece by piece."""
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
    """Tornado's HTTP server with our streams, our line options and our refusals.

    gone_s: after how long without any sign the kernel gives a peer up.
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
        """Begin to serve a connection that was accepted."""
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
