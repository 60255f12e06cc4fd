"""SIGKILL at random moments of real games: what was acknowledged is never lost.

Four programmes play no-limit hold'em over real sockets. At random moments the host is killed and
started again on the same port and store. Each client reconnects with a `since` that lies before
what it has seen: every event it knew has to come again, byte for byte the same, and no number
may be missing. Unanswered actions are sent again under their old ids and must not act twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.host_process import HostProcess
from tests.journeys.table_client import ClosedByHost, Frame, TableClient

KILLS = int(os.environ.get("VPHOST_KILLS", "10"))
PLAYERS = 4
OVERLAP = 40
CONFIG = """
name = "Kill table"
default_bank_value = 100000
max_buy_in = 50
min_buy_in = 1
turn_time_limit = 60
timebank_limit = 60
time_between_hands = 1
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """A host that is ended by its id whatever happens."""
    process = HostProcess(tmp_path)
    yield process
    process.close()


class Player:
    """One client with its life: sit, play, lose the connection, come back."""

    def __init__(self, client: TableClient, seat: int, is_host: bool, progress: Progress) -> None:
        self.client = client
        self.seat = seat
        self.is_host = is_host
        self.progress = progress
        self.name = ""

    async def sit(self) -> None:
        """Take the seat with chips."""
        await self.client.connect()
        await self.client.send("sit_player", seat=self.seat)
        frame = await self.client.until("player_seated", seat=self.seat)
        self.client.player = frame["payload"]["player"]
        await self.client.send("buy_in", amount=20)
        await self.client.until("action_ack", action="buy_in", player=self.client.player)
        self.client.pending = None

    async def play(self) -> None:
        """Answer every turn until the socket ends."""
        while True:
            frame = await self.client.receive()
            self.progress.note()
            await self.answer(frame)

    async def answer(self, frame: Frame) -> None:
        """React to one frame."""
        client, payload = self.client, frame["payload"]
        assert frame["event"] != "action_error", frame
        if frame["event"] == "unable_to_start_game":
            assert payload["code"] == "not_enough_players", frame
        if answers(frame, client.player):
            client.pending = None
        mine = payload.get("player") == client.player
        if frame["event"] == "turn" and mine and frame["payload"]["seq"] == client.last_seq:
            if client.pending is None:
                await client.send(**client.choose(frame))
        if frame["event"] == "winners_award_timer" or self.is_host and may_start(frame):
            await client.write({"action": "initialize_state"})
        if frame["event"] == "game_state" and client.pending is None:
            await self.stay_in_the_game(payload)
            if self.is_host and client.pending is None and payload["game_id"] is None:
                await client.send("game_start", game_type="THD")
        if frame["event"] == "private_data" and self.is_host and client.pending is None:
            await self.start_what_waits(payload["winners_award_timer"])

    async def stay_in_the_game(self, state: Frame) -> None:
        """Buy chips when there are none, come back when sitting out."""
        me = str(self.client.player)
        chips = state["players_stack"][me], state["players_delayed_stack"].get(me, "0.00")
        if chips == ("0.00", "0.00") and state["turn_player_seat"] is None:
            await self.client.send("buy_in", amount=20)
        elif state["players_join_statuses"][me] in ("SIT_OUT", "NEW_PLAYER"):
            await self.client.send("join", immediately=True)

    async def start_what_waits(self, award: Frame | None) -> None:
        """Press the button for the next hand, also when a kill fell between it and the press.

        It is refused while too few have come back; `may_start` says when to press it again.
        """
        if award is not None and award["show_next_game_button"]:
            await self.client.send("next_hand")

    async def come_back(self) -> None:
        """Reconnect after a kill: compare, resend, and look at the own cards."""
        client = self.client
        known = client.last_seq
        await client.connect(since=max(0, known - OVERLAP))
        while client.last_received < known:
            await self.answer_quietly(await client.receive())
        await client.send_pending()
        await client.write({"action": "initialize_state"})

    async def answer_quietly(self, frame: Frame) -> None:
        """Note what a replayed frame says without acting on old turns."""
        if answers(frame, self.client.player):
            pending = self.client.pending
            if pending and frame["payload"]["seq"] > self.client.sent_at:
                self.client.pending = None


def may_start(frame: Frame) -> bool:
    """Say whether a hand may begin now that could not before: somebody is back, or has chips."""
    is_back: bool = frame["event"] == "player_connected"
    has_bought: bool = frame["payload"].get("action") == "buy_in"
    return is_back or has_bought


def answers(frame: Frame, player: int | None) -> bool:
    """Say whether an event is the answer to what this player may have asked."""
    if frame["event"] in ("game_start", "unable_to_start_game"):
        return True
    return (
        frame["event"] in ("action_ack", "player_join_status_updated")
        and frame["payload"]["player"] == player
    )


class Progress:
    """Counts frames so that the killer strikes in the middle of things, not by the clock."""

    def __init__(self) -> None:
        self.frames = 0
        self.changed = asyncio.Event()

    def note(self) -> None:
        """One more frame reached a player."""
        self.frames += 1
        self.changed.set()

    async def more(self, count: int) -> None:
        """Wait until that many further frames have come."""
        target = self.frames + count
        while self.frames < target:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 30)


async def play_until_closed(players: list[Player], progress: Progress, frames: int,
                            host: HostProcess) -> None:
    """Let all play, kill the host after some frames, and wait until all have noticed."""
    tasks = [asyncio.create_task(player.play()) for player in players]
    killer = asyncio.create_task(progress.more(frames))
    try:
        done, _ = await asyncio.wait([killer, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {killer}:
            task.result()
        host.kill()
        for task in tasks:
            with pytest.raises(ClosedByHost):
                await task
    finally:
        for task in (killer, *tasks):
            task.cancel()
        await asyncio.gather(killer, *tasks, return_exceptions=True)


async def drained(players: list[Player], host: HostProcess) -> None:
    """End the host while the game runs: the hand is finished, every socket closed with 1012."""
    tasks = [asyncio.create_task(player.play()) for player in players]
    assert await asyncio.to_thread(host.terminate) == 0
    for task in tasks:
        with pytest.raises(ClosedByHost, match="1012"):
            await task


def table_of(host: HostProcess, folder: Path, names: list[str]) -> tuple[str, dict[str, str]]:
    """Add users and a table by the operator's commands; return its token and theirs."""
    config = folder / "table.toml"
    config.write_text(CONFIG)
    for name in names:
        host.ok("user", "add", name)
    tokens = {name: host.ok("token", name)["token"] for name in names}
    table = host.ok("table", "add", "--host", names[0], "--config", str(config))["token"]
    return table, tokens


def check_agreement(players: list[Player]) -> int:
    """All saw the same events without a gap; returns how many there were."""
    for player in players:
        numbers = sorted(player.client.seen)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a number is missing"
    shared = set.intersection(*(set(player.client.seen) for player in players))
    for seq in shared:
        kinds = {json.dumps(public(p.client.seen[seq]), sort_keys=True) for p in players}
        assert len(kinds) == 1, kinds
    return len(shared)


def public(frame: Frame) -> Frame:
    """Return a frame without what may differ between viewers."""
    secret = ("pocket_cards", "channel") if frame["event"] == "pocket_cards" else ("channel",)
    payload = {k: v for k, v in frame["payload"].items() if k not in secret}
    return {**frame, "payload": payload}


def check_ledger(host: HostProcess) -> None:
    """The postings sum to zero and the chain is whole."""
    status, report = host.cli("ledger", "verify")
    assert status == 0, report
    assert set(report["sums"].values()) == {0}, report


async def test_nothing_acknowledged_is_lost(host: HostProcess, tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}, {KILLS} kills")
    chooser = random.Random(seed)
    names = [f"player{number}" for number in range(PLAYERS)]
    table, tokens = table_of(host, tmp_path, names)
    host.start()
    progress = Progress()
    players = [
        Player(TableClient(host.origin, table, tokens[name], random.Random(seed + seat)),
               seat, seat == 0, progress)
        for seat, name in enumerate(names)
    ]
    for player in players:
        await player.sit()
    await players[0].client.send("game_start", game_type="THD")
    for _ in range(KILLS):
        await play_until_closed(players, progress, chooser.randrange(20, 120), host)
        host.start()
        await asyncio.gather(*(player.come_back() for player in players))
    check_ledger(host)
    await drained(players, host)
    print(f"{check_agreement(players)} events seen by all, {progress.frames} frames")
    check_ledger(host)
