"""What players can read is the same whatever the cards were that nobody showed.

The same story is played twice, and only the hand that one player never showed is another one. Then
everything that the others can read (every GET of the reference, the frames of their sockets, the
operators' hand histories) has to be the same, byte for byte but for names that are drawn anew and
moments. What the owner of the cards reads of statistics has to be the same, too.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.table_client import TableClient
from tests.web.table_house import TableHouse, User, hang_up, table_house
from tests.web.web_edge import Raw, parse_answer
from vphost.cli.main import main
from vphost.rules.poker.cards import ID_OF_WIRE
from vphost.rules.poker.dealing import stacked_deck
from vphost.rules.poker.table import setup
from vphost.services.clock import SystemSeeds
from vphost.wiring import container as composition

NAMES = ("ann", "bob", "cid")
FIXED = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00)?"), "<moment>"),
    (re.compile(r"\b1\d{9}(\.\d+)?\b"), "<seconds>"),
    (re.compile(r'"(action_time|timebank)": ?[0-9.]+'), "<span>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "<lasted>"),
    (re.compile(r"(\nplayer,(?:[^,\n]*,){6})\d+"), r"\1<lasted>"),
    (re.compile(r'"line": ?"[0-9a-f]+"'), "<line>"),
    (re.compile(r"\b[a-z2-7]{16}\b"), "<user>"),
)
"""What differs between any two runs."""
UNSEEN = (
    "Folded best hand %", "$ Lost when folded best hand", "% of pots won without best hand",
)


class LotOfFirst(SystemSeeds):
    """Fresh seeds that all give the button to the first seat."""

    def draw(self) -> bytes:
        while True:
            seed = super().draw()
            if int.from_bytes(sha256(b"button" + seed).digest(), "big") % 6 == 0:
                return seed


@contextmanager
def dealt(cards: str) -> Iterator[None]:
    """Let every deck begin with these cards: "AS KD ..."."""
    deck = stacked_deck([ID_OF_WIRE[card] for card in cards.split()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "deck_from_seed", lambda seed: deck)
        patch.setattr(composition, "SystemSeeds", LotOfFirst)
        yield


class Play:
    """A game at ann's table, told by who does what in turn."""

    def __init__(self, house: TableHouse) -> None:
        self.house = house
        self.users: dict[str, User] = {}
        self.clients: dict[str, TableClient] = {}
        self.ids: dict[str, int] = {}
        self.table: dict[str, Any] = {}

    async def begin(self, players: int, **settings: Any) -> None:
        """Seat so many and deal the first hand; losers may muck, so that there is more unseen."""
        for name in NAMES[:players]:
            self.users[name] = await self.house.user(name)
        host = self.users["ann"]
        self.table = await host.open_table()
        path = f"tables/{self.table['token']}/configuration/"
        answer = await host.patch(path, {"muck": "losers_may_muck", **settings})
        assert answer.status == 200, answer
        for name, user in self.users.items():
            if name != "ann":
                await user.joined(self.table)
        for seat, (name, user) in enumerate(self.users.items()):
            self.ids[name] = await user.player(self.table, name)
            self.clients[name] = await user.sit(self.table, seat)
        await self.clients["ann"].send("game_start", game_type="THD")

    async def act(self, *script: str) -> None:
        """Act in turn: "bob fold", "ann call"."""
        for line in script:
            name, _, action = line.partition(" ")
            client = self.clients[name]
            turn = await client.until("turn", seat=NAMES.index(name))
            payload = turn["payload"]
            more = {
                "call": {"amount": payload["call_amount"]},
                "bet": {"amount": payload["min_amount"]},
            }.get(action, {})
            await client.send(f"action_{action}", **more)

    async def over(self) -> None:
        """Wait until everybody has heard the end of the hand and what follows it by itself."""
        for client in self.clients.values():
            await client.until("game_end")
            await client.until("winners_award_timer")

    async def end_game(self) -> None:
        """End the game, and wait until everybody has heard it."""
        await self.clients["ann"].send("end_current_game")
        for client in self.clients.values():
            await client.until("current_game_ended")

    async def go_on(self) -> None:
        """Begin another game, in which statistics are read."""
        for seat, (name, client) in enumerate(self.clients.items()):
            await client.send("sit_player", seat=seat)
            await client.send("buy_in", amount=20)
            await client.until("bankroll", player=self.ids[name])
        path = f"tables/{self.table['token']}/choose_game_mode/"
        assert (await self.users["ann"].post(path, {"game_mode": "C"})).status == 200
        await self.clients["ann"].send("game_start", game_type="THD")
        await self.clients["ann"].until("game_start")

    async def paths(self) -> list[str]:
        """Return every GET of the reference, for every player and kind of game."""
        fillings: Mapping[str, list[str]] = {
            "token": [self.table["token"]],
            "short_table_token": [self.table["short_table_token"]],
            "id": [str(number) for number in self.ids.values()], "number": ["1"],
        }
        paths = []
        for path, verbs in json.loads(
            self.house.app.site.reference["/swagger.json"]
        )["paths"].items():
            if "get" not in verbs:
                continue
            found = [path.removeprefix("/api/v1/")]
            for field in re.findall(r"{(\w+)}", path):
                found = [
                    one.replace(f"{{{field}}}", value) for one in found
                    for value in fillings[field]
                ]
            paths += [
                one + ending for one in found
                for ending in (("?game_type=THD", "?game_type=OMH")
                               if one.endswith("game-stats/") else ("",))
            ]
        assert "users/current/game-stats/?game_type=THD" in paths
        return paths

    async def read(self, owner: str) -> dict[str, str]:
        """Return all that can be read: of the owner of unseen cards the statistics only."""
        found = {"an operator's hand histories": await self.histories()}
        for name, user in self.users.items():
            for path in await self.paths():
                if name == owner and "stats/" not in path and "csv" not in path:
                    continue
                status, _, body = await self._get(path, user.token)
                found[f"{name} {path}"] = f"{status} {_in_order(body.decode())}"
            if name != owner:
                frames = (frame for _, frame in sorted(self.clients[name].seen.items()))
                found[f"{name} socket"] = "\n".join(map(json.dumps, frames))
                notices = self.clients[name].notices
                found[f"{name} notices"] = "\n".join(map(json.dumps, notices))
        return {self._fixed(path): self._fixed(text) for path, text in found.items()}

    async def histories(self) -> str:
        """Return what `hands` prints of the table."""
        config, printed = self.house.app.config, io.StringIO()
        words = ["hands", "--table", self.table["token"], "--store", config.store]
        with redirect_stdout(printed):
            assert await asyncio.to_thread(main, [*words, "--var", str(config.var)]) == 0
        assert "p1 d" in printed.getvalue() or "d dh" in printed.getvalue()
        return printed.getvalue()

    async def _get(self, path: str, token: str) -> tuple[int, Mapping[str, str], bytes]:
        port = self.house.app.address[1]
        async with Raw.connected(port) as raw:
            await raw.write((
                f"GET /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            ).encode())
            return parse_answer(await raw.read_all())

    def _fixed(self, text: str) -> str:
        text = text.replace(str(self.table["short_table_token"]), "<table>")
        for name, number in self.ids.items():
            text = text.replace(str(number), f"<{name}>")
        for pattern, put in FIXED:
            text = pattern.sub(put, text)
        return text

    async def figures(self, name: str) -> dict[str, str]:
        """Return a player's own figures of hold'em."""
        answer = await self.users[name].get("users/current/game-stats/?game_type=THD")
        assert answer.status == 200, answer
        return {row["label"]: row["value"] for row in answer.body}


def _in_order(body: str) -> str:
    """Return a body in which people, who come by ids that are drawn, come by their names."""
    if not body.startswith("{"):
        return body
    parsed = json.loads(body)
    for people in (parsed.get("results"), parsed.get("players")):
        if isinstance(people, list):
            people.sort(key=lambda one: str(one.get("username", "")))
    return json.dumps(parsed)


STORIES: Mapping[str, tuple[int, str, tuple[str, ...], tuple[str, str]]] = {
    # Dealt: bob, ann (the button), bob, ann, board.
    "the winner's hand after a fold on the river": (
        2, "bob", ("ann call", "bob check", *["bob check", "ann check"] * 2, "bob bet",
                   "ann fold"),
        ("AS 2C AD 7D KS QH 9D 4C 3H", "5S 2C 6D 7D KS QH 9D 4C 3H"),
    ),
    "the folder's hand after a fold on the river": (
        2, "ann", ("ann call", "bob check", *["bob check", "ann check"] * 2, "bob bet",
                   "ann fold"),
        ("8S AC 6D AD KS QH 9D 4C 3H", "8S 2C 6D 7D KS QH 9D 4C 3H"),
    ),
    "the winner's hand after a fold on the flop": (
        2, "bob", ("ann call", "bob check", "bob bet", "ann fold"),
        ("AS 2C AD 7D KS QH 9D 4C 3H", "5S 2C 6D 7D KS QH 9D 4C 3H"),
    ),
    # Dealt: bob, cid, ann (the button), bob, cid, ann, board. Cid leads on the turn, or does not.
    "a hand thrown away at the showdown": (
        3, "cid", ("ann call", "bob call", "cid check",
                   *["bob check", "cid check", "ann check"] * 3),
        ("KC QS 5S KD 9S 5C QH 9D 4C 3H 5H", "KC JS 5S KD 2D 5C QH 9D 4C 3H 5H"),
    ),
    "a hand folded before a showdown": (
        3, "cid", ("ann call", "bob call", "cid check", "bob check", "cid fold",
                   "ann check", *["bob check", "ann check"] * 2),
        ("KC QS 5S KD QD 5C QH 9D 4C 3H 5H", "KC JS 5S KD 2D 5C QH 9D 4C 3H 5H"),
    ),
}


async def told(
    folder: Path, story: str, cards: str, bluffing: bool
) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, str]]]:
    """Play a story; return what is read before and after the end, and everybody's figures."""
    players, owner, script, _ = STORIES[story]
    with dealt(cards):
        settings = {"store": f"sqlite:{folder / 'h.sqlite'}", "drain_s": 0}
        async with table_house(folder, **settings) as house:
            play = Play(house)
            await play.begin(
                players, stats_bluffing=bluffing, time_between_hands=600, rabbit_hunting=False,
                announce_time=0, card_reveal_time=0.1, side_pot_time=0,
            )
            await play.act(*script)
            await play.over()
            before = await play.read(owner)
            await play.end_game()
            await play.go_on()
            after = await play.read(owner)
            figures = {name: await play.figures(name) for name in play.users}
            for client in play.clients.values():
                await hang_up(client)
    return before, after, figures


@pytest.mark.parametrize("bluffing", [False, True])
@pytest.mark.parametrize("story", STORIES)
async def test_unseen_cards_change_nothing_to_read(
    tmp_path: Path, story: str, bluffing: bool
) -> None:
    one, other = [
        await told(tmp_path / str(place), story, cards, bluffing)
        for place, cards in enumerate(STORIES[story][3])
    ]
    assert one[0] == other[0]
    if bluffing:
        assert one[2] != other[2], "the two hands differ in something that is told"
    else:
        assert one[1] == other[1]
        assert all(
            figures[label].lstrip("P0") in ("", "%")
            for figures in one[2].values() for label in UNSEEN
        )
