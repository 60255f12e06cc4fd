"""A host without a game: serves the pages with the real policy and plays scenes to their sockets.

    python -m tests.pages.fixture_host PORT     then open /play/<scene>

Every action but `authenticate` and `initialize_state` is only recorded, in `heard`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

from tests.pages import scenes

STATIC = Path(__file__).parents[2] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PATIENCE_S = 15
TABLES = [
    {"table_token": scenes.TOKEN, "short_table_token": "K7QX", "name": "The Lantern Room",
     "small_blind": "0.25", "big_blind": "0.50", "min_buy_in": "1.00", "max_buy_in": "50.00",
     "seats": 6, "seated": 4, "currency": "PLAY"},
    {"table_token": scenes.TOKEN, "short_table_token": "B2MN", "name": "Deep water",
     "small_blind": "5.00", "big_blind": "10.00", "min_buy_in": "200.00", "max_buy_in": "2000.00",
     "seats": 9, "seated": 7, "currency": "PLAY"},
]


class Answer(tornado.web.RequestHandler):
    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-store")


class Page(Answer):
    def initialize(self, file: str) -> None:
        self.file = file

    def get(self, *_: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish((STATIC / self.file).read_bytes())


class Static(tornado.web.StaticFileHandler):
    def set_extra_headers(self, path: str) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-store")


class Rest(Answer):
    def initialize(self, body: Any) -> None:
        self.body = body

    def get(self) -> None:
        self.finish(self.body)

    def post(self) -> None:
        self.set_status(201)
        self.finish(self.body)


class Socket(tornado.websocket.WebSocketHandler):
    def open(self, scene: str) -> None:
        self.scene = scene
        self.application.settings["open"].add(self)

    def on_close(self) -> None:
        self.application.settings["open"].discard(self)

    def on_message(self, message: str | bytes) -> None:
        asked = json.loads(message)
        self.application.settings["hear"](asked)
        if asked["action"] == "authenticate":
            self.say(scenes.frame("user_connected", player=1, channel="P", user="u-1"))
        if asked["action"] == "initialize_state":
            for each in scenes.SCENES.get(self.scene, scenes.lobby_scene)():
                self.say(each)
        if asked["action"] == "ping":
            self.say(scenes.frame("pong", channel="P", request_id=None))

    def say(self, each: scenes.Frame) -> None:
        self.write_message(json.dumps(each))


def application(hear: Callable[[Any], None]) -> tornado.web.Application:
    """Return the fixture host. hear: told of everything that the pages send."""
    guest = {"access": "aaa.bbb.ccc", "user": {"id": "u-1", "username": "quiet otter"}}
    return tornado.web.Application([
        (r"/", Page, {"file": "index.html"}),
        (r"/play/[^/]+", Page, {"file": "play.html"}),
        (r"/static/(.*)", Static, {"path": str(STATIC)}),
        (r"/api/v1/auth/guest/", Rest, {"body": guest}),
        (r"/api/v1/lobby/tables/", Rest, {"body": {"tables": TABLES}}),
        (r"/api/v1/users/current/", Rest,
         {"body": {"user": guest["user"], "balances": {"PLAY": "1000.00"}}}),
        (r"/ws/tables/([^/]+)/", Socket),
    ], hear=hear, open=set())


class FixtureHost:
    """The fixture host on a free port, in a thread: `with FixtureHost() as host`."""

    def __init__(self, port: int = 0) -> None:
        self.wanted = port
        self.port = 0
        self.heard: list[Any] = []
        self._news = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FixtureHost:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _hear(self, asked: Any) -> None:
        with self._news:
            self.heard.append(asked)
            self._news.notify_all()

    def tell(self, frame: scenes.Frame) -> None:
        """Send a frame to every open socket."""

        def send() -> None:
            for socket in tuple(self._app.settings["open"]):
                socket.say(frame)

        self._loop.call_soon_threadsafe(send)

    def wait_for(self, action: str) -> list[Any]:
        """Return what was sent of an action, as soon as there is any."""

        def found() -> list[Any]:
            return [each for each in self.heard if each["action"] == action]

        with self._news:
            assert self._news.wait_for(found, timeout=PATIENCE_S), f"no {action} came"
            return found()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        app = self._app = application(self._hear)
        sockets = tornado.netutil.bind_sockets(self.wanted, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        server = tornado.httpserver.HTTPServer(app)
        server.add_sockets(sockets)
        self._started.set()
        await self._stop.wait()
        server.stop()
        for socket in tuple(app.settings["open"]):
            socket.close()
        await server.close_all_connections()


if __name__ == "__main__":
    with FixtureHost(int(sys.argv[1])) as living:
        print(living.origin, flush=True)
        living._thread.join()
