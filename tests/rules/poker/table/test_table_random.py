"""Random commands of random people at random moments: nothing raises, no chip is lost."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CashTable
from vphost.rules.mode import SYSTEM
from vphost.rules.poker.table.arguments import REQUIRED

SEEDS = 60 if os.environ.get("VPHOST_FUZZ") == "long" else 2
"""How many tables are played of each game and limit."""
STEPS = 120
STAKES = [(game, limit) for game in ("THD", "OMH") for limit in ("NL", "PL", "FL")]
NAMES = ["host", "ann", "bob", "cid", "dan", "eva", "fay", "gus", "hal", "ivy"]


class Chaos:
    """Draws commands; most of the time the sensible one, so that hands get played."""

    table_type: type[CashTable] = CashTable

    def __init__(self, seed: int, game: str = "THD", limit: str = "NL") -> None:
        self.dice = random.Random(seed)
        self.game = game
        count = self.dice.randint(2, 9)
        self.table = self.table_type({
            "allowed_games": [game], game: {"format": "blinds", "limit": limit},
            "ante": self.dice.choice([0, 0, 0.1]), "timebank_limit": self.dice.choice([0, 5]),
            "video_showdown": self.dice.choice([True, False]), "seats": max(2, count),
        })
        self.users = NAMES[:count + 1]
        for user in self.users:
            self.table.come(user)
        for seat, user in enumerate(self.users[1:]):
            self.table.do(user, "sit_player", seat=seat)
            self.anything(user, "buy_in")

    def step(self) -> None:
        """Do one thing."""
        draw, table = self.dice.random(), self.table
        running = table.state.running
        if draw < 0.55 and running is not None and running.turn is not None:
            self.play()
        elif draw < 0.75:
            self.pass_time()
        elif draw < 0.9:
            self.settle(self.dice.choice(self.users[1:]))
        elif draw < 0.98:
            self.anything(self.dice.choice(self.users), self.dice.choice(list(ARGUMENTS)))
        else:
            self.nonsense(self.dice.choice([*self.users, SYSTEM]), self.dice.choice(list(REQUIRED)))

    def settle(self, user: str) -> None:
        """Bring somebody (back) to the table as a well-meaning player would, and the game on."""
        player = self.table.state.of_user(user)
        if player is None or not player.connected:
            self.anything(user, "connect")
        elif player.seat is None:
            self.table.ask(user, "sit_player", seat=self.dice.randrange(len(self.users) - 1))
        elif player.chips == 0:
            self.anything(user, "buy_in")
        else:
            self.anything(user, self.dice.choice(["join", "join", "straddle"]))
        self.anything("host", "connect")
        self.table.ask("host", "game_start", game_type=self.game)
        self.anything("host", "next_hand")

    def play(self) -> None:
        """Take one of the offered actions."""
        turn = self.table.turn
        op = self.dice.choice(turn["available_actions"][self.dice.random() < 0.7:])
        args = {"action_call": {"amount": turn["call_amount"]}}.get(op, {})
        if op in ("action_bet", "action_raise"):
            added = self.size(turn)
            args = self.dice.choice([{"amount": added}, {"total": turn["bet"] + added}])
        self.table.do(self.table.actor, op, **args)

    def size(self, turn: Any) -> int:
        """Choose a bet: mostly small, sometimes everything."""
        low, high = turn["min_amount"] or 0, turn["max_amount"] or 0
        return high if self.dice.random() < 0.2 else min(high, low + self.dice.randint(0, 300))

    def pass_time(self) -> None:
        """Go to the next deadline, over it, or just a little on."""
        table = self.table
        self.table.now += self.dice.choice([0, 10, 1_000, 10_000])
        if self.dice.random() < 0.05:
            restarted = self.dice.random() < 0.3
            table.do(SYSTEM, "resume", paused_ms=self.dice.choice([0, 5000]), restarted=restarted)
        if self.dice.random() < 0.005:
            table.now += 9 * 3600 * 1000
        table.tick()

    def nonsense(self, user: str, op: str) -> None:
        """Ask with an argument that is missing or of a wrong kind."""
        args = ARGUMENTS.get(op, lambda d: {})(self.dice)
        name = self.dice.choice(list(REQUIRED[op]))
        self.table.refused(user, op, **{**args, name: {0.5: b"bytes"}})
        self.table.refused(user, op, **{k: v for k, v in args.items() if k != name})

    def anything(self, user: str, op: str) -> None:
        """Ask for anything, refused or not."""
        args = ARGUMENTS[op](self.dice)
        self.table.ask(user, op, **({**args, "username": user} if "connections" in args else args))


ARGUMENTS: dict[str, Any] = {
    "connect": lambda d: {"connections": 1},
    "disconnect": lambda d: {"connections": d.choice([0, 0, 1])},
    "sit_player": lambda d: {"seat": d.choice([None, *range(9)])},
    "update_jitsi_id": lambda d: {"jitsi_id": "j"},
    "buy_in": lambda d: {"amount": d.choice([0, 99, 100, 700, 5000, 20000])},
    "update_bankroll": lambda d: {"changes": [
        {"player": d.randint(1, 9), "amount": d.choice([-50000, -100, 5000])} for _ in "ab"
    ]},
    "game_start": lambda d: {"game_type": d.choice(["THD", "OMH"])},
    "next_hand": lambda d: {},
    "straddle": lambda d: {"amount": d.choice([None, 100, 7])},
    "join": lambda d: {"immediately": d.choice([True, False])},
    "sit_out": lambda d: {},
    "kick_player_after_game": lambda d: {"player": d.randint(1, 11)},
    "leave_player": lambda d: {},
    "send_chat_message": lambda d: {"message": d.choice(["hi", " ", "x" * 501])},
    "show_pocket_cards": lambda d: {"cards": d.choice([["AS"], ["AS", "KD"], ["nonsense"], []])},
    "open_rabbit_hunt_cards": lambda d: {},
    "pause_next_hand": lambda d: {},
    "unpause_next_hand": lambda d: {},
    "end_current_game": lambda d: {},
    "action_fold": lambda d: {}, "action_check": lambda d: {},
    "action_call": lambda d: {"amount": d.choice([None, 50])},
    "action_bet": lambda d: {"amount": d.choice([None, 0, -5, 100])},
    "action_raise": lambda d: {"amount": d.choice([None, 2**60, 100])},
    "configure": lambda d: {"config": d.choice(CHANGES)},
    "choose_game_mode": lambda d: {"game_mode": d.choice(["C", "T", "chess"])},
    "dance": lambda d: {},
}
CHANGES: list[dict[str, Any]] = [
    {}, {"big_blind": "0.75", "small_blind": 0.5, "min_limit_size": 0.75}, {"ante": "0.05"},
    {"ante": 0, "big_blind": 0.5, "small_blind": 0.25}, {"THD": {"limit": "PL"}},
    {"OMH": {"limit": "FL"}, "THD": {"limit": "NL"}}, {"seats": 3}, {"seats": 9},
    {"straddles": "false"}, {"straddles": True, "turn_time_limit": 7}, {"currency": "EUR"},
    {"big_blind": "x"}, {"video_showdown": "true", "time_between_hands": 0},
]


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("game", "limit"), STAKES)
def test_chips_are_conserved_whatever_people_do(seed: int, game: str, limit: str) -> None:
    chaos = Chaos(seed, game, limit)
    for _ in range(STEPS):
        chaos.step()
