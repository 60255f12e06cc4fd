"""Players on their way from table to table, with their chips.

A move is a commit at the table they leave, a send, and a commit at the table they come to, all
under one id; a step that is reported again changes nothing, so that a move may be sent again after
a restart. A player who is on the way is dealt in nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vphost.rules.changing import replace
from vphost.rules.poker.tournament.floor import FloorTable
from vphost.rules.poker.tournament.late_seats import LateSeat, late_seat


@dataclass(frozen=True, slots=True)
class Transit:
    """One player on the way. chips: what they carry. to_seat: indexed from 0."""

    player: int
    chips: int
    from_table: int
    to_table: int
    to_seat: int


@dataclass(frozen=True, slots=True)
class Ways:
    """All moves of an event. open: id -> who is on the way. done: ids that have arrived."""

    open: Mapping[str, Transit] = field(default_factory=dict)
    done: frozenset[str] = frozenset()

    @property
    def chips(self) -> int:
        """What is on the way, part of the event's chips in play."""
        return sum(one.chips for one in self.open.values())

    def is_on_the_way(self, player: int) -> bool:
        """Return whether somebody is between two tables."""
        return any(one.player == player for one in self.open.values())


def depart(ways: Ways, move_id: str, transit: Transit) -> Ways:
    """Take down that somebody has left a table; a second report of it changes nothing."""
    if move_id in ways.open or move_id in ways.done:
        return ways
    assert not ways.is_on_the_way(transit.player), "one move at a time"
    return replace(ways, open={**ways.open, move_id: transit})


def arrive(ways: Ways, move_id: str) -> Ways:
    """Take down that somebody has come; a second report of it changes nothing."""
    if move_id not in ways.open:
        return ways
    rest = {other: one for other, one in ways.open.items() if other != move_id}
    return Ways(rest, ways.done | {move_id})


def aim_anew(
    ways: Ways, move_id: str, floor: Sequence[FloorTable], open_seats: Sequence[int], seed: bytes
) -> tuple[Ways, LateSeat]:
    """Return a new target for somebody whose table is gone, under the same id.

    floor: the tables there are, without the player. open_seats, seed: as for `late_seat`.
    """
    transit = ways.open[move_id]
    found = late_seat(floor, transit.player, open_seats, seed)
    aimed = replace(transit, to_table=found.table, to_seat=found.seat)
    return replace(ways, open={**ways.open, move_id: aimed}), found
