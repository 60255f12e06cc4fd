"""Letters: once each, in spite of refusals, breaks and restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest

from tests.conftest import ExpectLog
from tests.services.hand_clock import HandClock
from vphost.rules.mode import Send
from vphost.services.mail_queue import MailQueue
from vphost.services.ports import Documents, Letter, MailDown, MailRefused
from vphost.store import open_store

DAY_S = 86_400


@dataclass
class Pillar:
    """A mailer that keeps what it is given; `down` and `refused` name recipients."""

    sent: list[Letter] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(self) -> None:
        pass

    async def send(self, letter: Letter) -> None:
        self.tried.set()
        if letter.to in self.down:
            raise MailDown("away")
        if letter.to in self.refused:
            raise MailRefused("unknown")
        self.sent.append(letter)
        self.arrived.set()

    async def close(self) -> None:
        pass

    async def wait(self, count: int) -> list[str]:
        """Wait for so many letters and return to whom they went."""
        while len(self.sent) < count:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 10)
        return [letter.to for letter in self.sent]


async def compose(id: str, args: dict[str, str]) -> Letter | None:
    if args["to"] == "bug":
        raise KeyError("to")
    return None if args["to"] == "nobody" else Letter(id, args["to"], "s", "t")


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


OpenOffice: TypeAlias = Callable[[Pillar], MailQueue]


@pytest.fixture
async def office(documents: Documents) -> AsyncIterator[OpenOffice]:
    """Open a post office on the store; all are closed at the end."""
    opened: list[MailQueue] = []

    def open_office(pillar: Pillar) -> MailQueue:
        made = MailQueue(documents, HandClock(), pillar, first_wait_s=0.02)
        made.composers["note"] = compose  # type: ignore[assignment]
        opened.append(made)
        return made

    yield open_office
    for one in opened:
        await one.close()


async def states(documents: Documents) -> dict[str, str]:
    return {one.id: one.body["state"] for one in await documents.find("mails", {}, "", 100)}


async def test_an_order_is_sent_once_however_often_it_comes(
    documents: Documents, office: OpenOffice
) -> None:
    pillar = Pillar()
    post = office(pillar)
    await post.open()
    post.start()
    for _ in range(3):
        await post.job(Send("s1", "job:mail", "note", {"to": "ada"}))
    await post.order("s2", "note", {"to": "bob"})
    assert await pillar.wait(2) == ["ada", "bob"]
    await post.order("s1", "note", {"to": "ada"})
    await post.order("s3", "note", {"to": "eva"})
    assert await pillar.wait(3) == ["ada", "bob", "eva"]


async def test_what_was_not_sent_is_sent_by_the_next_process(
    documents: Documents, office: OpenOffice
) -> None:
    before = office(Pillar())
    await before.open()
    await before.order("s1", "note", {"to": "ada"})
    pillar = Pillar()
    after = office(pillar)
    await after.open()
    after.start()
    assert await pillar.wait(1) == ["ada"]


async def test_a_server_that_is_away_is_asked_again_and_holds_up_nobody_else(
    documents: Documents, office: OpenOffice
) -> None:
    pillar = Pillar(down={"ada"})
    post = office(pillar)
    await post.open()
    post.start()
    await post.order("s1", "note", {"to": "ada"})
    await post.order("s2", "note", {"to": "bob"})
    assert await pillar.wait(1) == ["bob"]
    pillar.down.clear()
    assert await pillar.wait(2) == ["bob", "ada"]


async def test_a_letter_nobody_takes_is_given_up_and_others_go_on(
    documents: Documents, office: OpenOffice, expect_log: ExpectLog
) -> None:
    expect_log("mail_refused")
    expect_log("mail_failed")
    pillar = Pillar(refused={"ada"})
    post = office(pillar)
    await post.open()
    for number, to in enumerate(("ada", "bug", "nobody", "bob")):
        await post.order(f"s{number}", "note", {"to": to})
    post.start()
    assert await pillar.wait(1) == ["bob"]
    await post.close()
    assert await states(documents) in (
        {"s0": "failed", "s1": "failed", "s2": "sent", "s3": "sent"},
        {"s0": "failed", "s1": "failed", "s2": "sent", "s3": "waiting"},
    )


async def test_what_it_was_about_is_forgotten_with_the_sending(
    documents: Documents, office: OpenOffice
) -> None:
    pillar = Pillar()
    post = office(pillar)
    await post.open()
    post.start()
    await post.order("s1", "note", {"to": "ada"})
    await pillar.wait(1)
    await post.order("s2", "note", {"to": "bob"})
    await pillar.wait(2)
    stored = await documents.get("mails", "s1")
    assert stored is not None and stored.body["args"] == {}


async def test_old_orders_are_dropped_but_not_those_that_wait(
    documents: Documents, office: OpenOffice
) -> None:
    post = office(Pillar())
    await post.open()
    await post.order("s1", "note", {"to": "ada"})
    waiting = await documents.get("mails", "s1")
    assert waiting is not None
    await documents.insert("mails", "s0", {**waiting.body, "state": "sent"})
    clock = post._clock
    assert isinstance(clock, HandClock)
    clock.pass_s(20 * DAY_S)
    assert await post.forget_old() == 1
    assert await states(documents) == {"s1": "waiting"}
