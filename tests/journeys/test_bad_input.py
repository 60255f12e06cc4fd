"""Bad input over a real socket: a coded answer to the one who sent it, and nothing else.

Every kind is sent by the player whose turn it is, by another player, and by one who only watches.
The view is the same before and after, the journal does not grow, and nobody else hears a word.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.living_table import Guest, LivingTable, living_table
from tests.web.web_edge import Raw, frame
from vphost.rules.codes import CODES
from vphost.services.accounts.accounts import Kind
from vphost.web.site import Limits

BOOK = "main"
PATIENT = Limits(broken_frames=10**6, messages_per_s=1e6, message_burst=10**6)
RAISE = '{"action":"action_raise","amount":%s}'
BROKEN: Mapping[str, tuple[str | bytes, str]] = {
    "no JSON": ("{", "bad_message"),
    "no object": ('["action_fold"]', "bad_message"),
    "empty": ("", "bad_message"),
    "binary nonsense": (b"\xff\xfe\x00", "bad_message"),
    "no action": ('{"amount":1}', "bad_message"),
    "unknown action": ('{"action":"dance"}', "unknown_action"),
    "action of the host process": ('{"action":"tick"}', "unknown_action"),
    "action is no text": ('{"action":7}', "bad_message"),
    "seat is text": ('{"action":"sit_player","seat":"1"}', "bad_message"),
    "seat out of range": ('{"action":"sit_player","seat":99}', "bad_message"),
    "cards are text": ('{"action":"show_pocket_cards","data":{"cards":"AS"}}', "bad_message"),
    "an argument too many": ('{"action":"action_fold","hurry":1}', "bad_message"),
    "another user": ('{"action":"action_fold","user":"host"}', "bad_message"),
    "amount is missing": ('{"action":"action_raise"}', "bad_message"),
    "amount is negative": (RAISE % "-5", "bad_amount"),
    "amount is zero": (RAISE % "0", "bad_amount"),
    "amount is minus zero": (RAISE % "-0.0", "bad_amount"),
    "amount is too precise": (RAISE % '"1.001"', "bad_amount"),
    "amount is far too precise": (RAISE % "1.00000000000000000000000000001", "bad_amount"),
    "amount is boolean": (RAISE % "true", "bad_amount"),
    "amount is a list": (RAISE % "[1]", "bad_amount"),
    "amount is a word": (RAISE % '"all"', "bad_amount"),
    "amount is no number": (RAISE % "NaN", "bad_message"),
    "amount is infinite": (RAISE % "Infinity", "bad_message"),
    "amount is 1e400": (RAISE % "1e400", "bad_message"),
    "amount is 1e400 as text": (RAISE % '"1e400"', "bad_amount"),
    "amount beyond 2^53": (RAISE % "9007199254740993", "bad_amount"),
    "amount beyond 2^64": (RAISE % "99999999999999999999", "bad_message"),
    "deep nesting": ('{"action":"action_fold","x":' + "[" * 900 + "]" * 900 + "}", "bad_message"),
    "deeper nesting": ("[" * 30_000 + "]" * 30_000, "bad_message"),
    "objects in objects": ('{"a":' * 5_000 + "1" + "}" * 5_000, "bad_message"),
    "the same key twice": ('{"action":"action_fold","action":"action_call"}', "bad_message"),
    "an amount and a total": ('{"action":"action_raise","amount":1,"total":2}', "bad_message"),
    "a hostile total": ('{"action":"action_raise","total":-1}', "bad_amount"),
    "the same amount twice": ('{"action":"action_raise","amount":1,"amount":2}', "bad_message"),
    "a lone surrogate": (r'{"action":"\ud800"}', "bad_message"),
    "oversized": ('{"action":"send_chat_message","payload":{"message":"%s"}}' % ("x" * 70_000),
                  "too_large"),
    "long chat": ('{"action":"send_chat_message","payload":{"message":"%s"}}' % ("x" * 501),
                  "bad_message"),
    "control characters": (r'{"action":"send_chat_message","payload":{"message":"\u0000"}}',
                           "bad_message"),
    "a number of 4,000 digits": (RAISE % ("9" * 4_000), "bad_message"),
}
"""Kind -> what is sent, the code that answers it whoever sends it."""
WRONG: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "above the stack": ({"action": "action_raise", "amount": 1000}, "raise_too_large",
                        "not_your_turn"),
    "below the least raise": ({"action": "action_raise", "amount": "0.30"}, "raise_too_small",
                              "not_your_turn"),
    "below the least total": ({"action": "action_raise", "total": "0.75"}, "raise_too_small",
                              "not_your_turn"),
    "a wrong call": ({"action": "action_call", "amount": "7.77"}, "wrong_call_amount",
                     "not_your_turn"),
    "a check with a bet to call": ({"action": "action_check"}, "action_not_available",
                                   "not_your_turn"),
    "a bet where there is one": ({"action": "action_bet", "amount": 5}, "action_not_available",
                                 "not_your_turn"),
    "more chips than may be": ({"action": "buy_in", "amount": 1000}, "above_maximum",
                               "above_maximum"),
    "somebody's seat": ({"action": "sit_player", "seat": 1 - 1}, "*", "*"),
    "cards in a hand": ({"action": "show_pocket_cards", "data": {"cards": ["AS"]}},
                        "hand_running", "hand_running"),
    "an unknown player": ({"action": "kick_player_after_game", "payload": {"player": 77}},
                          "*", "*"),
    "a game in a game": ({"action": "game_start", "game_type": "THD"}, "*", "*"),
}
"""Kind -> what is sent, the code for the one whose turn it is, the code for the other player."""


async def refusal(guest: Guest) -> str:
    """Return the code of the next message, which has to be a refusal."""
    message = await guest.hear()
    assert message["event"] in ("action_error", "unable_to_start_game"), message
    payload = message["payload"]
    assert payload["error"] and payload["error_representation"]
    assert len(json.dumps(message)) < 4_000, "a long answer"
    code: str = payload["code"]
    assert code in CODES
    return code


async def state_of(living: LivingTable, guests: list[Guest]) -> Any:
    """Return all that must not change."""
    head = await living.app.house.journal.head(BOOK)
    views = [living.room.view(player) for player in (None, *(one.player for one in guests))]
    return head, living.room.seq, json.dumps(views, default=str)


async def quiet(guests: list[Guest]) -> None:
    """Nobody has heard anything: the next thing they hear answers their own question."""
    for number, guest in enumerate(guests):
        await guest.say("dance", request_id=f"probe-{number}")
        message = await guest.hear()
        assert message["payload"].get("request_id") == f"probe-{number}", message


async def test_every_kind_of_bad_input_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with (living_table(tmp_path, PATIENT) as living,
                Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two,
                Raw.connected(living.app.address[1]) as three):
        guests = [await living.enter(raw, name)
                  for raw, name in ((one, "host"), (two, "ann"), (three, "eve"))]
        await guests[2].until("player_connected", player=guests[2].player)
        await living.start(guests[:2])
        await guests[2].until("turn")
        before = await state_of(living, guests)
        turn = living.whose_turn()
        for kind, (text, code) in BROKEN.items():
            for guest in guests:
                opcode = 2 if isinstance(text, bytes) else 1
                await guest.raw.write(frame(text, opcode=opcode))
                assert await refusal(guest) == code, kind
                assert await state_of(living, guests) == before, kind
        for kind, (body, mine, other) in WRONG.items():
            for guest, expected in ((guests[turn], mine), (guests[1 - turn], other)):
                taken = {"seat": turn} if guest is guests[1 - turn] else {"seat": 1 - turn}
                asked = {**body, **taken} if body["action"] == "sit_player" else body
                await guest.say(**asked)
                code = await refusal(guest)
                assert expected in ("*", code), (kind, code)
                assert await state_of(living, guests) == before, kind
        await quiet(guests)


async def test_a_stale_action_is_refused(tmp_path: Path) -> None:
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two):
        guests = [await living.enter(one, "host"), await living.enter(two, "ann")]
        await living.start(guests)
        actor = guests[living.whose_turn()]
        await actor.say("action_call", amount="0.25")
        await actor.say("action_call", amount="0.25")
        await actor.until("action_ack", action="action_call")
        answer = await actor.until("action_error")
        assert answer["code"] == "not_your_turn"
        last = guests[living.whose_turn()]
        await last.say("action_fold")
        await last.until("game_end")
        await last.say("action_fold")
        assert (await last.until("action_error"))["code"] == "no_hand"


@pytest.mark.parametrize("text", ["{", '{"action":"dance"}', RAISE % "-1", "x" * 70_000])
async def test_whoever_sends_it_again_and_again_is_closed(tmp_path: Path, text: str) -> None:
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one,
                Raw.connected(living.app.address[1]) as two):
        guests = [await living.enter(one, "host"), await living.enter(two, "ann")]
        await living.start(guests)
        before = living.room.view(None)["game_state"]["bets"]
        async with asyncio.timeout(20):
            for _ in range(30):
                await guests[1].raw.write(frame(text))
            assert await guests[1].raw.close_code() == 1008
        await guests[0].until("player_disconnected", player=guests[1].player)
        assert living.room.view(None)["game_state"]["bets"] == before
        await guests[0].say("send_chat_message", payload={"message": "still here"})
        await guests[0].until("chat_message", message="still here")


async def test_a_frame_far_too_large_is_closed_with_1009(tmp_path: Path) -> None:
    async with (living_table(tmp_path) as living, Raw.connected(living.app.address[1]) as one):
        guest = await living.enter(one, "host")
        await guest.until("player_connected", player=guest.player)
        await guest.raw.write(frame("x" * 300_000))
        assert await guest.raw.close_code() == 1009


async def test_a_reader_who_never_reads_is_dropped_and_costs_nobody_else(tmp_path: Path) -> None:
    limits = Limits(
        socket_buffer_bytes=65_536, messages_per_s=1e6, message_burst=10**6, frames_per_s=1e6,
        frame_burst=10**6,
    )
    async with (living_table(tmp_path, limits) as living,
                Raw.connected(living.app.address[1]) as slow,
                Raw.connected(living.app.address[1]) as quick):
        await living.enter(slow, "ann")
        guest = await living.enter(quick, "host")
        await guest.until("player_connected")
        transport = slow.writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        user = await living.app.house.accounts.by_name("ann")
        assert user is not None
        said = 0
        while living.app.site.sockets.count(user.id):
            assert said < 20_000, "the slow reader is never dropped"
            for _ in range(30):
                said += 1
                await guest.say("send_chat_message", payload={"message": f"{said:0500}"})
            await guest.until("chat_message", message=f"{said:0500}")
        if all(message["event"] != "player_disconnected" for message in guest.seen):
            await guest.until("player_disconnected")


async def test_a_table_that_is_not_there_is_told_and_the_socket_closed(tmp_path: Path) -> None:
    async with (living_table(tmp_path) as living,
                Raw.connected(living.app.address[1]) as raw):
        user = await living.app.house.accounts.ensure("ann", Kind.PERSON)
        token = living.app.house.access_tokens.issue(user.id, 60)
        await raw.upgrade(living.app.address[1], f"/ws/tables/ZZZZ/?token={token}")
        told = await raw.message()
        assert told["event"] == "auth_error" and told["payload"]["code"] == "not_found"
        assert await raw.close_code() == 4403
