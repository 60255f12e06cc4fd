"""A table's configuration: defaults, bounds, and what has to fit together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CURRENCIES, MODE, SCHEMAS
from vphost.rules.mode import Rejected
from vphost.rules.money import Currency


def wrong(config: dict[str, Any]) -> set[str]:
    """Return the names of the fields that are refused."""
    outcome = MODE.check_config(config, CURRENCIES)
    assert isinstance(outcome, Rejected) and outcome.code == "bad_config"
    return set(outcome.detail["fields"])


def test_an_empty_configuration_gets_the_defaults() -> None:
    config = MODE.check_config({}, CURRENCIES)
    assert not isinstance(config, Rejected)
    assert (config["small_blind"], config["big_blind"], config["ante"]) == (25, 50, 0)
    assert (config["min_buy_in"], config["max_buy_in"], config["default_bank_value"]) == (
        100, 5000, 5000)
    assert (config["turn_time_limit"], config["timebank_limit"]) == (30, 60)
    assert config["time_between_hands"] == 10
    assert (config["currency"], config["decimals"], config["funding"]) == ("PLAY", 2, "host")
    assert config["game_mode"] == "C" and config["seats"] == 9


def test_the_defaults_are_those_that_the_schema_states() -> None:
    config = MODE.check_config({}, CURRENCIES)
    assert not isinstance(config, Rejected)
    fields = SCHEMAS.document("table/config.json")["properties"]
    for name in ("rabbit_hunting", "straddles", "stats_bluffing", "video_showdown",
                 "turn_time_limit", "timebank_limit", "time_between_hands", "seats"):
        assert config[name] == fields[name]["default"], name
    for name in ("big_blind", "small_blind", "ante", "min_buy_in", "max_buy_in",
                 "min_limit_size", "max_limit_size", "default_bank_value"):
        assert config[name] == round(float(fields[name]["default"]) * 100), name


def test_money_may_be_a_number_or_a_string() -> None:
    config = MODE.check_config({"small_blind": 0.5, "big_blind": "1.00"}, CURRENCIES)
    assert not isinstance(config, Rejected)
    assert (config["small_blind"], config["big_blind"]) == (50, 100)


def test_amounts_follow_the_decimals_of_the_currency() -> None:
    yen = {"JPY": Currency("JPY", 0, "Y")}
    config = MODE.check_config({"currency": "JPY", "big_blind": 100}, yen)
    assert not isinstance(config, Rejected)
    assert config["big_blind"] == 100 and config["decimals"] == 0
    outcome = MODE.check_config({"currency": "JPY", "big_blind": "1.5"}, yen)
    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("field, value", [
    ("big_blind", 0), ("big_blind", -1), ("big_blind", "0.001"), ("big_blind", float("nan")),
    ("big_blind", "x"), ("big_blind", True), ("max_buy_in", 10**9 + 1),
    ("ante", -1), ("ante", float("inf")),
    ("turn_time_limit", 0), ("turn_time_limit", 1.5), ("turn_time_limit", float("nan")),
    ("turn_time_limit", True), ("timebank_limit", 3601), ("time_between_hands", "10"),
    ("seats", 1), ("seats", 10), ("rabbit_hunting", "yes"), ("straddles", 1),
    ("name", ""), ("name", "x" * 65), ("game_mode", "T"), ("funding", "bank"),
    ("currency", "XYZ"), ("allowed_games", []), ("allowed_games", ["SCS"]),
    ("allowed_games", "THD"), ("allowed_games", [[]]),
    ("THD", {"format": "ante", "limit": "NL"}),
    ("THD", {"format": "blinds", "limit": "XL"}), ("THD", 3), ("OMH", {"limit": []}),
    ("THD", {"colour": "red"}), ("name", "a\nb"), ("name", "\ud800"), ("name", 5),
    ("game_mode", "TD"), ("allowed_games", [{}]), ("colour", "red"),
    ("host", "mallory"), ("decimals", 8),
])
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    assert wrong({field: value}) == {field}


@pytest.mark.parametrize("low, high", [
    ("small_blind", "big_blind"), ("min_buy_in", "max_buy_in"),
    ("min_limit_size", "max_limit_size"),
])
def test_the_smaller_may_not_be_above_the_larger(low: str, high: str) -> None:
    assert low in wrong({low: 3, high: 2})


def test_booleans_may_be_the_words_of_the_source() -> None:
    config = MODE.check_config({"rabbit_hunting": "false", "straddles": "true"}, CURRENCIES)
    assert not isinstance(config, Rejected)
    assert (config["rabbit_hunting"], config["straddles"]) == (False, True)


@pytest.mark.parametrize(("name", "wrong"), [
    ("announce_time", -0.1), ("announce_time", 0.25), ("announce_time", 10.1),
    ("card_reveal_time", 0), ("card_reveal_time", True), ("side_pot_time", "two"),
    ("side_pot_time", float("nan")), ("muck", "never"), ("muck", ["show_all"]), ("muck", None),
])
def test_wrong_settings_of_the_showdown_are_named(name: str, wrong: object) -> None:
    refused = MODE.check_config({name: wrong}, CURRENCIES)
    assert isinstance(refused, Rejected) and list(refused.detail["fields"]) == [name]
