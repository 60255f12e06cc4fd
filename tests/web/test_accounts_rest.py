"""Accounts over real HTTP: register, confirm, sign in, refresh, change, reset."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.rest_client import PASSWORD, People, people

NEW = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[People]:
    async with people(tmp_path) as made:
        yield made


async def test_from_registration_to_profile(house: People) -> None:
    assert (await house.post("registration/", NEW)).status == 201
    early = await house.post("token/", {"email": NEW["email"], "password": PASSWORD})
    assert (early.status, early.code) == (401, "bad_credentials")
    subject, key = await house.letter("ada@example.org")
    assert subject == "Please confirm your mail address"
    for _ in range(2):
        assert (await house.post("confirm-email/", {"key": key})).status == 200
    pair = await house.sign_in("ada")
    profile = (await house.call("GET", "users/current/", token=pair["access"])).body
    assert (profile["username"], profile["email"], profile["payment_method"]) == (
        "ada", "ada@example.org", None
    )
    assert set(pair) == {"access", "refresh", "expires_in_s"}


async def test_an_address_in_other_letters_is_the_same(house: People) -> None:
    await house.register("ada")
    answer = await house.post("token/", {"email": "ADA@Example.ORG", "password": PASSWORD})
    assert answer.status == 200


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"email": "ada"}, "email"), ({"email": None}, "email"), ({"username": "a b"}, "username"),
    ({"username": "a" * 33}, "username"), ({"password": "short"}, "password"),
    ({"password": "x" * 1025}, "password"), ({"password": "ada@example.org"}, "password"),
    ({"is_admin": True}, "is_admin"), ({"balance": "100"}, "balance"),
    ({"email": "ada@example.org\r\nBcc: eve@example.org"}, "email"),
]


async def test_wrong_fields_are_named(house: People) -> None:
    for change, field in WRONG:
        answer = await house.post("registration/", {**NEW, **change})
        assert answer.status == 400 and list(answer.body) == [field]
        assert all(isinstance(text, str) for text in answer.body[field])
        assert answer.headers["x-incident-id"]


async def test_a_name_is_taken_once(house: People) -> None:
    await house.post("registration/", NEW)
    again = await house.post("registration/", {**NEW, "email": "b@example.org"})
    assert (again.status, again.body) == (400, {"username": ["Is taken."]})


async def test_an_unconfirmed_claim_keeps_nobody_from_an_address(house: People) -> None:
    await house.post("registration/", {**NEW, "username": "squatter"})
    _, squatters_key = await house.letter("ada@example.org")
    await house.register("ada")
    late = await house.post("confirm-email/", {"key": squatters_key})
    assert (late.status, late.code) == (409, "email_taken")
    await house.sign_in("ada")


async def test_a_refresh_token_is_exchanged_for_the_next(house: People) -> None:
    await house.register("ada")
    pair = await house.sign_in("ada")
    for _ in range(3):
        answer = await house.post("token/refresh/", {"refresh": pair["refresh"]})
        assert answer.status == 200
        pair = answer.body
        assert await house.is_good(pair["access"])
    for wrong in (pair["access"], "a.b.c", "x"):
        assert (await house.post("token/refresh/", {"refresh": wrong})).status == 401


async def test_a_token_can_be_looked_at(house: People) -> None:
    await house.register("ada")
    pair = await house.sign_in("ada")
    for name in ("access", "refresh", "access"):
        answer = await house.post("token/verify/", {"token": pair[name]})
        assert (answer.status, answer.body) == (200, {})
    assert (await house.post("token/verify/", {"token": "a.b.c"})).status == 401
    await house.post("logout/", token=pair["access"])
    assert (await house.post("token/verify/", {"token": pair["refresh"]})).status == 401


async def test_logging_out_ends_this_sign_in_only(house: People) -> None:
    await house.register("ada")
    one, other = await house.sign_in("ada"), await house.sign_in("ada")
    gone = await house.post("logout/", token=one["access"])
    assert (gone.status, gone.body) == (204, None)
    assert not await house.is_good(one["access"]) and await house.is_good(other["access"])
    assert (await house.post("token/refresh/", {"refresh": one["refresh"]})).status == 401


async def test_a_password_is_changed_by_who_knows_it(house: People) -> None:
    await house.register("ada")
    here, there = await house.sign_in("ada"), await house.sign_in("ada")
    wrong = await house.post(
        "password/change/", {"old_password": "guess", "new_password": "battery staple"},
        here["access"],
    )
    assert (wrong.status, list(wrong.body)) == (400, ["old_password"])
    weak = await house.post(
        "password/change/", {"old_password": PASSWORD, "new_password": "ada@example.org"},
        here["access"],
    )
    assert (weak.status, list(weak.body)) == (400, ["new_password"])
    done = await house.post(
        "password/change/", {"old_password": PASSWORD, "new_password": "battery staple"},
        here["access"],
    )
    assert done.status == 200
    assert await house.is_good(here["access"]) and not await house.is_good(there["access"])
    assert (await house.letter("ada@example.org"))[0] == "Your password was changed"
    old = await house.post("token/", {"email": "ada@example.org", "password": PASSWORD})
    assert old.status == 401
    await house.sign_in("ada", "battery staple")


async def test_a_forgotten_password_is_set_anew_once(house: People) -> None:
    await house.register("ada")
    pair = await house.sign_in("ada")
    assert (await house.post("password/reset/", {"email": "ada@example.org"})).status == 200
    subject, key = await house.letter("ada@example.org")
    assert subject == "Set a new password"
    body = {"key": key, "new_password": "battery staple"}
    weak = await house.post("password/reset/confirm/", {**body, "new_password": "ada@example.org"})
    assert (weak.status, list(weak.body)) == (400, ["new_password"])
    assert (await house.post("password/reset/confirm/", body)).status == 200
    again = await house.post("password/reset/confirm/", body)
    assert (again.status, again.code) == (400, "bad_key")
    assert not await house.is_good(pair["access"])
    await house.sign_in("ada", "battery staple")


async def test_of_two_resets_at_once_one_works(house: People) -> None:
    await house.register("ada")
    await house.post("password/reset/", {"email": "ada@example.org"})
    _, key = await house.letter("ada@example.org")
    answers = await asyncio.gather(*(
        house.post("password/reset/confirm/", {"key": key, "new_password": f"battery {number}"})
        for number in range(4)
    ))
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]


async def test_a_key_is_for_one_purpose(house: People) -> None:
    await house.post("registration/", NEW)
    _, confirm = await house.letter("ada@example.org")
    wrong = await house.post(
        "password/reset/confirm/", {"key": confirm, "new_password": "battery staple"}
    )
    assert (wrong.status, wrong.code) == (400, "bad_key")
    await house.post("confirm-email/", {"key": confirm})
    pair = await house.sign_in("ada")
    for token in (pair["access"], pair["refresh"], "a.b.c"):
        assert (await house.post("confirm-email/", {"key": token})).code == "bad_key"


async def test_everything_stands_after_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'a.sqlite'}"
    async with people(tmp_path, store=store) as house:
        await house.register("ada")
        pair = await house.sign_in("ada")
        ticket = (await house.post("token/short/", token=pair["access"])).body
        read = house.read
    async with people(tmp_path, store=store) as house:
        house.read = read
        assert await house.is_good(pair["access"])
        answer = await house.post("token/refresh/", {"refresh": pair["refresh"]})
        assert answer.status == 200
        # A ticket is good for the process that gave it.
        assert await house.refused(ticket["access"]) == 4401
        await house.post("token/refresh/", {"refresh": pair["refresh"]})
        assert not await house.is_good(answer.body["access"])
