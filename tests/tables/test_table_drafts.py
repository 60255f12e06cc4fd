"""Drafts of tables: paid once, opened once, dropped in time; the players' own documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.tables.test_tables import NOON_MS, CountedSeeds, HandClock, RoomMaker, check_config
from vphost.rules.mode import Rejected
from vphost.services.ports import Documents, StaleVersion, StoreDown
from vphost.store import open_store
from vphost.tables.members import HERE, KICKED, LEFT, MEMBERS_MAX, Members
from vphost.tables.tables import DAY_MS, SPENT_DAYS, UNPAID_MS, Status, Table, TableKind, Tables


@dataclass
class Desk:
    """Tables and members over a store in memory."""

    documents: Documents
    clock: HandClock
    maker: RoomMaker
    tables: Tables
    members: Members

    async def draft(self, id: str = "") -> Table:
        table = await self.tables.draft(id, "ada", "cash", {"name": "One"}, TableKind.PRIVATE)
        assert isinstance(table, Table)
        return table


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    journal, documents = await open_store("memory:")
    clock, maker, seeds = HandClock(), RoomMaker(), CountedSeeds()
    made = Desk(
        documents, clock, maker,
        Tables(
            documents, clock, seeds, check_config, maker.create,
            change_config=lambda mode, before, changes: check_config(mode, {**before, **changes}),
        ),
        Members(documents, clock),
    )
    await made.tables.open()
    await made.members.open()
    yield made
    await journal.close()


async def test_a_draft_has_no_room_until_it_is_opened(desk: Desk) -> None:
    draft = await desk.draft()
    assert (draft.status, draft.opened_at, draft.expires_at) == (Status.UNPAID, None, None)
    paid = await desk.tables.mark_paid(draft.id)
    assert paid is not None and paid.status is Status.PAID and desk.maker.rooms == {}
    assert await desk.tables.mark_paid(draft.id) == paid
    assert await desk.tables.mark_paid("nothing") is None
    desk.clock.wall_ms += 5
    table = await desk.tables.open_draft(paid, paid.version)
    assert (table.status, table.opened_at) == (Status.OPEN, NOON_MS + 5)
    assert desk.maker.rooms[table.id][1]["expires_at_ms"] == NOON_MS + 5 + DAY_MS
    assert await desk.tables.list_public("", 10) == []
    assert [one.id for one in await desk.tables.list_open("", 10)] == [table.id]


async def test_the_same_id_makes_one_draft(desk: Desk) -> None:
    first = await desk.draft("6dd7fb75-4190-4be4-939f-97a238227b7e")
    assert await desk.draft(first.id) == first
    refused = await desk.tables.draft("", "ada", "cash", {"blind": -1}, TableKind.PUBLIC)
    assert isinstance(refused, Rejected) and refused.code == "bad_config"


@pytest.mark.parametrize("restarted", [True, False])
async def test_an_opening_that_was_cut_off_goes_on(desk: Desk, restarted: bool) -> None:
    draft = await desk.draft()
    paid = await desk.tables.mark_paid(draft.id)
    assert paid is not None
    desk.maker.is_down = True
    with pytest.raises(StoreDown):
        await desk.tables.open_draft(paid, paid.version)
    desk.maker.is_down = False
    desk.clock.wall_ms += 60_000
    half = await desk.tables.find(draft.id)
    assert half is not None and half.status is Status.CREATING
    if restarted:
        assert await desk.tables.finish_creating() == 1
    else:
        await desk.tables.open_draft(half, half.version)
    table = await desk.tables.find(draft.id)
    assert table is not None and (table.status, table.opened_at) == (Status.OPEN, NOON_MS)


async def test_an_older_version_opens_nothing(desk: Desk) -> None:
    draft = await desk.draft()
    paid = await desk.tables.mark_paid(draft.id)
    assert paid is not None
    with pytest.raises(StaleVersion):
        await desk.tables.open_draft(paid, draft.version)
    with pytest.raises(StaleVersion):
        await desk.tables.configure(paid, draft.version, paid.config, {}, TableKind.PUBLIC)


async def anybody(table_id: str) -> bool:
    """Let every draft go."""
    return True


async def test_unpaid_drafts_go_after_a_day_and_their_tokens_rest(desk: Desk) -> None:
    draft, paid = await desk.draft(), await desk.draft()
    await desk.tables.mark_paid(paid.id)
    desk.clock.wall_ms += UNPAID_MS - 1
    assert await desk.tables.drop_unpaid(anybody) == []
    desk.clock.wall_ms += 1
    assert await desk.tables.drop_unpaid(anybody) == [draft.id]
    assert await desk.tables.find(draft.short_token) is None
    assert await desk.tables.find(paid.id) is not None
    again = Tables(desk.documents, desk.clock, CountedSeeds(), check_config, None)
    await again.open()
    table = await again.draft("", "ada", "cash", {}, TableKind.PRIVATE)
    assert isinstance(table, Table) and table.short_token not in (
        draft.short_token, paid.short_token
    )
    desk.clock.wall_ms += (SPENT_DAYS + 1) * DAY_MS
    await desk.tables.drop_unpaid(anybody)
    assert await desk.documents.find("spent_tokens", {}, "", 10) != []
    assert await desk.documents.get("spent_tokens", draft.short_token) is None


async def test_an_operators_table_of_before_comes_into_the_lobby(desk: Desk) -> None:
    table = await desk.tables.create("ada", "cash", {})
    assert isinstance(table, Table)
    document = await desk.documents.get("tables", table.id)
    assert document is not None
    old = {name: value for name, value in document.body.items() if name != "listed"}
    await desk.documents.replace("tables", table.id, document.version, old)
    assert await desk.tables.list_public("", 10) == []
    await desk.tables.open()
    assert [one.id for one in await desk.tables.list_public("", 10)] == [table.id]


# -- members ---------------------------------------------------------------------------------


async def test_joining_at_once_makes_one_player(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.members.join("t", "bob", "Bob") for _ in range(5)))
    assert len({one.number for one in made if one is not None}) == 1
    assert [one.user async for one in desk.members.of_table("t")] == ["bob"]


async def test_a_parting_counts_whoever_changes_the_player_meanwhile(desk: Desk) -> None:
    member = await desk.members.join("t", "bob", "Bob")
    assert member is not None
    await desk.members.change(member, jitsi_id="x")
    await desk.members.part(member, KICKED)
    found = await desk.members.get("t", "bob")
    assert found is not None and (found.state, found.jitsi_id) == (KICKED, "x")
    with pytest.raises(StaleVersion):
        await desk.members.change(member, jitsi_id="y")


@pytest.mark.parametrize("how", [LEFT, KICKED])
async def test_who_has_gone_comes_back_with_his_number(desk: Desk, how: str) -> None:
    first = await desk.members.join("t", "bob", "Bob")
    assert first is not None
    await desk.members.part(first, how)
    again = await desk.members.join("t", "bob", "Bob")
    assert again is not None and (again.number, again.state) == (first.number, HERE)
    assert await desk.members.numbered(first.number) == again


async def test_a_leaving_that_was_on_its_way_does_not_hide_a_kick(desk: Desk) -> None:
    member = await desk.members.join("t", "bob", "Bob")
    assert member is not None
    await desk.members.part(member, KICKED)
    await desk.members.part(member, LEFT)
    found = await desk.members.get("t", "bob")
    assert found is not None and found.state == KICKED


async def test_a_table_has_a_bound_and_is_listed_in_order(desk: Desk) -> None:
    users = [f"u{number:04}" for number in range(MEMBERS_MAX)]
    for user in users:
        assert await desk.members.join("t", user, user) is not None
    assert await desk.members.join("t", "late", "late") is None
    assert await desk.members.join("t", users[0], users[0]) is not None
    assert [one.user async for one in desk.members.of_table("t", users[149])] == users[150:]
    await desk.members.join("s", users[3], users[3])
    assert [one.table async for one in desk.members.of_user(users[3])] == ["s", "t"]
    assert [one.table async for one in desk.members.of_user(users[3], "s")] == ["t"]
    await desk.members.forget("t")
    assert [one.user async for one in desk.members.of_table("t")] == []
    assert await desk.members.get("s", users[3]) is not None
