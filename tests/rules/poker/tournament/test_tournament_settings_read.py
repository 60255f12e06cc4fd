"""The settings of a table as schedule and payouts."""

from __future__ import annotations

from vphost.rules.poker.table.tournament_settings import check_settings, usual_settings
from vphost.rules.poker.tournament.blinds import Level, level_at, schedule_problems
from vphost.rules.poker.tournament.payouts import Percent, PointsOnly
from vphost.rules.poker.tournament.settings import payout_of, schedule_of


def test_the_usual_settings_are_a_sound_schedule() -> None:
    schedule = schedule_of(usual_settings(2))
    assert schedule_problems(schedule.levels, schedule.level_ms) == ()
    assert (len(schedule.levels), schedule.level_ms) == (30, 900_000)
    assert level_at(schedule, 1) == Level(1000, 2000, 0)
    assert level_at(schedule, 30) == Level(30_000, 60_000, 28_000)
    assert level_at(schedule, 31) == Level(40_000, 80_000, 37_000)


def test_the_usual_payouts_are_half_third_and_fifth() -> None:
    assert payout_of(usual_settings(2)) == Percent((5000, 3000, 2000))


def test_places_that_are_not_named_win_nothing() -> None:
    wrong: dict[str, str] = {}
    kept = check_settings({"payout_table": {"1": 70, "3": 30, "5": 0}}, 2, wrong)
    assert wrong == {} and payout_of(kept) == Percent((7000, 0, 3000, 0, 0))


def test_a_table_that_pays_nobody_is_for_points() -> None:
    kept = check_settings({"payout_table": {"1": 0}, "entry_fee": 0}, 2, {})
    assert payout_of(kept) == PointsOnly()
    assert payout_of(check_settings({"payout_table": {}, "entry_fee": 0}, 2, {})) == PointsOnly()
