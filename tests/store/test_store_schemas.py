"""What the services really store is what the schemas of the store say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import jsonschema_rs
import pytest

from vphost.rules.mode import Event, Json, Posting, Send
from vphost.services.accounts.accounts import Accounts, Kind
from vphost.services.accounts.api_keys import ApiKeys
from vphost.services.calendar import COLLECTION as CLOCKS, Calendar
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.journal.commit_codec import ZERO_HASH, Draft, draft
from vphost.services.journal.sealing import Sealer
from vphost.services.operators.audit import Audit
from vphost.services.ports import Documents, Journal, Lease
from vphost.services.rooms.lines import COLLECTION as LINES, Lines
from vphost.services.rooms.loading import MARKS, leave_mark
from vphost.store import open_store
from vphost.tables.members import Members
from vphost.tables.tables import Table, TableKind as TableKind, Tables

FOLDER = Path(__file__).parents[2] / "schemas" / "store"
SEALER = Sealer({"key1": b"k" * 32})
PAID = (Posting("world", "EUR", -2_500), Posting("user:ada", "EUR", 2_500))


def validator(name: str) -> Any:
    """Return the compiled schema of a stored thing."""
    documents = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    registry = jsonschema_rs.Registry([(one["$id"], one) for one in documents])
    [schema] = [one for one in documents if one["$id"].endswith(f"/store/{name}.json")]
    return jsonschema_rs.Draft202012Validator(schema, registry=registry)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[tuple[Journal, Documents]]:
    opened = await open_store(f"sqlite:{tmp_path}/store.sqlite")
    yield opened
    await opened[0].close()


def drafted(**changes: Any) -> Draft:
    fields: dict[str, Any] = {
        "id": "r:ada:1", "book": "main", "room": "r", "room_seq_first": 1, "room_seq_last": 2,
        "mode": "cash", "mode_version": 1, "user": "ada", "op": "buy_in", "at_ms": 1, "events": (),
        "sends": (), "answer": None, "resolves": None, "sealer": SEALER,
    }
    return draft(**{**fields, **changes})


@pytest.mark.parametrize("drafted_commit", [
    drafted(),
    drafted(shift_ms=3_600_000),
    drafted(events=(
        Event("bankroll", {"player": 1, "bank": 5}, postings=PAID),
        Event("pocket_cards", {"player": 1}, {1: {"pocket_cards": ["AS"]}}, {"seed": "x"}),
    ), sends=(Send("s1", "job:mail", "send", {"to": "a"}),), answer={"ok": True}),
    drafted(
        id="ledger:operator:k", room="", room_seq_first=0, room_seq_last=0, mode="",
        mode_version=0, user="system", op="transact", resolves="hold",
        events=(Event("_transferred", {"kind": "deposit"}, postings=PAID),),
    ),
])
async def test_commits(store: tuple[Journal, Documents], drafted_commit: Draft) -> None:
    record = drafted_commit.place(1, ZERO_HASH)
    await store[0].append([record])
    found = await store[0].find(record.id)
    assert found is not None
    validator("commit").validate(json.loads(found.body))


async def test_users(store: tuple[Journal, Documents]) -> None:
    accounts = Accounts(store[1], SystemClock(), SystemSeeds())
    await accounts.open()
    await accounts.add("Straße", Kind.PERSON)
    await accounts.guest()
    for document in await store[1].find("users", {}, "", 10):
        validator("user").validate(document.body)


async def test_tables(store: tuple[Journal, Documents]) -> None:
    async def create_room(room: str, mode: str, config: Mapping[str, Json]) -> None:
        created = await store[1].get("tables", room)
        assert created is not None
        validator("table").validate(created.body)

    tables = Tables(
        store[1], SystemClock(), SystemSeeds(), lambda mode, config: config, create_room
    )
    await tables.open()
    await tables.create("ada", "cash", {"blind": 1})
    await tables.create("ada", "cash", {}, lifetime_ms=None)
    found = await store[1].find("tables", {}, "", 10)
    assert len(found) == 2
    for document in found:
        validator("table").validate(document.body)


async def test_drafts_players_and_spent_tokens(store: tuple[Journal, Documents]) -> None:
    tables = Tables(store[1], SystemClock(), SystemSeeds(), lambda mode, config: config, None)
    members = Members(store[1], SystemClock())
    await tables.open()
    await members.open()
    drafts = [
        await tables.draft("", "ada", "cash", {"name": "x"}, TableKind.PRIVATE) for _ in range(2)
    ]
    kept, gone = drafts
    assert isinstance(kept, Table) and isinstance(gone, Table)
    await members.join(kept.id, "ada", "Ada")
    await tables.mark_paid(kept.id)
    await tables.remove(gone, gone.version)
    for name, collection in (
        ("table", "tables"), ("player", "players"), ("spent_token", "spent_tokens")
    ):
        [document] = await store[1].find(collection, {}, "", 10)
        validator(name).validate(document.body)


async def test_audit_rows_and_keys(store: tuple[Journal, Documents]) -> None:
    audit, keys = Audit(store[1], SystemClock()), ApiKeys(store[1], SystemClock())
    await audit.open()
    await keys.open()
    await audit.record("uid:0", "key.create", "key:x", {"name": "x", "scopes": ["metrics"]})
    await keys.create("x", ["metrics"], 3)
    for name, collection in (
        ("audit", "audit"), ("audit_head", "audit_head"), ("api_key", "api_keys")
    ):
        [document] = await store[1].find(collection, {}, "", 10)
        validator(name).validate(document.body)


async def test_the_mark_of_a_start(store: tuple[Journal, Documents]) -> None:
    await leave_mark(store[1], "main", 1_700_000_000_000)
    await leave_mark(store[1], "main", 1_700_000_009_000)
    [document] = await store[1].find(MARKS, {}, "", 10)
    validator("waking").validate(document.body)
    assert document.body == {"since_ms": 1_700_000_000_000}, "the first one counts"


async def test_the_clocks_of_a_start(store: tuple[Journal, Documents]) -> None:
    await Calendar(SystemClock()).open(store[1], "main", None)
    [document] = await store[1].find(CLOCKS, {}, "", 10)
    validator("clock").validate(document.body)


async def test_the_lines_of_history(store: tuple[Journal, Documents]) -> None:
    for seq in (0, 12):
        await Lines().open(store[1], "main", seq)
    [document] = await store[1].find(LINES, {}, "", 10)
    validator("lines").validate(document.body)


async def test_leases(store: tuple[Journal, Documents], tmp_path: Path) -> None:
    await store[0].take_lease("main", Lease(0, "me", 4711, "here", 1_000, "/run/x.sock"), 5_000)
    shell = apsw.Connection(f"{tmp_path}/store.sqlite")
    shell.row_trace = lambda cursor, row: {
        column[0]: value for column, value in zip(cursor.get_description(), row)
    }
    [row] = shell.execute("SELECT * FROM leases")
    shell.close()
    assert row.pop("book") == "main"
    validator("lease").validate(row)
