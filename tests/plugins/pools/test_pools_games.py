"""Sources, games, admins, presence, chat: every operation that is not about pools."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import websocket_connect

from plugins.pools.creating import hashtag
from plugins.pools.rules import targets
from tests.plugins.pools.pools_house import NUMBERS, RES, Client, House, running

AN_ID = "30cee1fa-fb20-41a6-a61c-0e0335abc2a9"


def now_ms() -> int:
    """Return the wall clock."""
    return int(time.time() * 1000)


async def test_ping_opcodes_and_logon(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        anna = await house.connect("anna")
        assert (await anna.ask("ping"))["res"] == 1
        codes = await anna.ask("get_opcodes")
        assert (codes["opcodes"], codes["response_codes"]) == (NUMBERS["op"], NUMBERS["res"])
        assert (await anna.ask("logon"))["res"] == RES["logon_success"]
        assert (await anna.ask("logon"))["res"] == RES["already_logged_on"]


async def test_a_socket_without_a_token_logs_on_by_its_first_message(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        token = await house.user("anna")
        url = f"{house.app.origin.replace('http', 'ws')}/ws/pools/"
        for given, res in ((token, "logon_success"), ("wrong", "logon_fail")):
            socket = Client(await websocket_connect(url), "anna", "")
            house.clients.append(socket)
            await socket.write({"op": 100, "token": given})
            assert (await socket.receive())["res"] == RES[res]


@pytest.mark.parametrize("message", [
    {"op": 100, "token": "wrong"}, {"op": 100, "token": 5}, {"op": 100}, {"op": 1}, {"op": 9999},
])
@pytest.mark.parametrize("request_id", ["a", 7])
async def test_a_failed_logon_echoes_its_request_id(
    tmp_path: Path, message: dict[str, Any], request_id: str | int
) -> None:
    async with running(tmp_path) as house:
        url = f"{house.app.origin.replace('http', 'ws')}/ws/pools/"
        socket = Client(await websocket_connect(url), "anna", "")
        house.clients.append(socket)
        await socket.write({**message, "header": {"request_id": request_id}})
        failed = await socket.receive()
        assert failed["res"] == RES["logon_fail"]
        assert failed["response_header"]["request_id"] == request_id


async def test_one_socket_too_many_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, sockets_per_user_max=1) as house:
        token = await house.user("anna")
        await (await house.connect("anna", token=token)).ask("ping")
        failed = await (await house.connect("anna", token=token)).receive()
        assert (failed["res"], failed["code"]) == (RES["logon_fail"], "too_many_sockets")


async def test_sources_are_opened_by_whom_the_operator_let(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        anna = await house.connect("anna")
        await anna.refused("open_game_source", "not_a_source_opener", source_name="x")
        answer = await house.call("pools.source_admin", name="ANNA")
        assert answer["id"] == anna.user
        first = await anna.ask("open_game_source", "same", source_name="x", description="d")
        again = await anna.ask("open_game_source", "same", source_name="x", description="d")
        assert first["source_id"] == again["source_id"]
        mine = await anna.ask("list_game_sources_i_am_admin_of")
        assert mine["sources"] == {
            first["source_id"]: {"source_name": "x", "description": "d"}
        }
        bert = await house.connect("bert")
        given = {"source_id": first["source_id"], "game_name": "g"}
        await bert.refused("create_and_open_game", "not_an_admin_of_the_source", **given)
        await bert.refused("close_game_source", "not_an_admin_of_the_source",
                           source_id=first["source_id"])
        await house.call("pools.source_admin", name="bert", source=first["source_id"])
        await bert.ask("create_and_open_game", **given)
        for op in ("close_game_source", "list_games_for_source"):
            await bert.refused(op, "no_such_source", source_id=AN_ID)


async def test_a_created_game_has_the_shape_of_the_source(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        source = (await admin.ask("open_game_source", source_name="Feed"))["source_id"]
        game = await admin.ask(
            "create_and_open_game", "r1", source_id=source, game_name="Argentina - Brazil",
            type="football", actions="Goal, Offside", targets=["Argentina:1", "Brazil"],
            create_at=1417104170,
        )
        assert game["actions"] == {"goal": {"name": "Goal"}, "offside": {"name": "Offside"}}
        assert game["targets"] == {
            "argentina": {"symbol": "arg", "display_name": "Argentina", "targets": {
                "1": {"symbol": "1", "display_name": "1", "targets": {}}}},
            "brazil": {"symbol": "bra", "display_name": "Brazil", "targets": {}},
            "none": {"symbol": "non", "display_name": "None", "targets": {}},
        }
        assert (game["hashtag"], game["close_at"], game["currency"]) == (
            "#ArgentinaBrazil", None, "DON")
        again = await admin.ask(
            "create_and_open_game", "r1", source_id=source, game_name="Argentina - Brazil",
            type="football", actions=["Goal", "Offside"], targets="Argentina:1,Brazil",
            create_at=1417104170,
        )
        assert again["game_id"] == game["game_id"]
        details = await admin.ask("get_game_details", game_id=game["game_id"])
        assert details["status"] == "game_in_progress_betting_active"
        assert details["name"] == "Argentina - Brazil"


async def test_an_upcoming_game_is_opened(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        source = (await admin.ask("open_game_source", source_name="Feed"))["source_id"]
        created = await admin.ask("create_game", source_id=source, game_name="g")
        game = created["game_id"]
        assert created["res"] == 3401
        lists = {"source_id": source}
        assert list((await admin.ask("list_upcoming_games_for_source", **lists))["games"]) == [game]
        assert (await admin.ask("list_games_for_source", **lists))["games"] == {}
        await admin.ask("become_an_admin_for_game", game_id=game)
        pool = {"game_id": game, "action": "goal", "targets": ["a"], "pool_type": 1}
        await admin.refused("create_and_open_betting_pool", "game_not_open", **pool)
        opened = await admin.ask("open_game", game_id=game, actions=["Goal"], targets="A,B")
        assert opened["res"] == 3402 and set(opened["targets"]) == {"a", "b", "none"}
        await admin.refused("open_game", "game_already_open", game_id=game)
        await admin.ask("create_and_open_betting_pool", **pool)
        assert (await admin.ask("list_upcoming_games_for_source", **lists))["games"] == {}
        listed = (await admin.ask("list_games_for_source", **lists))["games"][game]
        assert listed["status"] == "game_in_progress_betting_active"


async def test_moments_of_a_game(tmp_path: Path) -> None:
    """No pool opens before `open_at`; live moments only inform; `close_at` acts by itself."""
    async with running(tmp_path) as house:
        admin = await house.admin()
        later = now_ms() + 3_600_000
        game = await house.game(admin, open_at=later)
        await admin.refused(
            "create_and_open_betting_pool", "game_not_open", game_id=game, action="goal",
            targets=["argentina"], pool_type=1,
        )
        details = await admin.ask("get_game_details", game_id=game)
        assert details["status"] == "betting_not_yet_active"
        pre = await house.game(admin, live_start_at=later)
        assert (await admin.ask("get_game_details", game_id=pre))["status"] == (
            "pre_game_betting_active")
        source = house.state(game).source
        given = {"source_id": source, "game_name": "g"}
        await admin.refused("create_and_open_game", "bad_time", close_at=now_ms() - 5, **given)
        closing = await house.game(admin, close_at=now_ms() + 300)
        await admin.ask("join_game", game_id=closing)
        await admin.hear("game_closed", game_id=closing)


async def test_details_are_updated_for_everybody(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        anna = await house.connect("anna")
        await anna.ask("join_game", game_id=game)
        await anna.refused(
            "update_game_details", "not_an_admin_of_the_source", game_id=game, targets="X"
        )
        await admin.ask("update_game_details", game_id=game, targets=["Chile:1"], actions=["Foul"])
        told = await anna.hear("game_details")
        assert "foul" in told["actions"] and "1" in told["targets"]["chile"]["targets"]
        assert "game_details" not in await admin.all_heard()
        await admin.refused("update_game_details", "bad_target", game_id=game, targets=["a::b"])


async def test_admins_of_a_game(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        anna, bert = await house.connect("anna"), await house.connect("bert")
        failed = await anna.ask("become_an_admin_for_game", game_id=game)
        assert failed["res"] == 645 and "source" in failed["reason"]
        appoint = "appoint_admin_for_game_by_username"
        await anna.refused(appoint, "not_an_admin_of_the_game", game_id=game, username="anna")
        await admin.refused(appoint, "no_such_user", game_id=game, username="nobody")
        await admin.ask(appoint, game_id=game, username="anna")
        await anna.hear("become_an_admin_for_game_success", game_id=game)
        assert list((await anna.ask("list_games_i_am_admin_of"))["games"]) == [game]
        assert (await bert.ask("list_games_i_am_admin_of"))["games"] == {}
        await house.pool(anna, game)
        for number in range(8):
            await house.user(f"helper{number}")
            await admin.ask(appoint, game_id=game, username=f"helper{number}")
        await admin.refused(appoint, "too_many_admins", game_id=game, username="bert")
        await house.call("pools.source_admin", name="bert", source=house.state(game).source)
        full = await bert.ask("become_an_admin_for_game", game_id=game)
        assert (full["res"], full["reason"]) == (645, "This game already has enough admins.")


async def test_only_who_joined_hears_and_who_left_does_not(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        anna, bert, carl = [await house.connect(name) for name in ("anna", "bert", "carl")]
        await anna.ask("join_game", game_id=game)
        own = await anna.hear("user_joined_game")
        assert (own["user_name"], own["user_id"]) == ("anna", house.state(game).users[anna.user])
        await bert.ask("join_game", game_id=game)
        await anna.hear("user_joined_game", user_name="bert")
        await carl.refused("text_message", "not_joined", targets=[game], text="hi")
        await carl.refused("leave_game", "not_joined", game_id=game)
        await house.pool(admin, game)
        await bert.ask("leave_game", game_id=game)
        await anna.hear("user_left_game", user_name="bert")
        await house.pool(admin, game)
        assert (await bert.all_heard()).count("new_betting_pool") == 1
        assert (await anna.all_heard()).count("new_betting_pool") == 2
        assert await carl.all_heard() == []


async def test_a_second_socket_of_a_user_hears_his_games_too(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        token = await house.user("anna")
        anna = await house.connect("anna", token=token)
        await anna.ask("join_game", game_id=game)
        other = await house.connect("anna", token=token)
        await other.ask("ping")
        pool = await house.pool(admin, game)
        assert (await other.hear("new_betting_pool"))["pool_id"] == pool
        assert (await anna.hear("new_betting_pool"))["pool_id"] == pool


async def test_chat_reaches_the_games_that_were_named_or_all(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        games = [await house.game(admin), await house.game(admin)]
        anna, bert = await house.connect("anna"), await house.connect("bert")
        await bert.refused("text_message", "nothing_joined", text="hi")
        for game in games:
            await anna.ask("join_game", game_id=game)
        await bert.ask("join_game", game_id=games[1])
        await anna.ask("text_message", targets=[games[0]], text="only here")
        said = await anna.answers("text_message", text="everywhere")
        assert said[0]["sender"] == "anna"
        heard = await bert.hear("text_message")
        assert (heard["text"], heard["channel"]) == ("everywhere", games[1])


async def test_without_a_request_id_a_subscriber_is_told_once(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        await admin.ask("join_game", game_id=game)
        await admin.write({"op": 900, "targets": [game], "text": "hi"})
        await admin.hear("text_message")
        assert "text_message" not in await admin.all_heard()


async def test_closing_a_source_closes_its_games_in_two_phases(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        source = (await admin.ask("open_game_source", source_name="Feed"))["source_id"]
        games = [await house.game_in(admin, source), await house.game_in(admin, source)]
        binary = await house.pool(admin, games[0], pool_type=3)
        await house.pool(admin, games[1])
        refusal = await admin.refused("close_game_source", "unresolved_pools", source_id=source)
        assert refusal["pool_ids"] == [binary]
        await admin.refused("create_game", "source_closed", source_id=source, game_name="g")
        await admin.ask("resolve_betting_pool", pool_id=binary, void=True)
        await admin.ask("close_game_source", source_id=source)
        assert [house.state(game).closed for game in games] == [True, True]
        assert (await admin.ask("list_game_sources_i_am_admin_of"))["sources"] == {}
        await admin.ask("close_game_source", source_id=source)


async def test_a_source_that_was_being_closed_is_closed_after_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'kept.sqlite'}"
    async with running(tmp_path, store=store) as house:
        admin = await house.admin()
        game = await house.game(admin)
        source = house.state(game).source
        documents = house.app.house.documents
        found = await documents.get("x_pools_sources", source)
        assert found is not None
        await documents.replace(
            "x_pools_sources", source, found.version, {**found.body, "closing": 1}
        )
    async with running(tmp_path, store=store) as house:
        await _closed(house, source)
        assert house.state(game).closed


async def _closed(house: House, source: str) -> None:
    token = (await house.call("user.token", name="chief"))["token"]
    admin = await house.connect("chief", token=token)
    while (await admin.ask("list_game_sources_i_am_admin_of"))["sources"]:
        await asyncio.sleep(0.1)  # Asking faster than a client may would end the socket.


@pytest.mark.parametrize(("name", "tag"), [
    ("Argentina - Brazil", "#ArgentinaBrazil"), ("  ", "#Game"), ("été 24", "#Été24"),
])
def test_a_hashtag_is_made_from_the_name(name: str, tag: str) -> None:
    assert hashtag(name) == tag


@pytest.mark.parametrize("given", [["none:1"], ["a:" * 9 + "a"], ["x" * 65], ["a:"]])
def test_bad_targets(given: list[str]) -> None:
    with pytest.raises(targets.BadName):
        targets.with_targets({}, given)
