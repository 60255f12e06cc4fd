"""What the database itself refuses, from whomever it comes, and what it is not used as."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from bson import Int64
from bson.binary import Binary
from pymongo.errors import DuplicateKeyError, WriteError

from tests.mongo_server import MongoServer, free_port
from tests.store.chains import Chain, read_all
from tests.store.mongo_opening import opened, within
from vphost.services.ports import Lease, Snapshot, StoreDown, StoreRefused
from vphost.store import open_store
from vphost.store.mongo.layout import MongoPlace, connect

ROOT = Path(__file__).parents[2]


def commit(seq: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a commit as it is stored, with some fields changed."""
    whole = {
        "_id": f"raw:{seq}", "book": "main", "seq": seq, "room": "", "room_seq_first": 0,
        "room_seq_last": 0, "at_ms": 1,
        "postings": [["world", "PLAY", -5], ["user:ada", "PLAY", 5]], "body": Binary(b"{}"),
        "prev_hash": ("0" if seq == 1 else "1") * 64, "hash": "1" * 64, **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


@pytest.fixture
async def url(mongo_server: MongoServer, database: str) -> str:
    """A store that is made and closed again."""
    async with opened(mongo_server.url(database)):
        return mongo_server.url(database)


@pytest.mark.parametrize("postings", [
    [["world", "PLAY", -5]],
    [["world", "PLAY", -5], ["user:ada", "PLAY", 4]],
    [["world", "PLAY", -5], ["user:ada", "EUR", 5]],
    [["world", "PLAY", -5], ["user:ada", "PLAY", 5], ["world", "EUR", 1], ["user:b", "EUR", 1]],
    [["world", "PLAY", -1.5], ["user:ada", "PLAY", 1.5]],
    [["world", "PLAY", "-5"], ["user:ada", "PLAY", "5"]],
    [["world", "PLAY"], ["user:ada", "PLAY", 0]],
    [["world", "PLAY", -5, 0], ["user:ada", "PLAY", 5, 0]],
    [["world", "PLAY", Int64(2**62)], ["user:ada", "PLAY", Int64(2**62)]],
    [["world", "PLAY", Int64(2**62)]] * 4,
    [["world", 1, 5], ["user:ada", 1, -5]],
    None, "none", [{"account": "world", "currency": "PLAY", "amount": 0}],
])
def test_unbalanced_postings_are_refused(
    mongo_server: MongoServer, url: str, database: str, postings: object
) -> None:
    with mongo_server.client() as client:
        commits = client[database]["commits"]
        with pytest.raises(WriteError, match="failed validation"):
            commits.insert_one(commit(postings=postings))
        assert commits.count_documents({}) == 0


@pytest.mark.parametrize("postings", [
    [], [["world", "PLAY", -5], ["user:ada", "PLAY", 5]],
    [["world", "PLAY", -5], ["a", "EUR", 1], ["user:ada", "PLAY", 5], ["b", "EUR", Int64(-1)]],
    [["world", "BTC", Int64(-(2**53))], ["user:ada", "BTC", Int64(2**53)]],
])
def test_balanced_postings_are_taken(
    mongo_server: MongoServer, url: str, database: str, postings: object
) -> None:
    with mongo_server.client() as client:
        client[database]["commits"].insert_one(commit(postings=postings))


@pytest.mark.parametrize("changes", [
    {"seq": 0, "prev_hash": "0" * 64}, {"seq": 1.0}, {"seq": None}, {"seq": "1"}, {"book": ""},
    {"_id": 5}, {"_id": ""}, {"_id": "x" * 1025}, {"body": "{}"}, {"body": Binary(b"")},
    {"body": Binary(b"1" * (8 * 2**20 + 1))}, {"hash": "1" * 63}, {"hash": None},
    {"prev_hash": "1" * 64}, {"room_seq_first": 3, "room_seq_last": 1}, {"resolves": 7},
    {"at_ms": 1.5}, {"colour": "red"}, {"room": None},
])
def test_what_is_no_commit_is_refused(
    mongo_server: MongoServer, url: str, database: str, changes: Mapping[str, Any]
) -> None:
    with mongo_server.client() as client:
        with pytest.raises(WriteError, match="failed validation"):
            client[database]["commits"].insert_one(commit(**changes))


def test_places_and_resolutions_are_taken_once(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    with mongo_server.client() as client:
        commits = client[database]["commits"]
        commits.insert_one(commit(1, resolves="hold"))
        commits.insert_one(commit(2))
        commits.insert_one(commit(3))
        for again in (commit(2, _id="other"), commit(4, resolves="hold"), commit(5, _id="raw:1")):
            with pytest.raises(DuplicateKeyError):
                commits.insert_one(again)


def test_a_balanced_commit_is_not_made_unbalanced(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    with mongo_server.client() as client:
        commits = client[database]["commits"]
        commits.insert_one(commit())
        with pytest.raises(WriteError, match="failed validation"):
            commits.update_one({"_id": "raw:1"}, {"$set": {"postings.0.2": -6}})


async def test_rules_that_somebody_loosened_are_tightened_at_the_next_opening(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    with mongo_server.client() as client:
        client[database].command("collMod", "commits", validationAction="warn")
        async with opened(url):
            with pytest.raises(WriteError):
                client[database]["commits"].insert_one(commit(postings=[["world", "PLAY", 1]]))
        client[database].command("collMod", "commits", validator={})
        async with opened(url):
            with pytest.raises(WriteError):
                client[database]["commits"].insert_one(commit(postings=[["world", "PLAY", 1]]))


async def test_every_question_is_answered_by_an_index(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    async with opened(url) as (journal, documents):
        chain = Chain()
        await documents.declare("users", unique=["name"], indexed=["kind"])
        with mongo_server.client() as client:
            client[database].command("profile", 2)
            for number in range(1, 5):
                record = chain.next(room="r", room_seqs=(number, number))
                await journal.append([record])
                await documents.insert("users", str(number), {"name": f"n{number}", "kind": 1})
            await read_all(journal)
            await journal.head("main")
            await journal.find("main:2")
            await journal.read_room("r", 1, 10, after_room_seq=2)
            await journal.save_snapshot(Snapshot("room", "r", 2, 2, "cash", 1, b"{}"))
            await journal.snapshot("room", "r")
            await documents.find("users", {"kind": 1}, "", 2)
            await documents.find("users", {}, "2", 2)
            await documents.replace("users", "1", 1, {"name": "new"})
            client[database].command("profile", 0)
            plans = [
                (one["op"], one.get("planSummary", ""), one.get("hasSortStage", False))
                for one in client[database]["system.profile"].find(
                    {"ns": {"$regex": r"\.(commits|documents|snapshots)$"}}
                )
            ]
    assert len(plans) >= 16
    for op, plan, sorts in plans:
        assert not sorts and (op == "insert" or plan.startswith(("IXSCAN", "IDHACK"))), plans


async def test_a_newer_format_is_refused(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    with mongo_server.client() as client:
        client[database]["meta"].update_one({"_id": "store"}, {"$set": {"format": 2}})
    with pytest.raises(StoreRefused, match="format 2; this release reads up to 1"):
        await open_store(url)
    with pytest.raises(StoreRefused, match="format 2"):
        await open_store(url, read_only=True)


async def test_another_programs_database_is_refused(
    mongo_server: MongoServer, database: str
) -> None:
    with mongo_server.client() as client:
        client[database]["theirs"].insert_one({"a": 1})
    with pytest.raises(StoreRefused, match="another program"):
        await open_store(mongo_server.url(database))


async def test_a_start_that_was_killed_in_the_middle_is_finished(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    with mongo_server.client() as client:
        client[database]["documents"].drop()
        client[database]["commits"].drop_index("place")
    async with opened(url):
        pass
    with mongo_server.client() as client:
        assert "place" in client[database]["commits"].index_information()
        assert "uniques" in client[database]["documents"].index_information()


async def test_a_reading_tool_makes_and_changes_nothing(
    mongo_server: MongoServer, database: str
) -> None:
    url = mongo_server.url(database)
    with pytest.raises(StoreRefused, match="is empty"):
        await open_store(url, read_only=True)
    with mongo_server.client() as client:
        assert client[database].list_collection_names() == []
    async with opened(url) as (journal, _):
        records = Chain().some(2)
        await journal.append(records)
    tool, documents = await open_store(url, read_only=True)
    assert await read_all(tool) == records
    with pytest.raises(StoreDown):
        await tool.append([Chain(seq=2, hash=records[1].hash).next()])
    with pytest.raises(StoreDown):
        await documents.declare("users", unique=[], indexed=[])
    await tool.close()


async def test_the_url_cannot_weaken_what_a_confirmation_means() -> None:
    url = "mongodb://127.0.0.1:1/x?w=0&journal=false&readPreference=secondary&retryWrites=false"
    client = connect(url, MongoPlace(url))
    assert client.write_concern.document == {"w": "majority", "j": True}
    assert client.options.retry_writes and client.read_preference.name == "Primary"
    await client.close()


@pytest.mark.parametrize(("option", "call_ms"), [
    ("", 3_000), ("?timeoutMS=500", 500), ("?timeoutms=1", 100), ("?timeoutMS=3600000", 5_000),
    ("?timeoutMS=0", 100), ("?timeoutMS=x", 3_000),
])
def test_every_call_is_bounded(option: str, call_ms: int) -> None:
    assert MongoPlace(f"mongodb://h/x{option}").call_ms == call_ms


@pytest.mark.parametrize("url", [
    "mongodb://u:secret@h", "mongodb://u:secret@h/", "mongodb://u:secret@h/admin",
    "mongodb://u:secret@h/a.b", "mongodb:///x", "mongodb://u:sec@ret@h:x/db",
    "mongodb://u:secret@h:99999/db", "mongodb://u:secret@h/db?w=2&nonsense",
])
async def test_wrong_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(StoreRefused) as refused:
        await open_store(url)
    assert "sec" not in str(refused.value) and "u:" not in str(refused.value)


async def test_wrong_credentials_are_refused_without_repeating_them(
    mongo_server: MongoServer, database: str
) -> None:
    url = mongo_server.url(database).replace("//", "//ada:secret@") + "?authSource=admin"
    with pytest.raises(StoreRefused, match="refuses our credentials") as refused:
        await open_store(url)
    assert "secret" not in str(refused.value) and "ada" not in str(refused.value)


def start(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Try to start a host."""
    return subprocess.run(
        [sys.executable, "run.py", "serve", "--port", "0", "--store", url,
         "--var", str(folder / "var")],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )


def test_a_host_without_its_database_ends_with_2_and_one_line(tmp_path: Path) -> None:
    with within(15):
        done = start(f"mongodb://ada:secret@127.0.0.1:{free_port()}/host", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("run.py: store: it does not answer:"), done.stderr
    assert done.stderr.count("\n") == 1 and "secret" not in done.stderr


def test_a_standalone_server_is_refused_by_name(tmp_path: Path) -> None:
    server = MongoServer(tmp_path / "mongo", replica_set=False)
    try:
        server.start()
        done = start(server.url("host"), tmp_path)
    finally:
        server.kill()
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "standalone" in done.stderr and "replica set" in done.stderr


async def test_a_replica_set_that_was_not_initiated_is_refused_by_name(tmp_path: Path) -> None:
    server = MongoServer(tmp_path / "mongo")
    try:
        server.launch()
        server.wait_for_answer()
        with pytest.raises(StoreRefused, match="not initiated"):
            await open_store(server.url("host"))
    finally:
        server.kill()


async def test_a_lease_is_what_its_schema_says(
    mongo_server: MongoServer, url: str, database: str
) -> None:
    async with opened(url) as (journal, _):
        lease = Lease(0, "me", os.getpid(), "here", 1_000, "/run/x.sock")
        await journal.take_lease("main", lease, 5_000)
    with mongo_server.client() as client:
        [stored] = client[database]["leases"].find()
    assert stored.pop("_id") == "main"
    schema = json.loads((ROOT / "schemas" / "store" / "lease.json").read_text())
    jsonschema_rs.Draft202012Validator(schema).validate(stored)
    assert stored["machine"] and stored["started"] > 0
