"""API keys: shown once, kept as digests, scoped, expiring, rotated, throttled."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.services.hand_clock import HandClock
from vphost.rules.mode import Rejected
from vphost.services.accounts.api_keys import COLLECTION, KEY, ApiKey, ApiKeys
from vphost.services.ports import Documents
from vphost.store import open_store

DAY_S = 86_400
HERE = "10.0.0.1"


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def keys(documents: Documents, clock: HandClock) -> ApiKeys:
    made = ApiKeys(documents, clock)
    await made.open()
    return made


async def made(keys: ApiKeys, name: str = "metrics", days: int | None = None) -> tuple[ApiKey, str]:
    """Make a key."""
    outcome = await keys.create(name, ["metrics", "admin:read"], days)
    assert not isinstance(outcome, Rejected)
    return outcome


def code(outcome: Any) -> str:
    """Return the code of a refusal, empty for none."""
    return outcome.code if isinstance(outcome, Rejected) else ""


async def test_a_key_is_found_by_its_text_and_kept_as_a_digest(
    keys: ApiKeys, documents: Documents
) -> None:
    key, text = await made(keys)
    assert KEY.fullmatch(text)
    found = await keys.check(text, HERE)
    assert isinstance(found, ApiKey) and (found.id, found.scopes) == (
        key.id, frozenset({"metrics", "admin:read"})
    )
    [stored] = await documents.find(COLLECTION, {}, "", 10)
    assert text.partition(".")[2] not in json.dumps(stored.body)


async def test_43_what_is_not_the_key_is_refused_alike(keys: ApiKeys, clock: HandClock) -> None:
    _, text = await made(keys)
    other, other_text = await made(keys, "other")
    await keys.revoke(other.id)
    _, late = await made(keys, "late", days=1)
    clock.pass_s(DAY_S)
    wrong = (
        text[:-1] + ("A" if text[-1] != "A" else "B"), other_text, late, text + "x", "", "vph_",
        f"{text.partition('.')[0]}.{other_text.partition('.')[2]}", text.upper(), "\ud800",
    )
    for number, one in enumerate(wrong):
        assert await keys.check(one, f"10.1.{number}.1") == Rejected("not_authenticated"), one
    assert code(await keys.check(text, HERE)) == ""


async def test_43_wrong_keys_are_slowed_down_for_each_address(
    keys: ApiKeys, clock: HandClock
) -> None:
    _, text = await made(keys)
    codes = [code(await keys.check("vph_x.y", HERE)) for _ in range(15)]
    assert codes == ["not_authenticated"] * 11 + ["too_many_attempts"] * 4
    assert code(await keys.check(text, HERE)) == "too_many_attempts"
    assert code(await keys.check(text, "10.0.0.2")) == ""
    clock.pass_s(2)
    assert code(await keys.check(text, HERE)) == ""


async def test_two_of_a_name_live_at_a_time(keys: ApiKeys, clock: HandClock) -> None:
    first, _ = await made(keys)
    _, second = await made(keys, days=2)
    assert code(await keys.create("metrics", ["metrics"], None)) == "too_many_keys"
    await keys.revoke(first.id)
    await made(keys)
    assert code(await keys.check(second, HERE)) == ""
    clock.pass_s(2 * DAY_S)
    await made(keys)


async def test_the_last_use_is_written_once_a_minute(
    keys: ApiKeys, documents: Documents, clock: HandClock
) -> None:
    key, text = await made(keys)

    async def version() -> int:
        found = await documents.get(COLLECTION, key.id)
        assert found is not None
        return found.version

    versions = []
    for seconds in (0, 30, 29, 1, 59):
        clock.pass_s(seconds)
        await keys.check(text, HERE)
        versions.append(await version())
    assert versions == [2, 2, 2, 3, 3]


@pytest.mark.parametrize(("name", "scopes", "days"), [
    ("", ["metrics"], None), ("a b", ["metrics"], None), ("a" * 41, ["metrics"], None),
    ("a", [], None), ("a", ["admin"], None), ("a", ["metrics"], 0), ("a", ["metrics"], 3651),
])
async def test_a_key_that_cannot_be_is_refused(
    keys: ApiKeys, name: str, scopes: list[str], days: int | None
) -> None:
    assert code(await keys.create(name, scopes, days)) == "bad_message"


async def test_an_operator_never_sees_a_secret_again(keys: ApiKeys) -> None:
    operations = keys.operations()
    answer: Any = await operations["key.create"](
        {"name": "a", "scopes": ["metrics"], "expires_days": 1}
    )
    listed: Any = await operations["key.list"]({})
    revoked: Any = await operations["key.revoke"]({"id": answer["id"]})
    assert answer["key"].startswith(f"vph_{answer['id']}.") and listed["keys"][0]["live"]
    assert not revoked["live"] and "key" not in revoked and "key" not in listed["keys"][0]
    assert code(await operations["key.revoke"]({"id": "nobody"})) == "not_found"
    for args in ({}, {"id": 5}, {"id": "a", "x": 1}):
        assert code(await operations["key.revoke"](args)) == "bad_message"
    for wrong in (
        {"name": "a", "scopes": "metrics", "expires_days": None},
        {"name": 5, "scopes": ["metrics"], "expires_days": None},
        {"name": "a", "scopes": ["metrics"], "expires_days": True}, {"name": "a"},
    ):
        assert code(await operations["key.create"](wrong)) == "bad_message"
