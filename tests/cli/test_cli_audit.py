"""`audit` and `key` on a store without a host, and what a living host writes down of its calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import apsw
import pytest

from vphost.app import App
from vphost.cli.main import main
from vphost.config.settings import Config
from vphost.control.client import call
from vphost.services.operators.audit_check import verify
from vphost.store import open_store

Run: TypeAlias = Callable[..., tuple[int, list[Any]]]


def store(folder: Path) -> Path:
    """Return the test's store."""
    return folder / "store" / "host.sqlite"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; returns status and the JSON lines."""

    def command(*words: str) -> tuple[int, list[Any]]:
        status = main(
            [*words, "--store", f"sqlite:{store(tmp_path)}", "--var", str(tmp_path / "var")]
        )
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


def test_every_command_is_a_row_with_its_outcome(run: Run) -> None:
    assert run("audit", "verify")[0] == 2, "there is no store"
    run("user", "add", "alice")
    run("user", "add", "alice")
    run("ledger", "deposit", "alice", "5", "EUR", "--id", "k1")
    _, [key] = run("key", "create", "--name", "metrics", "--scope", "metrics,admin:read")
    _, rows = run("audit", "list")
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("user.add", "ok"), ("user.add", "username_taken"), ("ledger.deposit", "ok"),
        ("key.create", "ok"),
    ]
    assert {row["actor"].partition(":")[0] for row in rows} == {"uid"}
    assert rows[2]["detail"] == {
        "name": "alice", "amount": "5", "currency": "EUR", "id": "k1", "via": "tool",
    }
    assert rows[3]["subject"] == f"key:{key['id']}" and key["key"] not in json.dumps(rows)
    status, [verdict] = run("audit", "verify")
    assert (status, verdict) == (
        0, {"ok": True, "entries": 4, "head": rows[-1]["hash"], "faults": []}
    )
    assert [row["seq"] for row in run("audit", "list", "--after", "1", "--limit", "2")[1]] == [2, 3]


def test_a_row_that_a_database_shell_altered_is_named(run: Run, tmp_path: Path) -> None:
    for name in ("alice", "bob", "cleo"):
        run("user", "add", name)
    shell = apsw.Connection(str(store(tmp_path)))
    shell.execute(
        "UPDATE documents SET body = replace(body, 'bob', 'eve') WHERE collection = 'audit'"
    )
    shell.close()
    status, [verdict] = run("audit", "verify")
    assert (status, verdict["ok"]) == (1, False)
    assert verdict["faults"] == ["row 2: altered, its hash differs"]


def test_a_store_of_an_older_release_has_no_log(run: Run, tmp_path: Path) -> None:
    asyncio.run(empty_store(store(tmp_path)))
    assert run("audit", "verify") == (0, [
        {"ok": True, "entries": 0, "head": "0" * 64, "faults": []}
    ])
    assert run("audit", "list") == (0, [])


async def empty_store(path: Path) -> None:
    """Make a store that no host has used yet."""
    journal, _ = await open_store(f"sqlite:{path}")
    await journal.close()


def test_a_log_is_the_same_in_a_copy_of_its_store(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")
    run("user", "add", "bob")
    _, [verdict] = run("audit", "verify")
    copy = f"sqlite:{tmp_path / 'copy.sqlite'}"
    assert run("store", "copy", "--from", f"sqlite:{store(tmp_path)}", "--to", copy)[0] == 0
    assert main(["audit", "verify", "--store", copy, "--var", str(tmp_path / "var")]) == 0
    assert verdict["entries"] == 2


def test_a_key_is_shown_once_and_revoked(run: Run) -> None:
    status, [made] = run("key", "create", "--name", "m", "--scope", "metrics", "--expires", "30")
    assert status == 0 and made["expires_at"] - made["created_at"] == 30 * 86_400_000
    _, [listed] = run("key", "list")
    assert [(one["id"], one["live"]) for one in listed["keys"]] == [(made["id"], True)]
    assert made["key"].partition(".")[2] not in json.dumps(listed)
    assert run("key", "revoke", made["key"])[1][0]["live"] is False
    assert made["key"].partition(".")[2] not in json.dumps(run("audit", "list")[1])
    assert run("key", "revoke", "nobody")[1][0]["code"] == "not_found"
    assert run("key", "create", "--name", "m", "--scope", "root")[1][0]["code"] == "bad_message"


async def test_a_living_host_writes_its_calls_down_before_it_answers(tmp_path: Path) -> None:
    app = App(Config(store=f"sqlite:{store(tmp_path)}", var=tmp_path / "var", port=0, drain_s=1))
    await app.start()
    try:
        control = str(app.config.control_socket)
        for op, args in (
            ("user.add", {"name": "ada"}), ("user.token", {"name": "ada"}), ("nonsense", {}),
        ):
            await asyncio.to_thread(call, control, op, args)
        verdict = await verify(app.house.documents)
        assert (verdict.ok, verdict.entries) == (True, 3)
        answer = await asyncio.to_thread(call, control, "key.list", {})
        assert answer == {"ok": True, "answer": {"keys": []}}
        assert (await verify(app.house.documents)).entries == 4
    finally:
        await app.stop("test ended")
