"""Missing, wrong, foreign and hostile fields: the error, the code, the op, and nothing changes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

from plugins.pools.codec import PoolsCodec
from tests.plugins.pools.pools_house import NUMBERS, OP, RES, ROOT, SCHEMAS, Client, House, running
from vphost.plugin_api import BadMessage, FrameContext, Rejected, Request
from vphost.rules.mode import NO_LABELS

CODEC = PoolsCodec(SCHEMAS, NUMBERS, lambda: 1_417_104_170_000)
CONTEXT = FrameContext("", None, 0, 0)
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 0.5, 2**63, 1e300, "", "x" * 2_000, "\u0000", "../../etc/passwd",
    "<script>", "'; drop table", [], [[]], {}, {"$ne": 1}, ["a"] * 600,
)


def document(op: str) -> dict[str, Any]:
    """Return the schema of an operation."""
    text = (ROOT / "schemas" / "pools" / "in" / f"{op}.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def variants(op: str) -> list[dict[str, Any]]:
    """Return requests that are wrong in every way there is a field for."""
    schema = document(op)
    whole = {**schema["examples"][-1], "header": {"request_id": "r"}}
    wrong = [{name: value for name, value in whole.items() if name != missing}
             for missing in schema["required"] if missing != "op"]
    wrong += [{**whole, "colour": 1}, {**whole, "header": {"admin": True}}, {**whole, "header": 3}]
    for name in schema["properties"]:
        if name not in ("op", "header"):
            wrong += [{**whole, name: value} for value in HOSTILE]
    return wrong


def error_of(message: Any) -> dict[str, Any] | None:
    """Return the error that a message gets from the codec, None when it is let through."""
    try:
        text = json.dumps(message) if not isinstance(message, str | bytes) else message
    except ValueError:
        return None
    decoded = CODEC.decode(text, NO_LABELS)
    if isinstance(decoded, Request):
        return None
    assert isinstance(decoded, BadMessage)
    answer: dict[str, Any] = json.loads(CODEC.rejected(
        CONTEXT, decoded,
        Rejected(decoded.code, {"detail": decoded.detail, "field": decoded.field}), None,
    ))
    assert SCHEMAS.explain("pools/out/error.json", answer) is None
    return answer


def test_every_wrong_request_is_an_error_with_text_code_and_op() -> None:
    refused = 0
    for op, code in OP.items():
        for message in variants(op):
            answer = error_of(message)
            if answer is not None:
                refused += 1
                assert answer["res"] == 666 and answer["text"] and answer["code"]
                assert answer["op"] == code
                assert answer["field"] or "too large" in answer["text"], (message, answer)
    assert refused > 800


def test_seconds_are_taken_wherever_a_moment_belongs() -> None:
    fields = [
        (op, name) for op in OP for name, schema in document(op)["properties"].items()
        if "moment_in" in str(schema.get("$ref"))
    ]
    assert len(fields) >= 15
    for op, name in fields:
        example = document(op)["examples"][-1]
        for moment, millis in (
            (1417104170, 1417104170000), (1417104170.25, 1417104170250),
            (1417104170.0, 1417104170000), (10**11 - 1, (10**11 - 1) * 1000),
            (10**11, 10**11), (1417104170000, 1417104170000),
        ):
            decoded = CODEC.decode(json.dumps({**example, name: moment}), NO_LABELS)
            assert isinstance(decoded, Request) and decoded.args[name] == millis
            assert type(decoded.args[name]) is int
        for wrong in (0, -1, 10**14 + 1, "1417104170", True):
            answer = error_of({**example, name: wrong})
            assert answer is not None and answer["field"] == name


@settings(max_examples=300, deadline=None)
@given(st.one_of(
    st.binary(max_size=60), st.text(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
            st.sampled_from(["op", "header", "game_id", "amount", "request_id"]), inner,
            max_size=5,
        ), max_leaves=10,
    ),
))
def test_whatever_comes_is_answered(message: Any) -> None:
    answer = error_of(message)
    assert answer is None or answer["res"] == 666


async def outcome(client: Client, message: Any) -> dict[str, Any]:
    """Send a message and return the answer that comes before the next pong."""
    await client.write(message)
    while True:
        frame = await client.receive()
        if frame["res"] not in (RES["balance_updated"], RES["betting_pool_bets_distribution"]):
            return frame


async def test_hostile_requests_change_no_game_and_no_account(tmp_path: Path) -> None:
    """What passes the schemas is refused by the service or the room: a stranger with ids."""
    chooser = random.Random(7)
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        source = house.state(game).source
        ids = {"game_id": game, "pool_id": pool, "source_id": source}
        before, money = house.state(game), house.ledger.balances.durable()
        stranger = await house.connect("stranger")
        harmless = ("ping", "get_", "list_", "logon", "join", "leave", "become_")
        for op, code in OP.items():
            if op.startswith(harmless):
                continue
            message = {**document(op)["examples"][0], "op": code}
            message |= {name: value for name, value in ids.items() if name in message}
            frame = await outcome(stranger, message)
            assert (frame["res"], frame["op"]) == (666, code), frame
            for name in chooser.sample(sorted(message), len(message)):
                if name != "op":
                    wrong = {**message, name: chooser.choice(HOSTILE[:14])}
                    stranger = await again(house, stranger)
                    frame = await outcome(stranger, wrong)
                    assert (frame["res"], frame["op"]) == (666, code), (wrong, frame)
        assert house.state(game) == before
        assert house.ledger.balances.durable() == money


async def again(house: House, client: Client) -> Client:
    """Return a new socket of a user: whoever sends too many broken messages loses his."""
    await client.close()
    house.clients.remove(client)
    token = (await house.call("user.token", name=client.name))["token"]
    return await house.connect(client.name, token=token)
