"""Reports of finished games: mailed once to whoever can get one, and downloaded as a table."""

from __future__ import annotations

import asyncio
import csv
import email
import email.policy
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.table_client import TableClient
from tests.mail.test_mail import Receiver, serving
from tests.web.table_house import TableHouse, User, hang_up, table_house
from tests.web.web_edge import Raw, parse_answer
from vphost.services.accounts.accounts import Kind, User as Account

NAMES = ("ada", "bob", "eve")
"""Ada is the host; eve has no mail address."""


class Evening:
    """Ada's table with all three. mails: what lies in the outbox, by recipient."""

    def __init__(self, house: TableHouse) -> None:
        self.house = house
        self.users: dict[str, User] = {}
        self.clients: list[TableClient] = []
        self.table: dict[str, Any] = {}

    @property
    def ada(self) -> User:
        return self.users["ada"]

    @property
    def path(self) -> str:
        return f"reports/{self.table['short_table_token']}/"

    async def arrive(self, name: str = "Friday") -> None:
        """Make accounts and the table, and seat everybody."""
        for one in NAMES:
            await account(self.house, one, has_mail=one != "eve")
            self.users[one] = await self.house.user(one)
        made = await self.ada.table({"name": name})
        path = f"tables/{made['token']}/"
        await self.ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})
        self.table = (await self.ada.post(f"{path}open/")).body
        for one in ("bob", "eve"):
            await self.users[one].joined(self.table)
        await self.sit()

    async def sit(self) -> None:
        """Open everybody's socket, seat him and buy chips."""
        self.clients = [
            await self.users[one].sit(self.table, seat) for seat, one in enumerate(NAMES)
        ]

    async def play(self) -> str:
        """Play a hand that all fold; return the game's id."""
        first = self.clients[0]
        await first.send("game_start", game_type="THD")
        started = await first.until("game_start")
        for _ in range(2):
            turn = await first.until("turn")
            await self.clients[seat_of(turn)].send("action_fold")
        await first.until("game_end")
        return str(started["payload"]["game_id"])

    async def end(self) -> None:
        """End the game."""
        await self.clients[0].send("end_current_game")
        await self.clients[0].until("current_game_ended")

    async def leave(self) -> None:
        """Hang up."""
        for client in self.clients:
            await hang_up(client)

    async def mails(self, number: int) -> dict[str, EmailMessage]:
        """Return the letters by their recipients, once there are so many and no order waits."""
        folder, documents = self.house.people.outbox, self.house.app.house.documents
        async with asyncio.timeout(10):
            while len(list(folder.glob("*.eml"))) < number or await documents.find(
                "mails", {"state": "waiting"}, "", 1
            ):
                await asyncio.sleep(0.01)
        found = {str(mail["To"]): mail for mail in map(read, sorted(folder.glob("*.eml")))}
        assert len(found) == len(list(folder.glob("*.eml"))) == number
        return found

    async def download(self, name: str, query: str = "") -> tuple[int, dict[str, str], str]:
        """Get the CSV as somebody."""
        port = self.house.people.host.port
        async with Raw.connected(port) as connection:
            await connection.write(
                f"GET /api/v1/{self.path}csv/{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Authorization: Bearer {self.users[name].token}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            status, headers, content = parse_answer(await connection.read_all())
        return status, headers, content.decode()

    async def rows(self, name: str, query: str = "") -> list[dict[str, str]]:
        """Get the CSV's rows as somebody."""
        status, _, content = await self.download(name, query)
        assert status == 200, content
        return list(csv.DictReader(io.StringIO(content, newline="")))


def seat_of(turn: dict[str, Any]) -> int:
    """Return the seat whose turn it is; clients are listed by seat."""
    return int(turn["payload"]["seat"])


def read(path: Path) -> EmailMessage:
    """Return a letter."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: EmailMessage, kind: str) -> str:
    """Return a letter's part."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def account(house: TableHouse, name: str, has_mail: bool) -> None:
    """Make an account, with a confirmed mail address or without."""
    accounts = house.app.house.accounts
    mail = f"{name}@example.org" if has_mail else ""
    made = await accounts.add(name, Kind.PERSON, email=mail)
    assert isinstance(made, Account)
    if has_mail:
        await accounts.confirm(made.id)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path) as running:
        yield running


@pytest.fixture
async def evening(house: TableHouse) -> AsyncIterator[Evening]:
    """Everybody sits at the table."""
    made = Evening(house)
    await made.arrive()
    yield made
    await made.leave()


async def test_when_a_game_ends_everybody_with_an_address_gets_his_report(
    evening: Evening,
) -> None:
    game = await evening.play()
    assert list(evening.house.people.outbox.glob("*.eml")) == []
    await evening.end()
    mails = await evening.mails(2)
    hosts, bobs = mails["ada@example.org"], mails["bob@example.org"]
    assert hosts["Subject"].startswith("Report of your cash game: Friday, ")
    assert bobs["Subject"].startswith("Your cash game: Friday, ")
    for kind in ("plain", "html"):
        assert all(name in body(hosts, kind) for name in NAMES)
        assert "bob" in body(bobs, kind)
        assert "ada" not in body(bobs, kind) and "eve" not in body(bobs, kind)
    [attached] = hosts.iter_attachments()
    assert attached.get_content_type() == "text/csv"
    assert attached.get_filename() == f"report-{game[:8]}.csv"
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes) and content.decode() == (await evening.download("ada"))[2]
    assert list(bobs.iter_attachments()) == []


async def test_the_table_has_all_lines_for_the_host_and_his_own_for_a_player(
    evening: Evening,
) -> None:
    game = await evening.play()
    await evening.end()
    status, headers, _ = await evening.download("ada")
    assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert headers["content-disposition"] == f'attachment; filename="report-{game[:8]}.csv"'
    everybody = await evening.rows("ada")
    assert {row["player"] for row in everybody} == set(NAMES)
    assert {row["game_id"] for row in everybody} == {game}
    assert sum(Decimal(row["net"]) for row in everybody) == 0
    assert {row["bought_in"] for row in everybody} == {"20.00"}
    assert {row["hands"] for row in everybody} == {"1"}
    for name in ("bob", "eve"):
        assert await evening.rows(name) == [row for row in everybody if row["player"] == name]


async def test_a_report_asked_for_again_goes_to_nobody_twice(evening: Evening) -> None:
    game = await evening.play()
    await evening.end()
    await evening.mails(2)
    answers = await asyncio.gather(*(
        evening.ada.post(f"{evening.path}send-report/") for _ in range(5)
    ))
    for answer in answers:
        assert answer.status == 200
        ended = answer.body.pop("ended")
        assert ended > 1_600_000_000
        assert answer.body == {
            "game_id": game, "recipients": 2, "without_address": 1, "already_sent": True,
        }
    await evening.mails(2)


async def test_who_confirms_his_address_later_gets_it_once_when_asked(evening: Evening) -> None:
    await evening.play()
    await evening.end()
    await evening.mails(2)
    documents = evening.house.app.house.documents
    eve = await evening.house.app.house.accounts.by_name("eve")
    assert eve is not None
    found = await documents.get("users", eve.id)
    assert found is not None
    await documents.replace("users", eve.id, found.version, {
        **found.body, "email": "eve@example.org", "email_key": "eve@example.org", "password": "",
    })
    answers = await asyncio.gather(*(
        evening.ada.post(f"{evening.path}send-report/") for _ in range(5)
    ))
    assert sorted(answer.body["already_sent"] for answer in answers) == [False] + 4 * [True]
    assert {(answer.body["recipients"], answer.body["without_address"])
            for answer in answers} == {(3, 0)}
    assert "eve" in body((await evening.mails(3))["eve@example.org"], "plain")


async def test_there_is_no_report_before_a_game_has_ended(evening: Evening) -> None:
    path = f"{evening.path}send-report/"
    early = await evening.ada.post(path)
    assert (early.status, early.code) == (409, "no_report")
    assert (await evening.download("ada"))[0] == 404
    await evening.play()
    running = await evening.ada.post(path)
    assert (running.status, running.code) == (409, "game_running")
    assert (await evening.download("ada"))[0] == 404
    await evening.end()
    assert (await evening.ada.post(path)).status == 200


async def test_only_the_host_sends_and_strangers_see_nothing(
    house: TableHouse, evening: Evening
) -> None:
    await evening.play()
    await evening.end()
    by_bob = await evening.users["bob"].post(f"{evening.path}send-report/")
    assert (by_bob.status, by_bob.code) == (403, "not_the_host")
    evening.users["mia"] = await house.user("mia")
    by_mia = await evening.users["mia"].post(f"{evening.path}send-report/")
    assert (by_mia.status, by_mia.code) == (404, "not_found")
    assert (await evening.download("mia"))[0] == 404
    await evening.users["mia"].joined(evening.table)
    assert (await evening.download("mia"))[0] == 404, "a player who was not in the game"


async def test_an_earlier_game_can_still_be_had_while_the_next_one_runs(
    evening: Evening,
) -> None:
    first = await evening.play()
    await evening.end()
    await evening.mails(2)
    for client in evening.clients:
        await client.send("buy_in", amount=10)
        await client.until("action_ack", action="buy_in")
    path = f"tables/{evening.table['token']}/choose_game_mode/"
    assert (await evening.ada.post(path, {"game_mode": "C"})).status == 200
    second = await evening.play()
    assert (await evening.rows("bob"))[0]["game_id"] == first
    await evening.end()
    async with asyncio.timeout(10):
        while len(list(evening.house.people.outbox.glob("*.eml"))) < 4:
            await asyncio.sleep(0.01)
    assert [row["bought_in"] for row in await evening.rows("bob")] == ["10.00"]
    assert (await evening.rows("bob"))[0]["game_id"] == second
    assert (await evening.rows("bob", f"?game_id={first}"))[0]["bought_in"] == "20.00"
    assert (await evening.download("bob", "?game_id=" + "0" * 8 + first[8:]))[0] == 404
    assert (await evening.download("bob", "?game_id=x"))[0] == 400


async def test_64_a_hostile_table_name_is_words_everywhere(house: TableHouse) -> None:
    name = "=cmd()|<b>\"x\",'y'&"
    evening = Evening(house)
    await evening.arrive(name)
    await evening.play()
    await evening.end()
    mail = (await evening.mails(2))["ada@example.org"]
    assert name in mail["Subject"] and name in body(mail, "plain")
    assert "<b>" not in body(mail, "html") and "=cmd()|&lt;b&gt;" in body(mail, "html")
    assert {row["table"] for row in await evening.rows("ada")} == {f"'{name}"}
    await evening.leave()


async def test_a_report_goes_through_a_mail_server(tmp_path: Path) -> None:
    receiver = Receiver()
    async with serving(receiver) as port:
        async with table_house(tmp_path, mail=f"smtp://127.0.0.1:{port}") as house:
            evening = Evening(house)
            await evening.arrive()
            await evening.play()
            await evening.end()
            async with asyncio.timeout(10):
                while len(receiver.letters) < 2:
                    await asyncio.sleep(0.01)
            await evening.leave()
    [hosts] = [mail for mail in receiver.letters if mail["To"] == "ada@example.org"]
    assert all("eve" in body(hosts, kind) for kind in ("plain", "html"))
    [attached] = hosts.iter_attachments()
    payload = attached.get_payload(decode=True)
    assert isinstance(payload, bytes)
    content = payload.decode()
    assert [row["player"] for row in csv.DictReader(io.StringIO(content))].count("eve") == 1


async def life(folder: Path, store: str) -> None:
    """Play, restart the host, end the game, restart, ask again: one letter for each reader."""
    async with table_house(folder, store=store) as house:
        evening = Evening(house)
        await evening.arrive()
        game = await evening.play()
        await evening.leave()
    async with table_house(folder, store=store) as house:
        evening.house = house
        for name in NAMES:
            evening.users[name] = await house.user(name)
        host = evening.clients[0] = await evening.ada.sit(evening.table)
        await host.send("end_current_game")
        await host.until("current_game_ended")
        await evening.mails(2)
        before = await evening.rows("ada")
        await hang_up(host)
    async with table_house(folder, store=store) as house:
        evening.house = house
        for name in NAMES:
            evening.users[name] = await house.user(name)
        assert await evening.rows("ada") == before
        assert {row["game_id"] for row in before} == {game}
        assert sum(Decimal(row["net"]) for row in before) == 0
        assert {row["hands"] for row in before} == {"1"}
        again = (await evening.ada.post(f"{evening.path}send-report/")).body
        assert (again["already_sent"], again["recipients"]) == (True, 2)
        await evening.mails(2)


async def test_a_game_over_restarts_has_one_report_on_the_embedded_store(tmp_path: Path) -> None:
    await life(tmp_path, f"sqlite:{tmp_path / 'host.sqlite'}")
