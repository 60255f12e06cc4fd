"""Messages held against their schemas over HTTP: the verdicts, the bounds, and who may ask."""

from __future__ import annotations

from vphost.rules.mode import Rejected
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.rest_client import Answer, People, people

PAGE, CHECK = "/debug/websockets/", "debug/check/"
FOLD = {"schema": "table/in/action_fold.json", "text": '{"action": "action_fold"}'}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[People]:
    async with people(tmp_path, debug="operators") as made:
        yield made


async def operator(house: People) -> str:
    """Return the token of somebody whom an operator made one."""
    token = await house.host.token("ada")
    called = await house.host.app.house.operations.call(
        "user.operator", {"name": "ada", "on": True}
    )
    assert not isinstance(called, Rejected) and called["is_operator"] is True
    return token


async def check(house: People, token: str, *messages: Any) -> Answer:
    return await house.call("POST", CHECK, {"messages": messages}, token)


def message(schema: str, value: Any) -> dict[str, str]:
    return {"schema": schema, "text": value if isinstance(value, str) else json.dumps(value)}


async def test_72_debugging_is_off_where_nobody_asked_for_it(tmp_path: Path) -> None:
    async with people(tmp_path) as house:
        token = await operator(house)
        assert (await house.get(PAGE))[0] == 404
        assert (await check(house, token, FOLD)).status == 404


async def test_72_the_calls_are_for_operators_the_page_holds_nothing(house: People) -> None:
    assert (await house.get(PAGE))[0] == 200
    assert (await house.call("POST", CHECK, {"messages": [FOLD]})).status == 401
    somebody = await check(house, await house.host.token("bob"), FOLD)
    assert (somebody.status, somebody.code) == (403, "forbidden")
    assert (await check(house, await operator(house), FOLD)).status == 200


async def test_a_verdict_names_every_wrong_path(house: People) -> None:
    chat = "table/in/send_chat_message.json"
    answer = await check(
        house, await operator(house), FOLD,
        message("table/in/buy_in.json", {"action": "buy_in", "colour": "red"}),
        message("table/in/buy_in.json", {"action": "buy_in", "amount": "1e3"}),
        message(chat, "no JSON"), message(chat, '{"action": 1, "action": 2}'),
        message("table/in/nothing.json", {}), message("pools/ops.json", {}),
        message("plain/out/error.json", {"event": "error", "timestamp": 1, "payload": {"code": 1}}),
    )
    verdicts = answer.body["verdicts"]
    assert [one["valid"] for one in verdicts] == [True, *[False] * 7]
    faults = [one["faults"] for one in verdicts]
    assert faults[0] == {}
    assert faults[1].keys() == {"amount", "colour"}
    assert faults[2].keys() == {"amount"}
    assert faults[3] == {"non_field_errors": ["The message is not valid JSON."]}
    assert faults[4] == {"action": ["The message has the same field twice."]}
    assert faults[5] == faults[6] == {"non_field_errors": ["There is no such schema."]}
    assert "payload.code" in faults[7]


async def test_a_number_is_judged_as_it_is_written(house: People) -> None:
    """A browser would read 2^53 + 1 as 2^53, which is a valid version."""
    answer = await check(
        house, await operator(house),
        message("plain/in/look.json", '{"op": "look", "since": 9007199254740991}'),
        message("plain/in/look.json", '{"op": "look", "since": 9007199254740993}'),
    )
    assert [one["valid"] for one in answer.body["verdicts"]] == [True, False]


async def test_a_call_has_its_bounds(house: People) -> None:
    token = await operator(house)
    assert (await check(house, token, *[FOLD] * 50)).status == 200
    assert (await check(house, token, *[FOLD] * 51)).status == 400
    long = message("plain/in/look.json", f'"{"x" * 65_534}"')
    assert (await check(house, token, *[long] * 4)).status == 200
    assert (await check(house, token, *[long] * 4, FOLD)).code == "too_large"
    longer = message("plain/in/look.json", f'"{"x" * 65_535}"')
    assert (await check(house, token, longer)).status == 400


async def test_who_asks_too_often_is_told_when_to_come_back(house: People) -> None:
    token = await operator(house)
    answers = [await check(house, token, FOLD) for _ in range(60)]
    refused = [one for one in answers if one.status != 200]
    assert refused and all(one.code == "too_many_messages" for one in refused)
    assert int(refused[0].headers["retry-after"]) >= 1
