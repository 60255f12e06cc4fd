"""Users: names, kinds, guests."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from vphost.rules.mode import Rejected
from vphost.services.accounts.accounts import Accounts, Kind, User, guest_name
from vphost.services.ports import Documents
from vphost.store import open_store

NOON_MS = 1_700_000_000_000


class FixedClock:
    def now_ms(self) -> int:
        return NOON_MS

    def at_least(self, moment_ms: int) -> None:
        """Game time stands still here."""

    def calendar_ms(self) -> int:
        return NOON_MS


class CountedSeeds:
    """The same seeds in every run."""

    def __init__(self) -> None:
        self.drawn = 0

    def draw(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(b"%d" % self.drawn).digest()


class OneSeed:
    def draw(self) -> bytes:
        return bytes(32)


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
async def accounts(documents: Documents) -> Accounts:
    made = Accounts(documents, FixedClock(), CountedSeeds())
    await made.open()
    return made


async def test_a_user_is_found_by_id_and_by_name_in_any_case(accounts: Accounts) -> None:
    ada = await accounts.add("Ada", Kind.PERSON)
    assert isinstance(ada, User)
    assert (ada.username, ada.kind, ada.disabled, ada.created_at) == (
        "Ada", Kind.PERSON, False, NOON_MS
    )
    assert await accounts.by_id(ada.id) == ada
    assert await accounts.by_name("aDA") == ada
    assert await accounts.by_name("bob") is None
    assert await accounts.by_id("nobody") is None


@pytest.mark.parametrize(("first", "second"), [
    ("Ada", "Ada"), ("Ada", "ADA"), ("Straße", "STRASSE"), ("Zoë", "Zoe\u0308"),
    ("Ada1", "Ada\u00b9"),
])
async def test_names_that_read_the_same_are_one(
    accounts: Accounts, first: str, second: str
) -> None:
    await accounts.add(first, Kind.PERSON)
    assert await accounts.add(second, Kind.BOT) == Rejected("username_taken")


@pytest.mark.parametrize("name", [
    "", "a", "a" * 33, "a b", "-ab", "ab.", "a:b", "a/b", "a\nb", "a\u202eb", "<b>", "a\x00b", "🂡🂡",
])
async def test_bad_names_are_refused(accounts: Accounts, name: str) -> None:
    assert await accounts.add(name, Kind.PERSON) == Rejected("bad_username")


@pytest.mark.parametrize("name", ["ab", "a" * 32, "a_b-c.d", "Жанна", "李娜"])
async def test_good_names_are_taken_as_they_are(accounts: Accounts, name: str) -> None:
    added = await accounts.add(name, Kind.PERSON)
    assert isinstance(added, User) and added.username == name


async def test_ids_fit_into_account_names(accounts: Accounts) -> None:
    users = [await accounts.add(f"user{number}", Kind.PERSON) for number in range(20)]
    ids = {user.id for user in users if isinstance(user, User)}
    assert len(ids) == 20
    assert all(len(one) == 16 and one.isascii() and one.isalnum() for one in ids)


async def test_guests_get_readable_names_of_their_own(accounts: Accounts) -> None:
    guests = [await accounts.guest() for _ in range(20)]
    names = {guest.username for guest in guests if isinstance(guest, User)}
    assert len(names) == 20
    assert all(len(name.split("-")) == 3 for name in names)
    assert all(isinstance(one, User) and one.kind is Kind.GUEST for one in guests)


def test_a_guests_name_comes_from_its_seed() -> None:
    assert guest_name(bytes(32)) == "able-badger-0000"
    assert guest_name(b"\xff" * 32) == guest_name(b"\xff" * 32)


async def test_when_all_guest_names_are_taken_it_is_said(documents: Documents) -> None:
    accounts = Accounts(documents, FixedClock(), OneSeed())
    await accounts.open()
    assert isinstance(await accounts.guest(), User)
    assert await accounts.guest() == Rejected("username_taken")


async def test_the_hosts_own_users_are_made_once(accounts: Accounts) -> None:
    first = await accounts.ensure("house", Kind.SYSTEM)
    assert await accounts.ensure("house", Kind.SYSTEM) == first
    await accounts.add("ada", Kind.PERSON)
    with pytest.raises(ValueError, match="belongs to someone else"):
        await accounts.ensure("ada", Kind.SYSTEM)
    with pytest.raises(ValueError, match="cannot be had|belongs"):
        await accounts.ensure("no name", Kind.SYSTEM)


@pytest.mark.parametrize("name", ["", "a" * 1_000_000, "\ud800", "a b", "\x00" * 5])
async def test_a_name_that_nobody_can_have_is_just_not_there(
    accounts: Accounts, name: str
) -> None:
    assert await accounts.by_name(name) is None
