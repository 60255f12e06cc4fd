"""Finished hands out of a room's committed events, with all cards, for statistics.

The machine plays each hand once more from the plan's seed and the actions. Nothing of a running
hand leaves this file.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Event, Json
from vphost.rules.poker import machine
from vphost.rules.poker.facts import Fact
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.statistics.book import Finished
from vphost.rules.poker.statistics.hand import Played, count, without_amounts
from vphost.rules.poker.table.events import BETTING, Ack, HandEnd, HandStart, Visitor, visit
from vphost.rules.poker.table.evolve_hand import step
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.setup import planned_setup


class HandReader(Visitor):
    """Folds the events of one room, secrets included; each finished hand comes out once.

    Beside hands it says when figures from unseen cards may be told: when the game ends. A change
    of `stats_bluffing` opens no earlier hand: it has to be on when a hand is dealt and to stay
    on until the end.

    It may begin at any event before a hand's commit, if `users` is told what went before.
    """

    def __init__(self) -> None:
        self.users: dict[int, str] = {}
        """Player id -> user id, of everybody who was ever here."""
        self.in_hand = False
        """Whether a hand has begun and is not finished."""
        self._config: Mapping[str, Json] = {}
        self._start: HandStart | None = None
        self._hand: Hand | None = None
        self._facts: list[Fact] = []
        self._befores: list[Hand] = []
        self._players: tuple[int, ...] = ()
        self._counts_unseen = self._is_tournament = False
        self._finished: Finished | None = None
        self.released: bool | None = None
        """What the last event did to figures from unseen cards: True: they may be told; False: they
        never will; None: nothing."""

    def read(self, event: Event) -> Finished | None:
        """Read the next event; return the hand that it ended."""
        self.released = self._finished = None
        visit(self, event, 0)
        return self._finished

    def on_player(self, player: int, user: str, username: str) -> None:
        """Learn who plays under which number."""
        self.users[player] = user

    def on_config(self, config: Mapping[str, Json]) -> None:
        """Drop figures from unseen cards when `stats_bluffing` is off and was not off before."""
        was_off = self._config.get("stats_bluffing") is False
        self._config = config
        if not was_off and not config.get("stats_bluffing"):
            self.released = False

    def on_hand_start(self, start: HandStart, at_ms: int) -> None:
        """Note what is played; the plan follows."""
        self._start, self.in_hand = start, True

    def on_plan(self, plan: HandPlan) -> None:
        """Deal the hand once more."""
        if self._start is None or not self.in_hand:
            return
        setup = planned_setup(self._start.game_type, self._config, self._start.stacks, plan)
        self._hand, facts = machine.start(setup)
        self._facts = list(facts)
        self._counts_unseen = bool(self._config.get("stats_bluffing"))
        self._is_tournament = bool(plan.chips)
        self._befores = []
        self._players = tuple(one.player for one in plan.entrants)

    def on_ack(self, ack: Ack) -> None:
        """Play an action of the hand."""
        hand = self._hand
        if hand is None or ack.action not in BETTING:
            return
        self._befores.append(hand)
        index = self._players.index(ack.player)
        self._hand, facts = step(hand, index, ack.action, ack.amount, ack.bet)
        self._facts += facts

    def on_hand_end(self, end: HandEnd) -> None:
        """Give the hand away."""
        if self._hand is not None:
            self._finished = self._finish(end)

    def on_game_end(self, at_ms: int) -> None:
        """The game is over: what was held back may be told."""
        self.released = True

    def _finish(self, told: HandEnd) -> Finished:
        """Return the hand; it has to end with the stacks that the table told."""
        start, end = self._start, self._hand
        self._hand, self.in_hand = None, False
        assert start is not None and end is not None and end.is_over, "a hand that ended is over"
        stacks = tuple(told.stacks[player] for player in self._players)
        assert end.stacks == stacks, "the machine ends with the stacks of the table"
        counts = count(Played(tuple(self._befores), tuple(self._facts), end))
        return Finished(
            game_type=start.game_type, game_id=start.game_id,
            currency=self._config["currency"], players=self._players,
            users=tuple(self.users.get(player, "") for player in self._players),
            counts=without_amounts(counts) if self._is_tournament else counts,
            counts_unseen=self._counts_unseen, is_tournament=self._is_tournament,
        )
