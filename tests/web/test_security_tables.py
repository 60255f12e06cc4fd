"""Attacks on rights and by texts, by their numbers: 45 to 48, 63, 66. One host for all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.table_client import TableClient
from tests.web.rest_client import PASSWORD, Answer
from tests.web.table_house import TableHouse, User, hang_up, table_house
from vphost.services.rooms.room import Room

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRIVATE_ID = "036945cf-87d2-4bdd-9915-34e57a90de63"
"""A table that there is not."""
NO_PLAYER = frozenset({"not_a_player", "not_seated", "not_your_turn"})


@dataclass
class Scene:
    """Ada and bob in a hand at ada's public table, which eve only looks at."""

    house: TableHouse
    ada: User
    bob: User
    eve: User
    table: dict[str, Any]
    sockets: dict[str, TableClient]
    players: dict[str, int]

    @property
    def room(self) -> Room:
        room = self.house.app.house.rooms.get(str(self.table["token"]))
        assert room is not None
        return room

    async def refusal(self, who: str, action: str, **arguments: Any) -> str:
        """Send an action that is refused; return the code. Nothing may have changed."""
        before = (self.room.seq, json.dumps(self.room.view(None), sort_keys=True))
        request = await self.sockets[who].send(action, **arguments)
        frame = await self.sockets[who].until("action_error", request_id=request)
        after = (self.room.seq, json.dumps(self.room.view(None), sort_keys=True))
        assert before == after
        return str(frame["payload"]["code"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("rights")
    async with table_house(folder, requests_per_s=10_000, requests_burst=10_000) as house:
        ada, bob, eve = [await house.user(name) for name in ("ada", "bob", "eve")]
        table = await ada.table({"type": "public"})
        path = f"tables/{table['token']}/"
        assert (await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})).status == 200
        assert (await ada.post(f"{path}open/")).status == 200
        await bob.joined(table)
        sockets = {"ada": await ada.sit(table, 0), "bob": await bob.sit(table, 1)}
        sockets["eve"] = await eve.sit(table)
        await sockets["ada"].send("game_start", game_type="THD")
        await sockets["ada"].until("turn")
        seated = [
            frame["payload"] for frame in sockets["ada"].seen.values()
            if frame["event"] == "player_seated"
        ]
        yield Scene(house, ada, bob, eve, table, sockets, {
            one["username"]: one["player"] for one in seated
        })
        for socket in sockets.values():
            await hang_up(socket)


# -- 45: other people's things ---------------------------------------------------------------


async def test_45_what_is_anothers_looks_like_what_is_not_there(scene: Scene) -> None:
    private = await scene.ada.table()
    number = await scene.ada.player(private, "ada")
    calls = [
        ("GET", "tables/{t}/", None), ("PUT", "tables/{t}/", {"name": "x", "type": "public"}),
        ("PATCH", "tables/{t}/", {"name": "x"}), ("DELETE", "tables/{t}/", None),
        ("PATCH", "tables/{t}/configuration/", {"name": "x"}), ("POST", "tables/{t}/open/", None),
        ("POST", "tables/{t}/choose_game_mode/", {"game_mode": "C"}),
        ("GET", "tables/{t}/stats/", None), ("GET", "players/{p}/", None),
        ("PATCH", "players/{p}/", {"jitsi_id": "x"}), ("POST", "players/{p}/kick/", None),
        ("POST", "players/{p}/leave/", None), ("GET", "players/{p}/stats/", None),
        ("GET", "players/{p}/versus-stats/", None), ("POST", "reports/{t}/send-report/", None),
    ]
    call = scene.house.people.call
    for verb, path, body in calls:
        there = path.format(t=private["token"], p=number)
        nowhere = path.format(t=PRIVATE_ID, p=2**40)
        answers = [await call(verb, one, body, scene.eve.token) for one in (there, nowhere)]
        assert [(one.status, one.code) for one in answers] == [(404, "not_found")] * 2, path
        assert answers[0].body == answers[1].body
    assert (await scene.eve.get("tables/")).body["results"] == []
    after = (await scene.ada.get(f"tables/{private['token']}/")).body
    assert after == private


async def test_45_a_player_reads_only_his_own_figures(scene: Scene) -> None:
    adas = await scene.ada.player(scene.table, "ada")
    answer = await scene.bob.get(f"players/{adas}/stats/")
    assert (answer.status, answer.code) == (403, "forbidden")
    for verb in (scene.bob.patch, scene.bob.put):
        assert (await verb(f"players/{adas}/", {"jitsi_id": "x"})).status == 403
    assert (await scene.bob.post(f"players/{adas}/leave/")).status == 403


# -- 46, 47, 48: at the table ----------------------------------------------------------------


async def test_46_a_player_is_no_host(scene: Scene) -> None:
    adas, bobs = scene.players["ada"], scene.players["bob"]
    for action, arguments in (
        ("kick_player_after_game", {"payload": {"player": adas}}),
        ("update_bankroll", {"payload": [{"player": bobs, "amount": 500}]}),
        ("end_current_game", {}), ("pause_next_hand", {}), ("unpause_next_hand", {}),
        ("game_start", {"game_type": "THD"}), ("next_hand", {}),
    ):
        assert await scene.refusal("bob", action, **arguments) == "not_the_host", action
    path = f"tables/{scene.table['token']}/"
    for verb, below, body in (
        ("PATCH", "configuration/", {"name": "Bob's"}), ("POST", "open/", None),
        ("POST", "choose_game_mode/", {"game_mode": "T"}), ("DELETE", "", None),
        ("PATCH", "", {"name": "Bob's"}),
    ):
        answer: Answer = await scene.house.people.call(verb, path + below, body, scene.bob.token)
        assert (answer.status, answer.code) == (403, "not_the_host"), below
    adas_number = await scene.bob.player(scene.table, "ada")
    assert (await scene.bob.post(f"players/{adas_number}/kick/")).code == "not_the_host"


async def test_47_a_host_does_not_kick_himself(scene: Scene) -> None:
    assert await scene.refusal(
        "ada", "kick_player_after_game", payload={"player": scene.players["ada"]}
    ) == "cannot_kick_yourself"
    mine = await scene.ada.player(scene.table, "ada")
    assert (await scene.ada.post(f"players/{mine}/kick/")).code == "cannot_kick_yourself"


async def test_48_a_spectator_plays_nothing(scene: Scene) -> None:
    for action, arguments in (
        ("action_raise", {"amount": 5}), ("action_fold", {}), ("action_call", {"amount": 1}),
        ("action_check", {}), ("buy_in", {"amount": 20}), ("sit_out", {}),
    ):
        code = await scene.refusal("eve", action, **arguments)
        assert code in NO_PLAYER, (action, code)


async def test_48_who_was_kicked_plays_nothing(scene: Scene) -> None:
    carl = await scene.house.user("carl")
    number = await carl.joined(scene.table)
    socket = await carl.sit(scene.table, 4)
    assert (await scene.ada.post(f"players/{number}/kick/")).status == 204
    while await socket.socket.read_message() is not None:  # type: ignore[union-attr]
        pass
    socket.close()
    state = scene.room.view(None)["game_state"]
    assert scene.players["ada"] in state["seats"] and state["seats"][4] is None
    again = await carl.sit(scene.table)
    scene.sockets["carl"] = again
    for action, arguments in (("action_fold", {}), ("buy_in", {"amount": 20})):
        assert await scene.refusal("carl", action, **arguments) in NO_PLAYER


# -- 63, 66: texts that mean something elsewhere -----------------------------------------------


async def filters_are_texts(house: TableHouse) -> None:
    """Try what a document store could take for a filter; whatever the store is."""
    call, ada = house.people.call, await house.user("ada")
    for body in (
        {"email": {"$ne": None}, "password": {"$ne": None}},
        {"email": {"$gt": ""}, "password": "x"}, {"email": "a@b.org", "password": ["x"]},
        {"$where": "1", "email": "a@b.org", "password": "x"},
        {"email.x": "a@b.org", "email": "a@b.org", "password": "x"},
        {"email": "a@b.org", "password": "x", "a\x00b": 1},
    ):
        answer = await call("POST", "auth/token/", body)
        assert answer.status == 400, body
    for path in (
        "tables/?short_table_token[$ne]=x", "tables/?short_table_token=%7B%22$ne%22:null%7D",
        "players/?after[$gt]=", "tables/?$where=1", "tables/?limit[$gt]=1",
    ):
        assert (await ada.get(path)).status == 400, path
    for path in ("tables/$where/", "tables/%7B%22$ne%22:null%7D/", "players/%00/"):
        assert (await ada.get(path)).status == 404, path
    before = len((await ada.get("tables/?limit=100")).body["results"])
    for name in ("$where", "{\"$ne\": null}", "a.b", "'; DROP TABLE documents; --"):
        made = await ada.table({"name": name})
        assert made["name"] == name
    assert len((await ada.get("tables/?limit=100")).body["results"]) == before + 4


async def test_63_no_filter_comes_from_a_caller(scene: Scene) -> None:
    await filters_are_texts(scene.house)


async def test_66_no_address_that_a_caller_names_is_visited(scene: Scene) -> None:
    visits: list[Any] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/x.png",
                f"ws://127.0.0.1:{port}/"):
        table = await scene.ada.table({"name": url})
        number = await scene.ada.player(table, "ada")
        await scene.ada.patch(f"players/{number}/", {"jitsi_id": url})
        for name in ("avatar", "avatar_url", "background", "webhook", "callback_url"):
            await scene.ada.patch(f"tables/{table['token']}/configuration/", {name: url})
            await scene.ada.patch("users/current/", {name: url})
        await scene.house.people.post("registration/", {
            "email": f"x@127.0.0.1:{port}", "username": "zoe", "password": PASSWORD,
        })
        await scene.sockets["ada"].send("send_chat_message", payload={"message": url})
        await scene.sockets["ada"].until("chat_message")
    server.close()
    await server.wait_closed()
    assert visits == []
