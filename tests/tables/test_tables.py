"""Tables: making, finding, listing, closing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping

import pytest

from vphost.rules.mode import Json, Rejected
from vphost.services.ports import Documents, StoreDown
from vphost.store import open_store
from vphost.tables.tables import ALPHABET, LIFETIME_MS, MAX_LISTED, Status, Table, Tables

NOON_MS = 1_700_000_000_000


class HandClock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.wall_ms = NOON_MS

    def now_ms(self) -> int:
        return 0

    def at_least(self, moment_ms: int) -> None:
        """Game time stands still here."""

    def calendar_ms(self) -> int:
        return self.wall_ms


class CountedSeeds:
    """The same seeds in every run; every seed is drawn `times` times."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.drawn = 0

    def draw(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(b"%d" % (self.drawn // self.times)).digest()


class RoomMaker:
    """Remembers the rooms it was asked for; fails while `is_down`."""

    def __init__(self) -> None:
        self.rooms: dict[str, tuple[str, Mapping[str, Json]]] = {}
        self.is_down = False

    async def create(self, room: str, mode: str, config: Mapping[str, Json]) -> None:
        if self.is_down:
            raise StoreDown("the disk is full")
        self.rooms.setdefault(room, (mode, config))


def check_config(mode: str, config: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
    if config.get("blind", 1) < 0:
        return Rejected("bad_config", {"fields": {"blind": "is below zero"}})
    return {"blind": 50, **config}


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def maker() -> RoomMaker:
    return RoomMaker()


@pytest.fixture
async def tables(documents: Documents, clock: HandClock, maker: RoomMaker) -> Tables:
    made = Tables(documents, clock, CountedSeeds(), check_config, maker.create)
    await made.open()
    return made


async def create(tables: Tables, **more: int | None) -> Table:
    table = await tables.create("ada", "cash", {}, **more)
    assert isinstance(table, Table)
    return table


async def test_a_table_has_a_room_of_its_id(tables: Tables, maker: RoomMaker) -> None:
    table = await tables.create("ada", "cash", {"name": "One"})
    assert isinstance(table, Table)
    assert str(uuid.UUID(table.id)) == table.id
    assert (table.host, table.mode, table.status) == ("ada", "cash", Status.OPEN)
    assert table.config == {"blind": 50, "name": "One"}
    assert (table.created_at, table.expires_at) == (NOON_MS, NOON_MS + LIFETIME_MS)
    assert maker.rooms == {table.id: ("cash", {
        "blind": 50, "name": "One", "host": "ada", "opened_at_ms": NOON_MS,
        "expires_at_ms": NOON_MS + LIFETIME_MS,
    })}


async def test_a_bad_configuration_makes_no_table(tables: Tables, maker: RoomMaker) -> None:
    refused = await tables.create("ada", "cash", {"blind": -1})
    assert refused == Rejected("bad_config", {"fields": {"blind": "is below zero"}})
    assert await tables.list_open("", 10) == []
    assert maker.rooms == {}


async def test_a_table_is_found_by_either_token_in_any_case(tables: Tables) -> None:
    table = await create(tables)
    for token in (table.id, table.id.upper(), table.short_token, table.short_token.lower()):
        assert await tables.find(token) == table


@pytest.mark.parametrize("token", [
    "", "AAAA", "x" * 36, "../a", "x" * 1_000_000, "ÄÖÜß", "\x00" * 4, "\ud800" * 4,
])
async def test_what_is_no_token_finds_nothing(tables: Tables, token: str) -> None:
    await create(tables)
    assert await tables.find(token) is None


async def test_short_tokens_have_no_lookalikes_and_differ(tables: Tables) -> None:
    made = [await create(tables) for _ in range(60)]
    assert len({table.short_token for table in made}) == 60
    assert set("".join(table.short_token for table in made)) <= set(ALPHABET)
    assert not set("ILO01") & set(ALPHABET)
    assert all(len(table.short_token) == 4 for table in made)


async def test_a_taken_short_token_is_drawn_anew(
    documents: Documents, clock: HandClock, maker: RoomMaker
) -> None:
    tables = Tables(documents, clock, CountedSeeds(times=3), check_config, maker.create)
    await tables.open()
    made = [await create(tables) for _ in range(5)]
    assert len({table.short_token for table in made}) == len(maker.rooms) == 5


async def test_a_full_house_says_so(
    documents: Documents, clock: HandClock, maker: RoomMaker
) -> None:
    tables = Tables(documents, clock, CountedSeeds(times=1_000_000), check_config, maker.create)
    await tables.open()
    await create(tables)
    assert await tables.create("ada", "cash", {}) == Rejected("busy")


async def test_open_tables_are_listed_page_by_page(tables: Tables) -> None:
    made = sorted([(await create(tables)).id for _ in range(25)])
    listed: list[str] = []
    while page := await tables.list_open(listed[-1] if listed else "", 10):
        assert len(page) <= 10
        listed += [table.id for table in page]
    assert listed == made


@pytest.mark.parametrize("limit", [0, MAX_LISTED + 1])
async def test_a_page_has_a_bound(tables: Tables, limit: int) -> None:
    with pytest.raises(AssertionError):
        await tables.list_open("", limit)


async def test_a_creation_that_was_cut_off_is_finished_at_the_next_start(
    tables: Tables, maker: RoomMaker, clock: HandClock
) -> None:
    maker.is_down = True
    with pytest.raises(StoreDown):
        await tables.create("ada", "cash", {})
    assert await tables.list_open("", 10) == []
    maker.is_down = False
    clock.wall_ms += 60_000
    assert await tables.finish_creating() == 1
    assert await tables.finish_creating() == 0
    [table] = await tables.list_open("", 10)
    assert maker.rooms[table.id][1]["opened_at_ms"] == table.opened_at == NOON_MS


async def test_tables_close_when_their_time_is_over(tables: Tables, clock: HandClock) -> None:
    short = await create(tables, lifetime_ms=1_000)
    day = await create(tables)
    lasting = await create(tables, lifetime_ms=None)
    clock.wall_ms += 999
    assert await tables.close_expired() == 0
    clock.wall_ms += 1
    assert await tables.close_expired() == 1
    assert {table.id for table in await tables.list_open("", 10)} == {day.id, lasting.id}
    found = await tables.find(short.id)
    assert found is not None and found.status is Status.CLOSED
    clock.wall_ms += 10 * LIFETIME_MS
    assert await tables.close_expired() == 1
    assert [table.id for table in await tables.list_open("", 10)] == [lasting.id]


async def test_an_expired_table_is_closed_when_its_room_is_over(
    documents: Documents, clock: HandClock, maker: RoomMaker
) -> None:
    over: set[str] = set()

    async def retire(room: str) -> bool:
        return room in over

    tables = Tables(documents, clock, CountedSeeds(), check_config, maker.create, retire)
    await tables.open()
    first, second = await create(tables), await create(tables)
    clock.wall_ms += LIFETIME_MS
    assert await tables.close_expired() == 0
    assert await tables.list_open("", 10) == []
    over.add(second.id)
    assert await tables.close_expired() == 1
    found = [await tables.find(table.id) for table in (first, second)]
    assert [table.status for table in found if table] == [Status.EXPIRED, Status.CLOSED]
    over.add(first.id)
    assert await tables.close_expired() == 1
    assert await tables.close_expired() == 0
