"""A server of the table bench: `python -m tests.bench._host KIND FOLDER TABLES`.

KIND is `host`: the whole of vphost on the embedded store, with TABLES tables for six users and
without the limits that a busy client would meet; `sockets`: the same for ten users, with all limits
but that of sockets per user; or `bare`, `bare_once`: a Tornado handler that parses a command and
sends the frames of FOLDER's `script.json` to the sockets of its table, by `write_message` for each
socket, or framed once and written to each stream. Prints one JSON line when it listens and ends
when its input does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Any

import orjson
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from vphost import logs
from vphost.app import GC_THRESHOLDS, App, tune
from vphost.config.settings import Config
from vphost.services.accounts.accounts import Kind
from vphost.tables.tables import Table
from vphost.web.protocol import text_frame
from vphost.web.site import Limits

SEATS = 6
BACKLOG = 4096
TABLE = {
    "default_bank_value": "100000000", "max_buy_in": "10000000", "min_buy_in": "1",
    "turn_time_limit": 3600, "timebank_limit": 0, "time_between_hands": 0, "seats": SEATS,
    "video_showdown": False, "straddles": False, "rabbit_hunting": False,
}
LIMITS = Limits(
    messages_per_s=1e6, message_burst=10**6, frames_per_s=1e6, frame_burst=10**6,
    ping_interval_s=600, ping_timeout_s=600, sockets_per_user=10**6,
)


async def host(folder: Path, tables: int, count: int, limits: Limits) -> None:
    """Serve vphost itself. count: of users."""
    logs.configure("error")
    gc.set_threshold(*GC_THRESHOLDS)
    app = App(
        Config(store=f"sqlite:{folder}/host.sqlite", var=folder, port=0, drain_s=0),
        limits=limits,
    )
    await app.start()
    users = [
        (await app.house.accounts.ensure(f"bench{seat}", Kind.PERSON)).id for seat in range(count)
    ]
    known = [room.id for room in await app.house.documents.find("rooms", {"open": 1}, "", 10_000)]
    while len(known) < tables:
        made = await app.house.area.tables.create(users[0], "cash", TABLE)
        assert isinstance(made, Table), made
        known.append(made.id)
    tune()
    told = {
        "port": app.address[1], "tables": known,
        "tokens": [app.house.access_tokens.issue(user, 86_400) for user in users],
    }
    awake = asyncio.create_task(tell_when_awake(app))
    await serve_until_told(told)
    print(json.dumps({"followers": followers(app)}), flush=True)
    awake.cancel()
    await app.stop("bench over")


def followers(app: App) -> dict[str, Any]:
    """Return how many commits there are, and how far those who follow them are behind."""
    lags = app.site.lags()
    return {"commits": app.house.writer.head.seq, "behind": {
        name: {"commits": lag.commits, "ms": lag.ms} for name, lag in lags.items()
    }}


async def tell_when_awake(app: App) -> None:
    """Print a second line when all rooms of before are awake."""
    await app.house.rooms.all_back()
    print(json.dumps({"awake": len(app.house.rooms)}), flush=True)


class Bare(WebSocketHandler):
    """Parses a command and sends what the script says to everybody at the table."""

    tables: dict[str, list[Bare]]
    places: dict[str, int]
    script: list[list[Any]]
    once = False

    def initialize(self, **given: Any) -> None:
        vars(self).update(given)

    def check_origin(self, origin: str) -> bool:
        return True

    def open(self, table: str) -> None:
        self.table = table
        self.tables.setdefault(table, []).append(self)
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> None:
        command = orjson.loads(message)
        assert command["action"]
        place = self.places.get(self.table, 0)
        self.places[self.table] = place + 1
        peers = self.tables[self.table]
        for frame in self.script[place % len(self.script)]:
            encoded = orjson.dumps(frame)
            if self.once:
                raw = text_frame(encoded)
                for peer in peers:
                    peer.ws_connection.stream.write(raw)  # type: ignore[union-attr]
            else:
                text = encoded.decode()
                for peer in peers:
                    peer.write_message(text)


async def bare(folder: Path, once: bool) -> None:
    """Serve a bare handler, as Tornado comes."""
    given = {
        "tables": {}, "places": {}, "once": once,
        "script": json.loads((folder / "script.json").read_text()),
    }
    server = HTTPServer(Application([(r"/ws/tables/([^/]+)/", Bare, given)]))
    sockets = bind_sockets(0, "127.0.0.1", backlog=BACKLOG)
    server.add_sockets(sockets)
    await serve_until_told({"port": sockets[0].getsockname()[1]})


async def serve_until_told(told: dict[str, Any]) -> None:
    """Tell where we are, then serve until the input ends."""
    print(json.dumps(told), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    kind, place, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if kind == "host":
        asyncio.run(host(place, count, SEATS, LIMITS))
    elif kind == "sockets":
        asyncio.run(host(place, count, 10, Limits(sockets_per_user=10**6)))
    else:
        asyncio.run(bare(place, kind == "bare_once"))
