"""RFC 6455 framing over raw sockets: what stock Tornado lets pass is refused with a close code."""

from __future__ import annotations

import asyncio
import os
import struct
from collections import Counter

import pytest

from tests.web.web_edge import EchoCodec, Edge, Raw, frame, running
from vphost.rules.mode import Labels
from vphost.web.site import Limits
from vphost.wire.codec import BadMessage, Request

LEGAL = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]
ILLEGAL = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


async def closed_with(*frames: bytes) -> int:
    """Return the close code that the host answers some frames with."""
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.write(b"".join(frames))
        return await raw.close_code()


@pytest.mark.parametrize("code", LEGAL)
async def test_a_legal_close_code_is_echoed(code: int) -> None:
    assert await closed_with(frame(struct.pack("!H", code), opcode=8)) == code


@pytest.mark.parametrize("code", ILLEGAL)
async def test_an_illegal_close_code_is_answered_with_1002(code: int) -> None:
    assert await closed_with(frame(struct.pack("!H", code), opcode=8)) == 1002


async def test_a_close_body_of_one_byte_is_answered_with_1002() -> None:
    assert await closed_with(frame(b"\x03", opcode=8)) == 1002


async def test_a_close_reason_that_is_no_utf8_is_answered_with_1007() -> None:
    assert await closed_with(frame(b"\x03\xe8\xff", opcode=8)) == 1007


async def test_an_unmasked_frame_is_answered_with_1002() -> None:
    assert await closed_with(frame('{"op": "x"}', masked=False)) == 1002


async def test_an_unmasked_frame_is_not_acted_upon() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        assert (await raw.message())["event"] == "user_connected"
        await raw.write(frame('{"op": "x"}', masked=False))
        opcode, _ = await raw.receive()
        assert opcode == 8


@pytest.mark.parametrize(
    "broken",
    [
        frame("x", rsv=0x40),
        frame("x", opcode=3),
        frame("x", opcode=0xB),
        frame("x", opcode=0),
        frame("x", opcode=9, fin=False),
        frame("x" * 126, opcode=9),
        frame("a", fin=False) + frame("b"),
    ],
    ids=["rsv", "opcode 3", "opcode 11", "nothing to continue", "fragmented ping", "long ping",
         "message in a message"],
)
async def test_a_broken_frame_is_answered_with_1002(broken: bytes) -> None:
    assert await closed_with(broken) == 1002


async def test_invalid_utf8_over_two_fragments_is_answered_with_1007() -> None:
    assert await closed_with(frame(b"\xce", fin=False), frame(b"\xff", opcode=0)) == 1007


async def test_a_message_far_over_the_limit_is_answered_with_1009() -> None:
    assert await closed_with(frame("x" * 262_145)) == 1009


@pytest.mark.parametrize("text", ["x" * 65_537, "x" * 262_144, "\u00e4" * 40_000])
async def test_a_message_over_the_limit_is_refused_and_the_socket_lives(text: str) -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        await raw.write(frame(text))
        assert (await raw.message())["code"] == "too_large"
        await raw.say(op="x")
        assert (await raw.message())["op"] == "x"


async def test_a_declared_length_of_2_to_62_is_answered_with_1009() -> None:
    assert await closed_with(b"\x81\xff" + struct.pack("!Q", 2**62)) == 1009


async def test_fragments_count_together_against_the_limit() -> None:
    part = "x" * 140_000
    assert await closed_with(frame(part, fin=False), frame(part, opcode=0, fin=False)) == 1009


async def test_a_ping_between_fragments_is_answered_and_the_message_arrives() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        await raw.write(
            frame('{"op": ', fin=False) + frame("hi", opcode=9) + frame('"x"}', opcode=0)
        )
        assert await raw.receive() == (10, b"hi")
        assert (await raw.message())["op"] == "x"


async def test_a_flood_of_frames_is_answered_with_1008() -> None:
    limits = Limits(frames_per_s=1, frame_burst=20)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.write(frame("", opcode=9) * 21)
        assert await raw.close_code() == 1008


async def test_a_dead_line_is_noticed_without_a_closing_handshake() -> None:
    limits = Limits(ping_interval_s=0.05, ping_timeout_s=0.05)
    async with running(Edge(limits)) as edge, Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        await raw.message()
        assert await raw.receive() == (9, b"")
        assert await raw.read_all() == b""
        assert len(edge.site.sockets) == 0


async def test_compression_is_not_offered() -> None:
    async with running(Edge()) as edge, Raw.connected(edge.port) as raw:
        await raw.write((
            f"GET /ws/echo/?token=u HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode())
        head = await raw.reader.readuntil(b"\r\n\r\n")
        assert b"101" in head and b"deflate" not in head


class Turned(EchoCodec):
    """Notes in which turn of the loop each message is decoded."""

    def __init__(self) -> None:
        self.turn = 0
        self.turns: list[int] = []

    def tick(self) -> None:
        """Count the turns, until the loop ends."""
        self.turn += 1
        asyncio.get_running_loop().call_soon(self.tick)

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
        self.turns.append(self.turn)
        return super().decode(frame, labels)


async def test_large_messages_of_one_socket_do_not_follow_each_other_in_one_turn() -> None:
    codec = Turned()
    edge = Edge(codec=codec, limits=Limits(broken_frames=100))
    async with running(edge), Raw.connected(edge.port) as raw:
        await raw.upgrade(edge.port)
        assert (await raw.message())["event"] == "user_connected"
        codec.tick()
        line = raw.writer.get_extra_info("socket")
        sent = os.write(line.fileno(), b"".join([frame("x" * 65_535)] * 20))
        assert sent > 4 * 65_543, "the kernel took too little at once to tell"
        for _ in range(sent // 65_543):
            assert (await raw.message())["event"] == "error"
        assert max(Counter(codec.turns).values()) <= 2


async def test_who_floods_on_after_he_was_told_to_go_is_cut_off() -> None:
    async with running(Edge(limits=Limits(broken_frames=1))) as edge:
        async with Raw.connected(edge.port) as raw:
            await raw.upgrade(edge.port)
            block = frame("x" * 60_000) * 20
            with pytest.raises(ConnectionError):
                for _ in range(25):
                    raw.writer.write(block)
                    await raw.writer.drain()
