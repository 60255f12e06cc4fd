"""How a tournament at a table is played: entry fee, prizes, chips, levels; defaults and bounds.

A part of the table's configuration, kept for every table, so that its creator can prepare a
tournament before they choose one. Like the rest of it, it comes in major units and is kept in
minor units of the table's currency, chips too; payouts are kept in hundredths of a percent, so that
no prize is ever computed with a float. In another currency the entry fee keeps its number of
minor units, as other amounts of money do; chips are no money and keep their number.
Source: table protocol, `tournament_settings`; 1.0.67 (fields that are bounded), 1.0.41 (sample).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from vphost.rules.mode import Json
from vphost.rules.money import BadAmount, to_major, to_minor

NAME = "tournament_settings"
LEVELS_MAX, PLACES_MAX, DURATION_MAX = 99, 100, 86_400
ALL = 10_000
"""The whole prize pool, hundredths of a percent."""
AMOUNT_MAX = 10**9
"""Largest entry fee and largest number of chips, major units."""
FIELDS = (
    "entry_fee", "payout_table", "starting_chips", "level_duration", "blind_schedule", "pausing",
)
BETS = ("ante", "small_blind", "big_blind")
POSITION = re.compile(r"[1-9][0-9]{0,2}")
DEFAULT_ENTRY_FEE = 1000
"""Minor units of whatever currency, as all defaults of money are."""
USUAL: Mapping[str, Json] = {
    "payout_table": {"1": 50, "2": 30, "3": 20},
    "starting_chips": 1500,
    "level_duration": 900,
    "blind_schedule": {
        str(level): {
            "ante": max(0, 10 * (level - 2)), "small_blind": 10 * level, "big_blind": 20 * level,
        }
        for level in range(1, 31)
    },
    "pausing": True,
}
"""The settings of a table that names none, as a creator would write them: the source's sample."""

Wrong = dict[str, str]
"""Field of the settings, with dots -> what is wrong with it."""


def usual_settings(decimals: int) -> dict[str, Json]:
    """Return the checked settings of a table that names none. decimals: of its currency."""
    return check_settings({}, decimals, {})


def check_settings(given: Json, decimals: int, wrong: Wrong) -> dict[str, Json]:
    """Return tournament settings with defaults filled in, in minor units and hundredths.

    given: as a table's creator writes them. decimals: of the table's currency. wrong: gets every
    wrong field by its full name (`tournament_settings.blind_schedule.2.ante`).
    """
    if not isinstance(given, Mapping):
        wrong[NAME] = "has to be an object"
        return {}
    found: Wrong = {str(name): "is unknown" for name in given.keys() - set(FIELDS)}
    wanted = {**USUAL, **given}
    checked = {
        "entry_fee": DEFAULT_ENTRY_FEE if wanted.get("entry_fee") is None else amount(
            wanted, "entry_fee", decimals, found, least=0),
        "payout_table": payouts(wanted["payout_table"], found),
        "starting_chips": amount(wanted, "starting_chips", decimals, found, least=1),
        "level_duration": duration(wanted["level_duration"], found),
        "blind_schedule": schedule(wanted["blind_schedule"], decimals, found),
        "pausing": wanted["pausing"] in (True, "true"),
    }
    if wanted["pausing"] not in ("true", "false") and not isinstance(wanted["pausing"], bool):
        found["pausing"] = "has to be true or false"
    if not found:
        cross_check(checked, found)
    wrong.update({f"{NAME}.{name}": text for name, text in found.items()})
    return checked


def written_settings(
    kept: Mapping[str, Json], decimals: int, money_decimals: int
) -> dict[str, Json]:
    """Return checked settings as a table's creator would write them.

    decimals: of the currency in which they are kept. money_decimals: of the one that is wanted, in
    which the entry fee keeps its number of minor units.
    """
    def chips(kept_amount: int) -> Decimal:
        return Decimal(to_major(kept_amount, decimals))

    return {
        **kept, "entry_fee": Decimal(to_major(kept["entry_fee"], money_decimals)),
        "starting_chips": chips(kept["starting_chips"]),
        "payout_table": {
            place: Decimal(to_major(percent, 2)) for place, percent in kept["payout_table"].items()
        },
        "blind_schedule": {
            level: {bet: chips(one[bet]) for bet in BETS}
            for level, one in kept["blind_schedule"].items()
        },
    }


def amount(
    given: Mapping[str, Json], name: str, decimals: int, wrong: Wrong, *, least: int,
    place: str = "",
) -> int:
    """Return an amount in minor units. least: minor units. place: where `given` stands."""
    try:
        found = to_minor(given[name], decimals)
    except BadAmount as error:
        wrong[place + name] = str(error)
        return least
    if not least <= found <= AMOUNT_MAX * 10**decimals:
        wrong[place + name] = "is too small" if found < least else "is too large"
    return found


def duration(given: Json, wrong: Wrong) -> int:
    """Return the length of a level in seconds; 900.0 counts as whole."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not 1 <= given <= DURATION_MAX or given != int(given):
        wrong["level_duration"] = f"has to be a whole number of seconds from 1 to {DURATION_MAX}"
        return 1
    return int(given)


def payouts(given: Json, wrong: Wrong) -> dict[str, int]:
    """Return place -> hundredths of a percent, first place first."""
    places = numbered(given, "payout_table", PLACES_MAX, "places", wrong)
    return {
        place: amount(places, place, 2, wrong, least=0, place="payout_table.") for place in places
    }


def schedule(given: Json, decimals: int, wrong: Wrong) -> dict[str, Json]:
    """Return level -> its forced bets, first level first."""
    levels = numbered(given, "blind_schedule", LEVELS_MAX, "levels", wrong)
    if list(levels) != [str(number) for number in range(1, len(levels) + 1)]:
        wrong["blind_schedule"] = "has to have its levels from 1 on without gaps"
    elif not levels:
        wrong.setdefault("blind_schedule", "has to have at least one level")
    checked: dict[str, Json] = {}
    for level, bets in levels.items():
        place = f"blind_schedule.{level}"
        if not isinstance(bets, Mapping) or bets.keys() != set(BETS):
            wrong[place] = "has to have " + ", ".join(BETS)
            continue
        checked[level] = {
            bet: amount(bets, bet, decimals, wrong, least=int(bet != "ante"), place=f"{place}.")
            for bet in BETS
        }
    return checked


def numbered(
    given: Json, name: str, most: int, what: str, wrong: Wrong
) -> Mapping[str, Json]:
    """Return an object whose keys are numbers from 1, in their order; {} for anything else."""
    is_right = isinstance(given, Mapping) and len(given) <= most and all(
        isinstance(key, str) and POSITION.fullmatch(key) and int(key) <= most for key in given
    )
    if not is_right:
        wrong[name] = f"has to be an object with {what} from 1 to {most}"
        return {}
    return {key: given[key] for key in sorted(given, key=int)}


def cross_check(checked: Mapping[str, Json], wrong: Wrong) -> None:
    """Note what does not fit together: prizes without a winner, blinds that fall."""
    paid = sum(checked["payout_table"].values())
    if paid != ALL and (paid or checked["entry_fee"]):
        wrong["payout_table"] = f"adds up to {to_major(paid, 2)} percent, not to 100"
    before: Mapping[str, int] = {"small_blind": 0, "big_blind": 0}
    for level, bets in checked["blind_schedule"].items():
        place = f"blind_schedule.{level}"
        if bets["small_blind"] > bets["big_blind"]:
            wrong[f"{place}.small_blind"] = "is above the big blind"
        for bet in ("small_blind", "big_blind"):
            if bets[bet] < before[bet]:
                wrong[f"{place}.{bet}"] = "is below that of the level before"
        before = bets
    first = checked["blind_schedule"]["1"]
    if checked["starting_chips"] < first["big_blind"]:
        wrong["starting_chips"] = "is less than the first big blind"
