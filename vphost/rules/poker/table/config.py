"""What a table may be set to: names, defaults, bounds, and what has to fit together.

Outside a configuration has major units ("0.50"); here and in every commit it has minor units of
the table's currency. Times stay seconds, as the protocol has them. The checked form is a
plain JSON object, because it is stored with the table and sent as `state_config_updated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import BadAmount, Currency, to_major, to_minor
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.setup import LOSERS_MAY_MUCK, SHOW_ALL
from vphost.rules.poker.table import tournament_settings
from vphost.rules.poker.table.arguments import is_text
from vphost.rules.poker.table.format import UNDEFINED, Formats
from vphost.rules.poker.table.tournament_settings import (
    check_settings, usual_settings, written_settings,
)
from vphost.rules.poker.variants import HOLDEM, VARIANTS
from vphost.rules.texts import is_visible

FUNDINGS = ("host", "wallet")
NAME_LENGTH_MAX = 64
AMOUNT_MAX = 10**9
"""Largest amount of a setting, major units."""

MONEY: Mapping[str, str] = {
    "big_blind": "0.50", "small_blind": "0.25", "ante": "0", "min_limit_size": "0.50",
    "max_limit_size": "1", "max_buy_in": "50", "min_buy_in": "1", "default_bank_value": "50",
}
"""Amounts with their defaults in major units of a currency with two decimals."""
SECONDS: Mapping[str, tuple[int, int, int]] = {
    "turn_time_limit": (30, 1, 3600),
    "timebank_limit": (60, 0, 3600),
    "time_between_hands": (10, 0, 600),
}
"""Times in whole seconds: default, least, most."""
SHORT_SECONDS: Mapping[str, tuple[float, float, float]] = {
    "announce_time": (2.0, 0.0, 10.0),
    "card_reveal_time": (2.5, 0.1, 10.0),
    "side_pot_time": (2.0, 0.0, 10.0),
}
"""Times in seconds and tenths, for what pages show: default, least, most."""
MUCKS = (SHOW_ALL, LOSERS_MAY_MUCK)
FLAGS: Mapping[str, bool] = {
    "rabbit_hunting": True, "straddles": True, "stats_bluffing": False, "video_showdown": True,
}
IDENTITY = frozenset({"host", "opened_at_ms", "expires_at_ms", "decimals", "is_mode_chosen"})
"""Fields that the host adds or the check makes; passed through, never set by an owner."""
PARTS = frozenset({*VARIANTS, tournament_settings.NAME})
"""Settings that have fields of their own."""
DECIMALS = 2
"""Of tables from before these were kept."""
WORDS: Mapping[str, str] = {
    "big_blind": "big blind", "max_buy_in": "largest buy-in", "max_limit_size": "big bet",
}
"""Settings that a refusal of another one names, as people call them."""
KNOWN = frozenset(
    {"name", "allowed_games", "game_mode", "currency", "funding", "seats", "muck"}
) | PARTS | MONEY.keys() | SECONDS.keys() | SHORT_SECONDS.keys() | FLAGS.keys()


def public_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """Return a whole configuration without what the host keeps beside it."""
    whole = complete(config)
    return {name: value for name, value in whole.items() if name not in IDENTITY}


def complete(config: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a configuration with tournament settings, which older versions did not keep."""
    if tournament_settings.NAME in config:
        return config
    return {
        **config, tournament_settings.NAME: usual_settings(config.get("decimals", DECIMALS)),
    }


def changed_config(
    config: Mapping[str, Json], changes: Mapping[str, Json], currencies: Mapping[str, Currency],
    formats: Formats,
) -> Mapping[str, Json] | Rejected:
    """Return a checked configuration with some fields changed, checked as a whole.

    changes: as an owner writes them, money in major units; of a game's own settings, and of those
    of a tournament, a part is enough. In another currency an amount that is not named keeps its
    number of minor units, as defaults do: 0.50 euros become 50 yen; chips of a tournament keep
    their number. Refusals as of `check_config`.
    """
    owned: dict[str, Json] = public_config(config)
    kept = owned[tournament_settings.NAME]
    before, decimals = config["currency"], config["decimals"]
    after = currencies.get(str(changes.get("currency", before)))
    if after is not None and after.code != before:
        decimals = after.decimals
    for name in MONEY:
        owned[name] = Decimal(to_major(owned[name], decimals))
    owned[tournament_settings.NAME] = written_settings(kept, config["decimals"], decimals)
    for part in PARTS:
        if isinstance(changes.get(part), Mapping):
            owned[part] = {**owned.get(part, {}), **changes[part]}
    return check_config(
        {**owned, **{name: value for name, value in changes.items() if (
            name not in PARTS or not isinstance(value, Mapping))}},
        currencies, formats,
    )


def check_config(
    config: Mapping[str, Json], currencies: Mapping[str, Currency], formats: Formats
) -> Mapping[str, Json] | Rejected:
    """Return a table's configuration with defaults filled in and money in minor units.

    config: the owner's settings, money in major units; missing fields get their defaults.
    currencies: code -> currency, those that the host knows. formats: the game modes that it has.
    Returns: all fields, with `decimals` beside `currency`; or Rejected `bad_config`, whose detail
    names every wrong field: {"fields": {field: what is wrong}}.
    """
    wrong: dict[str, str] = {name: "is unknown" for name in config.keys() - KNOWN}
    currency = currencies.get(str(config.get("currency", "PLAY")))
    if currency is None:
        return refused({**wrong, "currency": "is not a currency of this host"})
    checked: dict[str, Json] = {
        **words(config, formats, wrong), **games(config, wrong), **amounts(config, currency, wrong),
        **times(config, wrong), **flags(config, wrong),
        "seats": whole(config, "seats", 9, 2, 9, wrong),
        "currency": currency.code, "decimals": currency.decimals,
        tournament_settings.NAME: check_settings(
            config.get(tournament_settings.NAME, {}), currency.decimals, wrong
        ),
    }
    if not wrong:
        cross_check(checked, wrong)
    return refused(wrong) if wrong else checked


def refused(fields: Mapping[str, str]) -> Rejected:
    """Return the refusal that names the wrong fields."""
    return Rejected("bad_config", {"fields": dict(fields)})


def words(
    config: Mapping[str, Json], formats: Formats, wrong: dict[str, str]
) -> dict[str, Json]:
    """Return the fields that are text."""
    name = config.get("name", "Table")
    if not (is_text(name, NAME_LENGTH_MAX) and is_visible(name)):
        wrong["name"] = f"has to be 1 to {NAME_LENGTH_MAX} characters that show something"
    game_mode = config.get("game_mode", formats.fallback.game_mode)
    if game_mode != UNDEFINED and game_mode not in tuple(formats):
        modes = ", ".join(sorted(formats))
        wrong["game_mode"] = f"has to be one of {modes}, or {UNDEFINED} while nothing is chosen"
    funding = config.get("funding", "host")
    if funding not in FUNDINGS:
        wrong["funding"] = "has to be host (play money) or wallet (the players' own money)"
    muck = config.get("muck", SHOW_ALL)
    if muck not in MUCKS:
        wrong["muck"] = (
            f"has to be {SHOW_ALL} (all who compete show their cards) or {LOSERS_MAY_MUCK} (only "
            "winners and players all-in do)"
        )
    return {"name": name, "game_mode": game_mode, "funding": funding, "muck": muck}


def games(config: Mapping[str, Json], wrong: dict[str, str]) -> dict[str, Json]:
    """Return the allowed games and the settings of every game, allowed or not."""
    allowed = config.get("allowed_games", [HOLDEM.code])
    if not isinstance(allowed, list | tuple) or not allowed or (
        any(game not in tuple(VARIANTS) for game in allowed)
    ):
        wrong["allowed_games"] = "has to name at least one of " + ", ".join(VARIANTS)
        return {}
    settings: dict[str, Json] = {"allowed_games": list(dict.fromkeys(allowed))}
    for game, variant in VARIANTS.items():
        one = config.get(game, {})
        limit = one.get("limit", variant.usual_limit) if isinstance(one, Mapping) else None
        if limit not in tuple(LIMITS) or one.get("format", "blinds") != "blinds" or (
            one.keys() - {"limit", "format"}
        ):
            wrong[game] = "has to be played with blinds and a limit of " + ", ".join(LIMITS)
        settings[game] = {"format": "blinds", "limit": limit}
    return settings


def amounts(
    config: Mapping[str, Json], currency: Currency, wrong: dict[str, str]
) -> dict[str, int]:
    """Return the amounts in minor units; a default keeps its number of minor units."""
    found: dict[str, int] = {}
    for name, default in MONEY.items():
        try:
            given = config.get(name)
            found[name] = to_minor(default, 2) if given is None else to_minor(
                given, currency.decimals
            )
        except BadAmount as error:
            wrong[name] = str(error)
            continue
        if found[name] < 0 or (found[name] == 0 and name not in ("ante", "default_bank_value")):
            wrong[name] = "is too small"
        if found[name] > AMOUNT_MAX * 10**currency.decimals:
            wrong[name] = "is too large"
    return found


def times(config: Mapping[str, Json], wrong: dict[str, str]) -> dict[str, float]:
    """Return the times: whole seconds, and seconds with tenths for what pages show."""
    return {
        **{
            name: whole(config, name, default, least, most, wrong)
            for name, (default, least, most) in SECONDS.items()
        },
        **{
            name: tenths(config, name, default, least, most, wrong)
            for name, (default, least, most) in SHORT_SECONDS.items()
        },
    }


def tenths(
    config: Mapping[str, Json], name: str, default: float, least: float, most: float,
    wrong: dict[str, str],
) -> float:
    """Return a bounded number of seconds with at most one decimal.

    Stored settings have a fraction as a text ("1.5"), as amounts do.
    """
    value: Any = config.get(name, default)
    if isinstance(value, str):
        with suppress(BadAmount):
            value = to_minor(value, 1) / 10
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or round(value, 1) != value:
        wrong[name] = f"has to be seconds from {least} to {most} with at most one decimal"
        return default
    return float(value)


def whole(
    config: Mapping[str, Json], name: str, default: int, least: int, most: int,
    wrong: dict[str, str],
) -> int:
    """Return a bounded whole number; 30.0 counts as one."""
    value: Any = config.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or value != int(value):
        wrong[name] = f"has to be a whole number from {least} to {most}"
        return default
    return int(value)


def flags(config: Mapping[str, Json], wrong: dict[str, str]) -> dict[str, bool]:
    """Return the switches; the source writes them as "true" and "false"."""
    found: dict[str, bool] = {}
    for name, default in FLAGS.items():
        value = config.get(name, default)
        if value not in (True, False, "true", "false") or isinstance(value, int | float) and (
            not isinstance(value, bool)
        ):
            wrong[name] = "has to be true or false"
        found[name] = value in (True, "true")
    return found


def cross_check(checked: Mapping[str, Json], wrong: dict[str, str]) -> None:
    """Note what does not fit together."""
    for low, high in (
        ("small_blind", "big_blind"), ("min_buy_in", "max_buy_in"),
        ("min_limit_size", "max_limit_size"), ("ante", "max_buy_in"), ("big_blind", "max_buy_in"),
    ):
        if checked[low] > checked[high]:
            wrong[low] = f"is above the {WORDS[high]}"
    is_fixed = any(checked[game]["limit"] == "FL" for game in checked["allowed_games"])
    if is_fixed and checked["big_blind"] > checked["min_limit_size"]:
        wrong["min_limit_size"] = "is below the big blind, which opens the betting in fixed limit"
