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
from vphost.rules.poker.statistics.hand import Played, count
from vphost.rules.poker.table.evolve_hand import KINDS, step
from vphost.rules.poker.table.setup import planned_setup


class HandReader:
    """Folds the events of one room, secrets included; each finished hand comes out once.

    Beside hands it says when figures from unseen cards may be told: when the game ends. A change
    of `stats_bluffing` opens no hand of before: it has to be on when a hand is dealt and to stay
    on until the end.

    It may begin at any event before a hand's commit, if `users` is told what went before.
    """

    def __init__(self) -> None:
        self.users: dict[int, str] = {}
        """Player id -> user id, of everybody who was ever here."""
        self.in_hand = False
        """Whether a hand has begun and is not finished."""
        self._config: Mapping[str, Json] = {}
        self._start: Mapping[str, Json] = {}
        self._hand: Hand | None = None
        self._facts: list[Fact] = []
        self._befores: list[Hand] = []
        self._players: tuple[int, ...] = ()
        self._counts_unseen = False
        self.released: bool | None = None
        """What the last event did to figures from unseen cards: True: they may be told; False: they
        never will; None: nothing."""

    def take(self, event: Event) -> Finished | None:
        """Take the next event; return the hand that it ended."""
        data, self.released = event.data, None
        if event.name == "player_connected":
            self.users[int(data["player"])] = event.hidden["user"]
        elif event.name == "state_config_updated":
            if data.get("takes_effect", "now") == "now":
                self._configure(data["config"])
        elif event.name == "game_start":
            self._start = data
            self.in_hand = True
        elif event.name == "_hand_started" and self.in_hand:
            self._begin(event.hidden)
        elif event.name == "action_ack" and data["action"] in KINDS and self._hand is not None:
            self._act(data)
        elif event.name == "game_end" and self._hand is not None:
            return self._finish(data)
        elif event.name == "current_game_ended":
            self.released = True
        return None

    def _configure(self, config: Mapping[str, Json]) -> None:
        was_off = self._config.get("stats_bluffing") is False
        self._config = config
        if not was_off and not config.get("stats_bluffing"):
            self.released = False

    def _begin(self, plan: Mapping[str, Json]) -> None:
        stacks = {int(player): chips for player, chips in self._start["players_stack"].items()}
        setup = planned_setup(self._start["game_type"], self._config, stacks, plan)
        self._hand, facts = machine.start(setup)
        self._facts = list(facts)
        self._counts_unseen = bool(self._config.get("stats_bluffing"))
        self._befores = []
        self._players = tuple(int(one["player"]) for one in plan["entrants"])

    def _act(self, data: Mapping[str, Json]) -> None:
        hand, index = self._hand, self._players.index(data["player"])
        assert hand is not None
        self._befores.append(hand)
        self._hand, facts = step(hand, index, data)
        self._facts += facts

    def _finish(self, data: Mapping[str, Json]) -> Finished:
        """Return the hand; it has to end with the stacks that the table told."""
        end, self._hand, self.in_hand = self._hand, None, False
        assert end is not None and end.is_over, "a hand that has ended is over"
        told = tuple(data["players_stack"][str(player)] for player in self._players)
        assert end.stacks == told, "the machine ends with the stacks of the table"
        return Finished(
            game_type=self._start["game_type"], game_id=self._start["game_id"],
            currency=self._config["currency"], players=self._players,
            users=tuple(self.users.get(player, "") for player in self._players),
            counts=count(Played(tuple(self._befores), tuple(self._facts), end)),
            counts_unseen=self._counts_unseen,
        )
