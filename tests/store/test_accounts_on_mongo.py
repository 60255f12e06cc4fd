"""A life with an account on a host whose store is MongoDB: as on the embedded one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.mongo_server import MongoServer
from tests.web.rest_client import PASSWORD, people


async def test_an_account_lives_on_mongodb(
    tmp_path: Path, mongo_server: MongoServer, database: str
) -> None:
    store = mongo_server.url(database)
    async with people(tmp_path, store=store) as house:
        new = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}
        await house.post("registration/", {**new, "username": "squatter"})
        _, squatters_key = await house.letter("ada@example.org")
        await house.register("ada")
        taken = await house.post("registration/", {**new, "email": "b@example.org"})
        assert taken.body == {"username": ["Is taken."]}
        late = await house.post("confirm-email/", {"key": squatters_key})
        assert late.code == "email_taken"
        first = await house.sign_in("ada")
        read = house.read
    async with people(tmp_path, store=store) as house:
        house.read = read
        assert await house.is_good(first["access"])
        second = (await house.post("token/refresh/", {"refresh": first["refresh"]})).body
        async with house.socket(second["access"]) as socket:
            again = await house.post("token/refresh/", {"refresh": first["refresh"]})
            assert again.code == "token_reused"
            assert await asyncio.wait_for(socket.close_code(), 1) == 4401
        await house.post("password/reset/", {"email": "ada@example.org"})
        _, key = await house.letter("ada@example.org")
        body = {"key": key, "new_password": "battery staple"}
        answers = [await house.post("password/reset/confirm/", body) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 400]
        await house.sign_in("ada", "battery staple")
        await house.host.app._clean()
