"""A page that has heard every event shows what a page shows that is loaded now, in every state."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.tournament import tournament_table
from tests.rules.poker.table.cash_table import CODEC, ROOM, CashTable
from tests.rules.poker.table.test_table_random import STAKES, Chaos
from vphost.rules.mode import Event, Rejected
from vphost.wire.codec import FrameContext

ROOT = Path(__file__).parents[2]
VIEWERS = (0, 1, 2, 3)
"""A mere watcher, the host and two others."""
STEPS = 150


class SeenTable(CashTable):
    """A table that keeps what its viewers were told, step by step, as the wire has it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.frames: dict[int, list[Any]] = {viewer: [] for viewer in VIEWERS}
        self.steps: dict[int, list[Any]] = {viewer: [] for viewer in VIEWERS}

    def check_frames(self, event: Event) -> None:
        super().check_frames(event)
        if event.name.startswith("_"):
            return
        context = FrameContext(ROOM, self.seq, 0, self.now, self.mode.labels(self.state))
        for viewer in VIEWERS:
            own = viewer if viewer in event.secret else None
            self.frames[viewer].append(json.loads(CODEC.event(context, event, own)))

    def ask(self, user: str, op: str, **args: Any) -> Rejected | tuple[Event, ...]:
        outcome = super().ask(user, op, **args)
        if not isinstance(outcome, Rejected):
            self.note(f"{len(self.steps[0])} {op} of {user}")
        return outcome

    def note(self, of: str) -> None:
        """Keep what a page would be told that is loaded now."""
        context = FrameContext(ROOM, self.seq, 0, self.now, self.mode.labels(self.state))
        for viewer in VIEWERS:
            seen = self.mode.view(self.state, viewer or None)
            snapshot = [json.loads(each) for each in CODEC.view(context, seen, viewer or None)]
            snapshot[1]["payload"]["player"] = viewer or None
            self.steps[viewer].append(
                {"frames": self.frames[viewer], "snapshot": snapshot, "of": of}
            )
            self.frames[viewer] = []

    def compare(self, folder: Path) -> int:
        """Fold it all by the page's reducer; returns how many states were compared."""
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed")
        file = folder / "told.json"
        file.write_text(json.dumps(self.steps))
        done = subprocess.run(
            [node, str(ROOT / "tests" / "pages" / "fold_check.mjs"), str(file)],
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
        return int(done.stdout)


class SeenChaos(Chaos):
    """Random commands at such a table."""

    table_type = SeenTable


def test_a_game_that_ends_between_hands_leaves_nothing_behind(tmp_path: Path) -> None:
    table = SeenTable({"time_between_hands": 60})
    table.start("ann", "bob")
    table.fold_out()
    table.do("host", "end_current_game")
    table.do("ann", "buy_in", amount=100_00)
    table.do("bob", "buy_in", amount=100_00)
    table.do("host", "game_start", game_type="THD")
    assert table.compare(tmp_path) > 20


def test_a_game_of_an_absent_host_says_when_it_ends(tmp_path: Path) -> None:
    table = SeenTable()
    table.start("ann", "bob")
    table.do("host", "disconnect", connections=0)
    assert table.view(None)[0]["game_end_expiration"] == table.now + 600_000
    table.come("host")
    table.do("host", "disconnect", connections=0)
    table.do("ann", "send_chat_message", message="Where are they?")
    table.wait(700_000)
    assert table.compare(tmp_path) > 20


def test_a_kick_that_waits_is_seen_until_the_hand_ends(tmp_path: Path) -> None:
    table = SeenTable()
    table.start("ann", "bob", "cid")
    table.do("host", "kick_player_after_game", player=table.id("cid"))
    table.do("bob", "leave_player")
    table.do("bob", "sit_player", seat=table.player("bob").seat)
    table.fold_out()
    assert table.compare(tmp_path) > 20


@pytest.mark.parametrize(("game", "limit"), STAKES)
def test_whatever_people_do_a_reload_shows_the_same(
    game: str, limit: str, tmp_path: Path
) -> None:
    chaos = SeenChaos(7, game, limit)
    for _ in range(STEPS):
        chaos.step()
    assert isinstance(chaos.table, SeenTable)
    assert chaos.table.compare(tmp_path) > 200


class SeenTournament(SeenTable):
    """A table with a tournament; what the clock does is compared as well."""

    def tick(self) -> tuple[Event, ...]:
        told = super().tick()
        self.note(f"{len(self.steps[0])} the clock")
        return told

    def disturb(self, dice: random.Random) -> None:
        """Let somebody do what is no bet, refused or not."""
        user = f"user{dice.randrange(4)}"
        op = dice.choice([
            "pause_next_hand", "next_hand", "leave_player", "disconnect", "connect",
            "end_current_game" if dice.random() < 0.05 else "pause_next_hand",
        ])
        args = {"connections": int(op == "connect")} if op.endswith("connect") else {}
        named = {"username": user} if op == "connect" else {}
        self.ask("host" if "next" in op or "end" in op else user, op, **args, **named)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_a_tournament_does_a_reload_shows_it(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    table = tournament_table.tournament(4, SeenTournament)
    assert isinstance(table, SeenTournament)
    for _ in range(2):
        for number in range(4):
            table.ask(f"user{number}", "connect", connections=1, username=f"user{number}")
            table.ask(f"user{number}", "sit_player", seat=number)
        table.do("host", "choose_game_mode", game_mode="T")
        table.do("host", "game_start", game_type="THD")
        while table.state.game is not None:
            table.ask("host", "unpause_next_hand")
            tournament_table.step(table, dice)
            if table.state.game is not None and dice.random() < 0.2:
                table.disturb(dice)
    assert tournament_table.events(table, "player_eliminated")
    assert table.compare(tmp_path) > 100
