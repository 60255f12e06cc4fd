"""Operators' commands on a store without a host: answers, refusals, exit statuses."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from vphost.cli.main import main
from vphost.config.settings import BOOK
from vphost.services.clock import SystemClock
from vphost.services.ports import Lease
from vphost.store import open_store

Run: TypeAlias = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line on a store of its own; returns status and JSON (or error text)."""

    def command(*words: str) -> tuple[int, Any]:
        status = main([*words, "--store", store(tmp_path), "--var", str(tmp_path / "var")])
        printed = capsys.readouterr()
        if status == 2:
            assert printed.out == ""
            return status, printed.err
        assert len(printed.out.splitlines()) == 1, printed
        return status, json.loads(printed.out)

    return command


def store(folder: Path) -> str:
    """Return the URL of the test's store."""
    return f"sqlite:{folder / 'store' / 'host.sqlite'}"


def deposit(run: Run, *words: str, key: str = "k1") -> tuple[int, Any]:
    """Deposit for alice."""
    return run("ledger", "deposit", *words, "--id", key)


def test_a_user_is_added_once(run: Run) -> None:
    status, added = run("user", "add", "alice")
    assert (status, added["name"]) == (0, "alice")
    status, refused = run("user", "add", "ALICE")
    assert (status, refused["code"]) == (1, "username_taken")
    assert refused["message"]


def test_a_user_is_signed_out_everywhere(run: Run) -> None:
    added = run("user", "add", "alice")[1]
    assert run("token", "alice")[0] == 0
    assert run("user", "sign-out", "Alice") == (0, {"id": added["id"], "name": "alice"})
    assert run("user", "sign-out", "nobody")[1]["code"] == "not_found"


def test_a_user_is_barred_and_let_in_again(run: Run) -> None:
    run("user", "add", "alice")
    assert run("user", "disable", "Alice")[1]["disabled"] is True
    assert run("token", "alice")[1]["code"] == "forbidden"
    assert run("user", "enable", "alice")[1]["disabled"] is False
    assert run("token", "alice")[0] == 0
    assert run("user", "disable", "nobody")[1]["code"] == "not_found"


def test_users_are_listed_with_what_they_are(run: Run) -> None:
    assert run("user", "list")[0] == 2, "there is no store yet"
    for name in ("alice", "bob"):
        run("user", "add", name)
    assert run("user", "operator", "bob", "on")[1]["is_operator"] is True
    _, listed = run("user", "list")
    assert {(one["name"], one["is_operator"]) for one in listed["users"]} == {
        ("alice", False), ("bob", True)
    }
    last = listed["users"][0]["id"]
    assert [one["id"] for one in run("user", "list", "--after", last)[1]["users"]] == [
        listed["users"][1]["id"]
    ]
    assert run("user", "operator", "bob", "off")[1]["is_operator"] is False


def test_a_bad_name_is_refused(run: Run) -> None:
    assert run("user", "add", "a b")[1]["code"] == "bad_username"
    assert run("user", "add", "x" * 300)[1]["code"] == "bad_message"


@pytest.mark.parametrize("name", [b"\xe9ve", b"a\xff", b"\xed\xa0\x80"])
def test_bytes_that_are_no_text_are_refused(run: Run, name: bytes) -> None:
    given = name.decode("utf-8", "surrogateescape")
    for words in (("user", "add", given), ("ledger", "balance", given),
                  ("ledger", "deposit", "bob", given, "EUR", "--id", "k"), ("token", given)):
        status, refused = run(*words)
        assert (status, refused["code"]) == (1, "bad_message")
        assert refused["detail"]["field"] == ("amount" if "deposit" in words else "name")


@pytest.mark.parametrize("amount", [
    "1__0", "1_0", "\uff11\uff10", "\u0661", " 5", "5 ", "1e1", "+5", ".5", "5.", "05", "1.000",
])
def test_only_a_plain_amount_is_credited(run: Run, amount: str) -> None:
    run("user", "add", "alice")
    for verb in ("deposit", "withdraw"):
        status, refused = run("ledger", verb, "alice", amount, "DON", "--id", "k")
        assert (status, refused["code"]) == (1, "bad_amount")


def test_a_token_is_a_jwt_of_the_user(run: Run) -> None:
    _, added = run("user", "add", "alice")
    status, token = run("token", "alice", "--token-lifetime-s", "60")
    assert (status, token["id"], token["expires_in_s"]) == (0, added["id"], 60)
    assert token["token"].count(".") == 2
    assert run("token", "nobody")[1]["code"] == "not_found"


def test_a_deposit_acts_once_for_its_key(run: Run) -> None:
    run("user", "add", "alice")
    assert deposit(run, "alice", "12.50", "EUR")[1]["repeated"] is False
    status, again = deposit(run, "alice", "12.5", "EUR")
    assert (status, again["repeated"], again["balance"]) == (0, True, "12.50")


@pytest.mark.parametrize("words", [
    ("deposit", "alice", "12.51", "EUR"), ("deposit", "alice", "12.50", "PLAY"),
    ("deposit", "bob", "12.50", "EUR"), ("withdraw", "alice", "12.50", "EUR"),
])
def test_a_key_is_never_used_for_something_else(run: Run, words: tuple[str, ...]) -> None:
    run("user", "add", "alice")
    run("user", "add", "bob")
    deposit(run, "alice", "12.50", "EUR")
    status, refused = run("ledger", *words, "--id", "k1")
    assert (status, refused["code"]) == (1, "id_reused")
    assert run("ledger", "balance", "alice")[1]["balances"]["EUR"] == "12.50"


def test_nobody_withdraws_more_than_he_has(run: Run) -> None:
    run("user", "add", "alice")
    deposit(run, "alice", "12.50", "EUR")
    status, refused = run("ledger", "withdraw", "alice", "12.51", "EUR", "--id", "k2")
    assert (status, refused["code"]) == (1, "insufficient_funds")
    status, done = run("ledger", "withdraw", "alice", "12.50", "EUR", "--id", "k2")
    assert (status, done["balance"]) == (0, "0.00")


def test_balances_are_in_major_units_of_every_currency(run: Run) -> None:
    run("user", "add", "alice")
    deposit(run, "alice", "500", "JPY")
    deposit(run, "alice", "0.00000001", "BTC", key="k2")
    assert run("ledger", "balance", "alice")[1]["balances"] == {
        "PLAY": "0.00", "DON": "0.00", "EUR": "0.00", "JPY": "500", "BTC": "0.00000001",
    }


@pytest.mark.parametrize(("amount", "currency", "code"), [
    ("0", "EUR", "bad_amount"), ("-5", "EUR", "bad_amount"), ("0.001", "EUR", "bad_amount"),
    ("1.5", "JPY", "bad_amount"), ("NaN", "EUR", "bad_amount"), ("1e400", "EUR", "bad_amount"),
    ("Infinity", "EUR", "bad_amount"), ("five", "EUR", "bad_amount"),
    ("90071992547410", "EUR", "bad_amount"), ("9" * 300, "EUR", "bad_message"),
    ("5", "XXX", "not_found"), ("5", "eur", "not_found"), ("", "EUR", "bad_message"),
])
def test_a_bad_movement_is_refused(run: Run, amount: str, currency: str, code: str) -> None:
    run("user", "add", "alice")
    status, refused = deposit(run, "alice", amount, currency)
    assert (status, refused["code"]) == (1, code)
    assert run("ledger", "verify")[1]["accounts"] == {}


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 129, "a\nb"])
def test_a_bad_key_is_refused(run: Run, key: str) -> None:
    run("user", "add", "alice")
    status, refused = deposit(run, "alice", "1", "EUR", key=key)
    assert (status, refused["code"]) == (1, "bad_message")


def test_a_table_is_added_for_a_host(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")
    file = tmp_path / "table.toml"
    file.write_text('name = "Ours"\nseats = 6\n')
    status, table = run("table", "add", "--host", "alice", "--config", str(file))
    assert (status, table["host"], table["mode"]) == (0, "alice", "table")
    assert (len(table["token"]), len(table["short_token"])) == (36, 4)


@pytest.mark.parametrize(("content", "code"), [
    ("colour = 'red'", "bad_config"), ("seats = 1", "bad_config"), ("seats =", "bad_message"),
    (None, "bad_message"),
])
def test_a_bad_table_is_refused(
    run: Run, tmp_path: Path, content: str | None, code: str
) -> None:
    run("user", "add", "alice")
    file = tmp_path / "table.toml"
    if content is not None:
        file.write_text(content)
    status, refused = run("table", "add", "--host", "alice", "--config", str(file))
    assert (status, refused["code"]) == (1, code)


def test_a_table_needs_a_host_and_a_known_mode(run: Run) -> None:
    assert run("table", "add", "--host", "nobody")[1]["code"] == "not_found"
    run("user", "add", "alice")
    assert run("table", "add", "--host", "alice", "--mode", "chess")[1]["code"] == "not_found"


def test_verify_adds_everything_up(run: Run) -> None:
    _, added = run("user", "add", "alice")
    deposit(run, "alice", "12.50", "EUR")
    run("ledger", "withdraw", "alice", "2.50", "EUR", "--id", "k2")
    status, report = run("ledger", "verify")
    assert (status, report["ok"], report["sums"]) == (0, True, {"EUR": 0})
    assert report["accounts"] == {
        f"user:{added['id']}": {"EUR": "10.00"}, "world": {"EUR": "-10.00"},
    }
    assert (report["chain"]["state"], report["chain"]["commits"]) == ("whole", 2)


def test_verify_notices_a_changed_amount(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")
    deposit(run, "alice", "12.50", "EUR")
    damage(tmp_path, "UPDATE commits SET body = CAST(replace(CAST(body AS TEXT),"
                     " '1250', '9950') AS BLOB)")
    status, report = run("ledger", "verify")
    assert (status, report["ok"], report["chain"]["state"]) == (1, False, "faulty")
    assert report["fault_count"] >= 1 and report["faults"]


def test_verify_needs_a_store(run: Run) -> None:
    status, text = run("ledger", "verify")
    assert status == 2 and "no such file" in text


def test_a_newer_store_is_not_touched(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")
    damage(tmp_path, "PRAGMA user_version = 9999")
    for words in (("user", "add", "bob"), ("ledger", "verify")):
        status, text = run(*words)
        assert status == 2 and text.startswith("run.py: store: ") and text.count("\n") == 1


def test_a_file_that_is_no_store_is_not_touched(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "store" / "host.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)
    status, text = run("user", "add", "bob")
    assert status == 2 and text.startswith("run.py: store: ")
    assert path.read_bytes() == b"this is no database" * 1000


@pytest.mark.parametrize("words", [["--var", "/proc/none"], ["--store", "sqlite:/proc/no/x"]])
def test_a_folder_that_cannot_be_made_is_named(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["--store", store(tmp_path), "--var", str(tmp_path)]
    assert main(["user", "add", "alice", *places, *words]) == 2
    assert capsys.readouterr().err.startswith("run.py: /proc/no")


@pytest.mark.parametrize("content", [b"", b"x", b"\xff\xfe\x00", b"id AAAA\n"])
@pytest.mark.parametrize("name", ["seal.keys", "token.keys"])
def test_a_broken_key_file_is_named(
    run: Run, tmp_path: Path, name: str, content: bytes
) -> None:
    run("user", "add", "alice")
    (tmp_path / "var" / "keys" / name).write_bytes(content)
    status, text = run("user", "add", "bob")
    assert status == 2 and f"/{name}: " in text and text.count("\n") == 1


def test_a_key_file_that_others_may_read_is_refused(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")
    (tmp_path / "var" / "keys" / "seal.keys").chmod(0o644)
    status, text = run("user", "add", "bob")
    assert status == 2 and "0600" in text


def test_a_living_owner_that_cannot_be_reached_stops_the_tool(run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice")

    async def owned() -> tuple[int, Any]:
        journal, _ = await open_store(store(tmp_path))
        lease = Lease(0, "host", os.getpid(), "here", SystemClock().now_ms(), "/no/socket")
        await journal.take_lease(BOOK, lease, 10_000)
        try:
            return await asyncio.to_thread(run, "user", "add", "bob")
        finally:
            await journal.close()

    status, text = asyncio.run(owned())
    assert status == 2 and text.startswith("run.py: store: ")


def test_the_time_since_the_last_host_goes_on_counting(run: Run, tmp_path: Path) -> None:
    long_ago_ms = SystemClock().now_ms() - 3_600_000

    async def host_died() -> None:
        journal, _ = await open_store(store(tmp_path))
        await journal.take_lease(BOOK, Lease(0, "host", 1, "here", long_ago_ms, ""), 10_000)
        await journal.close()

    async def heartbeat() -> int:
        journal, _ = await open_store(store(tmp_path), read_only=True)
        lease = await journal.read_lease(BOOK)
        await journal.close()
        assert lease is not None and lease.epoch == 2
        return lease.heartbeat_ms

    (tmp_path / "store").mkdir()
    asyncio.run(host_died())
    run("user", "add", "alice")
    assert asyncio.run(heartbeat()) == long_ago_ms


@pytest.mark.parametrize("words", [
    ["--port", "x"], ["serve", "--port", "70000"], ["user", "add", "x", "--drain-s", "-1"],
    ["ledger", "verify", "--store", "mongodb://h"], ["replay", "x.phh", "--log-level", "loud"],
    ["--config", "/no/file.toml", "serve"],
])
def test_a_broken_configuration_is_one_line_that_names_the_field(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("run.py: configuration: ") and printed.err.count("\n") == 1


def test_an_unknown_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VPHOST_PROT", "1")
    assert main(["ledger", "verify"]) == 2
    assert "prot: there is no such setting" in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ["nonsense"], ["user"], ["user", "add"], ["ledger", "deposit", "a", "1", "EUR"],
    ["table", "add"], ["replay"], ["hands"], ["token"], ["--colour"], ["ledger", "verify", "x"],
    ["serve", "--por", "1"],
])
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def damage(folder: Path, statement: str) -> None:
    """Change the store behind its back, triggers removed first."""
    connection = sqlite3.connect(folder / "store" / "host.sqlite")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    connection.commit()
    connection.close()
