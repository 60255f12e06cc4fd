"""The settings of a tournament at one table as the functions of this package take them.

The settings themselves are checked and kept by `vphost.rules.poker.table.tournament_settings`:
amounts in minor units, payouts in hundredths of a per cent.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.rules.poker.tournament.blinds import Level, Schedule
from vphost.rules.poker.tournament.payouts import Percent, PointsOnly


def schedule_of(kept: Mapping[str, Json]) -> Schedule:
    """Return the blind schedule of kept `tournament_settings`; its antes are everybody's."""
    levels = kept["blind_schedule"]
    return Schedule(
        tuple(
            Level(one["small_blind"], one["big_blind"], one["ante"])
            for _, one in sorted(levels.items(), key=lambda item: int(item[0]))
        ),
        kept["level_duration"] * 1000,
    )


def payout_of(kept: Mapping[str, Json]) -> Percent | PointsOnly:
    """Return the payouts of kept `tournament_settings`.

    A place that is not named wins nothing; a table that pays nobody is for points only.
    """
    shares = {int(place): share for place, share in kept["payout_table"].items()}
    if not any(shares.values()):
        return PointsOnly()
    return Percent(tuple(shares.get(place, 0) for place in range(1, max(shares) + 1)))
