"""A user at the table: his sockets, one after the other, and the page that folds his frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.machine.table_host import TableHost, Wire
from tests.machine.witness import Frame, Witness
from tests.rules.poker.table.cash_table import MODE, SCHEMAS, cards_in
from tests.rules.poker.table.page_fold import NOT_FOLDED, Page
from vphost.rules.mode import Json
from vphost.rules.money import to_minor
from vphost.rules.poker.table.config import public_config
from vphost.rules.poker.table.state import Table
from vphost.web.connection import Connection
from vphost.wire.schemas import BASE
from vphost.wire.shape import Shape, compile_shape, describe

COMMON = frozenset({
    "table_token", "channel", "order", "seq", "feed_message", "telemetry_trace_id", "duration",
    "player_id", "player_name", "action_repr_name", "action_repr_value",
})
"""Fields that the codec adds to what happened."""
FULL = ("game_state", "private_data")


def _ms(value: Json, decimals: int) -> Json:
    return round(value * 1000)


INVERSE: Mapping[str, Shape] = {
    "money": to_minor, "money_number": to_minor, "time": _ms, "duration": _ms,
    "boolean": lambda value, decimals: value == "true",
    "percent": lambda value, decimals: round(value * 100),
}


def _inward(name: str) -> Shape:
    place = f"table/out/{name}.json"
    node = describe(SCHEMAS, BASE + place, SCHEMAS.document(place)).fields["payload"]
    for field in COMMON:
        node.fields.pop(field, None)
    return compile_shape(node, INVERSE) or (lambda value, decimals: value)


SHAPES = {name: _inward(name) for name in SCHEMAS.names("table/out/")}


def plain(value: Any) -> Any:
    """Return a value as it is after a trip through JSON."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=dict))


class Viewer:
    """One user and what he has heard.

    last: the newest event number that his page has folded. blind: he was given a whole state that
    is ahead of his page, which waits for what it has missed. fresh: his socket has not caught up
    yet; then alone may that happen. faults: what must not have come.
    """

    def __init__(self, user: str, config: Mapping[str, Any], newest: Callable[[], int]) -> None:
        """newest: the newest event number that the store has acknowledged."""
        self.user = user
        self.page = Page(0, public_config(config), "host")
        self.decimals = config["decimals"]
        self.newest = newest
        self.last = 0
        self.blind = False
        self.fresh = True
        self.connection: Connection | None = None
        self.wire: Wire | None = None
        self.heard: list[Frame] = []
        self.notices: list[Frame] = []
        self.faults: list[str] = []

    @property
    def player(self) -> int | None:
        """His player id, as he was told."""
        return self.page.player or None

    @property
    def is_open(self) -> bool:
        """Whether he has a socket."""
        return self.connection is not None and not self.connection.is_closed

    def connect(self, host: TableHost, since: int | None) -> None:
        """Open a socket, the newest one."""
        self.blind = since is None
        self.fresh = True
        wire = self.wire = Wire(lambda frame: self.hear(wire, frame))
        self.connection = host.connect(self.user, since, wire)

    def hear(self, wire: Wire, frame: Frame) -> None:
        """Take a frame of a socket; an older socket tells nothing any more but its end."""
        seq = frame["payload"].get("seq")
        if frame["event"] in FULL or seq is None:
            self.notices.append(frame)
            if frame["event"] == "user_connected":
                self.page.player = frame["payload"]["player"] or 0
            if frame["event"] == "game_state" and seq > self.last:
                self.blind = True
                if not self.fresh:
                    self.faults.append(f"{self.user}: a state swallowed {self.last + 1} to {seq}")
            return
        if seq > self.newest():
            self.faults.append(f"{self.user} heard {seq} before it was durable")
        if wire is not self.wire:
            self.faults.append(f"{self.user} heard {seq} on a socket that was replaced")
        self.heard.append(frame)
        if self.blind or seq <= self.last:
            return
        if seq != self.last + 1:
            self.faults.append(f"{self.user} heard {seq} after {self.last}")
        self.last = seq
        self.fold(frame)

    def fold(self, frame: Frame) -> None:
        """Let the page fold a frame, in the host's units."""
        name = frame["event"]
        payload = {k: v for k, v in frame["payload"].items() if k not in COMMON}
        self.page.hear(name, SHAPES[name](payload, self.decimals))

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        assert self.connection is not None
        self.connection.receive(json.dumps(message))

    def gone(self) -> None:
        """His line breaks, and the host notices."""
        if self.connection is not None:
            self.connection.end()

    def lose_process(self) -> None:
        """The host is gone without a word."""
        self.connection = self.wire = None

    # ---- what always holds

    def check_heard(self, witness: Witness) -> None:
        """Everything that he heard is what the journal says, in his own projection."""
        assert not self.faults, self.faults
        for frame in self.heard:
            seq = frame["payload"]["seq"]
            assert frame == witness.told[seq].to(self.player), (self.user, frame)
        full: list[Frame] = []
        for frame in self.notices:
            if frame["event"] in FULL:
                full.append(frame)
            else:
                assert cards_in(frame) == set(), frame
            if len(full) == len(FULL):
                witness.check_full(full, self.player)
                full = []
        assert not full, "half a state"
        self.heard.clear()

    def check_page(self, table: Table, witness: Witness) -> None:
        """His page knows what a fresh one would be told, and no card that he may not see."""
        seen = MODE.view(table, MODE.player_of(table, self.user))
        public = {k: v for k, v in seen["game_state"].items() if k not in NOT_FOLDED}
        told = plain({**public, **seen["private_data"]})
        known = plain({**self.page.game_state(), **self.page.private_data()})
        assert known.keys() == told.keys()
        wrong = [(k, known[k], told[k]) for k in told if known[k] != told[k]]
        assert wrong == [], (self.user, wrong)
        assert cards_in(plain(seen)) <= witness.may_know(self.player), (self.user, seen)
