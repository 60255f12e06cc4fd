"""Money outside of rooms, cover, reservations, snapshots."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import ANSWER_LOST, REFUSED, MemoryDocuments, MemoryJournal
from tests.services.process import Boot, ask, code, done, until
from vphost.rules import books
from vphost.rules.mode import Posting, Rejected
from vphost.services.journal.commits import Accepted
from vphost.services.ledger.balances import Balances, Unbalanced


def deposit(user: str, amount: int) -> tuple[Posting, ...]:
    return books.move(books.WORLD, books.user(user), "PLAY", amount)


def withdraw(user: str, amount: int) -> tuple[Posting, ...]:
    return books.move(books.user(user), books.WORLD, "PLAY", amount)


async def test_a_deposit_acts_once_for_its_id(boot: Boot, journal: MemoryJournal) -> None:
    ledger = (await boot()).ledger
    first = await ledger.transact("d1", deposit("ann", 500), {"by": "op"})
    again = await ledger.transact("d1", deposit("ann", 500), {"by": "op"})
    assert isinstance(first, Accepted) and not first.repeated
    assert isinstance(again, Accepted) and again.repeated and again.commit == first.commit
    assert ledger.balance("user:ann", "PLAY") == 500 and len(journal.records) == 1


@pytest.mark.parametrize("amount, memo", [(501, {"by": "op"}), (500, {"by": "other"})])
@pytest.mark.parametrize("restart", [False, True])
async def test_the_same_id_for_something_else_is_refused(
    boot: Boot, amount: int, memo: dict[str, Any], restart: bool
) -> None:
    process = await boot()
    await process.ledger.transact("d1", deposit("ann", 500), {"by": "op"})
    if restart:
        await process.kill()
        process = await boot()
    assert code(await process.ledger.transact("d1", deposit("ann", amount), memo)) == "id_reused"
    again = await process.ledger.transact("d1", deposit("ann", 500), {"by": "op"})
    assert isinstance(again, Accepted) and again.repeated
    assert process.ledger.balance("user:ann", "PLAY") == 500


async def test_ten_at_the_same_time_move_money_once(boot: Boot) -> None:
    ledger = (await boot()).ledger
    outcomes = await asyncio.gather(
        *(ledger.transact("d1", deposit("ann", 500), {}) for _ in range(10))
    )
    assert sum(1 for one in outcomes if isinstance(one, Accepted) and not one.repeated) == 1
    assert ledger.balance("user:ann", "PLAY") == 500


async def test_two_withdrawals_cannot_spend_the_same_money(boot: Boot) -> None:
    ledger = (await boot()).ledger
    await ledger.transact("d", deposit("ann", 100), {})
    outcomes = await asyncio.gather(
        *(ledger.transact(f"w{n}", withdraw("ann", 60), {}) for n in range(3))
    )
    assert [isinstance(one, Rejected) and one.code for one in outcomes] == [
        False, "insufficient_funds", "insufficient_funds",
    ]
    assert ledger.balance("user:ann", "PLAY") == 40


async def test_a_refused_transaction_may_be_tried_again(boot: Boot) -> None:
    ledger = (await boot()).ledger
    assert code(await ledger.transact("w", withdraw("ann", 5), {})) == "insufficient_funds"
    await ledger.transact("d", deposit("ann", 5), {})
    assert isinstance(await ledger.transact("w", withdraw("ann", 5), {}), Accepted)


async def test_a_transaction_in_doubt_is_settled(
    boot: Boot, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|the store answers again|doubted commits settled")
    process = await boot()
    journal.fail_next(ANSWER_LOST, *[REFUSED] * 200)
    assert code(await process.ledger.transact("d", deposit("ann", 5), {})) == "store_down"
    await until(lambda: not process.writer.refusing)
    journal.faults.clear()
    again = await process.ledger.transact("d", deposit("ann", 5), {})
    assert isinstance(again, Accepted) and again.repeated
    assert process.ledger.balance("user:ann", "PLAY") == 5


async def test_a_room_may_spend_at_once_what_it_just_took_in(
    boot: Boot, journal: MemoryJournal
) -> None:
    process = await boot()
    room = await process.room()
    await process.ledger.transact("d", deposit("ann", 100), {})
    journal.hold()
    asks = [
        asyncio.create_task(ask(room, "in", "pay_in", amount=100)),
        asyncio.create_task(ask(room, "out", "pay_out", user="bob", amount=80)),
        asyncio.create_task(ask(room, "over", "pay_out", user="bob", amount=21)),
        asyncio.create_task(ask(room, "back", "pay_in", user="bob", amount=1)),
    ]
    await journal.waiting.wait()
    await until(lambda: asks[2].done() and asks[3].done())
    assert code(await asks[2]) == "insufficient_funds"
    assert code(await asks[3]) == "insufficient_funds", "a credit counts when it is durable"
    assert process.ledger.balance("user:ann", "PLAY") == 100
    journal.release()
    assert isinstance(await asks[0], Accepted) and isinstance(await asks[1], Accepted)
    assert process.ledger.balances.durable() == {
        ("world", "PLAY"): -100, ("room:r1:pot", "PLAY"): 20, ("user:bob", "PLAY"): 80,
    }


async def test_tools_recover_the_ledger_without_rooms(
    boot: Boot, journal: MemoryJournal, documents: MemoryDocuments
) -> None:
    process = await boot(book_snapshot_every=2)
    for n in range(5):
        await process.ledger.transact(f"d{n}", deposit("ann", 10), {})
    await until(lambda: ("ledger", "main") in journal.snapshots)
    await process.kill()
    from tests.services.process import Process

    tool = Process(journal, documents)
    await tool.ledger.recover()
    await tool.ledger.transact("d9", deposit("ann", 1), {})
    assert tool.ledger.balance("user:ann", "PLAY") == 51
    await tool.writer.close()
    assert (await boot()).ledger.balance("user:ann", "PLAY") == 51


def test_house_accounts_go_down_to_their_limit_and_no_further() -> None:
    balances = Balances({("house:pool", "PLAY"): 50})

    def pay(n: int):  # type: ignore[no-untyped-def]
        return books.move("house:pool", "user:a", "PLAY", n)

    assert isinstance(balances.reserve(pay(51)), Rejected)
    assert not isinstance(balances.reserve(pay(50)), Rejected)
    assert isinstance(balances.reserve(pay(1)), Rejected)
    assert isinstance(balances.reserve(books.move("house:rake", "user:a", "PLAY", 1)), Rejected)


def test_postings_are_judged_by_their_net() -> None:
    balances = Balances({})
    through = (
        *books.move("world", "user:a", "PLAY", 5), *books.move("user:a", "user:b", "PLAY", 5)
    )
    reservation = balances.reserve(through)
    assert not isinstance(reservation, Rejected)
    balances.commit(reservation)
    assert balances.durable() == {("world", "PLAY"): -5, ("user:b", "PLAY"): 5}


def test_currencies_are_not_one_another() -> None:
    balances = Balances({})
    balances.load({("user:a", "PLAY"): 5})
    assert isinstance(balances.reserve(books.move("user:a", "user:b", "EUR", 5)), Rejected)


@pytest.mark.parametrize("postings", [
    (Posting("user:a", "PLAY", 5),),
    (Posting("world", "PLAY", -5), Posting("user:a", "EUR", 5)),
    (Posting("world", "PLAY", -5.0), Posting("user:a", "PLAY", 5.0)),  # type: ignore[arg-type]
    (Posting("world", "PLAY", False), Posting("user:a", "PLAY", False)),
])
def test_what_does_not_sum_to_zero_in_integers_is_a_bug(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(Unbalanced):
        Balances({}).reserve(postings)


def test_nothing_is_reserved_when_one_side_is_not_covered() -> None:
    balances = Balances({})
    balances.load({("user:a", "PLAY"): 5})
    both = (*books.move("user:a", "user:c", "PLAY", 5), *books.move("user:b", "user:c", "PLAY", 1))
    assert isinstance(balances.reserve(both), Rejected)
    assert balances.available("user:a", "PLAY") == 5


async def test_a_room_cannot_spend_what_another_room_just_took_in() -> None:
    balances = Balances({})
    balances.load({("user:a", "PLAY"): 5})
    balances.reserve(books.move("user:a", "room:r1:pot", "PLAY", 5), "r1")
    from_other = books.move("room:r1:pot", "user:b", "PLAY", 5)
    assert isinstance(balances.reserve(from_other, "r2"), Rejected)
    assert not isinstance(balances.reserve(from_other, "r1"), Rejected)


async def test_a_commit_of_a_room_moves_its_postings(boot: Boot) -> None:
    process = await boot()
    room = await process.room()
    await process.ledger.transact("d", deposit("ann", 5), {})
    await done(room, "in", "pay_in", amount=5)
    assert process.ledger.balance("room:r1:pot", "PLAY") == 5
