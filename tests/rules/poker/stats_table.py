"""Scripted hands (`poker_table.py`) that are counted when they are over."""

from __future__ import annotations

from typing import Any

from tests.rules.poker.poker_table import LETTERS, Table, table
from vphost.rules.mode import Rejected
from vphost.rules.poker.facts import Fact
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.setup import HandSetup
from vphost.rules.poker.statistics.counters import Counters, whole
from vphost.rules.poker.statistics.hand import HandCounts, Played, count


class Course(Table):
    """A scripted hand that remembers what it was before each action."""

    def __init__(self, setup: HandSetup) -> None:
        self.befores: list[Hand] = []
        super().__init__(setup)

    @property
    def played(self) -> Played:
        """The whole hand."""
        return Played(tuple(self.befores), tuple(self.facts), self.hand)

    @property
    def counts(self) -> HandCounts:
        """What it counts."""
        return count(self.played)

    def of(self, letter: str) -> Counters:
        """Return a player's counters, zeros included."""
        return whole(self.counts.players[LETTERS.index(letter)])

    def who(self, name: str) -> str:
        """Return the letters of those for whom a counter is 1, in order of their seats."""
        return "".join(
            letter for letter, counters in zip(LETTERS, self.counts.players)
            if counters.get(name, 0) == 1
        )

    def against(self, one: str, other: str) -> Counters:
        """Return the counters of a player against another."""
        return self.counts.versus[LETTERS.index(one), LETTERS.index(other)]

    def _step(self, answer: tuple[Hand, tuple[Fact, ...]]) -> None:
        if hasattr(self, "hand"):
            self.befores.append(self.hand)
        assert not isinstance(answer, Rejected)
        super()._step(answer)


def course(stacks: list[int] | int, *words: str, **rest: Any) -> Course:
    """Begin a hand and play words; arguments as of `poker_table.table`."""
    played = Course(table(stacks, **rest).setup)
    played.play(*words)
    return played
