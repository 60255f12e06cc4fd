"""A host without a game: serves the pages with the real policy and plays scenes to their sockets.

    python tests/pages/fixture_host.py PORT     then open /play/<scene>

Every action but `initialize_state` is only recorded; `/heard` returns them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

sys.path.insert(0, str(Path(__file__).parent))
import scenes  # noqa: E402

STATIC = Path(__file__).parents[2] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
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

    def on_message(self, message: str | bytes) -> None:
        asked = json.loads(message)
        self.application.settings["heard"].append(asked)
        if asked["action"] == "authenticate":
            self.say(scenes.frame("user_connected", player=1, channel="P", user="u-1"))
        if asked["action"] == "initialize_state":
            for each in scenes.SCENES[self.scene]():
                self.say(each)

    def say(self, each: scenes.Frame) -> None:
        self.write_message(json.dumps(each))


def application() -> tornado.web.Application:
    """Return the fixture host; settings["heard"] grows with what the pages send."""
    heard: list[Any] = []
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
    ], heard=heard)


async def main(port: int) -> None:
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    tornado.httpserver.HTTPServer(application()).add_sockets(sockets)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
