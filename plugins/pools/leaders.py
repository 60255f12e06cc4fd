"""Leaderboards: who won most, with the best, those around the asker, and the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugins.pools.rules.state import Game
from vphost.plugin_api import Json

TOP, SURROUNDING, BOTTOM = 3, 1, 3


@dataclass(frozen=True, slots=True)
class LeaderLine:
    """A user's place. points: net win, minor units. rank: from 1, equal points share it."""

    number: int
    name: str
    points: int
    rank: int


def ranked(games: Iterable[Game]) -> list[LeaderLine]:
    """Return everybody with a result in these games of one currency, best first."""
    points: dict[int, int] = {}
    names: dict[int, str] = {}
    for game in games:
        for number, person in game.people.items():
            if person.points:
                points[number] = points.get(number, 0) + person.points
                names[number] = person.name
    order = sorted(points, key=lambda number: (-points[number], number))
    lines: list[LeaderLine] = []
    for place, number in enumerate(order, 1):
        is_equal = bool(lines) and lines[-1].points == points[number]
        rank = lines[-1].rank if is_equal else place
        lines.append(LeaderLine(number, names[number], points[number], rank))
    return lines


def excerpt(
    lines: Sequence[LeaderLine], number: int, top: int, surrounding: int, bottom: int
) -> tuple[list[dict[str, Json]], list[int]]:
    """Return the lines that are shown, and the ranks after which some are left out."""
    shown = set(range(min(top, len(lines))))
    shown |= set(range(max(len(lines) - bottom, 0), len(lines)))
    mine = next((place for place, line in enumerate(lines) if line.number == number), None)
    if mine is not None:
        shown |= set(range(max(mine - surrounding, 0), min(mine + surrounding + 1, len(lines))))
    places = sorted(shown)
    items = [
        {"username": lines[p].name, "points": lines[p].points, "rank": lines[p].rank}
        for p in places
    ]
    breaks = [
        lines[here].rank for here, after in zip(places, places[1:], strict=False)
        if after != here + 1
    ]
    return items, breaks
