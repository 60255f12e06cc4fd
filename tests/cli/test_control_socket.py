"""The control socket: who may call, what a line may be, and what harm is answered with."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from vphost.control import server as control_server
from vphost.control.client import OtherHost, Unreachable, call
from vphost.control.server import LINE_BYTES_MAX, ControlServer, place
from vphost.rules.mode import Json, Rejected
from vphost.services.ports import StoreDown

ExpectLog = Callable[[str], list[str]]


async def answer(op: str, args: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
    """Echo, refuse or fail, as asked."""
    if op == "refuse":
        return Rejected("insufficient_funds", {"missing": 5})
    if op == "fail":
        raise RuntimeError("a bug")
    return {"op": op, "args": args}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ControlServer]:
    """A listening server in a private folder."""
    running = ControlServer(place(tmp_path / "control" / "host.sock"), answer)
    await running.start()
    yield running
    await running.close()


async def exchange(server: ControlServer, sent: bytes) -> list[dict[str, Json]]:
    """Send bytes, end the sending side, and return the answered lines."""
    reader, writer = await asyncio.open_unix_connection(str(server.path), limit=2**22)
    writer.write(sent)
    await writer.drain()
    writer.write_eof()
    raw = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return [json.loads(line) for line in raw.splitlines()]


async def test_a_call_is_answered(server: ControlServer) -> None:
    outcome = await asyncio.to_thread(call, str(server.path), "echo", {"a": "ä"})
    assert outcome == {"ok": True, "answer": {"op": "echo", "args": {"a": "ä"}}}


async def test_a_refusal_has_code_message_and_detail(server: ControlServer) -> None:
    outcome = await asyncio.to_thread(call, str(server.path), "refuse", {})
    assert outcome == {
        "ok": False, "code": "insufficient_funds", "message": "There is not enough money.",
        "detail": {"missing": 5},
    }


async def test_many_calls_share_a_connection(server: ControlServer) -> None:
    line = b'{"op": "echo", "args": {}}\n'
    assert len(await exchange(server, line * 50)) == 50


async def test_only_the_owner_may_enter(server: ControlServer) -> None:
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o700


async def test_an_open_folder_is_closed_before_listening(tmp_path: Path) -> None:
    folder = tmp_path / "control"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    server = ControlServer(place(folder / "host.sock"), answer)
    await server.start()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await server.close()


async def test_another_user_is_refused_by_the_kernels_word(
    tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("control_refused.*forbidden")
    server = ControlServer(place(tmp_path / "s"), answer, uids=frozenset({os.getuid() + 1}))
    await server.start()
    lines = await exchange(server, b'{"op": "echo", "args": {}}\n')
    assert [line["code"] for line in lines] == ["forbidden"]
    await server.close()


HOSTILE = [
    b"\n", b"null\n", b"[]\n", b"5\n", b"{}\n", b'{"op": "echo"}\n', b'{"args": {}}\n',
    b'{"op": 1, "args": {}}\n', b'{"op": "echo", "args": []}\n', b"GET / HTTP/1.1\n",
    b'{"op": "echo", "args": {}, "uid": 0}\n', b"\x00\x01\x02\n", b"\xff\xfe\n",
    b'{"op": "echo", "args": {"a": NaN}}\n', b'{"op": "echo", "args": {"a": 1e400}}\n',
    b'{"op": "' + b"x" * 65 + b'", "args": {}}\n', b"[" * 100_000 + b"\n",
]


@pytest.mark.parametrize("line", HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
async def test_a_line_that_is_no_call_is_refused_and_the_next_one_heard(
    server: ControlServer, line: bytes, expect_log: ExpectLog
) -> None:
    expect_log("control_refused.*bad_message")
    lines = await exchange(server, line + b'{"op": "echo", "args": {}}\n')
    assert [one.get("code") for one in lines] == ["bad_message", None]


async def test_a_line_without_end_is_cut_at_the_bound(server: ControlServer) -> None:
    lines = await exchange(server, b"x" * (LINE_BYTES_MAX + 70_000))
    assert [line["code"] for line in lines] == ["too_large"]


async def test_half_a_line_is_no_call(server: ControlServer) -> None:
    assert await exchange(server, b'{"op": "echo", "args": {}}') == []


async def test_a_failing_operation_ends_the_connection_not_the_server(
    server: ControlServer, expect_log: ExpectLog
) -> None:
    expect_log("control_failed")
    lines = await exchange(server, b'{"op": "fail", "args": {}}\n' * 2)
    assert [line["code"] for line in lines] == ["internal_error"]
    assert (await asyncio.to_thread(call, str(server.path), "echo", {}))["ok"]


async def test_connections_are_bounded(server: ControlServer, expect_log: ExpectLog) -> None:
    expect_log("control_refused.*busy")
    waiting = [await asyncio.open_unix_connection(str(server.path)) for _ in range(16)]
    for _, writer in waiting:
        writer.write(b'{"op": "echo", "args": {}}\n')
    for reader, _ in waiting:
        await asyncio.wait_for(reader.readline(), 10)
    lines = await exchange(server, b'{"op": "echo", "args": {}}\n')
    assert [line["code"] for line in lines] == ["busy"]
    for _, writer in waiting:
        writer.close()
        await writer.wait_closed()


async def test_a_dead_socket_gives_way_and_a_closed_server_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "control" / "host.sock"
    path.parent.mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with pytest.raises(Unreachable):
        await asyncio.to_thread(call, str(path), "echo", {})
    server = ControlServer(place(path), answer)
    await server.start()
    assert (await asyncio.to_thread(call, str(path), "echo", {}))["ok"]
    await server.close()
    assert not path.exists()


async def test_a_call_for_the_owner_of_another_lease_is_not_carried_out(tmp_path: Path) -> None:
    heard: list[str] = []

    async def note(op: str, args: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        heard.append(op)
        return {}

    server = ControlServer(place(tmp_path / "control" / "host.sock"), note, owner="me")
    await server.start()
    path = str(server.path)
    with pytest.raises(OtherHost):
        await asyncio.to_thread(call, path, "for-you", {}, owner="you")
    assert (await asyncio.to_thread(call, path, "for-me", {}, owner="me"))["ok"]
    assert (await asyncio.to_thread(call, path, "for-anybody", {}))["ok"]
    assert heard == ["for-me", "for-anybody"]
    await server.close()


async def test_a_living_host_keeps_its_socket(tmp_path: Path) -> None:
    path = place(tmp_path / "control" / "host.sock")
    server = ControlServer(path, answer, owner="me")
    await server.start()
    other = ControlServer(path, answer, owner="other")
    with pytest.raises(OSError, match="another host has this folder"):
        await other.start()
    await other.close()
    assert (await asyncio.to_thread(call, str(path), "echo", {}))["ok"]
    await server.close()
    assert not path.exists()


async def test_a_host_that_stands_still_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(tmp_path / "control" / "host.sock")
    path.parent.mkdir()
    standing = socket.socket(socket.AF_UNIX)
    standing.bind(str(path))
    standing.listen()
    monkeypatch.setattr(control_server, "ANSWER_S", 0.05)
    server = ControlServer(path, answer, owner="me")
    await server.start()
    assert (await asyncio.to_thread(call, str(path), "echo", {}))["ok"]
    await server.close()
    standing.close()


async def test_who_was_replaced_does_not_take_the_new_owners_socket_along(tmp_path: Path) -> None:
    path = place(tmp_path / "control" / "host.sock")
    old = ControlServer(path, answer, owner="old")
    await old.start()
    path.unlink()
    new = ControlServer(path, answer, owner="new")
    await new.start()
    await old.close()
    assert (await asyncio.to_thread(call, str(path), "echo", {}))["ok"]
    await new.close()


def test_a_path_too_long_for_a_socket_moves_to_a_private_folder(tmp_path: Path) -> None:
    found = place(tmp_path / ("x" * 120) / "host.sock")
    assert len(str(found)) <= 100
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700
    found.parent.rmdir()


async def test_a_host_that_says_nothing_is_unreachable(tmp_path: Path) -> None:
    path = place(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    with pytest.raises(Unreachable):
        await asyncio.to_thread(call, str(path), "echo", {}, 0.05)
    listener.close()


async def test_nothing_is_answered_that_is_not_in_the_audit_log(tmp_path: Path) -> None:
    rows: list[tuple[int, str, str]] = []

    async def record(uid: int, op: str, args: Any, outcome: Any) -> None:
        if op == "lost":
            raise StoreDown("asked for")
        rows.append((uid, op, getattr(outcome, "code", "ok")))

    server = ControlServer(place(tmp_path / "control" / "host.sock"), answer, record=record)
    await server.start()
    try:
        lines = await exchange(server, b"".join(
            b'{"op": "%b", "args": {}}\n' % op for op in (b"echo", b"refuse", b"lost")
        ))
    finally:
        await server.close()
    assert rows == [(os.getuid(), "echo", "ok"), (os.getuid(), "refuse", "insufficient_funds")]
    assert [line.get("code", "ok") for line in lines] == [
        "ok", "insufficient_funds", "store_down"
    ]


async def test_a_call_that_fails_is_a_row_too(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("control_failed")
    codes: list[str] = []

    async def record(uid: int, op: str, args: Any, outcome: Any) -> None:
        codes.append(outcome.code)

    server = ControlServer(place(tmp_path / "control" / "host.sock"), answer, record=record)
    await server.start()
    try:
        await exchange(server, b'{"op": "fail", "args": {}}\n')
    finally:
        await server.close()
    assert codes == ["internal_error"]


async def test_what_is_called_a_secret_reaches_no_line_of_a_call(server: ControlServer) -> None:
    with structlog.testing.capture_logs() as lines:
        await exchange(
            server, b'{"op": "echo", "args": {"password": "hush", "id": "vph_abc.hush"}}\n'
        )
    [line] = [one for one in lines if one["event"] == "control_call"]
    assert line["args"] == {"password": "***", "id": "***"}
