"""Money that a plugin moves without a room: bounds, repeats, holds that end once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import ExpectLog
from tests.services.memory_store import ANSWER_LOST, REFUSED, MemoryJournal
from tests.services.process import Boot, Process, accepted, code, until
from vphost.rules import books
from vphost.rules.mode import Posting, Rejected
from vphost.services.journal.commits import Accepted
from vphost.services.ledger.plugin_money import POSTINGS_MAX, Hold, PluginMoney
from vphost.services.ledger.verify import verify
from vphost.services.ports import StoreDown

BET = Hold("b1", "ann", "PLAY", 60)
GIVEN_BACK = (Posting("user:ann", "PLAY", 60),)
LOST = (Posting("house:x", "PLAY", 60),)
WON = (
    Posting("house:x", "PLAY", 60), Posting("house:x", "PLAY", -90), Posting("user:ann", "PLAY", 90)
)
HELD = "user:ann:hold:wallet:b1"


async def is_user(user: str) -> bool:
    return user in ("ann", "bob")


def money(process: Process, plugin: str = "wallet") -> PluginMoney:
    return PluginMoney(process.ledger, plugin, frozenset({"x"}), is_user)


@pytest.fixture
async def process(boot: Boot) -> AsyncIterator[Process]:
    """A process where Ann has 100; what the test leaves in the journal has to fit together."""
    started = await boot()
    await started.ledger.transact("d", books.move("world", "user:ann", "PLAY", 100), {})
    yield started
    limits = {("house:x", "PLAY"): 50}
    report = await verify(started.journal, "main", limits)
    assert report.ok, report.faults
    assert set(report.sums.values()) <= {0}


def balances(process: Process) -> dict[str, int]:
    durable = process.ledger.balances.durable()
    return {account: amount for (account, _), amount in durable.items() if account != "world"}


def prize(amount: Any = 30, account: str = "x:wallet:prizes") -> tuple[Posting, ...]:
    return (Posting("user:ann", "PLAY", -amount), Posting(account, "PLAY", amount))


# -- transactions ------------------------------------------------------------------------------


async def test_money_moves_once_for_an_id(process: Process) -> None:
    first = await money(process).transact("p", prize(), {"why": ("a", 1)})
    again = await money(process).transact("p", prize()[::-1], {"why": ["a", 1]})
    assert isinstance(first, Accepted) and not first.repeated
    assert isinstance(again, Accepted) and again.repeated and again.commit == first.commit
    assert balances(process) == {"user:ann": 70, "x:wallet:prizes": 30}


async def test_a_repeat_after_a_restart_is_the_same(boot: Boot, process: Process) -> None:
    await money(process).transact("p", prize(), {"why": ("a", 1), "of": {"x": None}})
    await process.kill()
    process = await boot()
    again = await money(process).transact("p", prize()[::-1], {"of": {"x": None}, "why": ["a", 1]})
    assert isinstance(again, Accepted) and again.repeated
    assert code(await money(process).transact("p", prize(31), {"why": ["a", 1]})) == "id_reused"


async def test_ten_at_once_move_money_once(process: Process) -> None:
    own = money(process)
    outcomes = await asyncio.gather(*(own.transact("p", prize(), {}) for _ in range(10)))
    assert sum(1 for one in outcomes if not accepted(one).repeated) == 1
    assert balances(process)["user:ann"] == 70


@pytest.mark.parametrize("account", [
    "x:other:prizes", "x:wallet:", "x:wallet", "x:walletx:a", "world", "room:r1:pot", "house:rake",
    "house:", "house:x:y", "user:", HELD, "user:ann:", "user:ann:hold:other:b1", "transit:1",
    "match:1:prize", "ledger:x", "x:wallet:a b", "x:wallet:" + "a" * 200, "x:wallet:\u00e9", "",
])
async def test_accounts_of_others_are_forbidden(process: Process, account: str) -> None:
    for postings in (prize(5, account), tuple(
        Posting(one.account, one.currency, -one.amount) for one in prize(5, account)
    )):
        assert code(await money(process).transact("p", postings, {})) == "forbidden"
    assert balances(process) == {"user:ann": 100}


@pytest.mark.parametrize("wrong", [
    {"id": ""}, {"id": "a b"}, {"id": "a" * 129}, {"id": 7}, {"id": "\u00e9"},
    {"postings": None}, {"postings": (1,)}, {"postings": prize()[:1]}, {"postings": "user"},
    {"postings": prize() * (POSTINGS_MAX // 2 + 1)},
    {"postings": prize(True)}, {"postings": prize(1.0)}, {"postings": prize(2**53)},
    {"postings": prize(2**53 - 1) * 2},
    {"postings": (Posting("user:ann", "play", -1), Posting("x:wallet:a", "play", 1))},
    {"postings": (Posting("user:ann", "PLAY", -1), Posting("x:wallet:a", "EUR", 1))},
    {"memo": None}, {"memo": {"a": object()}}, {"memo": {1: 2}}, {"memo": {"a": "x" * 70_000}},
    {"memo": {"a": {1, 2}}}, {"memo": [1]}, {"memo": {"a": 2**70}},
])
async def test_wrong_arguments_are_refused_and_move_nothing(
    process: Process, wrong: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"id": "p", "postings": prize(), "memo": {}, **wrong}
    outcome = await money(process).transact(**given)
    assert code(outcome) in ("bad_message", "bad_amount")
    assert balances(process) == {"user:ann": 100}


async def test_what_is_not_there_cannot_be_moved(process: Process) -> None:
    assert code(await money(process).transact("p", prize(101), {})) == "insufficient_funds"
    assert isinstance(await money(process).transact("p", prize(100), {}), Accepted)


async def test_a_user_who_does_not_exist_gets_nothing(process: Process) -> None:
    to_typo = (Posting("user:ann", "PLAY", -5), Posting("user:anne", "PLAY", 5))
    outcome = await money(process).transact("p", to_typo, {})
    assert outcome == Rejected("not_found", {"user": "anne"})


async def test_users_who_cannot_be_looked_up_get_nothing(process: Process) -> None:
    async def is_down(user: str) -> bool:
        raise StoreDown("test")

    own = PluginMoney(process.ledger, "wallet", frozenset({"x"}), is_down)
    move = (Posting("house:x", "PLAY", -5), Posting("user:ann", "PLAY", 5))
    assert code(await own.transact("p", move, {})) == "store_down"


async def test_two_plugins_may_use_the_same_ids(process: Process) -> None:
    other = money(process, "other")
    assert not accepted(await money(process).transact("p", prize(), {})).repeated
    assert not accepted(await other.transact("p", prize(30, "x:other:prizes"), {})).repeated
    assert not accepted(await process.ledger.transact("p", (), {})).repeated


async def test_an_id_without_money_is_used_up(process: Process) -> None:
    assert not accepted(await money(process).transact("p", (), {"gone": True})).repeated
    assert code(await money(process).transact("p", prize(), {"gone": True})) == "id_reused"


async def test_a_movement_in_doubt_counts_once(
    process: Process, journal: MemoryJournal, expect_log: ExpectLog
) -> None:
    expect_log("the store fails|the store answers again|doubted commits settled")
    journal.fail_next(ANSWER_LOST, *[REFUSED] * 200)
    assert code(await money(process).transact("p", prize(), {})) == "store_down"
    await until(lambda: not process.writer.refusing)
    journal.faults.clear()
    assert accepted(await money(process).transact("p", prize(), {})).repeated
    assert balances(process) == {"user:ann": 70, "x:wallet:prizes": 30}


# -- holds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("postings, ann, house", [
    (GIVEN_BACK, 100, 0), (LOST, 40, 60), (WON, 130, -30),
])
async def test_a_hold_ends_once(
    process: Process, postings: tuple[Posting, ...], ann: int, house: int
) -> None:
    own = money(process)
    assert not accepted(await own.hold(BET, {"game": "g"})).repeated
    assert accepted(await own.hold(BET, {"game": "g"})).repeated
    assert balances(process) == {"user:ann": 40, HELD: 60}
    assert not accepted(await own.resolve(BET, postings, {})).repeated
    assert accepted(await own.resolve(BET, postings, {})).repeated
    for other in (GIVEN_BACK, LOST, WON):
        if other != postings:
            assert code(await own.resolve(BET, other, {})) == "id_reused"
    left = {"user:ann": ann, "house:x": house}
    assert balances(process) == {name: amount for name, amount in left.items() if amount}


async def test_two_ways_to_end_a_hold_race(process: Process) -> None:
    own = money(process)
    await own.hold(BET, {})
    outcomes = await asyncio.gather(*(
        own.resolve(BET, postings, {}) for postings in (GIVEN_BACK, LOST, WON) * 5
    ))
    done = [one for one in outcomes if isinstance(one, Accepted)]
    assert len(done) == 5 and sum(1 for one in done if not one.repeated) == 1
    assert {code(one) for one in outcomes if one not in done} == {"id_reused"}


async def test_a_hold_is_resolved_whole_or_not_at_all(process: Process) -> None:
    own = money(process)
    await own.hold(BET, {})
    less = Hold("b1", "ann", "PLAY", 59)
    outcome = await own.resolve(less, (Posting("user:ann", "PLAY", 59),), {})
    assert outcome == Rejected("not_found", {"held": 60})
    assert code(await own.resolve(BET, (Posting("user:ann", "PLAY", 59),), {})) == "bad_message"
    assert code(await own.resolve(BET, (), {})) == "bad_message"
    assert isinstance(await own.resolve(BET, GIVEN_BACK, {}), Accepted)


async def test_what_was_never_held_is_not_resolved(process: Process) -> None:
    own = money(process)
    assert code(await own.resolve(BET, GIVEN_BACK, {})) == "not_found"
    await own.hold(BET, {})
    assert code(await money(process, "other").resolve(BET, GIVEN_BACK, {})) == "not_found"
    assert isinstance(await own.resolve(BET, GIVEN_BACK, {}), Accepted)


async def test_a_ref_is_for_one_hold(process: Process) -> None:
    own = money(process)
    await own.hold(BET, {})
    for other in (Hold("b1", "ann", "PLAY", 10), Hold("b1", "bob", "PLAY", 60)):
        assert code(await own.hold(other, {})) == "id_reused"
    assert code(await own.hold(BET, {"game": "other"})) == "id_reused"
    await own.resolve(BET, GIVEN_BACK, {})
    assert accepted(await own.hold(BET, {})).repeated
    assert balances(process) == {"user:ann": 100}


async def test_a_barred_hold_comes_too_late(process: Process) -> None:
    own = money(process)
    assert not accepted(await own.bar_hold("b1", {"cancelled": 1})).repeated
    assert accepted(await own.bar_hold("b1", {"cancelled": 1})).repeated
    assert code(await own.hold(BET, {})) == "id_reused"
    await own.hold(Hold("b2", "ann", "PLAY", 5), {})
    assert code(await own.bar_hold("b2", {})) == "id_reused"


async def test_a_hold_and_its_bar_race(process: Process) -> None:
    own = money(process)
    outcomes = await asyncio.gather(own.bar_hold("b1", {}), own.hold(BET, {}))
    assert sorted(isinstance(one, Accepted) for one in outcomes) == [False, True]


async def test_more_than_there_is_cannot_be_held(process: Process) -> None:
    own = money(process)
    bets = [Hold(f"b{n}", "ann", "PLAY", 60) for n in range(2)]
    outcomes = await asyncio.gather(*(own.hold(bet, {}) for bet in bets))
    assert [isinstance(one, Accepted) for one in outcomes] == [True, False]
    assert code(outcomes[1]) == "insufficient_funds"


@pytest.mark.parametrize("hold", [
    None, Hold("", "ann", "PLAY", 1), Hold("a:b", "ann", "PLAY", 1), Hold("a", "a:b", "PLAY", 1),
    Hold("a" * 65, "ann", "PLAY", 1), Hold("a", "ann", "play", 1), Hold("a", "ann", "PLAY", 0),
    Hold("a", "ann", "PLAY", -5), Hold("a", "ann", "PLAY", True), Hold("a", "ann", "PLAY", 2**53),
    Hold("a", "", "PLAY", 1), Hold(7, "ann", "PLAY", 1),  # type: ignore[arg-type]
])
async def test_a_wrong_hold_is_refused(process: Process, hold: Any) -> None:
    own = money(process)
    for outcome in (await own.hold(hold, {}), await own.resolve(hold, (), {})):
        assert code(outcome) in ("bad_message", "bad_amount")


@pytest.mark.parametrize("id, account", [
    ("x:wallet:t:1", "x:other:a"), ("x:wallet:t:1", "user:ann:hold:other:b"),
    ("x:wallet:t:1", "room:r1:pot"), ("x:wallet:t:1", "world"), ("operator:1", HELD),
    ("operator:1", "x:wallet:a"),
])
async def test_verify_finds_a_foreign_account(boot: Boot, id: str, account: str) -> None:
    process = await boot()
    await process.ledger.transact("d", books.move("world", "user:ann", "PLAY", 9), {})
    await process.ledger.transact(id, books.move("user:ann", account, "PLAY", 9), {})
    report = await verify(process.journal, "main")
    assert report.fault_count == 1 and account in report.faults[0]
