"""Tables in currencies of any number of decimals: what is answered is taken back as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.table_client import TableClient
from tests.web.table_house import TableHouse, User, hang_up, table_house
from vphost.config.settings import BTC, DON, EUR, JPY, PLAY
from vphost.rules.money import Currency

CURRENCIES = (
    PLAY, DON, EUR, JPY, BTC, *(Currency(f"XY{n}", n, "x") for n in range(9)),
    Currency("XX", 3, "x"), Currency("LONGESTONE", 2, "x"),
)
CODES = [currency.code for currency in CURRENCIES]
MONEY = (
    "big_blind", "small_blind", "ante", "min_limit_size", "max_limit_size", "max_buy_in",
    "min_buy_in", "default_bank_value",
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TableHouse]:
    async with table_house(tmp_path, currencies=CURRENCIES) as running:
        yield running


@pytest.fixture
async def ada(house: TableHouse) -> User:
    return await house.user("ada")


def minor(config: Mapping[str, Any]) -> dict[str, int]:
    """Return a configuration's amounts in minor units of its currency."""
    [decimals] = [one.decimals for one in CURRENCIES if one.code == config["currency"]]
    return {name: int(Decimal(str(config[name])).scaleb(decimals)) for name in MONEY}


async def stays_whole(user: User, path: str) -> Mapping[str, Any]:
    """Return a table's configuration after everything that reads it has, and it was sent back."""
    seen = await user.get(path)
    assert seen.status == 200, seen
    listed = await user.get("tables/")
    assert listed.status == 200 and seen.body in listed.body["results"]
    again = await user.patch(f"{path}configuration/", seen.body["configuration"])
    assert again.status == 200, again
    assert again.body["configuration"] == seen.body["configuration"]
    assert again.headers["etag"] == seen.headers["etag"]
    return dict(seen.body["configuration"])


@pytest.mark.parametrize("code", CODES)
async def test_a_drafts_currency_changes_there_and_back(ada: User, code: str) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    first = await stays_whole(ada, path)
    changed = await ada.patch(f"{path}configuration/", {"currency": code})
    assert changed.status == 200, changed
    config = await stays_whole(ada, path)
    assert config["currency"] == code and minor(config) == minor(first)
    assert (await ada.patch(f"{path}configuration/", {"currency": "PLAY"})).status == 200
    assert await stays_whole(ada, path) == first


@pytest.mark.parametrize("code", ["BTC", "JPY", "XY1", "XX"])
async def test_an_open_tables_currency_changes_while_empty(
    house: TableHouse, ada: User, code: str
) -> None:
    table = await ada.open_table()
    path = f"tables/{table['token']}/"
    before = minor(await stays_whole(ada, path))
    assert (await ada.patch(f"{path}configuration/", {"currency": code})).status == 200
    config = await stays_whole(ada, path)
    assert config["currency"] == code and minor(config) == before
    one = await ada.sit(table)
    await one.send("initialize_state")
    shown = await one.until("private_data")
    assert minor(shown["payload"]["state_config"]) == before
    await hang_up(one)


async def test_amounts_that_are_named_are_in_the_new_currency(ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/configuration/"
    changed = await ada.patch(path, {
        "currency": "BTC", "small_blind": 0.00000025, "big_blind": "0.0000003",
        "max_buy_in": 0.5,
    })
    assert changed.status == 200, changed
    assert [minor(changed.body["configuration"])[name] for name in (
        "small_blind", "big_blind", "max_buy_in", "min_buy_in",
    )] == [25, 30, 50_000_000, 100]


@pytest.mark.parametrize("code, changes, field", [
    ("JPY", {"big_blind": "0.50"}, "big_blind"), ("JPY", {"ante": 0.5}, "ante"),
    ("BTC", {"ante": "0.123456789"}, "ante"), ("EUR", {"min_buy_in": "1.001"}, "min_buy_in"),
    ("BTC", {"big_blind": "1"}, "big_blind"), ("BTC", {"max_buy_in": 10**9}, "max_buy_in"),
    ("XXX", {}, "currency"),
])
async def test_an_amount_that_does_not_fit_is_named(
    ada: User, code: str, changes: Mapping[str, Any], field: str
) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    before = await ada.get(path)
    refused = await ada.patch(f"{path}configuration/", {"currency": code, **changes})
    assert refused.status == 400 and list(refused.body) == [field], refused
    assert (await ada.get(path)).body == before.body


async def test_what_another_version_stored_is_readable(house: TableHouse, ada: User) -> None:
    """Settings as they were stored when a change of the currency answered 500."""
    path = f"tables/{(await ada.table())['token']}/"
    hosting = house.app.house.area.hosting
    table = await hosting.tables.find(path.split("/")[1])
    assert table is not None
    documents = house.app.house.documents
    stored = await documents.get("tables", table.id)
    assert stored is not None
    older = {name: one for name, one in table.config.items() if name != "tournament_settings"}
    await documents.replace("tables", table.id, table.version, {
        **stored.body, "wanted": {"game_mode": "UNDEFINED", "currency": "BTC", "big_blind": "5E-7"},
        "config": {**older, "currency": "BTC", "decimals": 8},
    })
    assert (await stays_whole(ada, path))["big_blind"] == 5e-07
    assert (await ada.patch(f"{path}configuration/", {"name": "Back"})).status == 200
    assert (await ada.patch(f"{path}configuration/", {"currency": "PLAY"})).status == 200


async def test_a_table_in_bitcoin_is_played(house: TableHouse, ada: User) -> None:
    path = f"tables/{(await ada.table())['token']}/"
    assert (await ada.patch(f"{path}configuration/", {"currency": "BTC"})).status == 200
    await ada.post(f"{path}choose_game_mode/", {"game_mode": "C"})
    table = (await ada.post(f"{path}open/")).body
    client = await ada.sit(table)
    await client.send("sit_player", seat=0)
    await client.send("buy_in", amount="0.00001")
    paid = await client.until("bankroll")
    assert paid["payload"]["table_stack"] == "0.00001000"
    await stays_whole(ada, path)
    await hang_up(client)


async def caught_up(client: TableClient, house: TableHouse, user: User) -> None:
    """Have all events told again; the client looks whether each is as it knows it."""
    client.origin, client.token = house.app.origin, user.token
    last = client.last_seq
    await client.connect(since=0)
    while client.last_received < last:
        assert (await client.receive())["event"] != "game_state", "the events are asked for"
    await hang_up(client)


async def test_missed_events_keep_their_units(tmp_path: Path) -> None:
    settings = {"store": f"sqlite:{tmp_path}/store.sqlite", "currencies": CURRENCIES}
    async with table_house(tmp_path, **settings) as house:
        ada, bob = await house.user("ada"), await house.user("bob")
        table = await ada.open_table()
        path = f"tables/{table['token']}/"
        watcher = await ada.sit(table)
        for code, amount in (("PLAY", 20), ("BTC", "0.00002"), ("JPY", 2000)):
            changed = await ada.patch(f"{path}configuration/", {"currency": code})
            assert changed.status == 200, changed
            await bob.joined(table)
            player = await bob.sit(table)
            await player.send("sit_player", seat=1)
            await player.send("buy_in", amount=amount)
            paid = await player.until("bankroll")
            assert float(paid["payload"]["table_stack"]) == float(amount)
            await player.send("leave_player")
            await watcher.until("player_left")
            await hang_up(player)
        await hang_up(watcher)
        await caught_up(watcher, house, ada)
    for _ in range(2):
        async with table_house(tmp_path, **settings) as house:
            await caught_up(watcher, house, await house.user("ada"))
