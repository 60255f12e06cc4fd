"""All routes in one table, and the HTTP server with its limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from tornado.netutil import bind_sockets
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from vphost.services.uploads import BYTES_MAX, NAME
from vphost.web import access
from vphost.web.apis import Apis
from vphost.web.base import Base, NotFound, served
from vphost.web.listener import RESERVED_FILES, UPLOADS, Acceptor, EdgeServer, files_max
from vphost.web.pages import DebugPage, Livez, Packaged, Page, Readyz, Reference, Schemas, Static
from vphost.web.rest.plugin import Check, handler_for
from vphost.web.rest.serve import handler_of, regex_of
from vphost.web.site import Site
from vphost.web.sockets import SocketHandler
from vphost.web.uploads import Uploaded
from vphost.wire.endpoints import Route, SocketProtocol
from vphost.wire.rest import Resource

log = structlog.get_logger("vphost.access")


def urls(
    site: Site, protocols: Iterable[SocketProtocol], routes: Iterable[Route | Resource],
    check: Check,
) -> list[URLSpec]:
    """Return every route of the host. Raises: access.AccessNotStated.

    routes: all REST, the host's own areas' and the plugins'.
    """
    given: dict[str, Any] = {"site": site}
    specs = [
        URLSpec(r"/", Page, {**given, "file": "index.html"}),
        URLSpec(r"/play/[0-9A-Za-z-]{4,36}/?", Page, {**given, "file": "play.html"}),
        URLSpec(r"/pools/?", Page, {**given, "file": "pools.html"}),
        URLSpec(r"/admin/?", Page, {**given, "file": "admin.html"}),
        URLSpec(r"/debug/websockets/?", DebugPage, {**given, "file": "debug-websockets.html"}),
        URLSpec(
            r"/account/(?:(?:sign-in|sign-up|confirm|forgot|reset)/)?", Page,
            {**given, "file": "account.html"},
        ),
        URLSpec(r"/tables/(?:[0-9A-Za-z-]{4,36}/)?", Page, {**given, "file": "tables.html"}),
        URLSpec(r"/join/[0-9A-Za-z-]{4,36}/?", Page, {**given, "file": "tables.html"}),
        URLSpec(r"/static/(.+)", Static, given),
        URLSpec(r"/schemas/v1/.+", Schemas, given),
        URLSpec(f"{UPLOADS}({NAME.pattern})", Uploaded, given),
        URLSpec(r"/swagger/?", Page, {**given, "file": "swagger.html"}),
        URLSpec(r"/swagger/([a-z-]+\.(?:js|css))", Packaged, given),
        URLSpec(r"/(?:swagger|asyncapi|reference/[a-z0-9_]+)\.json", Reference, given),
        URLSpec(r"/healthz", Livez, given),
        URLSpec(r"/livez", Livez, given),
        URLSpec(r"/readyz", Readyz, given),
        *(URLSpec(p.path, SocketHandler, {**given, "protocol": p}) for p in protocols),
        *(_rest_url(one, given, check) for one in routes),
    ]
    for spec in specs:
        _check_access(spec)
    return specs


def apis_of(routes: Iterable[Route | Resource]) -> Apis:
    """Return the Apis of plugins' routes, and the host's."""
    return Apis(one.api for one in routes if isinstance(one, Resource))


def application(site: Site, specs: Sequence[URLSpec], apis: Apis = Apis()) -> Application:
    """Return the application with these routes."""
    return Application(
        list(specs), default_handler_class=NotFound,
        default_handler_args={"site": site, "apis": apis},
        log_function=log_request, compress_response=False, serve_traceback=False,
    )


class Server:
    """The listening HTTP server."""

    def __init__(self, site: Site, app: Application, apis: Apis = Apis()) -> None:
        limits = site.limits
        self._site = site
        self._acceptors: list[Acceptor] = []
        self._server = EdgeServer(
            app, idle_connection_timeout=limits.idle_connection_s, body_timeout=limits.body_s,
            max_header_size=limits.header_bytes, max_body_size=limits.body_bytes,
            max_buffer_size=2 * limits.body_bytes + 4 * limits.header_bytes,
        )
        self._server.gone_s = limits.ping_interval_s + limits.ping_timeout_s
        self._server.longest_body = limits.body_bytes
        self._server.longest_upload = BYTES_MAX
        self._server.apis = apis

    def listen(self, address: str, port: int) -> tuple[str, int]:
        """Begin to accept; returns address and port. Raises: OSError when the port is taken."""
        sockets = bind_sockets(port, address, backlog=self._site.limits.backlog)
        self._acceptors += [Acceptor(one, self._server.take, self._is_full) for one in sockets]
        host, number = sockets[0].getsockname()[:2]
        return str(host), int(number)

    def stop_listening(self) -> None:
        """Stop accepting; open connections go on."""
        for acceptor in self._acceptors:
            acceptor.stop()
        self._acceptors.clear()

    def _is_full(self) -> bool:
        """Return whether another connection could use up files that the host itself needs."""
        open_now = self._server.connected + len(self._site.open_sockets)
        return open_now >= max(files_max() - RESERVED_FILES, RESERVED_FILES)

    async def close(self) -> None:
        """End the plain HTTP connections; websockets are closed through their registry."""
        await self._server.close_all_connections()


def log_request(handler: RequestHandler) -> None:
    """Log one line per request, without the query string, which may contain tokens."""
    status = handler.get_status()
    log.log(
        30 if status >= 500 and status != 503 else 20, "request",
        method=handler.request.method, path=handler.request.path, status=status,
        ms=round(1000 * handler.request.request_time(), 1),
        ip=handler.client_ip() if isinstance(handler, Base) else handler.request.remote_ip,
    )


def _rest_url(one: Route | Resource, given: dict[str, Any], check: Check) -> URLSpec:
    if isinstance(one, Resource):
        return URLSpec(regex_of(one), handler_of(one), given)
    return URLSpec(one.path, handler_for(one, check), given)


def _check_access(spec: URLSpec) -> None:
    handler = spec.handler_class
    pattern = spec.regex.pattern
    access.check(pattern, served(handler), getattr(handler, "access", {}))
