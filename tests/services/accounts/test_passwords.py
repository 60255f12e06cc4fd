"""Hashes: right, wrong, nobody's, old, too many at once."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from vphost.services.accounts.passwords import (
    LANES, LONGEST, MEMORY_KIB, PASSES, Overworked, Passwords, fault_of,
)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords()
    await made.open()
    yield made
    await made.close()


async def test_a_password_matches_its_hash_and_no_other_does(passwords: Passwords) -> None:
    hashed = await passwords.hash("correct horse")
    assert await passwords.matches(hashed, "correct horse")
    assert not await passwords.matches(hashed, "correct horsE")
    assert not await passwords.matches(hashed, "")
    assert hashed != await passwords.hash("correct horse")


async def test_nobodys_password_is_never_right(passwords: Passwords) -> None:
    assert not await passwords.matches("", "correct horse")
    assert not await passwords.matches("no hash at all", "correct horse")


async def test_parameters_are_at_least_owasps(passwords: Passwords) -> None:
    hashed = await passwords.hash("correct horse")
    assert hashed.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")
    assert MEMORY_KIB >= 19_456 and PASSES >= 2
    assert not passwords.is_old(hashed)
    assert passwords.is_old(PasswordHasher(1, 8, 1).hash("x"))


async def test_ways_to_type_the_same_text_are_one_password(passwords: Passwords) -> None:
    composed = unicodedata.normalize("NFC", "Zoë ﬁnd①")
    decomposed = unicodedata.normalize("NFD", "Zoë find1")
    assert await passwords.matches(await passwords.hash(composed), decomposed)


async def test_long_passwords_are_not_cut_off(passwords: Passwords) -> None:
    hashed = await passwords.hash("a" * (LONGEST - 1) + "b")
    assert not await passwords.matches(hashed, "a" * LONGEST)
    assert not await passwords.matches(hashed, "a" * (LONGEST - 1))


async def test_too_many_at_once_are_sent_away_and_the_rest_is_done() -> None:
    passwords = Passwords(waiting_max=3)
    await passwords.open()
    outcomes = await asyncio.gather(
        *(passwords.hash("correct horse") for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(one, Overworked) for one in outcomes) == 7
    assert sum(isinstance(one, str) for one in outcomes) == 3
    assert isinstance(await passwords.hash("again"), str)
    await passwords.close()


@pytest.mark.parametrize(("password", "is_good"), [
    ("1234567", False), ("12345678", True), ("a" * LONGEST, True), ("a" * (LONGEST + 1), False),
    ("\ufb01" * 600, False), ("Ada.Lovelace", False), ("ada@example.org", False),
    ("correct horse", True),
])
def test_what_may_be_a_password(password: str, is_good: bool) -> None:
    assert (fault_of(password, "ada.lovelace", "ada@example.org") == "") is is_good
