"""Questions of one socket: their order, their answers, their repeats, and what they share."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.web.web_bells import belfry
from tests.web.web_edge import Raw, frame
from vphost.web.site import Limits


async def test_answers_come_in_the_order_of_the_questions(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        for op in ("ring", "refuse", "ring", "nothing", "look", "fly", "ring"):
            await raw.say(op=op)
        events = [(await raw.message())["event"] for _ in range(6)]
        assert events == ["rang", "error", "rang", "state", "error", "rang"]


async def test_a_view_comes_after_the_events_that_led_to_it(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        for _ in range(20):
            await raw.say(op="ring")
            await raw.say(op="look")
        events = [(await raw.message())["event"] for _ in range(40)]
        assert events == ["rang", "state"] * 20


ANSWERS = {
    "ring": ["rang"], "refuse": ["error"], "fly": ["error"], "look": ["state"], "nothing": [],
    "answer_me": ["answer_me", "asked"],
}
"""What a question is answered with, in order."""


@pytest.mark.parametrize("at_once", [1, 3, 16])
@pytest.mark.parametrize("seed", range(4))
async def test_many_questions_at_once_are_answered_in_order(
    tmp_path: Path, seed: int, at_once: int
) -> None:
    dice = random.Random(seed)
    limits = Limits(asked_at_once=at_once, message_burst=100, broken_frames=100)
    async with belfry(tmp_path, limits) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        asked = [dice.choice(list(ANSWERS)) for _ in range(60)]
        await raw.write(b"".join(frame(json.dumps({"op": op})) for op in asked))
        expected = [event for op in asked for event in ANSWERS[op]]
        assert [(await raw.message())["event"] for _ in expected] == expected


async def test_commands_of_one_socket_share_a_write(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        writes: list[int] = []
        host.app.house.writer.after_write.append(writes.append)
        await raw.write(frame('{"op": "ring"}') * 16)
        assert [(await raw.message())["rings"] for _ in range(16)] == list(range(1, 17))
        assert len(writes) <= 4


async def test_a_repeat_behind_its_own_command_gets_the_same_answer(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await raw.write(frame('{"op": "ring", "request_id": "r"}') * 2 + frame('{"op": "look"}'))
        heard = [await raw.message() for _ in range(3)]
        assert heard[0] == heard[1] and heard[0]["rings"] == 1
        assert heard[2]["event"] == "state" and host.room.state.rings == 1


async def test_a_refusal_is_told_to_the_caller_alone(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        async with Raw.connected(host.port) as bob:
            await host.enter(ann, "ann")
            await host.enter(bob, "bob")
            await bob.say(op="refuse")
            assert (await bob.message())["code"] == "forbidden"
            await bob.say(op="ring")
            assert [(await ann.message())["event"] for _ in range(2)] == ["joined", "rang"]


async def test_a_repeated_request_gets_the_first_answer_and_acts_once(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as ann:
        async with Raw.connected(host.port) as bob:
            await host.enter(ann, "ann")
            await host.enter(bob, "bob")
            await ann.message()
            await ann.say(op="ring", request_id="r1")
            first = await ann.message()
            await ann.say(op="ring", request_id="r1")
            assert await ann.message() == first
            await ann.say(op="refuse")
            assert (await ann.message())["event"] == "error"
            assert host.room.state.rings == 1
            await bob.say(op="ring", request_id="r1")
            assert [(await bob.message())["rings"] for _ in range(2)] == [1, 2]


async def test_a_repeat_after_reconnecting_gets_the_first_answer(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host:
        async with Raw.connected(host.port) as raw:
            await host.enter(raw, "ann")
            await raw.say(op="whisper", to=1, text="KD", request_id="w")
            first = await raw.message()
        async with Raw.connected(host.port) as raw:
            await host.enter(raw, "ann")
            await raw.say(op="whisper", to=1, text="KD", request_id="w")
            assert await raw.message() == first
            assert first["text"] == "KD"


async def test_an_answer_for_the_caller_goes_to_him_alone(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        await raw.say(op="answer_me")
        answers = [await raw.message(), await raw.message()]
        assert {"event": "answer_me", "just": "you"} in answers
