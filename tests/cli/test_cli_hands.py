"""`hands`: a hand played at a living host comes out as a history that replays to its stacks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from vphost.app import App
from vphost.cli.main import main
from vphost.config.settings import make
from vphost.rules.mode import Command, Rejected
from vphost.services.accounts.accounts import Kind, User


class Played:
    """A host with a table of three, told by commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {"store": f"sqlite:{folder / 'h.sqlite'}", "var": str(folder), "port": 0,
                         "drain_s": 0}
        self.app = App(make(self.settings, {}, None))
        self.count = 0

    async def start(self) -> None:
        """Open the host and a table, seat three, deal the first hand."""
        await self.app.start()
        self.users = [await self.user(name) for name in ("ann", "bob", "cid")]
        table = await self.app.house.area.tables.create(self.users[0].id, "cash", {
            "time_between_hands": 600,
        })
        assert not isinstance(table, Rejected), table
        self.table = table
        for seat, user in enumerate(self.users):
            await self.do(user, "connect", username=user.username, connections=1)
            await self.do(user, "sit_player", seat=seat)
            await self.do(user, "buy_in", amount=4000)
        await self.do(self.users[0], "game_start", game_type="THD")

    async def user(self, name: str) -> User:
        """Add a user."""
        user = await self.app.house.accounts.add(name, Kind.PERSON)
        assert isinstance(user, User)
        return user

    async def do(self, user: User, op: str, **args: Any) -> None:
        """Give a command that has to be accepted."""
        self.count += 1
        room = self.app.house.rooms.get(self.table.id)
        assert room is not None
        outcome = await room.submit(Command(f"c{self.count}", user.id, op, args))
        assert not isinstance(outcome, Rejected), (op, outcome)

    async def fold(self) -> None:
        """Let whoever's turn it is fold."""
        room = self.app.house.rooms.get(self.table.id)
        assert room is not None
        actor = room.state.players[room.state.deal.turn.player].user
        await self.do(next(user for user in self.users if user.id == actor), "action_fold")

    async def run(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
        """Run a command line beside the living host."""
        line = [*words, "--store", str(self.settings["store"]), "--var", str(self.folder)]
        status = await asyncio.to_thread(main, line)
        return status, capsys.readouterr().out


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Played]:
    """A host on which the first hand runs."""
    host = Played(tmp_path)
    await host.start()
    yield host
    await host.app.stop()


async def test_a_finished_hand_replays_to_the_tables_stacks(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    await played.fold()
    await played.fold()
    status, text = await played.run(capsys, "hands", "--table", played.table.short_token)
    assert status == 0 and text.startswith("[1]\n")
    file = played.folder / "h.phhs"
    file.write_text(text)
    status, out = await played.run(capsys, "replay", str(file))
    assert (status, json.loads(out)["final_stacks"]) == (0, ["39.75", "40.25", "40"])


async def test_one_hand_alone_has_no_heading(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    await played.fold()
    await played.fold()
    status, text = await played.run(capsys, "hands", "--table", played.table.id, "--hand", "1")
    assert status == 0 and text.startswith("variant = 'NT'\n")


async def test_hands_are_listed_in_one_line(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    await played.fold()
    await played.fold()
    status, text = await played.run(capsys, "hands", "--table", played.table.id, "--list")
    listed = json.loads(text)["hands"]
    assert (status, len(listed)) == (0, 1)
    assert listed[0]["result"] == ["-0.25", "0.25", "0.00"]


async def test_a_running_hand_is_not_told(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    await played.fold()
    table = ("hands", "--table", played.table.id)
    assert await played.run(capsys, *table) == (0, "")
    status, text = await played.run(capsys, *table, "--hand", "1")
    assert (status, json.loads(text)["code"]) == (1, "hand_running")


@pytest.mark.parametrize("hand", ["0", "-1", "2", "99999999999"])
async def test_a_hand_that_was_never_dealt_is_not_found(
    played: Played, capsys: pytest.CaptureFixture[str], hand: str
) -> None:
    status, text = await played.run(capsys, "hands", "--table", played.table.id, "--hand", hand)
    assert (status, json.loads(text)["code"]) == (1, "not_found")


@pytest.mark.parametrize("table", ["ZZZZ", "", "x" * 500, "5f0c2d1e-9a3b-4c6d-8e7f-0123456789ab"])
async def test_a_table_that_is_none_is_not_found(
    played: Played, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    status, text = await played.run(capsys, "hands", "--table", table)
    assert (status, json.loads(text)["code"]) == (1, "not_found")
