"""RefreshTokens of refresh tokens, tickets, and answers that are given again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.services.hand_clock import NOW_S, HandClock
from vphost.rules.mode import Rejected
from vphost.services.accounts.one_time_tokens import OneTimeTokens
from vphost.services.accounts.refresh_tokens import GONE, RefreshTokens
from vphost.services.idempotency import Answered, Idempotency, Work
from vphost.services.ports import Documents
from vphost.store import open_store

DAY_S = 86_400


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def families(documents: Documents, clock: HandClock) -> RefreshTokens:
    made = RefreshTokens(documents, clock)
    await made.open()
    await made.begin("f", "ada", "r1", 60)
    return made


async def test_a_refresh_token_works_once_and_reuse_ends_the_family(
    families: RefreshTokens
) -> None:
    assert await families.rotate("f", "r1", "r2", 60) is None
    assert await families.rotate("f", "r2", "r3", 60) is None
    assert await families.is_live("f")
    assert await families.rotate("f", "r1", "r4", 60) == Rejected("token_reused")
    assert not await families.is_live("f")
    assert await families.rotate("f", "r3", "r5", 60) == GONE


async def test_of_two_at_once_one_wins_and_the_other_ends_the_family(
    families: RefreshTokens
) -> None:
    outcomes = await asyncio.gather(
        families.rotate("f", "r1", "a", 60), families.rotate("f", "r1", "b", 60)
    )
    assert sorted(outcomes, key=str) == [None, Rejected("token_reused")]
    assert not await families.is_live("f")


async def test_only_digests_are_stored(families: RefreshTokens, documents: Documents) -> None:
    stored = await documents.get("sessions", "f")
    assert stored is not None and "r1" not in str(stored.body)


async def test_a_family_runs_out_and_is_forgotten_later(
    families: RefreshTokens, clock: HandClock, documents: Documents
) -> None:
    clock.pass_s(59)
    assert await families.rotate("f", "r1", "r2", 60) is None
    clock.pass_s(59)
    assert await families.is_live("f")
    clock.pass_s(2)
    assert not await families.is_live("f")
    assert await families.forget_old() == 0
    clock.pass_s(4 * DAY_S)
    assert await families.forget_old() == 1
    assert await documents.get("sessions", "f") is None


async def test_all_families_of_a_user_but_one_can_be_ended(families: RefreshTokens) -> None:
    for name in ("g", "h"):
        await families.begin(name, "ada", "r", 60)
    await families.begin("other", "bob", "r", 60)
    assert sorted(await families.end_all("ada", spare="g")) == ["f", "h"]
    assert await families.is_live("g") and await families.is_live("other")
    assert not await families.is_live("f")
    assert not await families.end("f") and not await families.end("none")


def test_a_ticket_is_used_once_by_the_process_that_gave_it() -> None:
    now = [NOW_S]
    tickets = OneTimeTokens(lambda: now[0])
    assert tickets.use("t", tickets.boot, NOW_S + 60)
    assert not tickets.use("t", tickets.boot, NOW_S + 60)
    assert not tickets.use("u", OneTimeTokens(lambda: now[0]).boot, NOW_S + 60)
    for number in range(100):
        tickets.use(str(number), tickets.boot, NOW_S + 60)
    now[0] += 61
    assert tickets.use("v", tickets.boot, NOW_S + 121)
    assert len(tickets) == 1


async def test_a_key_brings_the_first_answer_again(documents: Documents, clock: HandClock) -> None:
    repeats = Idempotency(documents, clock)
    await repeats.open()
    work = await repeats.begin("ada", "k", b"POST /x {}")
    assert isinstance(work, Work)
    assert await repeats.begin("ada", "k", b"POST /x {}") == Rejected("still_running")
    other = await repeats.begin("bob", "k", b"POST /x {}")
    assert isinstance(other, Work) and other.id != work.id
    await repeats.keep(work, 201, {"id": 1}, {"Location": "/x/1"})
    answer = Answered(201, {"id": 1}, {"Location": "/x/1"})
    assert await repeats.begin("ada", "k", b"POST /x {}") == answer
    assert await repeats.begin("ada", "k", b"POST /x {1}") == Rejected("id_reused")
    clock.pass_s(9 * DAY_S)
    assert await repeats.forget_old() == 1
    again = await repeats.begin("ada", "k", b"POST /x {1}")
    assert isinstance(again, Work) and again.id == work.id


async def test_a_key_whose_work_failed_is_free_and_keeps_its_id(
    documents: Documents, clock: HandClock
) -> None:
    repeats = Idempotency(documents, clock)
    await repeats.open()
    first = await repeats.begin("ada", "k", b"1")
    assert isinstance(first, Work)
    repeats.abandon(first)
    second = await repeats.begin("ada", "k", b"2")
    assert isinstance(second, Work) and second.id == first.id
