"""A backup is made beside a living host, verifies, and replaces no store that somebody has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from vphost.app import App
from vphost.cli.main import main
from vphost.config.settings import make

Run: TypeAlias = Callable[..., tuple[int, Any]]


@asynccontextmanager
async def host(folder: Path) -> AsyncIterator[App]:
    """Run a host in this process."""
    app = App(make(
        {"store": f"sqlite:{folder / 'host.sqlite'}", "var": str(folder), "port": 0}, {}, None
    ))
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line on a store of the test's folder."""

    def command(*words: str, store: str = "host.sqlite") -> tuple[int, Any]:
        status = main([*words, "--store", f"sqlite:{tmp_path / store}", "--var", str(tmp_path)])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else printed.err

    return command


def give(run: Run, amount: str, key: str, store: str = "host.sqlite") -> str:
    """Deposit; return the balance."""
    status, moved = run("ledger", "deposit", "alice", amount, "EUR", "--id", key, store=store)
    assert status == 0, moved
    return str(moved["balance"])


async def made(run: Run, copy: Path) -> Any:
    """Add a user with money at a living host and make a backup."""
    await asyncio.to_thread(run, "user", "add", "alice")
    await asyncio.to_thread(give, run, "1.00", "k1")
    status, told = await asyncio.to_thread(run, "backup", str(copy))
    assert status == 0, told
    return told


async def test_a_copy_of_a_living_hosts_store_verifies_and_is_another_store(
    tmp_path: Path, run: Run
) -> None:
    copy = tmp_path / "copy.vphost"
    async with host(tmp_path) as app:
        told = await made(run, copy)
        assert await asyncio.to_thread(give, run, "2.00", "k2") == "3.00"
        status, restored = await asyncio.to_thread(
            run, "restore", str(copy), store="other.sqlite"
        )
        assert (status, restored["replaced"], restored["head"]) == (0, None, told["head"])
        assert await asyncio.to_thread(give, run, "5.00", "k3", "other.sqlite") == "6.00"
        assert await asyncio.to_thread(give, run, "5.00", "k4") == "8.00"
        status, report = await asyncio.to_thread(run, "ledger", "verify", store="other.sqlite")
        assert (status, report["sums"]) == (0, {"EUR": 0})
        key_file = app.config.sealing_keys
    key_id, _, key = key_file.read_text().partition(" ")
    assert told["sealing_keys"] == {"file": str(key_file), "ids": [key_id]}
    assert key.strip().encode() not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("copy.*")) == ["copy.vphost"]


async def test_a_living_owners_store_is_never_replaced(tmp_path: Path, run: Run) -> None:
    copy = tmp_path / "copy.vphost"
    async with host(tmp_path):
        await made(run, copy)
        for words in (("--replace",), ()):
            status, said = await asyncio.to_thread(run, "restore", str(copy), *words)
            assert status == 2 and said.startswith("run.py: store: "), said
        assert await asyncio.to_thread(give, run, "1.00", "k2") == "2.00"
    assert not list(tmp_path.glob("*.replaced-*")) and not list(tmp_path.glob("*.part"))


async def test_a_stopped_hosts_store_goes_aside_when_told(tmp_path: Path, run: Run) -> None:
    copy = tmp_path / "copy.vphost"
    async with host(tmp_path):
        await made(run, copy)
        await asyncio.to_thread(give, run, "1.00", "k2")
    status, said = await asyncio.to_thread(run, "restore", str(copy))
    assert status == 2 and "already" in said
    status, told = await asyncio.to_thread(run, "restore", str(copy), "--replace")
    assert status == 0, told
    async with host(tmp_path) as app:
        user = await app.house.accounts.by_name("alice")
        assert user is not None
        assert app.house.ledger.balance(f"user:{user.id}", "EUR") == 100
    aside = Path(told["replaced"]).name
    status, report = await asyncio.to_thread(run, "ledger", "verify", store=aside)
    assert (status, report["chain"]["commits"]) == (0, 2)


async def test_what_is_no_whole_backup_is_refused(tmp_path: Path, run: Run) -> None:
    copy = tmp_path / "copy.vphost"
    async with host(tmp_path):
        await made(run, copy)
        status, said = await asyncio.to_thread(run, "backup", str(copy))
        assert status == 2 and "already" in said
    whole = copy.read_bytes()
    broken = tmp_path / "broken.vphost"
    broken.write_bytes(whole[: len(whole) // 2])
    (tmp_path / "left.sqlite-wal").write_bytes(b"left")
    for source, store in (
        (broken, "new.sqlite"), (tmp_path / "none", "new.sqlite"), (copy, "left.sqlite"),
        (tmp_path / "host.sqlite", "host.sqlite"),
    ):
        status, said = await asyncio.to_thread(run, "restore", str(source), store=store)
        assert status == 2 and said.startswith("run.py: store: "), (source, said)
        assert store == "host.sqlite" or not (tmp_path / store).exists()
    words = ["backup", str(tmp_path / "x"), "--store", "mongodb://127.0.0.1:1/x"]
    assert await asyncio.to_thread(main, words) == 2
