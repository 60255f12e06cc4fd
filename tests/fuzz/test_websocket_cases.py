"""RFC 6455 case by case over raw sockets, against an echo over our framing.

The same ground as groups 1 to 7 and 10 of the Autobahn suite, written from the RFC, so that
`make test` needs no other Python. Each case is what a client sends and what it hears until the end.
Sections are those of RFC 6455.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.fuzz.autobahn import Echo
from tests.fuzz.sizes import BASE_SEED, often, seed_told
from tests.web.web_edge import Raw, frame

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
Heard = tuple[int, bytes]
BYE = frame(struct.pack("!H", 1000), opcode=CLOSE)
KAPPA = "κόσμε\U0001f0a1".encode()
"""Characters of two, three and four bytes."""


def closed(code: int) -> Heard:
    """Return a close frame, as far as a case looks at it."""
    return CLOSE, struct.pack("!H", code)


@asynccontextmanager
async def echo() -> AsyncIterator[Raw]:
    """Connect to an echo server."""
    server = HTTPServer(Application([("/", Echo)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    try:
        async with Raw.connected(port) as raw:
            await raw.upgrade(port, "/")
            yield raw
    finally:
        server.stop()


async def heard(*sent: bytes) -> list[Heard]:
    """Send frames and return everything that comes back until the close frame."""
    async with echo() as raw:
        for part in sent:
            await raw.write(part)
        answers: list[Heard] = []
        while not answers or answers[-1][0] != CLOSE:
            opcode, body = await raw.receive()
            answers.append((opcode, body[:2] if opcode == CLOSE else body))
        assert await raw.read_all() == b"", "nothing may follow a close frame"
        return answers


# -- 5.2: lengths ----------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_payloads_at_the_borders_of_the_length_fields(opcode: int, length: int) -> None:
    body = b"*" * length
    assert await heard(frame(body, opcode=opcode), BYE) == [(opcode, body), closed(1000)]


@pytest.mark.parametrize("extended", [struct.pack("!BH", 0xFE, 5), struct.pack("!BQ", 0xFF, 5)])
async def test_a_length_written_longer_than_needed_is_understood(extended: bytes) -> None:
    assert await heard(b"\x81" + extended + bytes(4) + b"Hello", BYE) == [
        (TEXT, b"Hello"), closed(1000)
    ]


async def test_a_length_with_its_highest_bit_set_is_refused() -> None:
    assert await heard(b"\x82\xff" + struct.pack("!Q", 1 << 63)) == [closed(1009)]


# -- 5.3: masking ----------------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [CONT, TEXT, BINARY, CLOSE, PING, PONG])
async def test_an_unmasked_frame_of_any_kind_is_refused(opcode: int) -> None:
    assert await heard(frame(b"", opcode=opcode, masked=False)) == [closed(1002)]


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"])
@pytest.mark.parametrize("length", [1, 3, 4, 5, 100])
async def test_masks_of_all_kinds_are_taken_off(mask: bytes, length: int) -> None:
    body = bytes(range(length))
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
    head = bytes([0x82, 0x80 | length])
    assert await heard(head + mask + masked, BYE) == [(BINARY, body), closed(1000)]


# -- 5.2: reserved bits and opcodes ----------------------------------------------------------


@pytest.mark.parametrize("rsv", [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PING, PONG])
async def test_reserved_bits_are_refused(opcode: int, rsv: int) -> None:
    before = frame("first")
    assert await heard(before, frame(b"", opcode=opcode, rsv=rsv)) == [
        (TEXT, b"first"), closed(1002)
    ]


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("body", ["", "*"])
async def test_reserved_opcodes_are_refused(opcode: int, body: str) -> None:
    assert await heard(frame(body, opcode=opcode)) == [closed(1002)]


# -- 5.5: control frames ---------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"Hello", b"\0\xff\xfe\xfd", b"\xfe" * 125])
async def test_a_ping_is_answered_with_its_own_payload(body: bytes) -> None:
    assert await heard(frame(body, opcode=PING), BYE) == [(PONG, body), closed(1000)]


async def test_a_pong_that_nobody_asked_for_is_passed_over() -> None:
    assert await heard(
        frame(b"x", opcode=PONG), frame(b"y", opcode=PING), BYE
    ) == [(PONG, b"y"), closed(1000)]


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
async def test_a_control_frame_over_125_bytes_is_refused(opcode: int) -> None:
    assert await heard(frame(b"\xfe" * 126, opcode=opcode)) == [closed(1002)]


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
async def test_a_fragmented_control_frame_is_refused(opcode: int) -> None:
    assert await heard(frame(b"a", opcode=opcode, fin=False)) == [closed(1002)]


# -- 5.4: fragmentation ----------------------------------------------------------------------


def pieces(parts: list[bytes], opcode: int = TEXT, between: bytes = b"") -> bytes:
    """Return a message in fragments, something between each two."""
    last = len(parts) - 1
    return b"".join(
        frame(part, opcode=CONT if place else opcode, fin=place == last)
        + (between if place < last else b"")
        for place, part in enumerate(parts)
    )


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("parts", [
    [b"a", b"b"], [b"", b"b"], [b"a", b""], [b"", b"", b""], [b"a", b"", b"b", b"", b"c"],
    [b"*" * 125, b"*" * 126, b"*" * 65_536],
], ids=["two", "empty first", "empty last", "all empty", "empty between", "sizes"])
async def test_fragments_are_put_together(opcode: int, parts: list[bytes]) -> None:
    assert await heard(pieces(parts, opcode), BYE) == [(opcode, b"".join(parts)), closed(1000)]


async def test_control_frames_may_stand_between_fragments() -> None:
    ping = frame(b"p", opcode=PING) + frame(b"", opcode=PONG)
    assert await heard(pieces([b"a", b"b", b"c"], between=ping), BYE) == [
        (PONG, b"p"), (PONG, b"p"), (TEXT, b"abc"), closed(1000)
    ]


@pytest.mark.parametrize("fin", [True, False])
async def test_a_continuation_of_nothing_is_refused(fin: bool) -> None:
    assert await heard(frame("x", opcode=CONT, fin=fin)) == [closed(1002)]
    assert await heard(pieces([b"a", b"b"]), frame("x", opcode=CONT, fin=fin)) == [
        (TEXT, b"ab"), closed(1002)
    ]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_a_message_inside_a_message_is_refused(opcode: int) -> None:
    assert await heard(frame("a", fin=False), frame("b", opcode=opcode)) == [closed(1002)]


async def test_a_close_between_fragments_ends_the_connection() -> None:
    assert await heard(frame("a", fin=False), BYE) == [closed(1000)]


# -- 8.1: UTF-8 ------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(1, len(KAPPA)))
async def test_a_code_point_may_be_split_over_fragments(cut: int) -> None:
    assert await heard(pieces([KAPPA[:cut], KAPPA[cut:]]), BYE) == [(TEXT, KAPPA), closed(1000)]


async def test_text_in_fragments_of_one_byte() -> None:
    parts = [bytes([byte]) for byte in KAPPA]
    assert await heard(pieces(parts), BYE) == [(TEXT, KAPPA), closed(1000)]


VALID = ["", "\0", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff",
         "\U00010000", "\U0010ffff", "\ufdd0", "\U0001fffe"]
BROKEN = [
    b"\x80", b"\xbf", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x82", b"\xc3(", b"\xe2(\xa1",
    b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xfe\xff",
]


@pytest.mark.parametrize("text", VALID, ids=ascii)
async def test_the_borders_of_utf8_are_valid(text: str) -> None:
    assert await heard(frame(text), BYE) == [(TEXT, text.encode()), closed(1000)]


@pytest.mark.parametrize("body", BROKEN, ids=bytes.hex)
async def test_what_is_no_utf8_is_refused(body: bytes) -> None:
    around = b"before " + body + b" after"
    assert await heard(frame(around)) == [closed(1007)]
    assert await heard(pieces([around[:8], around[8:]])) == [closed(1007)]


@pytest.mark.parametrize("body", BROKEN, ids=bytes.hex)
async def test_binary_messages_need_not_be_utf8(body: bytes) -> None:
    assert await heard(frame(body, opcode=BINARY), BYE) == [(BINARY, body), closed(1000)]


async def test_a_broken_text_ends_at_its_first_broken_fragment() -> None:
    assert await heard(frame(b"a\xff", fin=False)) == [closed(1007)]


# -- 5.5.1, 7.4: closing ---------------------------------------------------------------------


async def test_nothing_is_heard_after_a_close() -> None:
    assert await heard(BYE + frame("late") + frame(b"late", opcode=PING)) == [closed(1000)]


async def test_a_close_without_a_code_is_answered_with_one_without() -> None:
    assert await heard(frame(b"", opcode=CLOSE)) == [(CLOSE, b"")]


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000,
                                  4999])
@pytest.mark.parametrize("reason", ["", "bye", "é" * 61])
async def test_a_legal_close_is_answered_with_its_code(code: int, reason: str) -> None:
    body = struct.pack("!H", code) + reason.encode()
    assert await heard(frame(body, opcode=CLOSE)) == [closed(code)]


@pytest.mark.parametrize("code", [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
                                  65_535])
async def test_an_illegal_close_code_is_refused(code: int) -> None:
    assert await heard(frame(struct.pack("!H", code), opcode=CLOSE)) == [closed(1002)]


async def test_a_close_of_one_byte_is_refused() -> None:
    assert await heard(frame(b"\x03", opcode=CLOSE)) == [closed(1002)]


@pytest.mark.parametrize("reason", BROKEN, ids=bytes.hex)
async def test_a_close_reason_that_is_no_utf8_is_refused(reason: bytes) -> None:
    body = struct.pack("!H", 1000) + reason
    assert await heard(frame(body, opcode=CLOSE)) == [closed(1007)]


# -- random ----------------------------------------------------------------------------------


def random_message(dice: Random) -> tuple[bytes, Heard]:
    """Return a message in random fragments, cut anywhere, and its echo."""
    opcode = dice.choice([TEXT, BINARY])
    length = dice.choice([0, 1, 7, 125, 126, 300, 70_000])
    letters = "".join(dice.choice("aé€\U0001f0a1") for _ in range(length // 2))
    body = letters.encode() if opcode == TEXT else dice.randbytes(length)
    cuts = sorted(dice.randrange(len(body) + 1) for _ in range(dice.randrange(5)))
    parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    return pieces(parts, opcode), (opcode, body)


@pytest.mark.parametrize("number", range(often(5, 200)))
async def test_random_messages_in_random_segments_come_back(number: int) -> None:
    seed = f"{BASE_SEED}/{number}"
    with seed_told(seed):
        dice = Random(seed)
        messages = [random_message(dice) for _ in range(20)]
        sent = b"".join(wire for wire, _ in messages) + BYE
        cuts = sorted(dice.randrange(len(sent)) for _ in range(30))
        segments = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
        assert await heard(*segments) == [echoed for _, echoed in messages] + [closed(1000)]


@pytest.mark.parametrize("number", range(often(10, 2000)))
async def test_random_bytes_end_with_a_coded_close(number: int) -> None:
    seed = f"{BASE_SEED}/noise/{number}"
    with seed_told(seed):
        noise = Random(seed).randbytes(400)
        unmasked = bytes([noise[0], noise[1] & 0x7F]) + noise[2:]
        assert (await heard(unmasked))[-1] in [closed(1002)]
