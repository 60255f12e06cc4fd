"""Who sees which card, down to the bytes that leave a real host.

Programmes play dozens of hands over real sockets while every frame of every client is kept. Then
the journal is opened with the key: it says who held what and when a card was opened. Pocket cards
are in nobody's frames but their owner's before that; the deck, folded and mucked cards and the
seeds are nowhere: not in a frame, an answer over REST, the log, or the bytes of the store.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.journeys.host_process import HostProcess
from tests.journeys.table_client import ClosedByHost, Frame, TableClient
from tests.journeys.test_kill import Player, Progress
from tests.machine.open_cards import Key
from tests.machine.witness import Witness
from tests.rules.poker.table.cash_table import MODE, cards_in
from vphost.control.client import call
from vphost.rules.poker.cards import wire_names
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.sealing import Sealer, open_key_file
from vphost.store.embedded import open_embedded

HANDS = 24
CONFIG = {
    "name": "Secrets", "default_bank_value": 100000, "max_buy_in": 50, "min_buy_in": 1,
    "turn_time_limit": 60, "timebank_limit": 60, "time_between_hands": 0,
}
CARD = re.compile(r"(?<![0-9A-Za-z])(10|[2-9JQKA])[CDHS](?![0-9A-Za-z])")
PAGES = ("/api/v1/lobby/tables/", "/api/v1/users/current/", "/api/v1/nowhere/", "/readyz")


@dataclass
class Sniffer(TableClient):
    """A client whose line is tapped."""

    texts: list[str] = field(default_factory=list)
    shown: dict[Key, set[str]] = field(default_factory=dict)
    hunted: set[Key] = field(default_factory=set)
    hand: Key = ("", 0)
    cards: list[str] = field(default_factory=list)

    async def connect(self, since: int | None = None) -> None:
        """Open the socket and tap it."""
        await super().connect(since)
        assert self.socket is not None
        read = self.socket.read_message

        async def tapped(*args: Any) -> Any:
            text = await read(*args)
            if text is not None:
                assert isinstance(text, str)
                self.texts.append(text)
            return text

        self.socket.read_message = tapped  # type: ignore[method-assign, assignment]

    def choose(self, turn: Frame) -> dict[str, Any]:
        """Fold often, so that many hands are played and many cards stay hidden."""
        if self.chooser.random() < 0.65:
            return {"action": "action_fold"}
        return super().choose(turn)


class Talker(Player):
    """A player who sometimes opens cards after the hand."""

    client: Sniffer

    async def answer(self, frame: Frame) -> None:
        """React to one frame; asking for cards when a new hand has begun may be refused."""
        client, payload = self.client, frame["payload"]
        if frame["event"] == "game_start":
            client.hand = (payload["game_id"], payload["sequence"])
        if frame["event"] == "pocket_cards" and payload["player"] == client.player:
            client.cards = payload["pocket_cards"]
        if frame["event"] == "game_end":
            await self.open_some(payload)
        if frame["event"] != "action_error":
            await super().answer(frame)

    async def open_some(self, result: Frame) -> None:
        """Show one card or both, or look at the cards that did not come."""
        client = self.client
        if client.player in result["can_show_cards"] and client.chooser.random() < 0.3:
            cards = client.cards[:client.chooser.randint(1, 2)]
            client.shown.setdefault(client.hand, set()).update(cards)
            await client.write({"action": "show_pocket_cards", "data": {"cards": cards}})
        if client.player in result["can_call_rabbit_hunt"] and client.chooser.random() < 0.2:
            client.hunted.add(client.hand)
            await client.write({"action": "open_rabbit_hunt_cards"})


class Table:
    """A running host with one table, four players and somebody who only watches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = HostProcess(folder, flags=(
            "--log-level", "debug", "--messages-per-s", "500", "--messages-burst", "1000",
        ))
        self.progress = Progress()
        self.users: dict[str, Sniffer] = {}
        self.rest: list[str] = []

    def operate(self, op: str, **args: Any) -> Any:
        """Give the living host an operator's command."""
        answer = call(str(self.folder / "control" / "host.sock"), op, args)
        assert answer["ok"], answer
        return answer["answer"]

    def open(self, chooser: random.Random) -> list[Talker]:
        """Start the host; add users, a table and clients."""
        self.host.start()
        names = [f"player{number}" for number in range(5)]
        ids = {name: self.operate("user.add", name=name)["id"] for name in names}
        table = self.operate("table.add", host=names[0], mode="cash", config=CONFIG)["token"]
        self.token = table
        for name in names:
            token = self.operate("user.token", name=name)["token"]
            self.users[ids[name]] = Sniffer(
                self.host.origin, table, token, random.Random(chooser.random())
            )
        return [
            Talker(client, seat, seat == 0, self.progress)
            for seat, client in enumerate(list(self.users.values())[:4])
        ]

    async def ask_rest(self) -> None:
        """Keep what REST says to a player while cards are out."""
        token = next(iter(self.users.values())).token
        for page in PAGES:
            answer = await AsyncHTTPClient().fetch(
                self.host.origin + page, headers={"Authorization": f"Bearer {token}"},
                raise_error=False,
            )
            assert answer.code == (404 if "nowhere" in page else 200), answer
            self.rest.append(f"{answer.headers} {answer.body.decode()}")

    async def watch(self) -> None:
        """Look on without a seat, asking for the whole state now and then."""
        client = list(self.users.values())[4]
        await client.connect(since=0)
        while True:
            frame = await client.receive(60)
            if frame["event"] == "user_connected":
                client.player = frame["payload"]["player"]
            if frame["event"] in ("turn", "game_end"):
                await client.write({"action": "initialize_state"})

    async def play(self, players: list[Talker]) -> None:
        """Play the hands, then stop the host in order; every line ends."""
        tasks = [asyncio.create_task(self.watch())]
        for player in players:
            await player.sit()
        await players[0].client.send("game_start", game_type="THD")
        tasks += [asyncio.create_task(player.play()) for player in players]
        while self.hands() < HANDS:
            await self.progress.more(1)
            if self.hands() % 8 == 0 and len(self.rest) < 40:
                await self.ask_rest()
        assert await asyncio.to_thread(self.host.terminate) == 0
        for task in tasks:
            with pytest.raises(ClosedByHost, match="1012"):
                await task

    def hands(self) -> int:
        """Return how many hands have ended."""
        first = next(iter(self.users.values()))
        return sum(frame["event"] == "game_end" for frame in first.seen.values())

    def store_bytes(self) -> bytes:
        """Return every byte of the store's files."""
        return b"".join(
            file.read_bytes() for file in self.folder.iterdir() if "sqlite" in file.name
        )


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    """A table whose host is ended by its id whatever happens."""
    table = Table(tmp_path)
    yield table
    table.host.close()


@dataclass
class Secrets:
    """What the journal holds under seal: per hand its seed, its deck, and the pocket cards."""

    seeds: list[str] = field(default_factory=list)
    holes: list[tuple[str, ...]] = field(default_factory=list)


async def read_journal(table: Table, sealer: Sealer) -> tuple[Witness, Secrets]:
    """Let a witness fold the journal; it checks every event against the cards that are open."""
    witness, secrets = Witness(sealer, table.token), Secrets()
    for user, client in table.users.items():
        for key, cards in client.shown.items():
            witness.wishes.shown[key, user] = cards
        witness.wishes.rabbits |= client.hunted
    journal, _ = await open_embedded(str(table.folder / "host.sqlite"), read_only=True)
    try:
        for record in await journal.read("main", 0, 10_000):
            witness.take(record)
            for event in decode(record, sealer).events if record.room else ():
                if event.name == "_hand_started":
                    secrets.seeds.append(event.hidden["seed"])
                    deal = witness.table.deal
                    assert deal is not None
                    secrets.holes += [tuple(wire_names(hole)) for hole in deal.hand.hole]
    finally:
        await journal.close()
    return witness, secrets


def check_frames(client: Sniffer, user: str, witness: Witness) -> None:
    """Every event frame is its own projection; a whole state shows what is open and his own."""
    player = MODE.player_of(witness.table, user)
    full: list[Frame] = []
    for text in client.texts:
        frame = json.loads(text)
        if frame["event"] in ("game_state", "private_data"):
            full.append(frame)
            if len(full) == 2:
                witness.check_full(full, player)
                full = []
        elif frame["payload"].get("seq") is None:
            assert cards_in(frame) == set(), frame
        else:
            assert frame == witness.told[frame["payload"]["seq"]].to(player)


def opened(witness: Witness) -> set[str]:
    """Return all that was told to everybody, as text."""
    return {json.dumps(told.public) for told in witness.told.values()}


async def test_nobody_sees_a_card_before_its_time(table: Table) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    await table.play(table.open(random.Random(seed)))
    sealer = open_key_file(table.folder / "keys" / "seal.keys")
    witness, secrets = await read_journal(table, sealer)
    assert len(secrets.seeds) >= HANDS
    for user, client in table.users.items():
        assert len(client.texts) > HANDS
        check_frames(client, user, witness)
    texts = "".join(text for client in table.users.values() for text in client.texts)
    log = (table.folder / "host.log").read_text()
    assert not CARD.search(log), "a card in the log"
    assert table.rest and not any(CARD.search(body) for body in table.rest)
    stored = table.store_bytes()
    for text in secrets.seeds:
        raw = bytes.fromhex(text)
        for form in (raw, text.encode(), text.upper().encode(), base64.b64encode(raw)):
            assert form not in stored, "a seed at rest"
            assert form not in texts.encode() + log.encode() + "".join(table.rest).encode()
    public = "".join(opened(witness))
    hidden = [hole for hole in secrets.holes if json.dumps(hole) not in public]
    assert hidden
    for hole in hidden:
        assert orjson.dumps(hole) not in stored, "pocket cards at rest"
