"""A journal of an older version is opened, verified, shows the same, and is played on.

The writer's views are compared field by field. Fields that came later may be there besides; those
of SINCE_CHANGED have another meaning now, on purpose.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugins.cash.rules.seating import CashGame
from vphost.app import App
from vphost.config.settings import BOOK, Config
from vphost.rules.mode import SYSTEM, Command
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.sealing import open_key_file
from vphost.services.ledger.verify import verify
from vphost.services.rooms.room import Room
from vphost.store import open_store
from vphost.tables.modes import table_modes

GOLDEN = Path(__file__).parents[1] / "golden" / "journal_cash_2"
EXPECTED: Mapping[str, Any] = json.loads(
    gzip.decompress((GOLDEN / "expected.json.gz").read_bytes())
)
ROOMS = sorted(set(EXPECTED) - {"balances"})
COMMITS_MAX = 10_000
SINCE_CHANGED = frozenset({"host_status"})  # PRESENT is called HERE now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir(mode=0o700)
    shutil.copy(GOLDEN / "seal.keys", tmp_path / "keys")
    (tmp_path / "keys" / "seal.keys").chmod(0o600)
    stored = gzip.decompress((GOLDEN / "host.sqlite.gz").read_bytes())
    (tmp_path / "host.sqlite").write_bytes(stored)
    (tmp_path / "host.sqlite").chmod(0o600)
    return tmp_path


def settings(folder: Path) -> Config:
    return Config(store=f"sqlite:{folder / 'host.sqlite'}", var=folder, port=0, drain_s=0)


def differences(was: Any, now: Any, where: str = "") -> list[str]:
    """Return where something that was is missing or not the same."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            found for key, value in was.items() if key not in SINCE_CHANGED
            for found in (
                differences(value, now[key], f"{where}.{key}") if key in now
                else [f"{where}.{key} is gone"]
            )
        ]
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [
            found for place, (one, other) in enumerate(zip(was, now))
            for found in differences(one, other, f"{where}[{place}]")
        ]
    return [] if was == now else [f"{where}: {was!r} became {now!r}"]


def as_json(view: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(view, default=dict))


async def test_an_old_journal_folds_to_the_same(folder: Path) -> None:
    journal, _ = await open_store(settings(folder).store)
    sealer = open_key_file(settings(folder).sealing_keys)
    modes = table_modes([CashGame()])
    states: dict[str, Any] = {}
    for record in await journal.read(BOOK, 0, COMMITS_MAX):
        stored = decode(record, sealer)
        for event in stored.events:
            if event.name == "_created":
                states[record.room] = modes[stored.mode].create(
                    record.room, event.data["config"], event.data["now_ms"]
                )
            elif record.room in states:
                states[record.room] = modes[stored.mode].evolve(states[record.room], event)
    await journal.close()
    mode = modes["table"]
    for room in ROOMS:
        was, state = EXPECTED[room], states[room]
        assert differences(was["public"], as_json(mode.view(state, None))) == []
        for name, (player, view) in was["players"].items():
            assert mode.player_of(state, was["users"][name]) == player
            assert differences(view, as_json(mode.view(state, player)), name) == []


async def check_books(folder: Path) -> None:
    """Read the whole journal again: chain, places, sums."""
    journal, _ = await open_store(settings(folder).store)
    found = await verify(journal, BOOK, {})
    await journal.close()
    assert found.ok and not any(found.sums.values()), found.faults


async def act(room: Room, number: int) -> None:
    """Let the one whose turn it is check or call."""
    turn = room.view(None)["private_data"]["turn"]
    is_free = "action_check" in turn["available_actions"]
    op, args = ("action_check", {}) if is_free else (
        "action_call", {"amount": turn["call_amount"]}
    )
    user = room.state.players[turn["player"]].user
    await room.submit(Command(f"on{number}", user, op, args))


async def test_an_old_journal_is_verified_and_played_on(folder: Path) -> None:
    await check_books(folder)
    app = App(settings(folder))
    await app.start()
    try:
        for place, name in enumerate(ROOMS):
            room = app.house.rooms.get(name)
            assert room is not None and room.state.running is not None
            number = room.state.deal.number
            for step in range(100):
                if room.state.running is None or room.state.deal.number != number:
                    break
                await act(room, 1000 * place + step)
            ended = room.view(None)["private_data"]["game_end"]
            assert ended is not None and sum(one["pot_size"] for one in ended["winners"]) > 0
            await room.submit(Command(f"end{place}", SYSTEM, "drain"))
    finally:
        await app.stop("test ended")
    await check_books(folder)
