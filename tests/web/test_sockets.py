"""A socket's life over real TCP: signing in, hearing, asking, coming back, being let go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import ExpectLog
from tests.web.web_bells import ROOM, Belfry, belfry
from tests.web.web_edge import EchoCodec, Raw, frame, handshake, parse_answer
from vphost.rules.mode import Event, Json
from vphost.web.site import Limits
from vphost.wire.codec import FrameContext


async def seqs(raw: Raw, upto: int) -> list[int]:
    """Return the numbers of the frames until one."""
    seen: list[int] = []
    while not seen or seen[-1] < upto:
        message = await raw.message()
        if message.get("seq") is not None:
            seen.append(message["seq"])
    return seen


# -- signing in ------------------------------------------------------------------------------


async def test_a_token_in_the_address_lets_in(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        user = await host.user("ann")
        assert await host.enter(raw, "ann") == {
            "event": "user_connected", "user": user.id, "username": "ann", "player": 1
        }


async def test_a_token_in_the_first_frame_lets_in(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await raw.upgrade(host.port, f"/ws/bells/{ROOM}/")
        await raw.say(op="authenticate", token=await host.token("ann"))
        assert (await raw.message())["username"] == "ann"


@pytest.mark.parametrize(
    "first", [{"op": "ring"}, {"nonsense": 1}, {"op": "authenticate", "token": "a.b.c"},
              {"op": "authenticate"}]
)
async def test_any_other_first_frame_ends_with_4401(tmp_path: Path, first: Json) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await raw.upgrade(host.port, f"/ws/bells/{ROOM}/")
        await raw.say(**first)
        answer = await raw.message()
        assert (answer["event"], answer["code"]) == ("auth_error", "not_authenticated")
        assert await raw.close_code() == 4401


async def test_silence_instead_of_a_token_ends_with_4401(tmp_path: Path) -> None:
    limits = Limits(authenticate_s=0.05)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as raw:
        await raw.upgrade(host.port, f"/ws/bells/{ROOM}/")
        assert (await raw.message())["code"] == "not_authenticated"
        assert await raw.close_code() == 4401


async def test_a_forged_token_gets_no_event_of_the_room(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await raw.upgrade(host.port, f"/ws/bells/{ROOM}/?token=eyJh.eyJz.c2ln")
        assert (await raw.message())["event"] == "auth_error"
        assert await raw.close_code() == 4401
        assert host.room.seq == 0


async def test_who_may_not_enter_is_closed_with_4403(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        host.plugin.banned = (await host.user("eve")).id
        await raw.upgrade(host.port, await host.path("eve"))
        assert (await raw.message())["code"] == "forbidden"
        assert await raw.close_code() == 4403


async def test_a_room_that_is_not_there_is_told_to_users_only(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host:
        for token, code, close in (("forged", "not_authenticated", 4401),
                                   (await host.token("ann"), "not_found", 4403)):
            async with Raw.connected(host.port) as raw:
                await raw.upgrade(host.port, f"/ws/bells/nowhere/?token={token}")
                assert (await raw.message())["code"] == code
                assert await raw.close_code() == close


async def test_the_host_has_a_bounded_number_of_sockets(tmp_path: Path) -> None:
    async with belfry(tmp_path, Limits(sockets=1)) as host:
        async with Raw.connected(host.port) as one, Raw.connected(host.port) as two:
            await one.upgrade(host.port, f"/ws/bells/{ROOM}/")
            await two.write(handshake(host.port, f"/ws/bells/{ROOM}/", "").encode())
            assert b" 503 " in await two.reader.readuntil(b"\r\n")


async def test_a_plugin_may_know_a_token(tmp_path: Path) -> None:
    from vphost.plugin_api import hookimpl

    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        user = await host.user("ann")

        class Knower:
            VPHOST_CONTRACT = 1

            @hookimpl
            def authenticate(self, token: str) -> str | None:
                return user.id if token == "open-sesame" else None

        assert host.app.plugins is not None
        host.app.plugins.add("knower", Knower())
        await raw.upgrade(host.port, f"/ws/bells/{ROOM}/?token=open-sesame")
        assert (await raw.message())["username"] == "ann"


# -- hearing ---------------------------------------------------------------------------------


async def test_everybody_hears_every_event_under_the_same_number(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        async with Raw.connected(host.port) as bob:
            await host.enter(ann, "ann")
            await host.enter(bob, "bob")
            assert (await ann.message())["event"] == "joined"
            await ann.say(op="ring", times=2)
            for raw in (ann, bob):
                heard = [await raw.message(), await raw.message()]
                assert [(m["event"], m["rings"], m["seq"]) for m in heard] == [
                    ("rang", 1, 3), ("rang", 2, 4)
                ]


async def test_a_secret_reaches_its_owner_only(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        async with Raw.connected(host.port) as bob:
            await host.enter(ann, "ann")
            await host.enter(bob, "bob")
            await ann.message()
            await ann.say(op="whisper", to=2, text="AS")
            assert await ann.message() == {
                "event": "whispered", "to": 2, "text": None, "seq": 3
            }
            assert (await bob.message())["text"] == "AS"


class CountingCodec(EchoCodec):
    """Counts how often an event was encoded."""

    encoded = 0

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        self.encoded += 1
        return super().event(context, event, player)


async def test_a_frame_is_encoded_once_for_all_who_see_the_same(tmp_path: Path) -> None:
    codec = CountingCodec()
    async with belfry(tmp_path, codec=codec) as host:
        async with (Raw.connected(host.port) as ann, Raw.connected(host.port) as bob,
                    Raw.connected(host.port) as cid):
            for raw, name in ((ann, "ann"), (bob, "bob"), (cid, "cid")):
                await host.enter(raw, name)
            codec.encoded = 0
            await host.ring()
            for raw in (ann, bob, cid):
                await seqs(raw, host.room.seq)
            assert codec.encoded == 1


async def test_a_frame_that_cannot_be_made_ends_sockets_but_not_the_room(
    tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("broadcast_failed")

    class Failing(EchoCodec):
        def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
            if event.name == "rang":
                raise ValueError("no such shape")
            return super().event(context, event, player)

    async with belfry(tmp_path, codec=Failing()) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await host.ring()
        assert await raw.close_code() == 1011
        await host.ring()
        assert host.room.state.rings == 2


async def test_who_leaves_is_told_and_his_socket_closed(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        async with Raw.connected(host.port) as bob:
            await host.enter(ann, "ann")
            await host.enter(bob, "bob")
            await bob.say(op="leave")
            assert (await bob.message())["reason"] == "Bye"
            assert await bob.receive() == (8, b"\x03\xe8Bye")
            await ann.message()
            left = await ann.message()
            assert left["event"] == "player_left" and "reason" not in left


# -- one connection per user and room --------------------------------------------------------


async def test_the_newest_connection_wins(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as old:
        async with Raw.connected(host.port) as new:
            await host.enter(old, "ann")
            await host.enter(new, "ann")
            answer = await old.message()
            assert (answer["event"], answer["code"]) == ("auth_error", "already_connected")
            assert await old.close_code() == 4409
            await new.say(op="ring")
            assert (await new.message())["event"] == "rang"
            assert host.app.site.sockets.count((await host.user("ann")).id) == 1


async def test_coming_and_going_are_told_to_the_others_once(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        await host.enter(ann, "ann")
        async with Raw.connected(host.port) as old, Raw.connected(host.port) as new:
            await host.enter(old, "bob")
            await host.enter(new, "bob")
        heard = [await ann.message() for _ in range(3)]
        assert [m["event"] for m in heard] == ["joined", "came", "went"]


async def test_a_user_has_a_bounded_number_of_sockets(tmp_path: Path) -> None:
    limits = Limits(sockets_per_user=1)
    async with belfry(tmp_path, limits) as host:
        await host.app.house.rooms.create("other", "bells", {})
        async with Raw.connected(host.port) as one, Raw.connected(host.port) as two:
            await host.enter(one, "ann")
            other = (await host.path("ann")).replace(ROOM, "other")
            await two.upgrade(host.port, other)
            assert (await two.message())["code"] == "too_many_sockets"
            assert await two.close_code() == 1008
            await one.say(op="ring")
            assert (await one.message())["event"] == "rang"


@pytest.mark.parametrize("since", [
    "", "abc", "-1", "1.5", "1e3", "+1", "%201", "1_0", "%EF%BC%91", "9007199254740992",
    "1&since=2",
])
async def test_a_broken_since_opens_no_socket(tmp_path: Path, since: str) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        path = f"{await host.path('ann')}&since={since}"
        await raw.write(handshake(host.port, path, "").encode())
        head = await raw.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400")
        assert b"since" in await raw.reader.readuntil(b"}")


# -- coming back -----------------------------------------------------------------------------


async def test_since_brings_exactly_what_was_missed(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host:
        await host.ring(5)
        await host.ring(5)
        async with Raw.connected(host.port) as raw:
            await host.enter(raw, "ann", since=3)
            assert await seqs(raw, 11) == list(range(4, 12))
            await raw.say(op="ring")
            assert (await raw.message())["seq"] == 12


async def test_no_gap_and_no_double_between_replay_and_live(tmp_path: Path) -> None:
    async with belfry(tmp_path, Limits(replayed_events=900)) as host:
        for _ in range(200):
            await host.ring()

        async def keep_ringing() -> None:
            for _ in range(200):
                await host.ring()

        ringing = asyncio.create_task(keep_ringing())
        for start in range(0, 100, 20):
            async with Raw.connected(host.port) as raw:
                await host.enter(raw, "ann", since=start)
                upto = host.room.seq
                seen = await seqs(raw, upto)
                assert seen == list(range(start + 1, seen[-1] + 1))
        await ringing


@pytest.mark.parametrize("since", [0, 999])
async def test_too_much_missed_or_a_number_ahead_brings_the_view(
    tmp_path: Path, since: int
) -> None:
    async with belfry(tmp_path, Limits(replayed_events=5)) as host:
        for _ in range(20):
            await host.ring()
        async with Raw.connected(host.port) as raw:
            await host.enter(raw, "ann", since=since)
            assert await raw.message() == {"event": "state", "rings": 20, "you": 1, "seq": 21}
            await host.ring()
            assert (await raw.message())["seq"] == 22


async def test_the_view_can_be_asked_for_with_since(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await raw.say(op="ring", times=3)
        assert await seqs(raw, 4) == [2, 3, 4]
        await raw.say(op="look", since=2)
        assert await seqs(raw, 4) == [3, 4]
        await raw.say(op="look")
        assert (await raw.message())["event"] == "state"


async def test_a_protocol_may_send_the_view_unasked(tmp_path: Path) -> None:
    async with belfry(tmp_path, view_at_start=True) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        assert (await raw.message())["event"] == "state"


# -- abuse -----------------------------------------------------------------------------------


async def test_a_flood_is_answered_then_closed_with_1008(tmp_path: Path) -> None:
    limits = Limits(messages_per_s=0.01, message_burst=3, strikes=4)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await raw.write(frame('{"op": "look"}') * 10)
        codes: list[str] = []
        while len(codes) < 4:
            message = await raw.message()
            codes += [message["code"]] if message["event"] == "error" else []
        assert set(codes) == {"too_many_messages"}
        assert await raw.close_code() == 1008


async def test_repeated_broken_frames_are_closed_with_1008(tmp_path: Path) -> None:
    async with belfry(tmp_path, Limits(broken_frames=3)) as host:
        async with Raw.connected(host.port) as raw:
            await host.enter(raw, "ann")
            await raw.write(frame("{") * 4)
            assert [(await raw.message())["code"] for _ in range(4)] == ["bad_message"] * 4
            assert await raw.close_code() == 1008


async def test_more_questions_than_can_wait_are_sent_away(tmp_path: Path) -> None:
    limits = Limits(waiting_messages=2, message_burst=100)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await raw.write(frame('{"op": "ring"}') * 40)
        answers = [await raw.message() for _ in range(40)]
        refused = [m for m in answers if m["event"] == "error"]
        assert refused and all(m["code"] == "too_many_messages" for m in refused)
        assert host.room.state.rings == 40 - len(refused)


async def test_a_slow_reader_is_dropped_and_costs_nobody_else(tmp_path: Path) -> None:
    limits = Limits(socket_buffer_bytes=200_000)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as slow:
        async with Raw.connected(host.port) as quick:
            await host.enter(slow, "ann")
            await host.enter(quick, "bob")
            transport = slow.writer.transport
            assert isinstance(transport, asyncio.Transport)
            transport.pause_reading()
            ann = (await host.user("ann")).id
            rung = 0
            while host.app.site.sockets.count(ann):
                await host.ring(pad=50_000)
                rung += 1
                assert rung < 1000, "the slow reader is never dropped"
                heard = await quick.message()
                while heard["event"] != "rang" or heard["rings"] < rung:
                    heard = await quick.message()
            assert host.room.state.rings == rung


# -- the handshake ---------------------------------------------------------------------------


async def status_of(host: Belfry, head: str, expect_path: str = "") -> int:
    """Return the HTTP status of a handshake."""
    async with Raw.connected(host.port) as raw:
        await raw.write(head.encode())
        answer = await asyncio.wait_for(raw.reader.readuntil(b"\r\n\r\n"), 10)
        return parse_answer(answer)[0]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        ("https://friend.example.evil.com", 403),
        ("http://friend.example", 403),
        ("https://friend.example", 101),
        (None, 101),
        ("SAME", 101),
    ],
)
async def test_origins_are_checked_against_a_list(
    tmp_path: Path, origin: str | None, status: int
) -> None:
    async with belfry(tmp_path, allowed_origins=("https://friend.example",)) as host:
        same = f"http://127.0.0.1:{host.port}"
        line = "" if origin is None else f"Origin: {same if origin == 'SAME' else origin}\r\n"
        head = (
            f"GET {await host.path('ann')} HTTP/1.1\r\nHost: 127.0.0.1:{host.port}\r\n{line}"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert await status_of(host, head) == status


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Upgrade: websocket\r\n", "", 426),
        ("Connection: Upgrade\r\n", "", 426),
        ("Version: 13", "Version: 12", 426),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("GET", "POST", 405),
    ],
)
async def test_a_wrong_handshake_is_refused(
    tmp_path: Path, old: str, new: str, status: int
) -> None:
    async with belfry(tmp_path) as host:
        head = (
            f"GET /ws/bells/{ROOM}/ HTTP/1.1\r\nHost: 127.0.0.1:{host.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert await status_of(host, head.replace(old, new)) == status


async def test_sockets_are_closed_with_a_reason_when_the_host_stops(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        stopping = asyncio.create_task(host.app.stop("maintenance"))
        opcode, payload = await raw.receive()
        assert (opcode, payload) == (8, b"\x03\xf4maintenance")
        await raw.write(frame(payload[:2], opcode=8))
        await stopping
