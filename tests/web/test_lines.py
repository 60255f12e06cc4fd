"""Connections as such: storms, empty file tables, dead and slow and silent peers, tiny segments."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.web.web_bells import ROOM, belfry
from tests.web.web_edge import WAIT_S, Edge, Raw, frame, handshake, parse_answer, running
from vphost.plugin_api import Command
from vphost.rules.mode import Json
from vphost.web import listener
from vphost.web.connection import Connection
from vphost.web.site import Limits
from vphost.wire.codec import Request
from vphost.wire.endpoints import Peer

QUEUE = 600
STORM = 300


def client_sockets(count: int, stack: ExitStack) -> list[socket.socket]:
    """Return sockets that are not connected yet."""
    made = [socket.socket() for _ in range(count)]
    for one in made:
        one.setblocking(False)
        stack.callback(one.close)
    return made


# -- coming in -------------------------------------------------------------------------------


async def test_hundreds_wait_in_the_queue_while_the_host_is_busy() -> None:
    async with running(Edge()) as edge:
        with ExitStack() as stack:
            for one in client_sockets(QUEUE, stack):
                one.settimeout(WAIT_S)
                one.connect(("127.0.0.1", edge.port))
            one.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(one, handshake(edge.port, "/ws/echo/?token=u1").encode())
            assert b" 101 " in await asyncio.wait_for(loop.sock_recv(one, 500), WAIT_S)


async def test_a_storm_of_sockets_is_let_in(tmp_path: Path) -> None:
    async with belfry(tmp_path, Limits(sockets_per_user=STORM)) as host:
        for number in range(3):
            await host.app.house.rooms.create(f"tower{'abc'[number]}", "bells", {})
        paths = [(await host.path(f"user{n}")).replace(ROOM, f"tower{'abc'[n % 3]}")
                 for n in range(STORM)]

        async def enter(path: str) -> Json:
            async with Raw.connected(host.port) as raw:
                await raw.upgrade(host.port, path)
                return (await raw.message())["event"]

        assert set(await asyncio.gather(*map(enter, paths))) == {"user_connected"}


class Counting(listener.Acceptor):
    """Counts how often it had to rest."""

    rests = 0

    def _rest(self, error: OSError) -> None:
        self.rests += 1
        super()._rest(error)


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.dup(0)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_without_files_the_host_rests_serves_on_and_takes_the_waiting_later(
    monkeypatch: pytest.MonkeyPatch, expect_log: Any
) -> None:
    lines = expect_log("out_of_files")
    monkeypatch.setattr(listener, "files_max", lambda: 100_000)
    monkeypatch.setattr("vphost.web.server.files_max", lambda: 100_000)
    monkeypatch.setattr("vphost.web.server.Acceptor", Counting)
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        waiting = client_sockets(20, stack)
        async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
            await raw.upgrade(edge.port)
            await raw.message()
            acceptor = edge.server._acceptors[0]
            assert isinstance(acceptor, Counting)
            began = time.monotonic()
            with no_more_files():
                for one in waiting:
                    await loop.sock_connect(one, ("127.0.0.1", edge.port))
                while not acceptor.rests:
                    await asyncio.sleep(0)
                for number in range(50):
                    await raw.say(op=f"x{number}")
                    assert (await raw.message())["op"] == f"x{number}"
            assert acceptor.rests <= 1 + (time.monotonic() - began) / listener.REST_S
            assert len(lines) == 1
            for one in waiting:
                await loop.sock_sendall(one, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                assert b" 200 " in await asyncio.wait_for(loop.sock_recv(one, 500), WAIT_S)


async def test_connections_leave_the_host_the_files_that_it_needs(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vphost.web.server.files_max", lambda: listener.RESERVED_FILES + 1)
    monkeypatch.setattr("vphost.web.server.RESERVED_FILES", 2)
    bound = listener.RESERVED_FILES - 1
    async with running(Edge()) as edge:
        with ExitStack() as stack:
            sockets = client_sockets(bound + 1, stack)
            loop = asyncio.get_running_loop()
            for one in sockets:
                await loop.sock_connect(one, ("127.0.0.1", edge.port))
            answer = await asyncio.wait_for(loop.sock_recv(sockets[-1], 1000), WAIT_S)
            status, headers, body = parse_answer(answer)
            assert (status, headers["connection"]) == (503, "close")
            assert json.loads(body)["code"] == "busy"
            sockets[0].close()
            while edge.server._is_full():
                await asyncio.sleep(0)
            async with Raw.connected(edge.port) as raw:
                await raw.upgrade(edge.port)


# -- lines ------------------------------------------------------------------------------------


async def test_the_kernel_watches_every_line() -> None:
    limits = Limits(ping_interval_s=20, ping_timeout_s=10)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        (connection,) = edge.site.open_sockets
        assert isinstance(connection, Connection)
        line = connection.transport._stream.socket
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15


async def test_a_handshake_and_frames_in_segments_of_one_byte_are_understood() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        raw.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = handshake(edge.port, "/ws/echo/?token=u1").encode()
        whole += frame('{"op": "éx"}') + frame("p", opcode=9) + frame("x" * 200, opcode=2)
        for byte in whole:
            await raw.write(bytes([byte]))
            await asyncio.sleep(0)
        assert b" 101 " in await raw.reader.readuntil(b"\r\n\r\n")
        assert (await raw.message())["event"] == "user_connected"
        heard = [await raw.receive() for _ in range(3)]
        assert {opcode for opcode, _ in heard} == {1, 10}
        assert any(opcode == 1 and json.loads(body).get("op") == "éx" for opcode, body in heard)


async def test_a_peer_that_falls_silent_is_gone_within_interval_and_timeout() -> None:
    limits = Limits(ping_interval_s=0.4, ping_timeout_s=0.2)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        for _ in range(2):
            assert await raw.receive() == (9, b"")
            await raw.write(frame(b"", opcode=10))
        silent_since = time.monotonic()
        assert (await raw.receive())[0] == 9
        assert await raw.read_all() == b""
        assert 0.2 < time.monotonic() - silent_since < 0.6 + 1.0
        assert not edge.site.open_sockets


async def test_a_peer_that_sends_but_answers_no_ping_is_not_dead() -> None:
    limits = Limits(ping_interval_s=0.1, ping_timeout_s=0.1, messages_per_s=1e6, frames_per_s=1e6)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        pings = 0
        while pings < 4:
            await raw.say(op="x")
            while (await raw.receive())[0] != 1:
                pings += 1


async def test_a_host_that_stood_still_drops_nobody() -> None:
    limits = Limits(ping_interval_s=0.2, ping_timeout_s=0.1)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        assert await raw.receive() == (9, b"")
        time.sleep(1.3)  # This is the standstill itself; the pong is not even sent.
        assert await raw.receive() == (9, b"")
        await raw.write(frame(b"", opcode=10))
        await raw.say(op="x")
        assert (await raw.message())["op"] == "x"


async def test_a_closing_peer_that_never_answers_is_gone_at_once() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        (connection,) = edge.site.open_sockets
        connection.close(1001, "off you go")
        assert not edge.site.open_sockets and len(edge.site.sockets) == 0
        assert await raw.close_code() == 1001


async def test_a_slow_answer_keeps_no_pong_waiting() -> None:
    gate = asyncio.Event()

    async def slowly(peer: Peer, request: Request) -> Sequence[bytes]:
        await gate.wait()
        return [b'{"event": "done"}']

    async with running(Edge(answer=slowly)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        await raw.write(frame('{"op": "x"}') + frame(b"hi", opcode=9))
        assert await raw.receive() == (10, b"hi")
        gate.set()
        assert (await raw.message())["event"] == "done"


async def test_a_socket_ends_with_the_token_that_opened_it() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port, "/ws/echo/?token=brief")
        assert (await raw.message())["event"] == "user_connected"
        assert (await raw.message())["code"] == "token_expired"
        assert await raw.close_code() == 4401


async def test_a_drain_lets_nobody_leave_the_room(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        room, seq = host.room, host.room.seq
        await host.app.stop("restart")
        assert await raw.close_code() == 1012
        assert room.seq == seq


async def test_a_flood_leaves_the_others_their_turns(tmp_path: Path) -> None:
    limits = Limits(messages_per_s=5, message_burst=20, strikes=2000, frame_burst=10**6,
                    frames_per_s=1e6)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as loud:
        async with Raw.connected(host.port) as quiet:
            await host.enter(loud, "ann")
            await host.enter(quiet, "bob")
            turns = 0

            async def watch() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            watching = asyncio.create_task(watch())
            loud.writer.write(frame("{}", opcode=9) * 3000)
            await quiet.say(op="ring")
            while (await quiet.message())["event"] != "rang":
                pass
            heard = 0
            while heard < 1:
                opcode, _ = await loud.receive()
                heard += opcode == 10
            watching.cancel()
            assert turns > 3000 // 128
            outcome = await host.room.submit(Command("t", "tester", "ring"))
            assert outcome.commit is not None
