"""`store copy` between a file and MongoDB, both ways: the same bytes, or a refusal by name."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.mongo_server import MongoServer
from tests.store.chains import Chain, read_all
from vphost.cli.main import main
from vphost.services.ports import Document, Lease, Record, Snapshot, StoreRefused
from vphost.store import open_store

ROOT = Path(__file__).parents[2]
Run: TypeAlias = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; returns status and JSON (or error text)."""

    def command(*words: str) -> tuple[int, Any]:
        status = main([*words, "--var", str(tmp_path / "var")])
        printed = capsys.readouterr()
        if status == 2:
            assert printed.out == ""
            return status, printed.err
        assert len(printed.out.splitlines()) == 1, printed
        return status, json.loads(printed.out)

    return command


@pytest.fixture
def source(run: Run, tmp_path: Path) -> str:
    """The URL of a file in which something happened."""
    url = f"sqlite:{tmp_path}/source.sqlite"
    for name in ("ada", "bob"):
        assert run("user", "add", name, "--store", url)[0] == 0
    for key in range(5):
        deposited = run(
            "ledger", "deposit", "ada", "12.50", "EUR", "--id", f"k{key}", "--store", url
        )
        assert deposited[0] == 0
    assert run("table", "add", "--host", "ada", "--store", url)[0] == 0
    return url


@pytest.fixture
def target(mongo_server: MongoServer, database: str) -> str:
    """The URL of a database that is not there yet."""
    return mongo_server.url(database)


async def content(url: str) -> tuple[list[Record], list[Document], list[Snapshot], Lease | None]:
    """Return all that a store holds."""
    journal, documents = await open_store(url, read_only=True)
    found = []
    for name, unique, indexed in await documents.collections():
        await documents.declare(name, unique, indexed)
        found += await documents.find(name, {}, "", 1_000)
    whole = (
        await read_all(journal), found, await journal.snapshots(("", ""), 1_000),
        await journal.read_lease("main"),
    )
    await journal.close()
    return whole


async def add_more(url: str) -> None:
    """Add what the operators' commands do not make: snapshots, and a document that changed."""
    journal, documents = await open_store(url)
    for kind, key in (("room", "r"), ("room", "s"), ("sends", "main")):
        await journal.save_snapshot(Snapshot(kind, key, 3, 2, "cash", 1, b'{"kept":"\xc3\xa9"}'))
    await documents.declare("x_sample_things", unique=["name"], indexed=["size"])
    await documents.insert("x_sample_things", "1", {"name": "a.b", "$size": 1.5, "size": 3})
    for version in (1, 2):
        await documents.replace("x_sample_things", "1", version, {"name": "a.b", "size": version})
    await journal.close()


def test_a_store_goes_to_the_database_and_back(
    run: Run, source: str, target: str, tmp_path: Path
) -> None:
    asyncio.run(add_more(source))
    before = asyncio.run(content(source))
    status, line = run("store", "copy", "--from", source, "--to", target)
    assert status == 0, line
    records, documents, snapshots, lease = before
    assert line == {
        "ok": True, "books": {"main": {"commits": len(records), "head": records[-1].hash}},
        "documents": len(documents), "snapshots": 3,
    }
    there = asyncio.run(content(target))
    assert there[:3] == before[:3]
    assert lease is not None and there[3] is not None
    assert there[3].heartbeat_ms == lease.heartbeat_ms
    back = f"sqlite:{tmp_path}/back.sqlite"
    assert run("store", "copy", "--from", target, "--to", back)[0] == 0
    assert asyncio.run(content(back))[:3] == before[:3]
    assert run("ledger", "balance", "ada", "--store", target)[1] == run(
        "ledger", "balance", "ada", "--store", back)[1]


def test_life_goes_on_after_the_copy(run: Run, source: str, target: str) -> None:
    assert run("store", "copy", "--from", source, "--to", target)[0] == 0
    again = run("ledger", "deposit", "ada", "12.50", "EUR", "--id", "k0", "--store", target)
    assert again[0] == 0
    assert run("user", "add", "ADA", "--store", target)[1]["code"] == "username_taken"
    new = run("ledger", "deposit", "ada", "1", "EUR", "--id", "new", "--store", target)
    assert new[0] == 0
    status, report = run("ledger", "verify", "--store", target)
    assert (status, report["sums"]) == (0, {"EUR": 0})
    assert sum(float(one["EUR"]) for one in report["accounts"].values()) == 0
    assert report["chain"]["commits"] == 6


@pytest.mark.parametrize("kind", ["file", "database"])
def test_what_is_there_is_not_written_over(
    run: Run, source: str, target: str, tmp_path: Path, kind: str
) -> None:
    taken = f"sqlite:{tmp_path}/taken.sqlite" if kind == "file" else target
    assert run("user", "add", "carl", "--store", taken)[0] == 0
    status, error = run("store", "copy", "--from", source, "--to", taken)
    assert status == 2 and "already" in error
    assert run("user", "add", "carl", "--store", taken)[1]["code"] == "username_taken"


def test_another_programs_database_is_left_alone(
    run: Run, source: str, mongo_server: MongoServer, target: str, database: str
) -> None:
    with mongo_server.client() as client:
        client[database]["theirs"].insert_one({"a": 1})
    status, error = run("store", "copy", "--from", source, "--to", target)
    assert status == 2 and "another program" in error
    with mongo_server.client() as client:
        assert client[database].list_collection_names() == ["theirs"]


async def test_a_living_owner_keeps_his_store(source: str, target: str, tmp_path: Path) -> None:
    journal, _ = await open_store(source)
    now_ms = time.time_ns() // 1_000_000
    await journal.take_lease("main", Lease(0, "host", os.getpid(), "here", now_ms, ""), 60_000)
    done = copying(source, target, tmp_path)
    _, error = done.communicate(timeout=60)
    assert done.returncode == 2 and f"pid {os.getpid()}" in error
    await journal.close()


@pytest.mark.parametrize("words", [
    ["--from", "memory:", "--to", "sqlite:x"], ["--from", "sqlite:x", "--to", "memory:"],
    ["--from", "sqlite:/no/such.sqlite", "--to", "sqlite:x"],
    ["--from", "mongodb://u:secret@localhost", "--to", "sqlite:x"],
])
def test_wrong_places_are_named_without_passwords(run: Run, words: list[str]) -> None:
    status, error = run("store", "copy", *words)
    assert status == 2 and error.count("\n") == 1 and "secret" not in error


def test_an_empty_database_is_no_source(run: Run, target: str, tmp_path: Path) -> None:
    status, error = run("store", "copy", "--from", target, "--to", f"sqlite:{tmp_path}/x.sqlite")
    assert status == 2 and "is empty" in error
    assert not (tmp_path / "x.sqlite").exists()


async def test_a_source_that_does_not_verify_is_not_passed_on(
    target: str, tmp_path: Path
) -> None:
    source = f"sqlite:{tmp_path}/faulty.sqlite"
    journal, _ = await open_store(source)
    await journal.append(Chain().some(3))
    await journal.close()
    done = copying(source, target, tmp_path)
    _, error = done.communicate(timeout=60)
    assert done.returncode == 2 and "does not verify" in error
    with pytest.raises(StoreRefused, match="not finished"):
        await open_store(target)


@pytest.mark.parametrize("kind", ["file", "database"])
async def test_a_killed_copy_is_refused_by_name_and_made_anew(
    source: str, target: str, tmp_path: Path, kind: str
) -> None:
    journal, documents = await open_store(source)
    await documents.declare("x_many", unique=[], indexed=[])
    large = {"text": "x" * 100_000}
    await asyncio.gather(*(documents.insert("x_many", str(one), large) for one in range(300)))
    await journal.close()
    place = f"sqlite:{tmp_path}/target.sqlite" if kind == "file" else target
    process = copying(source, place, tmp_path)
    # The target shows up as unfinished; from then on the copy may be killed at any moment.
    while process.poll() is None and not await is_unfinished(place, tmp_path):
        pass
    process.kill()
    process.communicate()
    assert process.returncode == -9, "the copy was too quick to be killed"
    assert await is_unfinished(place, tmp_path)
    again = copying(source, place, tmp_path)
    _, error = again.communicate(timeout=60)
    assert again.returncode == 2 and ("already" in error or "not finished" in error)
    other = copying(source, f"sqlite:{tmp_path}/other.sqlite", tmp_path)
    assert json.loads(other.communicate(timeout=60)[0])["ok"]


async def is_unfinished(url: str, folder: Path) -> bool:
    """Ask as a host does when it starts, but only of what is there."""
    if url.startswith("sqlite:") and not (folder / "target.sqlite").exists():
        return False
    try:
        journal, _ = await open_store(url, read_only=True)
    except StoreRefused as error:
        return "not finished" in str(error)
    await journal.close()
    return False


def copying(source: str, target: str, folder: Path) -> subprocess.Popen[str]:
    """Start a copy in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "run.py", "store", "copy", "--from", source, "--to", target,
         "--var", str(folder / "var")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
