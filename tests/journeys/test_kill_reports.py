"""SIGKILL between the end of a game and its letters: every reader gets his, and only one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.host_process import HostProcess, free_port
from tests.web.table_house import table_house
from tests.web.test_reports_rest import Evening, body


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[HostProcess, HostProcess]]:
    """Two programmes for one store: one whose mail server is not there, one with an outbox."""
    nowhere = f"smtp://127.0.0.1:{free_port()}"
    made = HostProcess(tmp_path, flags=("--mail", nowhere)), HostProcess(tmp_path)
    yield made
    for one in made:
        one.close()


async def test_a_kill_right_after_the_end_costs_no_letter_and_doubles_none(
    tmp_path: Path, hosts: tuple[HostProcess, HostProcess]
) -> None:
    cut_off, whole = hosts
    async with table_house(tmp_path, store=cut_off.store) as house:
        evening = Evening(house)
        await evening.arrive()
        await evening.play()
        await evening.leave()
    await asyncio.to_thread(cut_off.start)
    client = evening.clients[0]
    client.origin = cut_off.origin
    await client.connect()
    await evening.end()
    cut_off.kill()
    client.close()
    outbox = tmp_path / "outbox"
    assert list(outbox.glob("*.eml")) == []
    await asyncio.to_thread(whole.start)
    async with asyncio.timeout(20):
        while len(list(outbox.glob("*.eml"))) < 2:
            await asyncio.sleep(0.02)
    whole.kill()
    async with table_house(tmp_path, store=cut_off.store) as house:
        evening.house = house
        mails = await evening.mails(2)
        assert set(mails) == {"ada@example.org", "bob@example.org"}
        assert "bob" in body(mails["ada@example.org"], "plain")
        evening.users["ada"] = await house.user("ada")
        again = (await evening.ada.post(f"{evening.path}send-report/")).body
        assert (again["recipients"], again["already_sent"]) == (2, True)
        await evening.mails(2)
