"""Hands that are folded at once, for what people pay in blinds while they come, go and move.

It decides and folds like a room, without the checks of `CashTable`, so that hundreds of hands
cost little.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.rules.poker.table.cash_table import MODE, ROOM, START, checked
from vphost.rules.mode import Command, Event, Rejected
from vphost.rules.poker.table.state import Player, Table

BLINDS = frozenset({"small_blind", "big_blind", "live_post", "dead_post"})
ORBIT = 75
"""Both blinds, minor units."""


class Blinds:
    """A table at which everybody folds; per user what was paid and what a fair share is.

    fair: of every hand that somebody was dealt in, both blinds by the number of those dealt in.
    """

    def __init__(self, users: list[str], seats: list[int], start: int = 0) -> None:
        config = {
            **checked(max_buy_in=1000, default_bank_value=5000), "host": "host",
            "opened_at_ms": START, "expires_at_ms": None,
        }
        self.state: Table = MODE.create(ROOM, config, START)
        self.now = START
        self.count = start
        self.paid: dict[str, int] = {}
        self.fair: dict[str, Fraction] = {}
        self.hands = 0
        self.last_big: str | None = None
        self.posts: list[tuple[str, str]] = []
        self.ask("host", "connect", username="host", connections=1)
        for user, seat in zip(users, seats):
            self.come(user, seat)
            self.ask(user, "buy_in", amount=1000_00)
        self.ask("host", "game_start", game_type="THD")
        self.fold()

    def ask(self, user: str, op: str, **args: Any) -> bool:
        """Give a command; return whether it was accepted."""
        self.count += 1
        command = Command(f"c{self.count}", user, op, args, self.count.to_bytes(32, "big"))
        outcome = MODE.decide(self.state, command, self.now)
        if isinstance(outcome, Rejected):
            return False
        self.state = outcome.state
        for event in outcome.events:
            self.note(event)
        return True

    def note(self, event: Event) -> None:
        """Count who was dealt in and who paid what."""
        if event.name == "game_start":
            dealt = [number for number in event.data["players"] if number is not None]
            self.hands += 1
            self.posts = []
            for number in dealt:
                user = self.state.players[number].user
                self.fair[user] = self.fair.get(user, Fraction(0)) + Fraction(ORBIT, len(dealt))
        elif event.name == "action_ack" and event.data["action"] in BLINDS:
            user = self.state.players[event.data["player"]].user
            self.paid[user] = self.paid.get(user, 0) + event.data["amount"]
            self.posts.append((user, event.data["action"]))
            if event.data["action"] == "big_blind":
                assert user != self.last_big, "nobody pays the big blind twice running"
                self.last_big = user

    def come(self, user: str, seat: int) -> None:
        """Connect and sit down."""
        self.ask(user, "connect", username=user, connections=1)
        self.ask(user, "sit_player", seat=seat)

    def player(self, user: str) -> Player:
        """Return a user's player."""
        player = self.state.of_user(user)
        assert player is not None
        return player

    @property
    def dealt(self) -> list[str]:
        """Users who were dealt into the last hand."""
        assert self.state.deal is not None
        return [self.state.players[number].user for number in self.state.deal.players]

    def fold(self) -> None:
        """Let everybody fold until the hand is over."""
        while (hand := self.state.running) is not None:
            assert hand.turn is not None
            assert self.ask(self.state.players[hand.turn.player].user, "action_fold")

    def next_hand(self) -> bool:
        """Deal the next hand and fold it; return whether one could be dealt."""
        before = self.hands
        wake = MODE.wake_at(self.state)
        if wake is not None:
            self.now = wake
            self.ask("system", "tick")
        if self.hands == before:
            self.ask("host", "next_hand")
        self.fold()
        return self.hands > before

    def next_big_blind(self) -> str:
        """Return who would have the big blind if nobody moved."""
        copy = object.__new__(Blinds)
        copy.__dict__.update(self.__dict__)
        copy.paid, copy.fair, copy.posts = dict(self.paid), dict(self.fair), []
        copy.next_hand()
        return next((user for user, action in copy.posts if action == "big_blind"), "")
