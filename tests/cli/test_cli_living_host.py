"""The same commands while a host runs: through its control socket, on the same books."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from vphost.app import App
from vphost.cli.main import main
from vphost.config.settings import Config, make
from vphost.services.ports import Lease
from vphost.store import open_store
from vphost.wiring.offline import control_of

ROOT = Path(__file__).parents[2]
Run: TypeAlias = Callable[..., tuple[int, Any]]


def config_of(folder: Path) -> Config:
    """Return a configuration with everything in one folder."""
    return make(
        {"store": f"sqlite:{folder / 'host.sqlite'}", "var": str(folder), "port": 0}, {}, None
    )


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[App]:
    """A host in this process."""
    app = App(config_of(tmp_path))
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line on the host's store, on a thread when the host is in this loop."""

    def command(*words: str) -> tuple[int, Any]:
        store = f"sqlite:{tmp_path / 'host.sqlite'}"
        status = main([*words, "--store", store, "--var", str(tmp_path)])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else printed.err

    return command


async def test_commands_reach_the_living_host(host: App, run: Run) -> None:
    status, user = await asyncio.to_thread(run, "user", "add", "alice")
    assert status == 0
    status, moved = await asyncio.to_thread(
        run, "ledger", "deposit", "alice", "12.50", "EUR", "--id", "k1"
    )
    assert (status, moved["balance"]) == (0, "12.50")
    assert host.house.ledger.balance(f"user:{user['id']}", "EUR") == 1250
    status, refused = await asyncio.to_thread(
        run, "ledger", "withdraw", "alice", "13", "EUR", "--id", "k2"
    )
    assert (status, refused["code"]) == (1, "insufficient_funds")


async def test_a_table_added_to_a_living_host_has_its_room_at_once(host: App, run: Run) -> None:
    await asyncio.to_thread(run, "user", "add", "alice")
    status, table = await asyncio.to_thread(run, "table", "add", "--host", "alice")
    assert status == 0
    assert host.house.rooms.get(table["token"]) is not None


async def test_the_books_are_verified_beside_a_living_host(host: App, run: Run) -> None:
    await asyncio.to_thread(run, "user", "add", "alice")
    await asyncio.to_thread(run, "ledger", "deposit", "alice", "1", "EUR", "--id", "k1")
    status, report = await asyncio.to_thread(run, "ledger", "verify")
    assert (status, report["sums"]) == (0, {"EUR": 0})


async def test_what_was_done_without_a_host_is_there_when_it_starts(
    run: Run, tmp_path: Path
) -> None:
    await asyncio.to_thread(run, "user", "add", "alice")
    _, token = await asyncio.to_thread(run, "token", "alice")
    _, table = await asyncio.to_thread(run, "table", "add", "--host", "alice")
    app = App(config_of(tmp_path))
    await app.start()
    try:
        assert app.house.rooms.get(table["token"]) is not None
        assert app.house.access_tokens.verify(token["token"]) == token["id"]
    finally:
        await app.stop()


async def test_a_second_host_is_sent_away_and_the_first_one_lives_on(
    host: App, run: Run, tmp_path: Path
) -> None:
    second = await asyncio.create_subprocess_exec(
        sys.executable, "run.py", "serve", "--port", "0", "--var", str(tmp_path),
        "--store", f"sqlite:{tmp_path / 'host.sqlite'}", cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await asyncio.wait_for(second.communicate(), 30)
    assert (second.returncode, printed) == (2, b"")
    assert complained.startswith(b"run.py: store: ") and complained.count(b"\n") == 1
    assert (await asyncio.to_thread(run, "user", "add", "bob"))[0] == 0


async def test_a_command_for_another_store_never_reaches_the_host_of_this_one(
    host: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last owner was killed and had the same folder, so its lease names the same socket."""
    other = f"sqlite:{tmp_path / 'other.sqlite'}"
    journal, _ = await open_store(other)
    await journal.take_lease("main", Lease(
        0, "killed", 4711, socket.gethostname(), 1_000, str(host.config.control_socket)
    ), 5_000)
    await journal.close()
    words = ["user", "add", "eve", "--store", other, "--var", str(tmp_path)]
    assert await asyncio.to_thread(main, words) == 0
    assert json.loads(capsys.readouterr().out)["id"]
    assert await host.house.accounts.by_name("eve") is None
    assert await asyncio.to_thread(main, words) == 1, "she is in the other store"


async def test_a_second_host_with_the_same_folder_does_not_start(
    host: App, tmp_path: Path
) -> None:
    config = make({
        "store": f"sqlite:{tmp_path / 'other.sqlite'}", "var": str(tmp_path), "port": 0,
    }, {}, None)
    with pytest.raises(OSError, match="another host has this folder"):
        await App(config).start()
    assert await asyncio.to_thread(
        main, ["user", "add", "bob", "--store", host.config.store, "--var", str(tmp_path)]
    ) == 0
    assert await host.house.accounts.by_name("bob") is not None


async def test_a_host_that_does_not_answer_stops_the_tool(
    host: App, run: Run, tmp_path: Path
) -> None:
    lease = await control_of(config_of(tmp_path))
    assert lease is not None
    Path(lease.control).unlink()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(lease.control)
    listener.close()
    status, text = await asyncio.to_thread(run, "user", "add", "bob")
    assert status == 2 and text.startswith("run.py: store: ")


@pytest.mark.parametrize("words", [
    ("ledger", "balance", "alice"), ("user", "list"), ("key", "list"),
])
def test_who_only_looks_makes_no_store_of_a_mistyped_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    wrong = tmp_path / "htso.sqlite"
    assert main([*words, "--store", f"sqlite:{wrong}", "--var", str(tmp_path)]) == 2
    assert "there is no such file" in capsys.readouterr().err and not wrong.exists()
