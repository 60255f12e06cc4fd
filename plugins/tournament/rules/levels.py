"""The blind levels of a tournament: what is posted, what comes next, and the blind clock.

A level counts from the hand after it began. The clock runs on game time: it stands while the
process is away and while the host has paused the game.
"""

from __future__ import annotations

from plugins.tournament.rules.keeping import LEVEL, kept
from vphost.rules.mode import Json
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.table.unfolding import Unfolding
from vphost.rules.poker.tournament.blinds import Schedule, level_at
from vphost.rules.poker.tournament.settings import schedule_of

LEVEL_MAX = 99
"""The last level on the wire; it lasts for ever."""


def settings(table: Table) -> dict[str, Json]:
    """Return the tournament settings in force."""
    found: dict[str, Json] = table.config["tournament_settings"]
    return found


def schedule(table: Table) -> Schedule:
    """Return the table's blind schedule."""
    return schedule_of(settings(table))


def stakes_at(table: Table, number: int) -> Stakes:
    """Return the forced bets of a level; in fixed limit the small bet is the big blind."""
    level = level_at(schedule(table), number)
    return Stakes(
        small_blind=level.small_blind, big_blind=level.big_blind, ante=level.ante,
        ante_kind=AnteKind.ALL, small_bet=level.big_blind, big_bet=2 * level.big_blind,
    )


def tell_level(unfolding: Unfolding, number: int, expires_ms: int | None) -> None:
    """Tell that a level is in force from the next hand on."""
    unfolding.tell("blind_level_data", {
        "player": None, **level_fields(unfolding.table, number, expires_ms),
    })


def level_fields(table: Table, number: int, expires_ms: int | None) -> dict[str, Json]:
    """Return what `blind_level_data` says of a level."""
    following = number + 1 if number < LEVEL_MAX else None
    return {
        "blinds_level": number, "next_blinds_level": following,
        "blind_scheduler_expiration": expires_ms if following else None,
        "blinds": bets(table, number),
        "next_blinds": None if following is None else bets(table, following),
    }


def bets(table: Table, number: int) -> dict[str, int]:
    """Return the forced bets of a level for the wire, minor units."""
    level = level_at(schedule(table), number)
    return {
        "ante": level.ante, "small_blind": level.small_blind, "big_blind": level.big_blind,
    }


def clear_level(unfolding: Unfolding) -> None:
    """Tell that there are no levels any more."""
    unfolding.tell("blind_level_data", {
        "player": None, "blinds_level": None, "next_blinds_level": None,
        "blind_scheduler_expiration": None, "blinds": None, "next_blinds": None,
    })


def rise(unfolding: Unfolding) -> None:
    """The level is over: the next one begins, for its whole time after a standstill."""
    table = unfolding.table
    duration_ms = settings(table)["level_duration"] * 1000
    due_ms = kept(table)["clocks"][LEVEL] + duration_ms
    expires_ms = due_ms if due_ms > unfolding.now_ms else unfolding.now_ms + duration_ms
    tell_level(unfolding, kept(table)["level"] + 1, expires_ms)


def clock_left_ms(table: Table, now_ms: int) -> int | None:
    """Return what is left of the level, None where it lasts for ever."""
    due_ms = kept(table)["clocks"][LEVEL]
    left: int | None = kept(table)["left_ms"]
    return left if due_ms is None else max(0, due_ms - now_ms)
