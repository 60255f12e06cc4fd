"""A tournament's settings in a table's configuration: kept, bounded, answered, sent back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.rules.poker.table.cash_table import (
    CODEC, CURRENCIES, MODE, ROOM, SCHEMAS, CashTable, checked,
)
from vphost.rules.mode import Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.table.config import public_config
from vphost.wire.codec import FrameContext
from vphost.wire.shape import outward

MONEY = {**CURRENCIES, "JPY": Currency("JPY", 0, "Y"), "BTC": Currency("BTC", 8, "B")}
OUTWARD = outward(SCHEMAS, "table/config.json")
BLINDS = {"ante": 0, "small_blind": 5, "big_blind": 10}


def levels(number: int, **fields: Any) -> dict[str, Any]:
    return {str(level): {**BLINDS, **fields} for level in range(1, number + 1)}


def wrong(**settings: Any) -> list[str]:
    """Return the names of the fields that are refused."""
    outcome = MODE.check_config({"tournament_settings": settings}, MONEY)
    assert isinstance(outcome, Rejected), outcome
    return [name.removeprefix("tournament_settings.") for name in outcome.detail["fields"]]


def kept(**settings: Any) -> dict[str, Any]:
    """Return checked tournament settings."""
    return dict(checked(tournament_settings=settings)["tournament_settings"])


def answered(config: dict[str, Any]) -> Any:
    """Return a checked configuration as clients get it, which keeps the schema."""
    told = OUTWARD(public_config(config), config["decimals"])
    told = orjson.loads(orjson.dumps(told))
    fault = SCHEMAS.explain("table/config.json", told)
    assert fault is None, fault
    return told


def test_the_usual_settings_are_those_of_the_schema() -> None:
    schema = SCHEMAS.document("table/config.json")["properties"]["tournament_settings"]
    told = answered(checked())["tournament_settings"]
    assert set(told) == set(schema["properties"])
    for name, field in schema["properties"].items():
        usual = {True: "true", "10.00": 10}.get(str(field["default"]), field["default"]) if (
            name in ("pausing", "entry_fee")) else field["default"]
        assert told[name] == ("true" if usual is True else usual), name
    assert len(told["blind_schedule"]) == 30
    assert told["blind_schedule"]["30"] == {"ante": 280, "small_blind": 300, "big_blind": 600}


def test_all_that_the_limits_allow_is_kept_exactly() -> None:
    places = {str(place): 0 for place in range(1, 101)} | {"1": 50.5, "2": 29.25, "3": 20.25}
    config = checked(tournament_settings={
        "entry_fee": "2.50", "payout_table": places, "starting_chips": 10**9,
        "level_duration": 86_400, "blind_schedule": levels(99), "pausing": "false",
    })
    told = answered(config)["tournament_settings"]
    assert told["payout_table"] == places and list(told["payout_table"])[-1] == "100"
    assert (told["entry_fee"], told["starting_chips"], told["pausing"]) == (2.5, 10**9, "false")
    assert list(told["blind_schedule"]) == [str(level) for level in range(1, 100)]
    assert config["tournament_settings"]["payout_table"]["1"] == 5050, "hundredths, no floats"


@pytest.mark.parametrize("settings, fields", [
    ({"payout_table": {"1": 99.99}}, ["payout_table"]),
    ({"payout_table": {"1": 60, "2": 40.01}}, ["payout_table"]),
    ({"payout_table": {"1": 99.995, "2": 0.005}}, ["payout_table.1", "payout_table.2"]),
    ({"payout_table": {"1": -1, "2": 101}}, ["payout_table.1"]),
    ({"payout_table": {}}, ["payout_table"]), ({"payout_table": {"1": 0}}, ["payout_table"]),
    ({"payout_table": {"101": 100}}, ["payout_table"]),
    ({"payout_table": {"0": 100}}, ["payout_table"]),
    ({"payout_table": {"01": 100}}, ["payout_table"]), ({"payout_table": [100]}, ["payout_table"]),
    ({"payout_table": {"\u0661": 100}}, ["payout_table"]),
    ({"payout_table": {"1": True}}, ["payout_table.1"]),
    ({"entry_fee": -1}, ["entry_fee"]), ({"entry_fee": "0.001"}, ["entry_fee"]),
    ({"entry_fee": 10**9 + 1}, ["entry_fee"]), ({"entry_fee": [1]}, ["entry_fee"]),
    ({"starting_chips": 0}, ["starting_chips"]), ({"starting_chips": 9}, ["starting_chips"]),
    ({"starting_chips": 10**18}, ["starting_chips"]),
    ({"starting_chips": None}, ["starting_chips"]),
    ({"level_duration": 0}, ["level_duration"]), ({"level_duration": 1.5}, ["level_duration"]),
    ({"level_duration": 86_401}, ["level_duration"]),
    ({"level_duration": True}, ["level_duration"]),
    ({"blind_schedule": {}}, ["blind_schedule"]),
    ({"blind_schedule": {"2": BLINDS}}, ["blind_schedule"]),
    ({"blind_schedule": {"1": BLINDS, "3": BLINDS}}, ["blind_schedule"]),
    ({"blind_schedule": levels(100)}, ["blind_schedule"]),
    ({"blind_schedule": levels(10_000)}, ["blind_schedule"]),
    ({"blind_schedule": {"1": {"ante": 0}}}, ["blind_schedule.1"]),
    ({"blind_schedule": {"1": {**BLINDS, "colour": 1}}}, ["blind_schedule.1"]),
    ({"blind_schedule": {"1": 5}}, ["blind_schedule.1"]),
    ({"blind_schedule": levels(1, small_blind=11)}, ["blind_schedule.1.small_blind"]),
    ({"blind_schedule": levels(1, ante=-1)}, ["blind_schedule.1.ante"]),
    ({"blind_schedule": levels(1, big_blind=0)}, ["blind_schedule.1.big_blind"]),
    ({"blind_schedule": {**levels(1), "2": {**BLINDS, "big_blind": 9}}},
     ["blind_schedule.2.big_blind"]),
    ({"pausing": "yes"}, ["pausing"]), ({"pausing": 1}, ["pausing"]), ({"colour": 1}, ["colour"]),
])
def test_a_wrong_field_of_a_tournament_is_named(
    settings: dict[str, Any], fields: list[str]
) -> None:
    small = {"starting_chips": 100, "blind_schedule": levels(2)} if (
        "starting_chips" in settings) else {}
    assert wrong(**{**small, **settings}) == fields


@pytest.mark.parametrize("odd", [None, 3, "x", [], True])
def test_settings_that_are_no_object_are_named(odd: Any) -> None:
    outcome = MODE.check_config({"tournament_settings": odd}, MONEY)
    assert isinstance(outcome, Rejected)
    assert list(outcome.detail["fields"]) == ["tournament_settings"]


def test_without_a_fee_there_may_be_no_prizes() -> None:
    assert kept(entry_fee=0, payout_table={})["payout_table"] == {}
    assert kept(entry_fee=0, payout_table={"1": 0})["payout_table"] == {"1": 0}


def test_a_part_of_the_settings_leaves_the_rest() -> None:
    config = checked(tournament_settings={"entry_fee": 5, "blind_schedule": levels(3)})
    changed = MODE.change_config(config, {"tournament_settings": {"starting_chips": 777}}, MONEY)
    assert not isinstance(changed, Rejected)
    before = config["tournament_settings"]
    assert changed["tournament_settings"] == {**before, "starting_chips": 777_00}


@pytest.mark.parametrize("code", sorted(MONEY))
def test_answers_are_taken_back_in_any_currency(code: str) -> None:
    config = {**checked(), "host": "ann"}
    changed = MODE.change_config(config, {"currency": code}, MONEY)
    assert not isinstance(changed, Rejected)
    told = answered(dict(changed))
    again = MODE.change_config(changed, told, MONEY)
    assert again == changed and answered(dict(again)) == told
    settings = told["tournament_settings"]
    assert settings["starting_chips"] == 1500, "chips are no money"
    assert changed["tournament_settings"]["entry_fee"] == 1000, "a default in minor units"


def test_chips_that_a_currency_cannot_count_are_named() -> None:
    config = checked(tournament_settings={"starting_chips": "1500.50"})
    outcome = MODE.change_config(config, {"currency": "JPY"}, MONEY)
    assert isinstance(outcome, Rejected)
    assert list(outcome.detail["fields"]) == ["tournament_settings.starting_chips"]


def test_a_table_from_before_has_the_usual_settings() -> None:
    table = CashTable()
    table.forget_settings("tournament_settings")
    table.come("host")
    assert table.view(None)[1]["state_config"]["tournament_settings"] == kept()
    table.do("host", "configure", config={"tournament_settings": {"entry_fee": 3}})
    assert table.state.config["tournament_settings"]["entry_fee"] == 300
    assert table.one("state_config_updated").data["changed"] == ["tournament_settings"]


def test_sending_a_whole_configuration_back_changes_nothing() -> None:
    table = CashTable({"tournament_settings": {"payout_table": {"1": 66.67, "2": 33.33}}})
    table.come("host")
    told = answered(dict(table.state.config))
    assert table.do("host", "configure", config=told) == ()


def test_every_configuration_has_the_tournament_settings() -> None:
    table = CashTable()
    table.start("ann", "bob")
    events = [e for e in table.told if e.name == "state_config_updated"]
    assert all("tournament_settings" in e.data["config"] for e in events) and events
    context = FrameContext(ROOM, 1, 0, 0, MODE.labels(table.state))
    for frame in CODEC.view(context, MODE.view(table.state, None), None)[1:]:
        config = orjson.loads(frame)["payload"]["state_config"]
        assert config["tournament_settings"]["payout_table"] == {"1": 50, "2": 30, "3": 20}
