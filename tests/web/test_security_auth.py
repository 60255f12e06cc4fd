"""Attacks on signing in, by their numbers: 37 to 44, and 65 in what is logged."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import structlog

from tests.web.rest_client import PASSWORD, People, people

SIGNED_OUT = 4401


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[People]:
    async with people(tmp_path) as made:
        await made.register("ada")
        yield made


# -- 37, 38: forged tokens (all of them: tests/services/accounts/test_access_tokens.py) --


async def test_37_38_a_forged_token_is_401_for_every_call_and_socket(house: People) -> None:
    pair = await house.sign_in("ada")
    claims = jwt.decode(pair["access"], options={"verify_signature": False})
    head = jwt.get_unverified_header(pair["access"])
    forged = [
        jwt.encode(claims, "", "none", headers={"typ": head["typ"], "kid": head["kid"]}),
        jwt.encode(claims, b"x" * 32, "HS256", headers={"typ": head["typ"], "kid": "../x"}),
        jwt.encode(claims, b"x" * 32, "HS256", headers={
            "typ": head["typ"], "kid": head["kid"], "jku": f"http://127.0.0.1:{house.host.port}/",
        }),
        pair["refresh"], pair["access"][:-2] + "AA",
    ]
    for token in forged:
        answer = await house.call("GET", "users/current/", token=token)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert await house.refused(token) == SIGNED_OUT


# -- 39, 40: what ends a session ends its sockets --------------------------------------------


async def test_39_an_old_refresh_token_ends_the_family_and_its_sockets(house: People) -> None:
    first = await house.sign_in("ada")
    second = (await house.post("token/refresh/", {"refresh": first["refresh"]})).body
    elsewhere = await house.sign_in("ada")
    async with house.socket(second["access"]) as raw:
        answer = await house.post("token/refresh/", {"refresh": first["refresh"]})
        assert (answer.status, answer.code) == (401, "token_reused")
        assert await asyncio.wait_for(raw.close_code(), 1) == SIGNED_OUT
    for token in (first["access"], second["access"]):
        assert not await house.is_good(token)
    assert (await house.post("token/refresh/", {"refresh": second["refresh"]})).status == 401
    assert await house.is_good(elsewhere["access"])


async def log_out(house: People, token: str) -> None:
    assert (await house.post("logout/", token=token)).status == 204


async def change(house: People, token: str) -> None:
    other = (await house.sign_in("ada"))["access"]
    body = {"old_password": PASSWORD, "new_password": "battery staple"}
    assert (await house.post("password/change/", body, other)).status == 200
    assert await house.is_good(other)


async def reset(house: People, token: str) -> None:
    await house.post("password/reset/", {"email": "ada@example.org"})
    _, key = await house.letter("ada@example.org")
    body = {"key": key, "new_password": "battery staple"}
    assert (await house.post("password/reset/confirm/", body)).status == 200


async def ban(house: People, token: str) -> None:
    operations = house.host.app.house.operations
    answer = await operations.call("user.disable", {"name": "ada"})
    assert isinstance(answer, dict) and answer["disabled"] is True


@pytest.mark.parametrize("end", [log_out, change, reset, ban])
async def test_40_what_ends_a_session_closes_its_sockets_within_a_second(
    house: People, end: Any
) -> None:
    pair = await house.sign_in("ada")
    tickets = (await house.post("token/short/", token=pair["access"])).body
    async with house.socket(tickets["access"]) as raw:
        started = time.monotonic()
        await end(house, pair["access"])
        ended = time.monotonic()
        assert await asyncio.wait_for(raw.close_code(), 1) == SIGNED_OUT
        assert time.monotonic() - ended < 1, ended - started
    assert not await house.is_good(pair["access"])
    assert await house.refused(pair["access"]) == SIGNED_OUT
    for name in (pair["refresh"], tickets["refresh"]):
        assert (await house.post("token/refresh/", {"refresh": name})).status == 401


async def test_40_a_banned_user_comes_back_when_he_is_let_in(house: People) -> None:
    await ban(house, "")
    body = {"email": "ada@example.org", "password": PASSWORD}
    barred = await house.post("token/", body)
    assert (barred.status, barred.code) == (401, "bad_credentials")
    await house.host.app.house.operations.call("user.enable", {"name": "ada"})
    assert await house.is_good((await house.sign_in("ada"))["access"])


async def test_40_a_user_who_is_kicked_loses_his_socket_at_once(house: People) -> None:
    pair = await house.sign_in("ada")
    async with house.socket(pair["access"]) as raw:
        await raw.say(op="leave")
        assert await asyncio.wait_for(raw.close_code(), 1) == 1000


async def test_40_a_session_that_ends_during_the_handshake_opens_nothing(house: People) -> None:
    pair = await house.sign_in("ada")
    opening = [asyncio.create_task(_try(house, pair["access"])) for _ in range(5)]
    await house.post("logout/", token=pair["access"])
    await asyncio.gather(*opening)
    assert not any(user for user, _ in house.host.app.site.sockets.sessions())


async def _try(house: People, token: str) -> None:
    """Open a socket and wait for its end, however it comes."""
    try:
        async with house.socket(token) as raw:
            await raw.close_code()
    except AssertionError:
        pass


# -- 41: nobody learns who has an account ----------------------------------------------------


async def test_41_known_and_unknown_users_get_the_same_answer(house: People) -> None:
    bodies = []
    for mail in ("ada@example.org", "nobody@example.org"):
        wrong = await house.post("token/", {"email": mail, "password": "wrong horse"})
        reset = await house.post("password/reset/", {"email": mail})
        name = mail.partition("@")[0] + "2"
        again = await house.post(
            "registration/", {"email": mail, "username": name, "password": PASSWORD}
        )
        bodies.append([(one.status, one.body) for one in (wrong, reset, again)])
    assert bodies[0] == bodies[1]
    assert [status for status, _ in bodies[0]] == [401, 200, 201]
    subjects = {(await house.letter("ada@example.org"))[0] for _ in range(2)}
    assert subjects == {"Set a new password", "You have an account already"}


async def test_41_the_times_of_known_and_unknown_users_are_alike(house: People) -> None:
    """Interleaved, so that a busy machine slows both down alike; a hash is nearly all of it."""
    times: dict[str, list[float]] = {"ada": [], "nobody": []}
    sign_in = house.host.app.house.account_services.sign_in
    for number in range(30):
        for name, taken in times.items():
            sign_in.forgive(f"{name}@example.org")
            started = time.perf_counter()
            outcome = await sign_in.sign_in(
                f"{name}@example.org", "wrong horse", f"10.0.0.{number}"
            )
            taken.append(time.perf_counter() - started)
            assert getattr(outcome, "code", "") == "bad_credentials"
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.5 < known / unknown < 2, (known, unknown)


@pytest.mark.parametrize("ending", ["disable and enable", "log-out", "password", "sign-out"])
async def test_40_a_token_for_scripts_ends_as_other_sign_ins_do(
    house: People, ending: str
) -> None:
    operations = house.host.app.house.operations
    made = await operations.call("user.token", {"name": "ada"})
    assert isinstance(made, dict)
    token, own = made["token"], (await house.sign_in("ada"))["access"]
    assert await house.is_good(token)
    ticket = (await house.post("token/short/", token=token)).body["access"]
    async with house.socket(token) as raw:
        if ending == "log-out":
            assert (await house.post("logout/", token=token)).status == 204
        elif ending == "password":
            body = {"old_password": PASSWORD, "new_password": "another horse"}
            assert (await house.post("password/change/", body, own)).status == 200
        elif ending == "sign-out":
            await operations.call("user.sign_out", {"name": "ada"})
        else:
            await operations.call("user.disable", {"name": "ada"})
            await operations.call("user.enable", {"name": "ada"})
        assert await asyncio.wait_for(raw.close_code(), 5) == SIGNED_OUT
    assert not await house.is_good(token)
    assert await house.refused(token) == await house.refused(ticket) == SIGNED_OUT
    assert await house.is_good(own) == (ending in ("log-out", "password"))


# -- 42: guessing and floods -----------------------------------------------------------------


async def test_42_guesses_at_one_account_are_slowed_down(house: People) -> None:
    statuses = []
    for number in range(20):
        answer = await house.post(
            "token/", {"email": "ada@example.org", "password": f"guess {number}"}
        )
        statuses.append(answer.status)
    assert statuses[:5] == [401] * 5 and set(statuses[6:]) == {429}
    assert int(answer.headers["retry-after"]) >= 1 and answer.code == "too_many_attempts"
    right = await house.post("token/", {"email": "ada@example.org", "password": PASSWORD})
    assert right.status == 429


async def test_42_guesses_at_many_accounts_from_one_address_are_slowed_down(
    house: People
) -> None:
    statuses = [
        (await house.post("token/", {"email": f"u{n}@example.org", "password": "guess"})).status
        for n in range(40)
    ]
    assert statuses[:30] == [401] * 30 and 429 in statuses[30:32]


async def test_42_a_thousand_guesses_at_once_look_at_few_passwords(house: People) -> None:
    async def guess(number: int) -> int:
        body = {"email": "ada@example.org", "password": f"guess {number}"}
        return (await house.post("token/", body)).status

    house.host.app.site.request_rate = None
    statuses = []
    for start in range(0, 1000, 100):
        statuses += await asyncio.gather(*(guess(start + n) for n in range(100)))
    assert statuses.count(401) <= 8 and statuses.count(429) >= 992


async def test_42_a_flood_of_sign_ins_does_not_hold_up_the_loop(house: People) -> None:
    lags, done = [], asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - before - 0.005)

    watching = asyncio.create_task(watch())
    sign_in = house.host.app.house.account_services.sign_in
    outcomes = await asyncio.gather(*(
        sign_in.sign_in(f"user{n}@example.org", "guess", f"10.0.0.{n % 200}") for n in range(200)
    ))
    done.set()
    await watching
    codes = [getattr(one, "code", "") for one in outcomes]
    assert set(codes) == {"bad_credentials", "busy"} and codes.count("busy") >= 100
    assert sorted(lags)[int(len(lags) * 0.99)] < 0.1, max(lags)
    assert (await house.post("token/", {"email": "a@b.org", "password": "x"})).status == 401


async def test_42_a_guesser_bars_themselves_and_not_the_owner(tmp_path: Path) -> None:
    async with people(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        await house.register("ada")
        body = {"email": "ada@example.org", "password": PASSWORD}
        own = await house.call("POST", "auth/token/", body, X_Forwarded_For="192.0.2.1")
        for number in range(60):
            guess = {**body, "password": f"guess {number}"}
            await house.call("POST", "auth/token/", guess, X_Forwarded_For="203.0.113.9:4711")
            await house.call("POST", "auth/token/", guess, X_Forwarded_For=f"198.51.100.{number}")
        statuses = {}
        device = own.headers["set-cookie"].partition(";")[0]
        for place, headers in {
            "guesser": {"X_Forwarded_For": "203.0.113.9"},
            "guesser with a cookie of nobody": {
                "X_Forwarded_For": "203.0.113.9", "Cookie": "vphost_device=a.b.c",
            },
            "known device, guesser's place": {"X_Forwarded_For": "203.0.113.9", "Cookie": device},
            "known place": {"X_Forwarded_For": "192.0.2.1"},
        }.items():
            statuses[place] = (await house.call("POST", "auth/token/", body, **headers)).status
        assert statuses == {
            "guesser": 429, "guesser with a cookie of nobody": 429,
            "known device, guesser's place": 200, "known place": 200,
        }


async def test_42_a_signed_in_owner_changes_the_password_all_the_same(house: People) -> None:
    access = (await house.sign_in("ada"))["access"]
    for number in range(40):
        await house.post("token/", {"email": "ada@example.org", "password": f"guess {number}"})
        await house.post("token/", {"email": f"u{number}@example.org", "password": "guess"})
    body = {"old_password": PASSWORD, "new_password": "another horse"}
    assert (await house.post("password/change/", body, access)).status == 200


async def test_42_who_guesses_in_a_sign_in_is_slowed_down(house: People) -> None:
    access = (await house.sign_in("ada"))["access"]
    body = {"old_password": "guess", "new_password": "another horse"}
    statuses = [(await house.post("password/change/", body, access)).status for _ in range(12)]
    assert statuses[:5] == [400] * 5 and set(statuses[6:]) == {429}


async def test_42_a_devices_cookie_is_for_its_owner_only(house: People) -> None:
    await house.register("eve")
    eve = {"email": "eve@example.org", "password": PASSWORD}
    answer = await house.post("token/", eve)
    name, _, attributes = answer.headers["set-cookie"].partition(";")
    assert attributes == (
        " Path=/api/v1/auth/; HttpOnly; SameSite=Strict; Max-Age=31536000"
    )
    for number in range(8):
        guess = {"email": "ada@example.org", "password": f"guess {number}"}
        last = await house.call("POST", "auth/token/", guess, Cookie=name)
    assert last.status == 429
    device = name.partition("=")[2]
    assert not await house.is_good(device)
    assert (await house.post("token/verify/", {"token": device})).status == 401
    assert (await house.post("token/refresh/", {"refresh": device})).status == 401
    assert await house.refused(device) == SIGNED_OUT


async def test_42_letters_of_a_stranger_leave_some_to_the_owner(tmp_path: Path) -> None:
    async with people(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        await house.register("ada")
        for _ in range(40):
            await house.call(
                "POST", "auth/password/reset/", {"email": "ada@example.org"},
                X_Forwarded_For="203.0.113.9",
            )
        for _ in range(5):
            await house.letter("ada@example.org")
        await house.call(
            "POST", "auth/password/reset/", {"email": "ada@example.org"},
            X_Forwarded_For="192.0.2.1",
        )
        assert (await house.letter("ada@example.org"))[1]


# -- 43, 44: other ways to sign in -----------------------------------------------------------


async def test_44_basic_and_tokens_in_the_query_are_refused(house: People) -> None:
    good = (await house.sign_in("ada"))["access"]
    answers = [
        await house.call("GET", "users/current/", Authorization="Basic YWRhOmNvcnJlY3Q="),
        await house.call("GET", f"users/current/?token={good}"),
        await house.call("GET", f"users/current/?apiKey={good}"),
        await house.call("GET", "users/current/", Cookie=f"access={good}"),
        await house.call("GET", "users/current/", X_Api_Key=good),
        await house.call("GET", "users/current/", Authorization=good),
    ]
    assert [answer.status for answer in answers] == [401] * 6


# -- 65, and what is never logged ------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every line that the host logs, as it would be written."""
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(self.format(record))

    root, handler = logging.getLogger(), Keep()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=False,
    )
    yield seen
    root.removeHandler(handler)
    root.setLevel(level)


async def test_65_no_secret_and_no_forged_line_gets_into_the_log(
    lines: list[str], house: People
) -> None:
    forged = 'x\n{"level":"info","event":"forged"}'
    pair = await house.sign_in("ada")
    await house.post("token/", {"email": "ada@example.org", "password": "s3cret-guess"})
    await house.post("token/", {"email": forged, "password": forged})
    await house.post("registration/", {
        "email": "b@example.org", "username": forged, "password": "s3cret-guess",
    })
    await house.call("GET", f"nowhere/{forged.replace(chr(10), '%0A')}/?token=s3cret-guess")
    await house.call("GET", "users/current/", token=pair["access"], X_Request_ID="a\tb")
    await house.post("password/reset/", {"email": "ada@example.org"})
    _, key = await house.letter("ada@example.org")
    await house.post("token/refresh/", {"refresh": pair["refresh"]})
    text = "\n".join(lines)
    assert len(lines) > 8 and "request" in text and "/api/v1/auth/token/" in text
    for secret in ("s3cret-guess", PASSWORD, pair["access"], pair["refresh"], key, "$argon2"):
        assert secret not in text
    assert not any(line.startswith('{"level":"info","event":"forged"') for line in lines)
    assert all("\n" not in line for line in lines)
