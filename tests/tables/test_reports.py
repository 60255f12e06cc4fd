"""Reports are made and ordered once, wherever the process dies on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.process import until
from tests.tables.test_statistics import Failing, Host
from vphost.mail.outbox import MailFolder
from vphost.rules.mode import Rejected, Send
from vphost.services.journal.sealing import open_key_file
from vphost.services.mail_queue import COLLECTION as MAILS, MailQueue
from vphost.services.ports import Documents, Journal, Record, StoreDown
from vphost.tables.reports import PLACES, REPORTS, Reports

HANDS = 2


class Table(Host):
    """A host with a table of three who have mail addresses, but for the last one."""

    async def finish(self) -> None:
        """Play some hands and end the game."""
        for user in self.users[:2]:
            found = await self.documents.get("users", user.id)
            assert found is not None
            mail = f"{user.username}@example.org"
            await self.documents.replace("users", user.id, found.version, {
                **found.body, "email": mail, "email_key": mail, "password": "",
            })
        await self.hands(HANDS)
        await self.end_game()

    @property
    def documents(self) -> Documents:
        """The store's documents."""
        return self.app.house.documents

    @property
    def send(self) -> Send:
        """What the game's last commit asks for."""
        return Send("report:x", "job:report", "game_ended", {"room": self.table})

    def reports(self, documents: Any = None) -> Reports:
        """Return the reports of another process over the same store; it mails nothing."""
        house, given = self.app.house, documents or self.documents
        assert self.app.plugins is not None
        return Reports(
            kinds=self.app.plugins.reports_by_mode(), journal=house.journal, documents=given,
            sealer=open_key_file(self.app.config.sealing_keys),
            statistics=self.statistics(given, page=100), tables=house.area.tables,
            accounts=house.accounts, find_room=house.rooms.get, currencies={},
            post=MailQueue(given, house.clock, MailFolder(self.app.config.var / "none", "a@b.c")),
        )

    async def kept(self) -> dict[str, Any]:
        """Return the reports, places and ids of ordered letters."""
        found: dict[str, Any] = {}
        for collection in (REPORTS, PLACES, MAILS):
            for one in await self.documents.find(collection, {}, "", 100):
                found[f"{collection}/{one.id}"] = None if collection == MAILS else one.body
        return found

    async def forget(self) -> None:
        """Drop all of that."""
        for collection in (PLACES, REPORTS, MAILS):
            for one in await self.documents.find(collection, {}, "", 100):
                await self.documents.delete(collection, one.id, one.version)


class Counting:
    """The store's journal. seqs: places of the commits of rooms that were read."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.seqs: list[int] = []

    async def read_room(self, room: str, after_seq: int, limit: int) -> list[Record]:
        records = await self._journal.read_room(room, after_seq, limit)
        self.seqs += [record.seq for record in records]
        return records


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A table whose game has ended and whose report is made."""
    made = Table(tmp_path)
    await made.start()
    await made.seat()
    await made.finish()
    sent = await made.app.house.area.reports.send(await found(made))
    assert not isinstance(sent, Rejected) and sent.recipients == 2
    await until(lambda: len(list((tmp_path / "outbox").glob("*.eml"))) == 2)
    yield made
    await made.app.stop()


async def found(table: Table) -> Any:
    """Return the table's document."""
    return await table.app.house.area.tables.find(table.table)


async def test_a_report_holds_the_game_and_who_got_it(table: Table) -> None:
    [report] = [body for id, body in (await table.kept()).items() if id.startswith(REPORTS)]
    assert not table.app.site.faults("store/report.json", report)
    facts = report["facts"]
    assert facts["hands"] == HANDS + 1
    assert [line["counters"]["hands_dealt"] for line in facts["lines"]] == 3 * [HANDS + 1]
    assert report["mailed"] == [user.id for user in table.users[:2]]
    nets = [line["cashed"] - line["bought"] for line in facts["lines"]]
    assert sum(nets) == 0 and nets == [line["counters"]["net"] for line in facts["lines"]]


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_crash_at_any_write_loses_and_doubles_no_letter(
    table: Table, is_done: bool
) -> None:
    expected = await table.kept()
    for good in range(50):
        await table.forget()
        failing = Failing(table.documents, good, is_done)
        try:
            await table.reports(failing).job(table.send)
        except StoreDown:
            await table.reports().job(table.send)
        assert await table.kept() == expected, good
        if not failing.failed:
            break
    assert good >= 5


async def test_a_process_reads_every_commit_once_however_often_it_is_asked(table: Table) -> None:
    reports, document = table.reports(), await found(table)
    reports._journal = counting = Counting(table.app.house.journal)  # type: ignore[assignment]
    for text in ("one", "two", "three"):
        await table.do(table.users[0].id, "send_chat_message", message=text)
        for _ in range(3):
            assert await reports.of_game(document, "", is_running=False) is not None
    assert counting.seqs == sorted(set(counting.seqs)) and len(counting.seqs) >= 3


async def test_a_rebuild_of_the_statistics_changes_no_report(table: Table) -> None:
    before = await table.kept()
    await table.app.house.area.statistics.rebuild()
    await table.forget()
    await table.reports().job(table.send)
    assert await table.kept() == before
