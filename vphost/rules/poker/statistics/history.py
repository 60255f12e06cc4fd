"""Statistics of the players of hand histories, by the names that the files give them."""

from __future__ import annotations

from vphost.rules.poker.history.phh import HandHistory
from vphost.rules.poker.history.replay import played
from vphost.rules.poker.statistics.counters import MAXIMA, Counters, merged
from vphost.rules.poker.statistics.hand import count

MONEY = ("collected", "net", "folded_best_lost", *MAXIMA)
"""Counters that are money."""
VERSUS_MONEY = ("chips",)


class Histories:
    """Adds up hands of several files. Money is kept in the finest unit of all of them."""

    def __init__(self) -> None:
        self.decimals = 0
        self.players: dict[str, Counters] = {}
        """Name -> counters."""
        self.versus: dict[tuple[str, str], Counters] = {}
        """(name, other name) -> counters of the first against the other."""

    def add(self, history: HandHistory) -> None:
        """Count one hand. Raises: BadHistory, and then counts nothing of it."""
        counts = count(played(history))
        self._refine(history.decimals)
        finer = 10 ** (self.decimals - history.decimals)
        for name, counters in zip(history.players, counts.players, strict=True):
            scaled = _scaled(counters, MONEY, finer)
            self.players[name] = merged((self.players.get(name, {}), scaled))
        for (one, other), counters in counts.versus.items():
            pair = history.players[one], history.players[other]
            scaled = _scaled(counters, VERSUS_MONEY, finer)
            self.versus[pair] = merged((self.versus.get(pair, {}), scaled))

    def _refine(self, decimals: int) -> None:
        """Go over to a finer unit when a file has one."""
        if decimals <= self.decimals:
            return
        finer = 10 ** (decimals - self.decimals)
        self.players = {
            name: _scaled(counters, MONEY, finer) for name, counters in self.players.items()
        }
        self.versus = {
            pair: _scaled(counters, VERSUS_MONEY, finer)
            for pair, counters in self.versus.items()
        }
        self.decimals = decimals


def _scaled(counters: Counters, names: tuple[str, ...], factor: int) -> Counters:
    return {
        name: number * factor if name in names else number for name, number in counters.items()
    }
