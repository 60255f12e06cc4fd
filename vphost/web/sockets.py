"""The websocket handler for every `SocketProtocol`: the handshake; the rest is `Connection`."""

from __future__ import annotations

import re
from typing import Any

from tornado.websocket import WebSocketHandler, _WebSocketParams

from vphost.services.rooms.handle import RoomHandle
from vphost.web.access import PUBLIC
from vphost.web.base import Base, Problem
from vphost.web.connection import Connection
from vphost.web.limits import TokenBucket
from vphost.web.protocol import StrictProtocol
from vphost.web.site import Site
from vphost.web.transport import Transport
from vphost.wire.endpoints import SocketProtocol
from vphost.wire.origins import is_of_host, normal_origin

_SINCE = re.compile(r"[0-9]{1,16}")
SINCE_MAX = 2**53 - 1
MAX_TOKEN = 4096
ANSWERED_OVERSIZE = 4
"""A message up to this many times too long is read and refused; a longer one closes the socket
with code 1009."""


class SocketHandler(Base, WebSocketHandler):
    """One handshake. Public, because the token, in or after it, decides who may enter."""

    access = {"GET": PUBLIC}
    protocol: SocketProtocol
    connection: Connection | None = None
    room: RoomHandle | None = None

    def initialize(self, site: Site, **given: Any) -> None:
        super().initialize(site)
        self.protocol = given["protocol"]

    async def prepare(self) -> None:
        await super().prepare()
        self._check_handshake()
        self._since()
        if self.site.is_draining or not self.site.is_ready:
            raise Problem("draining")
        if len(self.site.open_sockets) >= self.site.limits.sockets:
            raise Problem("busy")
        if "room" in self.path_kwargs:
            self.room = await self.site.find_room(self.path_kwargs["room"])

    def _since(self) -> int | None:
        """Return the number of the last event that the client has seen. Raises: Problem."""
        given = self.get_query_arguments("since", strip=False)
        if not given:
            return None
        if len(given) > 1 or not _SINCE.fullmatch(given[0]) or int(given[0]) > SINCE_MAX:
            raise Problem("bad_message", f"since has to be one number from 0 to {SINCE_MAX}.")
        return int(given[0])

    def _check_handshake(self) -> None:
        headers = self.request.headers
        upgrades = [part.strip() for part in headers.get("Connection", "").lower().split(",")]
        if headers.get("Upgrade", "").lower() != "websocket" or "upgrade" not in upgrades:
            self.set_header("Upgrade", "websocket")
            raise Problem("bad_message", "This address speaks websocket only.", 426)
        if headers.get("Sec-WebSocket-Version") != "13":
            self.set_header("Sec-WebSocket-Version", "13")
            raise Problem("bad_message", "Websocket version 13 is needed.", 426)
        if len(headers.get("Sec-WebSocket-Key", "")) != 24:
            raise Problem("bad_message", "Sec-WebSocket-Key is missing or wrong.")
        if self._check_cross_origin(self.check_origin) is not None:
            raise Problem("forbidden", "This origin may not open sockets here.")

    def check_origin(self, origin: str) -> bool:
        """Allow the exact origins of the configuration, and the host's own.

        Tornado has already allowed the host's own if it is exactly the same text. Otherwise it is
        compared in normal form, unless the browser itself has said how the origins compare
        (`Sec-Fetch-Site`), which is more reliable.
        """
        if normal_origin(origin) in self.site.allowed_origins:
            return True
        headers = self.request.headers
        return "Sec-Fetch-Site" not in headers and is_of_host(origin, headers.get("Host", ""))

    async def head(self, *args: str, **kwargs: str) -> None:
        raise Problem("method_not_allowed")

    def get_compression_options(self) -> None:
        """Return None: compressing secrets with what an attacker chooses reveals them (CRIME)."""
        return None

    def get_websocket_protocol(self) -> StrictProtocol:
        limits = self.site.limits
        protocol = StrictProtocol(self, False, _WebSocketParams(
            ping_interval=limits.ping_interval_s, ping_timeout=limits.ping_timeout_s,
            max_message_size=ANSWERED_OVERSIZE * min(
                limits.message_bytes, self.protocol.max_message_bytes
            ),
            compression_options=None,
        ))
        protocol.frame_allowed = TokenBucket(limits.frames_per_s, limits.frame_burst).take
        return protocol

    def open(self, *args: str, **kwargs: str) -> None:
        assert isinstance(self.ws_connection, StrictProtocol)
        transport = Transport(self.ws_connection, self.site.limits.socket_buffer_bytes)
        self.connection = Connection(
            self.site, self.protocol, self.room, transport,
            is_lost=self.room is None and "room" in self.path_kwargs,
        )
        token = self.get_query_argument("token", None)
        line = self.get_query_argument("line", None)
        self.connection.open(
            None if token is None else token[:MAX_TOKEN], self._since(), line
        )

    def on_message(self, message: str | bytes) -> None:
        assert self.connection is not None
        self.connection.receive(message)

    def on_close(self) -> None:
        if self.connection is not None:
            self.connection.end()
