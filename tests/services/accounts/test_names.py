"""Names of users: scripts, marks, look-alikes and what is the host's own."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator

import pytest

from vphost.rules.mode import Rejected
from vphost.services.accounts.accounts import COLLECTION, LOOKS_TAKEN, UPKEEP, Accounts, Kind, User
from vphost.services.accounts.names import is_reserved, is_username, look_key, username_key
from vphost.services.clock import SystemClock, SystemSeeds
from vphost.services.ports import Documents
from vphost.store import open_store

TAKEN = LOOKS_TAKEN


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
async def accounts(documents: Documents) -> Accounts:
    made = Accounts(documents, SystemClock(), SystemSeeds())
    await made.open()
    return made


@pytest.mark.parametrize("name", [
    "हिन्दी", "தமிழ்", "สมหญิง", "বাংলা", "ਪੰਜਾਬੀ", "తెలుగు", "ಕನ್ನಡ", "മലയാളം",
    "ශ්‍රී", "မြန်မာ", "ភាសាខ្មែរ", "བོད", "ދިވެހި", "محمد",
    "می‌خواهم", "שָׁלוֹם", "Αλέξης", "Жанна", "Ђорђе", "Հայկ",
    "გიორგი", "ኣበበ",
    "李娜", "山田たろう", "アート", "佐々木", "김철수", "Ada李", "Yuki雪", "Nguyễn", "Zoë", "Straße", "Kaʻiulani",
    "Ångström", "राम१", "राम1", "अ_आ", "a_b-c.d", "a1", "e\u0301a",
], ids=ascii)
async def test_letters_of_every_script_make_names(accounts: Accounts, name: str) -> None:
    added = await accounts.add(name, Kind.PERSON)
    assert isinstance(added, User)
    assert added.username == unicodedata.normalize("NFKC", name)
    assert await accounts.by_name(name) == added


@pytest.mark.parametrize("name", [
    "pаypal", "аdam", "Дzen", "aβc", "αlice", "aՕb", "aԁb", "हिa", "ไทyo", "김たろう", "ab١",
    "שa", "ᎠDAM", "ааa",
], ids=ascii)
def test_mixtures_of_scripts_are_no_names(name: str) -> None:
    assert not is_username(unicodedata.normalize("NFKC", name))


@pytest.mark.parametrize("name", [
    "\u3164\u3164", "\uffa0\uffa0", "\u115fa", "a\u1160", "a\u3164b", "\u2800\u2800", "a\u2800b",
    "a\u034fb", "a\u200db", "a\u200cb", "a\u200bb", "a\u2060b", "a\ufe0fb", "a\U000e0100b",
    "a\u00adb", "a\u17b4b", "a\u180eb", "a\u202eb", "\u0301a", "a_\u0301b", "ab.", "ab\u02c8",
    "ad\u02d0a", "a\u0640b", "a\u20ddb", "e\u0323\u0323b", "e\u0300\u0301\u0302\u0303\u0304b",
    "रा१म2", "🂡🂡", "a" * 33, "क" + "\u0902" * 32, "\ud800a", "a b", "a", "",
], ids=ascii)
async def test_what_is_no_word_is_no_name(accounts: Accounts, name: str) -> None:
    assert await accounts.add(name, Kind.PERSON) == Rejected("bad_username")


@pytest.mark.parametrize(("taken", "other"), [
    ("alice", "a1ice"), ("alice", "aIice"), ("alice", "AL1CE"), ("Adam", "АDАМ"),
    ("coco", "сосо"), ("paypal", "раураІ"), ("Bob", "B0b"), ("bob", "ВОВ"), ("mia", "МІА"),
    ("darn", "dam"), ("Helen", "НЕLЕN"), ("ohno", "0hn0"), ("сосо", "coco"),
    ("user10", "userlO"), ("william", "vvilliam"), ("Wendy", "VVendy"), ("anna", "ᴀnna"),
    ("selim", "SELİM"), ("roʙ", "rob"),
])
async def test_a_look_alike_of_a_taken_name_is_taken(
    accounts: Accounts, taken: str, other: str
) -> None:
    assert isinstance(await accounts.add(taken, Kind.PERSON), User)
    refused = await accounts.add(other, Kind.PERSON)
    assert refused in (TAKEN, Rejected("bad_username"))
    if is_username(unicodedata.normalize("NFKC", other)):
        assert refused == TAKEN


@pytest.mark.parametrize(("one", "other"), [
    ("ann", "anna"), ("ada1", "ada2"), ("a_b", "a.b"), ("Zoë", "Zoe"), ("ада", "ide"),
    ("user0", "user1"), ("mann", "mamn"), ("नमन", "नमम"),
])
def test_names_that_can_be_told_apart_are_two(one: str, other: str) -> None:
    assert look_key(one) != look_key(other)


def test_case_makes_no_other_look() -> None:
    for name in ("Mia", "ILLINOIS", "Straße", "Жанна", "Αλέξης"):
        assert username_key(name.upper()) == username_key(name.lower())
        assert look_key(name) == look_key(name)


@pytest.mark.parametrize("name", [
    "system", "host", "admin", "dealer", "ADMIN", "Dealer", "a.d.m.i.n", "ho-st", "adm1n", "ADMlN",
    "ᴀdmin", "ADMİN", "ʜost", "vvorld", "hosts",
    "h0st", "dea1er", "systern", "ѕуѕtеm", "support",
    "moderator", "ｓｙｓｔｅｍ", "operator", "house",
])
async def test_names_of_the_host_are_for_nobody_else(accounts: Accounts, name: str) -> None:
    assert is_reserved(unicodedata.normalize("NFKC", name))
    assert isinstance(await accounts.add(name, Kind.PERSON), Rejected)


def test_names_with_more_in_them_are_not_reserved() -> None:
    assert not any(map(is_reserved, ("hosta", "adminka", "dealers-choice", "ada", "root")))


async def test_the_hosts_own_users_may_have_such_names(accounts: Accounts) -> None:
    assert (await accounts.ensure("dealer", Kind.SYSTEM)).username == "dealer"
    await accounts.add("b0ris", Kind.PERSON)
    boris = await accounts.ensure("Boris", Kind.BOT)
    assert await accounts.ensure("Boris", Kind.BOT) == boris


async def test_of_two_look_alikes_at_once_one_is_refused(accounts: Accounts) -> None:
    names = ("alice", "a1ice", "aIice", "AL1CE", "alIce")
    outcomes = await asyncio.gather(*(accounts.add(name, Kind.PERSON) for name in names))
    assert sorted(isinstance(one, User) for one in outcomes) == [False] * 4 + [True]
    codes = {one.code for one in outcomes if isinstance(one, Rejected)}
    assert codes == {"username_taken"}


OLD = {"a" * 16: "alice", "b" * 16: "a1ice", "c" * 16: "pаypal", "d" * 16: "admin", "e" * 16: "bob"}


async def old_users(documents: Documents) -> None:
    """Store users as they were before names were looked at."""
    await documents.declare(
        COLLECTION, unique=["username_key", "email_key"], indexed=["kind", "unconfirmed"]
    )
    for id, name in OLD.items():
        await documents.insert(COLLECTION, id, {
            "username": name, "username_key": username_key(name), "kind": "person",
            "disabled": False, "created_at": 1,
        })


async def test_who_has_a_name_keeps_it(documents: Documents) -> None:
    await old_users(documents)
    accounts = Accounts(documents, SystemClock(), SystemSeeds())
    for _ in range(2):
        await accounts.open()
        for id, name in OLD.items():
            user = await accounts.by_name(name)
            assert user is not None and (user.id, user.username) == (id, name)
            assert await accounts.by_id(id) == user
            assert isinstance(await accounts.disable(id, True), User)
            assert isinstance(await accounts.disable(id, False), User)
    for name in ("aIice", "b0b", "paypal", "adm1n"):
        assert await accounts.add(name, Kind.PERSON) == TAKEN


async def test_keys_of_another_version_are_made_anew(documents: Documents) -> None:
    await old_users(documents)
    accounts = Accounts(documents, SystemClock(), SystemSeeds())
    await accounts.open()
    for collection, id, change in (
        (COLLECTION, "e" * 16, {"look_key": "stale"}), (UPKEEP, "look_keys", {"version": 99}),
    ):
        found = await documents.get(collection, id)
        assert found is not None
        await documents.replace(collection, id, found.version, {**found.body, **change})
    await accounts.open()
    assert await accounts.add("b0b", Kind.PERSON) == TAKEN
