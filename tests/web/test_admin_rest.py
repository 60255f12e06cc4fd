"""What operators see and do over HTTP, and that nobody else does; one host for all of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.table_client import TableClient
from tests.web.rest_client import Answer
from tests.web.table_house import TableHouse, User, hang_up, table_house
from tests.web.test_statistics_rest import Duel, duel
from vphost.services.operators.audit_check import verify

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOKED_AT = (
    "admin/tables/", "admin/users/", "admin/ledger/accounts/", "admin/ledger/sums/",
    "admin/ledger/postings/?account=world", "admin/audit/",
)


@dataclass
class Office:
    """A host where one hand was played and the next one runs, and its operator."""

    house: TableHouse
    root: User
    played: Duel

    @property
    def table(self) -> str:
        return f"admin/tables/{self.played.table['token']}/"

    async def rows(self) -> list[Any]:
        """Return all rows of the audit log, the newest first."""
        answer = await self.root.get("admin/audit/?limit=100")
        assert answer.status == 200, answer
        return list(answer.body["results"])

    async def acts(self) -> list[Any]:
        """Return the rows of what was done, the newest first."""
        return [row for row in await self.rows() if row["action"] != "operator.read"]

    async def key(self, *scopes: str) -> User:
        """Return a caller with an API key."""
        answer: Any = await self.house.app.house.operations.call("key.create", {
            "name": f"n{len(scopes)}-{id(scopes)}", "scopes": list(scopes), "expires_days": 1,
        })
        return User(self.house.people, answer["id"], answer["key"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin")


@asynccontextmanager
async def open_office(folder: Path, store: str) -> AsyncIterator[Office]:
    """Run a host, play a hand, and let the next one begin."""
    async with table_house(folder, store=store, requests_per_s=10_000) as house:
        root = await house.user("root")
        await house.app.house.operations.call("user.operator", {"name": "root", "on": True})
        played = await duel(house, time_between_hands=1, turn_time_limit=300)
        await played.clients[0].until("turn")
        yield Office(house, root, played)
        for client in played.clients:
            await hang_up(client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(folder: Path) -> AsyncIterator[Office]:
    async with open_office(folder, "memory:") as made:
        yield made


async def all_of(user: User, path: str) -> list[Any]:
    """Return all results of a list, page by page."""
    found: list[Any] = []
    while path:
        answer = await user.get(path)
        assert answer.status == 200, answer
        found += answer.body["results"]
        path = (answer.body["next"] or "").removeprefix("/api/v1/")
    return found


def refusals(answers: list[Answer]) -> set[tuple[int, str]]:
    return {(answer.status, answer.code) for answer in answers}


async def test_72_nobody_but_an_operator_comes_in(office: Office) -> None:
    paths = [*LOOKED_AT, office.table, f"{office.table}hands/", "admin/users/nobody/"]
    people = office.house.people
    assert refusals([await people.call("GET", path) for path in paths]) == {
        (401, "not_authenticated")
    }
    assert refusals([await office.played.ada.get(path) for path in paths]) == {(403, "forbidden")}
    scoped = await office.key("metrics", "admin:write", "wallet")
    assert refusals([await scoped.get(path) for path in paths]) == {(403, "forbidden")}


async def test_72_who_is_sent_away_stands_in_the_audit_log(office: Office) -> None:
    await office.played.bob.get("admin/ledger/sums/")
    await office.house.app.house.audit.close()
    rows = [row for row in await office.rows() if row["action"] == "operator.refused"]
    assert ("GET /api/v1/admin/ledger/sums/", "forbidden") in {
        (row["subject"], row["outcome"]) for row in rows
    }
    assert {row["actor"].partition(":")[0] for row in rows} <= {"user", "address", "key"}


async def test_43_a_wrong_key_is_refused_like_any_other_and_never_repeated(office: Office) -> None:
    key = await office.key("admin:read")
    assert (await key.get("admin/users/")).status == 200
    other = await office.key("admin:read")
    await office.house.app.house.operations.call("key.revoke", {"id": other.name})
    half = key.token.partition(".")[0]
    wrong = [key.token[:-2] + "__", other.token, f"{half}.{other.token.partition('.')[2]}",
             half, "vph_."]
    answers = [
        await office.house.people.call("GET", "admin/users/", token=one) for one in wrong
    ]
    assert {(one.status, json.dumps(one.body)) for one in answers} == {
        (401, json.dumps({"detail": "Please sign in.", "code": "not_authenticated"}))
    }
    for text in (key.token, *wrong[:3]):
        assert text not in str(answers)
    assert (await key.get("tables/")).status == 403, "a key is no user"
    assert (await office.house.people.call("GET", f"admin/users/?apiKey={key.token}")).status == 401


async def test_43_wrong_keys_have_to_wait(office: Office) -> None:
    call = office.house.people.call
    answers = [await call("GET", "admin/users/", token="vph_a.b") for _ in range(15)]
    assert answers[-1].status == 429 and answers[-1].code == "too_many_attempts"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (await office.root.get("admin/users/")).status == 200
    office.house.app.house.keys._wrong.forgive("127.0.0.1")


# -- users ------------------------------------------------------------------------------------


async def test_users_are_listed_and_shown(office: Office) -> None:
    rows = await all_of(office.root, "admin/users/?limit=2")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {"ada", "bob", "root"} <= {row["username"] for row in rows}
    [ada] = (await office.root.get("admin/users/?name=ADA")).body["results"]
    one = (await office.root.get(f"admin/users/{ada['id']}/")).body
    assert one == {**ada, "balances": {}, "sockets": 1}
    assert (await office.root.get("admin/users/?name=nobody")).body["results"] == []
    assert (await office.root.get("admin/users/aaaaaaaaaaaaaaaa/")).status == 404


async def test_40_a_user_who_is_disabled_is_out_and_the_reason_is_kept(office: Office) -> None:
    eve = await office.house.user("eve")
    id = (await eve.get("users/current/")).body["id"]
    answer = await office.root.post(f"admin/users/{id}/disable/", {"reason": "cheated"})
    assert (answer.status, answer.body["disabled"]) == (200, True)
    assert (await eve.get("users/current/")).status == 401
    row = (await office.acts())[0]
    assert (row["action"], row["subject"], row["outcome"]) == (
        "user.disable", f"user:{id}", "ok"
    )
    assert row["detail"] == {"reason": "cheated", "via": "rest"}
    assert row["actor"].startswith("user:") and row["actor"] != f"user:{id}"
    answer = await office.root.post(f"admin/users/{id}/enable/", {"reason": "was somebody else"})
    assert (answer.status, answer.body["disabled"]) == (200, False)
    assert (await eve.get("users/current/")).status == 200


async def test_who_may_not_be_disabled_is_refused(office: Office) -> None:
    me = (await office.root.get("users/current/")).body["id"]
    path, reason = f"admin/users/{me}/disable/", {"reason": "x"}
    assert (await office.root.post(path, reason)).code == "action_not_available"
    for body in (None, {}, {"reason": " "}, {"reason": "x" * 201}, {"reason": "a\nb"}):
        assert (await office.root.post(path, body)).status == 400
    reader = await office.key("admin:read")
    assert (await reader.post(path, reason)).status == 403
    writer = await office.key("admin:write")
    unknown = await writer.post("admin/users/aaaaaaaaaaaaaaaa/disable/", reason)
    assert unknown.status == 404
    row = (await office.acts())[0]
    assert (row["actor"], row["outcome"]) == (f"key:{writer.name}", "not_found")


# -- the ledger -------------------------------------------------------------------------------


async def test_accounts_and_their_postings_add_up(office: Office) -> None:
    accounts = await all_of(office.root, "admin/ledger/accounts/?limit=2")
    assert [row["account"] for row in accounts] == sorted(row["account"] for row in accounts)
    room = f"room:{office.played.table['token']}:"
    own = await all_of(office.root, f"admin/ledger/accounts/?prefix={room}")
    assert own and {row["account"] for row in own} == {
        row["account"] for row in accounts if row["account"].startswith(room)
    }
    for row in own:
        postings = await all_of(
            office.root, f"admin/ledger/postings/?limit=1&account={row['account']}"
        )
        assert [one["seq"] for one in postings] == sorted(one["seq"] for one in postings)
        for code, balance in row["balances"].items():
            moved = sum(cents(one["amount"]) for one in postings if one["currency"] == code)
            assert moved == cents(balance)
    assert await all_of(office.root, "admin/ledger/postings/?account=nobody") == []
    assert (await office.root.get("admin/ledger/postings/")).status == 400


def cents(amount: str) -> int:
    """Return an amount in minor units."""
    return int(amount.replace(".", ""))


async def test_every_currencys_sum_is_zero(office: Office) -> None:
    sums = (await office.root.get("admin/ledger/sums/")).body
    assert sums["commits"] >= 10 and len(sums["head"]) == 64
    assert {cents(one["sum"]) for one in sums["currencies"]} == {0}
    assert any(cents(one["issued"]) > 0 for one in sums["currencies"])


# -- tables and hands -------------------------------------------------------------------------


async def test_tables_are_listed_with_how_they_are(office: Office) -> None:
    draft = await office.played.bob.table()
    rows = await all_of(office.root, "admin/tables/?limit=1")
    assert [row["token"] for row in rows] == sorted(row["token"] for row in rows)
    by_token = {row["token"]: row for row in rows}
    running = by_token[office.played.table["token"]]
    assert (running["status"], running["seated"], running["is_loaded"]) == ("running", 2, True)
    assert running["creator"]["username"] == "ada" and not running["is_stopped"]
    assert by_token[draft["token"]]["is_loaded"] is False
    paid = await all_of(office.root, "admin/tables/?status=paid")
    assert draft["token"] in {row["token"] for row in paid}
    assert running["token"] not in {row["token"] for row in paid}
    assert (await office.root.get("admin/tables/?status=x")).status == 400


async def test_55_a_running_hand_is_shown_as_to_a_stranger(office: Office) -> None:
    table = (await office.root.get(office.table)).body
    names = [frame["event"] for frame in table["state"]]
    assert "game_state" in names and {p["username"] for p in table["players"]} == {"ada", "bob"}
    adas, bobs = office.played.clients
    while bobs.last_seq < adas.last_seq:
        await bobs.receive()
    held = [
        card for client in office.played.clients for card in pocket_cards_of_now(client)
    ]
    assert len(held) == 4, "both players hold two cards"
    for path in (office.table, *LOOKED_AT, f"{office.table}hands/"):
        text = json.dumps((await office.root.get(path)).body)
        assert not [card for card in held if f'"{card}"' in text], path
        assert "deck" not in text and "hidden" not in text


def pocket_cards_of_now(client: TableClient) -> list[str]:
    """Return the cards that a player got in the newest hand."""
    began = max(seq for seq, one in client.seen.items() if one["event"] == "game_start")
    return [
        card for seq, one in client.seen.items() if seq > began and one["event"] == "pocket_cards"
        for card in one["payload"]["pocket_cards"] or ()
    ]


async def test_a_finished_hand_is_replayed_as_it_was_seen(office: Office) -> None:
    rows = await all_of(office.root, f"{office.table}hands/?limit=1")
    assert [row["hand"] for row in rows] == list(range(1, len(rows) + 1))
    first = (await office.root.get(f"{office.table}hands/1/")).body
    assert {name: first[name] for name in rows[0]} == rows[0]
    assert sum(cents(amount) for amount in first["results"]) == 0
    names = [frame["event"] for frame in first["events"]]
    assert names[0] == "game_start" and names[-1] == "game_end" and "action_ack" in names
    assert first["phh_fault"] is None and "variant" in first["phh"]
    held = [frame for frame in first["events"] if frame["event"] == "pocket_cards"]
    assert all(frame["payload"].get("pocket_cards") in (None, []) for frame in held)
    running = await office.root.get(f"{office.table}hands/{len(rows) + 1}/")
    assert (running.status, running.code) == (409, "hand_unfinished")
    assert (await office.root.get(f"{office.table}hands/999/")).status == 404
    assert (await office.root.get("admin/tables/ZZZZ/hands/")).status == 404


# -- the audit log ----------------------------------------------------------------------------


async def test_73_the_log_is_paged_and_its_chain_is_judged(office: Office) -> None:
    await office.root.get("admin/users/")
    found = await all_of(office.root, "admin/audit/?limit=7")
    numbers = [row["seq"] for row in found]
    assert numbers == list(range(len(found), 0, -1))
    answer = await office.root.get("admin/audit/?limit=1")
    assert answer.body["chain"]["ok"] and 0 < answer.body["chain"]["entries"] <= len(found) + 1
    assert (await verify(office.house.app.house.documents)).ok
    looks = [(row["actor"], row["subject"]) for row in found if row["action"] == "operator.read"]
    assert looks and len(looks) == len(set(looks)), "a look is noted once in a while"


async def test_an_operators_sign_in_is_a_row(office: Office) -> None:
    people, app = office.house.people, office.house.app
    await people.register("olga")
    await app.house.operations.call("user.operator", {"name": "olga", "on": True})
    assert (await people.post(
        "token/", {"email": "olga@example.org", "password": "wrong horse"}
    )).status == 401
    await people.sign_in("olga")
    await app.house.audit.close()
    rows = [row for row in await office.rows() if row["action"] == "operator.sign_in"]
    assert {(row["outcome"], row["actor"].partition(":")[0]) for row in rows} == {
        ("ok", "user"), ("bad_credentials", "address"),
    }
    assert "wrong horse" not in json.dumps(rows)


async def test_who_is_kicked_stands_in_the_log_whether_he_had_come_or_not(office: Office) -> None:
    ada, app = office.played.ada, office.house.app
    table = office.played.table
    for name in ("carl", "dora"):
        await (await office.house.user(name)).joined(table)
    carl = await (await office.house.user("carl")).sit(table)
    for name in ("carl", "dora"):
        path = f"players/{await ada.player(table, name)}/kick/"
        assert (await ada.post(path)).status == 204
    await hang_up(carl)
    await app.house.audit.close()
    rows = [row for row in await office.rows() if row["action"] == "player.kick"]
    assert {tuple(sorted(row["detail"])) for row in rows} == {("commit", "player"), ("user",)}
    me = (await ada.get("users/current/")).body["id"]
    assert {(row["actor"], row["subject"]) for row in rows} == {
        (f"user:{me}", f"table:{table['token']}")
    }


async def test_a_table_that_is_paid_for_is_a_row(office: Office) -> None:
    app = office.house.app
    noted: list[str] = []
    app.house.area.tables.on_paid.append(noted.append)
    made = await office.played.bob.table()
    assert noted == [made["token"]]
    app.house.area.tables.on_paid.remove(noted.append)
