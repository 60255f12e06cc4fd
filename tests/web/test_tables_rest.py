"""Tables over HTTP: every call right, by the wrong person, in the wrong state, with a bad body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.table_client import ClosedByHost
from tests.web.table_house import TableHouse, User, hang_up, table_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path) as running:
        yield running


@pytest.fixture
async def ada(house: TableHouse) -> User:
    return await house.user("ada")


@pytest.fixture
async def bob(house: TableHouse) -> User:
    return await house.user("bob")


async def unpaid(house: TableHouse, user: User) -> str:
    """Return the path of a table of a host where tables cost something."""
    house.app.house.area.hosting.free = False
    table = await user.table()
    assert table["status"] == "unpaid"
    return f"tables/{table['token']}/"


# -- making and reading ----------------------------------------------------------------------


async def test_a_new_table_is_configured_and_paid_where_tables_are_free(ada: User) -> None:
    made = await ada.post("tables/")
    assert made.status == 201
    assert made.headers["location"] == f"/api/v1/tables/{made.body['token']}/"
    assert made.headers["etag"].startswith('"')
    table = made.body
    assert (table["status"], table["type"], table["game_mode"]) == ("paid", "private", "UNDEFINED")
    assert (table["open"], table["expire"], table["is_creator"]) == (None, None, True)
    config = table["configuration"]
    assert (config["big_blind"], config["rabbit_hunting"], config["seats"]) == (0.5, "true", 9)
    assert (await ada.get(f"tables/{table['token']}/")).body == table
    assert (await ada.get(f"tables/{table['short_table_token'].lower()}/")).body == table


async def test_a_repeat_with_one_key_makes_one_table(ada: User) -> None:
    first = await ada.post("tables/", {"name": "One"}, Idempotency_Key="k")
    again = await ada.post("tables/", {"name": "One"}, Idempotency_Key="k")
    assert first.body["token"] == again.body["token"]
    assert len((await ada.get("tables/")).body["results"]) == 1


@pytest.mark.parametrize("body", [
    {"name": ""}, {"type": "secret"}, {"status": "paid"}, {"name": "x" * 65}, [], {"name": "a\nb"},
])
async def test_a_bad_body_makes_no_table(ada: User, body: object) -> None:
    refused = await ada.post("tables/", body)
    assert refused.status == 400 and "detail" not in refused.body
    assert (await ada.get("tables/")).body["results"] == []


async def test_nobody_sees_anothers_table(house: TableHouse, ada: User, bob: User) -> None:
    table = await ada.open_table()
    path = f"tables/{table['token']}/"
    for answer in (
        await bob.get(path), await bob.patch(path, {"name": "Mine"}), await bob.delete(path),
        await bob.put(path, {"name": "Mine", "type": "public"}),
        await bob.patch(f"{path}configuration/", {"ante": 1}), await bob.post(f"{path}open/"),
        await bob.post(f"{path}choose_game_mode/", {"game_mode": "C"}),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
    token = table["short_table_token"]
    assert (await bob.get(f"tables/?short_table_token={token}")).body["results"] == []
    assert (await bob.get(f"players/?short_table_token={token}")).body["results"] == []
    lobby = await house.people.call("GET", "lobby/tables/")
    assert lobby.body["tables"] == []


async def test_without_a_token_nothing_is_answered(house: TableHouse, ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    for verb, more in [("GET", ""), ("DELETE", ""), ("POST", "open/"), ("POST", "join/")]:
        assert (await house.people.call(verb, path + more)).status == 401


async def test_a_player_may_read_but_not_write(ada: User, bob: User) -> None:
    table = await ada.open_table()
    await bob.joined(table)
    path = f"tables/{table['token']}/"
    assert (await bob.get(path)).body["is_creator"] is False
    for answer in (
        await bob.patch(path, {"name": "Mine"}), await bob.delete(path),
        await bob.patch(f"{path}configuration/", {"ante": 1}), await bob.post(f"{path}open/"),
        await bob.post(f"{path}choose_game_mode/", {"game_mode": "C"}),
    ):
        assert (answer.status, answer.code) == (403, "not_the_host")


async def test_own_and_joined_tables_come_page_by_page(ada: User, bob: User) -> None:
    own = [await bob.table() for _ in range(3)]
    joined = [await ada.table() for _ in range(3)]
    for table in joined:
        await bob.joined(table)
    await ada.table()
    seen: list[str] = []
    path: str | None = "tables/?limit=2"
    while path:
        answer = await bob.get(path)
        assert len(answer.body["results"]) <= 2
        seen += [one["token"] for one in answer.body["results"]]
        path = answer.body["next"] and answer.body["next"].removeprefix("/api/v1/")
    assert seen == sorted(str(one["token"]) for one in own + joined)
    one = await bob.get(f"tables/?short_table_token={joined[0]['short_table_token']}")
    assert [found["token"] for found in one.body["results"]] == [joined[0]["token"]]
    assert (await bob.get("tables/?short_table_token=x")).status == 400


# -- before opening --------------------------------------------------------------------------


async def test_name_and_type_change_before_opening_only(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    changed = await ada.put(path, {"name": "Friday", "type": "public"})
    assert (changed.body["name"], changed.body["type"]) == ("Friday", "public")
    assert changed.body["configuration"]["name"] == "Friday"
    assert (await ada.patch(path, {"type": "private"})).body["name"] == "Friday"
    for body in ({"name": "x"}, {"name": "x", "type": "public", "status": "paid"}):
        assert (await ada.put(path, body)).status == 400
    assert (await ada.post(f"{path}open/")).status == 200
    for late in (await ada.patch(path, {"name": "x"}), await ada.post(f"{path}open/")):
        assert (late.status, late.code) == (409, "already_open")


async def test_the_version_decides_races(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    etag = (await ada.get(path)).headers["etag"]
    answers = await asyncio.gather(*(
        ada.patch(path, {"name": name}, If_Match=etag) for name in ("One", "Two", "Three")
    ))
    assert sorted(one.status for one in answers) == [200, 409, 409]
    assert {one.code for one in answers if one.status == 409} == {"version_changed"}
    late = await ada.patch(f"{path}configuration/", {"ante": 1}, If_Match=etag)
    assert late.code == "version_changed"
    [winner] = [one for one in answers if one.status == 200]
    assert (await ada.get(path)).body == winner.body


async def test_an_unpaid_table_waits_and_may_go(house: TableHouse, ada: User, bob: User) -> None:
    path = await unpaid(house, ada)
    assert (await ada.post(f"{path}open/")).code == "table_not_paid"
    assert (await bob.post(f"{path}join/")).code == "table_not_paid"
    assert (await ada.delete(path, If_Match='"99"')).code == "version_changed"
    assert (await ada.delete(path)).status == 204
    assert (await ada.get(path)).status == 404 == (await ada.delete(path)).status
    assert (await ada.get("players/")).body["results"] == []


async def test_a_free_table_that_was_cut_off_before_it_was_paid_is_opened(
    house: TableHouse, ada: User
) -> None:
    path = await unpaid(house, ada)
    house.app.house.area.hosting.free = True
    opened = await ada.post(f"{path}open/")
    assert (opened.status, opened.body["status"]) == (200, "open")


async def test_a_paid_table_cannot_be_removed(house: TableHouse, ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    house.app.house.area.hosting.free = False
    refused = await ada.delete(path)
    assert (refused.status, refused.code) == (409, "table_paid")


async def test_a_free_table_goes_until_it_is_opened(ada: User, bob: User) -> None:
    table = await ada.table()
    path = f"tables/{table['token']}/"
    await bob.joined(table)
    assert (await bob.delete(path)).code == "not_the_host"
    assert (await ada.delete(path, If_Match='"99"')).code == "version_changed"
    assert (await ada.delete(path)).status == 204
    assert (await ada.get(path)).status == 404 == (await bob.get(path)).status
    opened = await ada.open_table()
    assert (await ada.delete(f"tables/{opened['token']}/")).code == "table_paid"


async def test_of_opening_and_removing_one_is_refused(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    opened, removed = await asyncio.gather(ada.post(f"{path}open/"), ada.delete(path))
    assert sorted((opened.status < 300, removed.status < 300)) == [False, True]
    assert (await ada.get(path)).status == (200 if opened.status == 200 else 404)


async def test_an_empty_change_changes_nothing(ada: User) -> None:
    table = await ada.open_table()
    number = await ada.player(table, "ada")
    path = f"tables/{table['token']}/"
    draft = f"tables/{(await ada.table())['token']}/"
    for place, shown in (
        (draft, draft), (f"{draft}configuration/", draft), (f"{path}configuration/", path),
        (f"players/{number}/", f"players/{number}/"),
    ):
        before = await ada.get(shown)
        assert (await ada.patch(place, {})).status == 200
        after = await ada.get(shown)
        assert (after.body, after.headers["etag"]) == (before.body, before.headers["etag"]), place


async def test_changed_settings_say_when_they_count(ada: User, bob: User) -> None:
    table = await ada.open_table()
    path = f"tables/{table['token']}/configuration/"
    now = (await ada.patch(path, {"ante": 1})).body
    assert (now["takes_effect"], now["message"]) == ("now", None)
    await bob.joined(table)
    one, two = await ada.sit(table, 0), await bob.sit(table, 1)
    await one.send("game_start", game_type="THD")
    await one.until("turn")
    later = (await ada.patch(path, {"ante": 0})).body
    assert (later["takes_effect"], later["message"]) == (
        "next_hand", "The new settings take effect with the next hand.",
    )
    await hang_up(one)
    await hang_up(two)


async def test_a_repeated_answer_has_its_first_headers(ada: User) -> None:
    first = await ada.post("tables/", {"name": "One"}, Idempotency_Key="k")
    await ada.patch(f"tables/{first.body['token']}/", {"name": "Two"})
    again = await ada.post("tables/", {"name": "One"}, Idempotency_Key="k")
    assert (again.status, again.body) == (201, first.body)
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name], name


async def test_unpaid_tables_go_after_a_day(
    house: TableHouse, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await unpaid(house, ada)
    house.app.house.area.hosting.free = True
    paid = await ada.table()
    await house.app._clean()
    assert (await ada.get(path)).status == 200
    clock = house.app.house.clock
    later = clock.calendar_ms() + 24 * 3600 * 1000
    monkeypatch.setattr(clock, "calendar_ms", lambda: later)
    assert await house.app.house.area.hosting.clean() == 1
    monkeypatch.undo()
    assert (await ada.get(path)).status == 404
    assert [one["token"] for one in (await ada.get("tables/")).body["results"]] == [paid["token"]]


# -- configuration and mode ------------------------------------------------------------------


async def test_a_draft_is_configured_in_parts(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/configuration/"
    changed = await ada.patch(path, {"big_blind": 2.5, "small_blind": "1.25", "seats": 6})
    assert changed.status == 200, changed
    more = await ada.patch(path, {"OMH": {"format": "blinds", "limit": "NL"}, "straddles": "false"})
    config = more.body["configuration"]
    assert (config["big_blind"], config["small_blind"], config["seats"]) == (2.5, 1.25, 6)
    assert (config["OMH"]["limit"], config["straddles"]) == ("NL", "false")


@pytest.mark.parametrize(("body", "field"), [
    ({"big_blind": 0.1}, "small_blind"), ({"big_blind": -1}, "big_blind"), ({"x": 1}, "x"),
    ({"currency": "NONE"}, "currency"), ({"game_mode": "C"}, "game_mode"), ({"seats": 1}, "seats"),
])
async def test_a_wrong_configuration_is_told_by_field(
    ada: User, body: dict[str, object], field: str
) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    refused = await ada.patch(f"{path}configuration/", body)
    assert refused.status == 400 and list(refused.body) == [field], refused
    assert (await ada.get(path)).body["configuration"]["big_blind"] == 0.5


async def test_a_whole_configuration_can_be_sent_back(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    steps = (None, "choose_game_mode/", "open/")
    for step in steps:
        if step is not None:
            await ada.post(f"{path}{step}", {"game_mode": "C"} if "mode" in step else None)
        whole = (await ada.get(path)).body["configuration"]
        again = await ada.patch(f"{path}configuration/", {**whole, "name": f"After {step}"})
        assert again.status == 200, again
        assert again.body["configuration"] == {**whole, "name": f"After {step}"}
        wrong = "UNDEFINED" if whole["game_mode"] == "C" else "C"
        refused = await ada.patch(f"{path}configuration/", {**whole, "game_mode": wrong})
        assert refused.status == 400 and list(refused.body) == ["game_mode"], step


async def test_what_is_played_is_chosen_before_and_after_opening(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    refused = await ada.post(f"{path}choose_game_mode/", {"game_mode": "TD"})
    assert (refused.status, refused.code) == (409, "mode_not_available")
    assert (await ada.post(f"{path}choose_game_mode/", {"game_mode": "x"})).status == 400
    assert (await ada.post(f"{path}open/")).body["game_mode"] == "UNDEFINED"
    tournament = await ada.post(f"{path}choose_game_mode/", {"game_mode": "T"})
    assert (tournament.status, tournament.body["game_mode"]) == (200, "T")
    chosen = await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})
    assert (chosen.status, chosen.body["game_mode"]) == (200, "C")


async def test_opening_begins_a_day_and_makes_the_room(house: TableHouse, ada: User) -> None:
    table = await ada.open_table()
    assert table["status"] == "open" and table["expire"] - table["open"] == 24 * 3600
    room = house.app.house.rooms.get(str(table["token"]))
    assert room is not None and room.state.expires_ms == round(table["expire"] * 1000)


async def test_of_two_openings_one_is_refused(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/open/"
    answers = await asyncio.gather(*(ada.post(path) for _ in range(3)))
    assert sorted(one.status for one in answers) == [200, 409, 409]


async def test_a_public_table_stands_in_the_lobby(house: TableHouse, ada: User, bob: User) -> None:
    path = f"tables/{(await ada.table({'type': 'public', 'name': 'Inn'}))['token']}/"
    opened = await ada.post(f"{path}open/")
    lobby = await house.people.call("GET", "lobby/tables/")
    assert [one["token"] for one in lobby.body["tables"]] == [opened.body["token"]]
    await hang_up(await bob.sit(opened.body))


# -- joining ---------------------------------------------------------------------------------


async def test_joining_a_paid_table_makes_a_player(ada: User, bob: User) -> None:
    table = await ada.table()
    first = await bob.joined(table)
    assert await bob.joined(table) == first
    unknown = await bob.post("tables/ZZZZ/join/")
    assert (unknown.status, unknown.code) == (404, "not_found")


async def test_tries_of_tokens_are_bounded(house: TableHouse, ada: User, bob: User) -> None:
    for _ in range(30):
        assert (await bob.post("tables/ZZZZ/join/")).status == 404
    refused = await bob.post("tables/ZZZZ/join/")
    assert refused.code == "too_many_attempts" and int(refused.headers["retry-after"]) >= 1


async def test_only_players_of_a_private_table_get_a_socket(ada: User, bob: User) -> None:
    table = await ada.open_table()
    with pytest.raises(ClosedByHost, match="4403"):
        await bob.sit(table)
    await bob.joined(table)
    await hang_up(await bob.sit(table))


# -- lookups ---------------------------------------------------------------------------------


async def test_lookups_are_listed_and_shown(ada: User) -> None:
    answer = await ada.get("lookups/table-statuses/")
    codes = [row["code"] for row in answer.body["results"]]
    assert codes == ["unpaid", "paid", "open", "running", "expired", "closed"]
    assert (await ada.get("lookups/table-statuses/3/")).body["code"] == "open"
    types = (await ada.get("lookups/table-types/?limit=1")).body
    assert [row["code"] for row in types["results"]] == ["private"]
    rest = (await ada.get(types["next"].removeprefix("/api/v1/"))).body
    assert [row["code"] for row in rest["results"]] == ["public"] and rest["next"] is None
    for path in ("lookups/table-statuses/7/", "lookups/table-types/x/"):
        assert (await ada.get(path)).status == 404


async def test_a_stranger_learns_whether_a_code_is_a_tables(house: TableHouse) -> None:
    ada = await house.user("ada")
    table = await ada.open_table()
    for token in (table["short_table_token"], table["token"]):
        answer = await house.people.call("GET", f"lobby/invitations/{token}/")
        assert (answer.status, answer.body) == (200, {"name": table["name"]})
    answer = await house.people.call("GET", "lobby/invitations/ZZZZ/")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


async def test_guessing_codes_as_a_stranger_is_slow(house: TableHouse) -> None:
    answers = [await house.people.call("GET", "lobby/invitations/ZZZZ/") for _ in range(40)]
    assert {answer.status for answer in answers[:30]} == {404}
    assert {answer.body["code"] for answer in answers[31:]} == {"too_many_attempts"}


async def test_the_lobby_says_what_is_played(house: TableHouse) -> None:
    ada = await house.user("ada")
    table = await ada.table({"type": "public"})
    path = f"tables/{table['token']}/"
    omaha = {"allowed_games": ["OMH"], "OMH": {"format": "blinds", "limit": "PL"}}
    assert (await ada.patch(f"{path}configuration/", omaha)).status == 200
    assert (await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})).status == 200
    assert (await ada.post(f"{path}open/")).status == 200
    listed = (await house.people.call("GET", "lobby/tables/")).body["tables"]
    [games] = [one["games"] for one in listed if one["token"] == table["token"]]
    assert games == [{"game": "OMH", "limit": "PL"}]


@pytest.mark.parametrize(("body", "field"), [
    (b'{"big_blind": 1e30}', "big_blind"), (b'{"seats": 9, "ante": 1e-400}', "ante"),
    (b'{"tournament_settings": {"entry_fee": 1e999}}', "tournament_settings.entry_fee"),
    (b'{"seats": 4, "seats": 5}', "seats"), (b'{"turn_time_limit": Infinity}', "turn_time_limit"),
])
async def test_a_number_that_is_none_is_named(ada: User, body: bytes, field: str) -> None:
    table = await ada.table()
    refused = await ada.patch(f"tables/{table['token']}/configuration/", body)
    assert refused.status == 400 and list(refused.body) == [field]
