"""A cash table to tell stories with: commands in, events and refusals out, every invariant held.

After each command: the postings balance, the accounts equal what the state says, no account is
below zero, the pot is empty between hands, the state can be rebuilt from the events alone (after
a trip through JSON), every frame keeps its schema, and no frame shows a card that its viewer may
not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from plugins.cash.rules.seating import CashGame
from tests.rules.poker.table.page_fold import NOT_FOLDED, Page
from vphost.rules import books
from vphost.rules.changing import replace
from vphost.rules.mode import SYSTEM, Command, Event, Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.table.config import public_config
from vphost.rules.poker.table.checked_format import CheckedFormat
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.mode import TableMode
from vphost.rules.poker.table.state import Player
from vphost.rules.poker.table.summary import TableSummary
from vphost.tables.codec import TableCodec
from vphost.wire.codec import FrameContext, Request
from vphost.wire.outgoing import OutgoingCheck
from vphost.wire.schemas import SchemaSet

ROOM = "5f0c2d1e-9a3b-4c6d-8e7f-0123456789ab"
CURRENCIES = {"PLAY": Currency("PLAY", 2, "P"), "EUR": Currency("EUR", 2, "E")}
START = 1_700_000_000_000
DAY = 24 * 3600 * 1000
SCHEMAS = SchemaSet.load([("", Path(__file__).parents[4] / "schemas")])
CODEC = OutgoingCheck(TableCodec(SCHEMAS), SCHEMAS, "table/out/")
MODE = TableMode(Formats([CheckedFormat(CashGame())]))
DEFAULTS = {"min_buy_in": 1, "max_buy_in": 200, "default_bank_value": 500}


def checked(mode: TableMode = MODE, /, **settings: Any) -> dict[str, Any]:
    """Return a checked configuration, amounts given in major units."""
    config = mode.check_config({**DEFAULTS, **settings}, CURRENCIES)
    assert not isinstance(config, Rejected), config
    return dict(config)


def through_json(event: Event) -> Event:
    """Return an event as it comes back from a journal."""
    return Event(
        event.name, json.loads(json.dumps(event.data)),
        {int(k): v for k, v in json.loads(json.dumps(event.secret)).items()},
        json.loads(json.dumps(event.hidden)), event.postings,
    )


def vars_of(summary: TableSummary) -> dict[str, Any]:
    """Return a summary's own fields; its players are those of the state."""
    return {one.name: getattr(summary, one.name) for one in fields(summary)
            if one.name != "players"}


def cards_in(value: Any) -> set[str]:
    """Return all card names anywhere in a value."""
    return set(re.findall(r'"((?:10|[2-9JQKA])[CDHS])"', json.dumps(value)))


@dataclass
class CashTable:
    """One table with its books and everything that was told."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    now: int = START
    host: str = "host"
    expires: int | None = START + DAY
    mode: TableMode = MODE
    is_mode_chosen: bool = False

    def __post_init__(self) -> None:
        config = {
            **checked(self.mode, **self.settings), "host": self.host, "opened_at_ms": self.now,
            "expires_at_ms": self.expires, "is_mode_chosen": self.is_mode_chosen,
        }
        self.rebuilt = self.state = self.mode.create(ROOM, config, self.now)
        self.pages = {
            viewer: Page(viewer, public_config(config), self.host) for viewer in range(12)
        }
        self.accounts: dict[str, int] = {}
        self.open_cards: set[str] = set()
        self.told: list[Event] = []
        self.last: tuple[Event, ...] = ()
        self.seq = 0
        self.count = 0

    # ---- asking

    def ask(self, user: str, op: str, **args: Any) -> Rejected | tuple[Event, ...]:
        """Give a command; fold, book and check what it caused."""
        self.count += 1
        seed = self.count.to_bytes(32, "big")
        before = self.state
        command = Command(f"c{self.count}", user, op, args, seed)
        outcome = self.mode.decide(before, command, self.now)
        if isinstance(outcome, Rejected):
            assert self.state is before
            self.check_refusal(op, outcome)
            return outcome
        for event in outcome.events:
            self.state = self.mode.evolve(self.state, event)
            self.book(event)
            self.check_frames(event)
        assert outcome.state == self.state, "a replay folds to what the decision had"
        self.told += outcome.events
        self.last = outcome.events
        self.check()
        return outcome.events

    def do(self, user: str, op: str, **args: Any) -> tuple[Event, ...]:
        """Give a command that has to be accepted."""
        outcome = self.ask(user, op, **args)
        assert not isinstance(outcome, Rejected), (op, args, outcome)
        return outcome

    def refused(self, user: str, op: str, **args: Any) -> str:
        """Give a command that has to be refused; returns the code."""
        outcome = self.ask(user, op, **args)
        assert isinstance(outcome, Rejected), (op, args, outcome)
        return outcome.code

    def tick(self) -> tuple[Event, ...]:
        """Let the clock ring, now."""
        return self.do(SYSTEM, "tick")

    def wait(self, ms: int) -> tuple[Event, ...]:
        """Let time pass, ringing at every deadline on the way; returns all that was told."""
        told: list[Event] = []
        until = self.now + ms
        while (wake := self.mode.wake_at(self.state)) is not None and wake <= until:
            self.now = max(self.now, wake)
            told += self.tick()
        self.now = until
        return tuple(told)

    def wait_for(self, name: str) -> Event:
        """Go from deadline to deadline until an event is told."""
        for _ in range(100):
            wake = self.mode.wake_at(self.state)
            assert wake is not None, f"nothing will ring, waiting for {name}"
            self.now = max(self.now, wake)
            for event in self.tick():
                if event.name == name:
                    return event
        raise AssertionError(f"{name} never came")

    def forget_settings(self, *names: str) -> None:
        """Make this a table from before some settings; nothing has been told yet."""
        config = {k: v for k, v in self.state.config.items() if k not in names}
        self.state = self.rebuilt = replace(self.state, config=config)
        for page in self.pages.values():
            page.config = public_config(config)

    # ---- people

    def come(self, *users: str) -> None:
        """Let users connect."""
        for user in users:
            self.do(user, "connect", username=user, connections=1)

    def seat(self, *users: str, chips: int = 100_00) -> None:
        """Let users connect, sit on the first free seats and buy chips (0: none)."""
        for user in users:
            player = self.state.of_user(user)
            if player is None or player.gone:
                self.come(user)
            free = next(i for i in range(9) if self.state.at_seat(i) is None)
            self.do(user, "sit_player", seat=free)
            if chips:
                self.do(user, "buy_in", amount=chips)

    def start(self, *users: str, chips: int = 100_00) -> None:
        """Seat users and start the game; the first of them has the button."""
        self.seat(*users, chips=chips)
        self.come_host()
        self.begin()

    def come_host(self) -> None:
        """Let the host connect."""
        if self.state.of_user(self.host) is None:
            self.come(self.host)

    def begin(self) -> None:
        """Start the game, the first of those that are allowed."""
        self.do(self.host, "game_start", game_type=self.state.coming["allowed_games"][0])

    def player(self, user: str) -> Player:
        """Return a user's player."""
        player = self.state.of_user(user)
        assert player is not None
        return player

    def id(self, user: str) -> int:
        """Return a user's player id."""
        return self.player(user).id

    @property
    def actor(self) -> str:
        """The user whose turn it is."""
        assert self.state.deal is not None and self.state.deal.turn is not None, "nobody's turn"
        return self.state.players[self.state.deal.turn.player].user

    @property
    def turn(self) -> Mapping[str, Any]:
        """The fields of the running turn."""
        assert self.state.deal is not None and self.state.deal.turn is not None
        return self.state.deal.turn.event

    def places(self) -> list[str]:
        """Return the users of the button, small and big blind seats."""
        deal = self.state.deal
        assert deal is not None
        found = []
        for seat in (deal.button_seat, deal.small_blind_seat, deal.big_blind_seat):
            assert seat is not None
            found.append(self.state.players[deal.players[deal.seats.index(seat)]].user)
        return found

    # ---- playing

    def act(self, op: str, amount: int | None = None) -> tuple[Event, ...]:
        """Let whoever's turn it is act; a call's amount is filled in.

        amount: of a bet or raise the street's total.
        """
        if op == "call":
            return self.do(self.actor, "action_call", amount=self.turn["call_amount"])
        args = {} if amount is None else {"total": amount}
        return self.do(self.actor, f"action_{op}", **args)

    def play(self, script: str) -> None:
        """Act by letters: f fold, k check, c call, a all-in, p check or call."""
        for letter in script.replace(" ", ""):
            turn = self.turn
            if letter == "p":
                letter = "k" if turn["call_amount"] == 0 else "c"
            if letter == "a":
                bets = "action_bet" in turn["available_actions"]
                self.act("bet" if bets else "raise", turn["max_total"])
            else:
                self.act({"f": "fold", "k": "check", "c": "call"}[letter])

    def fold_out(self) -> None:
        """Let everybody fold until the hand is over."""
        while self.state.running is not None:
            self.play("f")

    def next_deal(self) -> Event:
        """Wait until the next hand is dealt."""
        return self.wait_for("game_start")

    # ---- what was told

    def names(self) -> list[str]:
        """Return the names of the events of the last command."""
        return [event.name for event in self.last]

    def one(self, name: str) -> Event:
        """Return the only event of a name in the last command."""
        found = [event for event in self.last if event.name == name]
        assert len(found) == 1, (name, self.names())
        return found[0]

    def newest(self, name: str) -> Event:
        """Return the newest event of a name."""
        return next(event for event in reversed(self.told) if event.name == name)

    def view(self, user: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return game_state and private_data as a user sees them."""
        player = None if user is None else self.mode.player_of(self.state, user)
        seen = self.mode.view(self.state, player)
        return seen["game_state"], seen["private_data"]

    # ---- what always holds

    def book(self, event: Event) -> None:
        """Post an event's postings."""
        assert not books.unbalanced(event.postings), event
        for posting in event.postings:
            chips = self.state.format.chips(self.state)
            assert posting.currency in (self.state.currency, chips)
            self.accounts[posting.account] = self.accounts.get(posting.account, 0) + posting.amount

    def check(self) -> None:
        """Check the books, the replay, the snapshot and the views."""
        self.check_books()
        for event in self.last:
            self.rebuilt = self.mode.evolve(self.rebuilt, through_json(event))
        assert self.rebuilt == self.state, "the events alone give another state"
        self.check_snapshot()
        self.check_views()
        self.check_summary()

    def check_books(self) -> None:
        """The accounts are what the state says, and nothing is below zero."""
        for name, amount in self.accounts.items():
            assert amount >= 0 or name == books.WORLD, (name, amount)
        for number, player in self.state.players.items():
            assert self.accounts.get(books.bank(ROOM, number), 0) == player.bank
            assert self.accounts.get(books.stack(ROOM, number), 0) == player.stack
            assert self.accounts.get(books.delayed(ROOM, number), 0) == player.delayed
        assert sum(self.accounts.values()) == 0
        running = self.state.running
        pot = self.accounts.get(books.pot(ROOM), 0)
        assert pot == (0 if running is None else sum(running.hand.contributions))
        if running is not None and running.turn is not None:
            for index, number in enumerate(running.players):
                assert running.hand.stacks[index] == self.state.players[number].stack

    def check_snapshot(self) -> None:
        """Between hands a snapshot gives the same state again."""
        dumped = self.mode.dump(self.state)
        if self.state.running is not None:
            assert dumped is None
            return
        assert self.mode.load(ROOM, json.loads(json.dumps(dumped))) == self.state

    def check_frames(self, event: Event) -> None:
        """Every projection of an event keeps its schema."""
        if event.name.startswith("_"):
            return
        self.seq += 1
        context = FrameContext(ROOM, self.seq, 0, self.now, self.mode.labels(self.state))
        for viewer in (None, *event.secret):
            CODEC.event(context, event, viewer)
        if event.name == "game_start":
            self.open_cards = set()
        self.open_cards |= cards_in(event.data)
        for number, page in self.pages.items():
            page.hear(event.name, {**event.data, **event.secret.get(number, {})})

    def check_views(self) -> None:
        """A fresh page is told what a page knows that has heard everything from the start."""
        context = FrameContext(ROOM, self.seq, 0, self.now, self.mode.labels(self.state))
        for viewer in (0, *self.state.players):
            seen = self.mode.view(self.state, viewer or None)
            CODEC.view(context, seen, viewer or None)
            page = self.pages[viewer]
            public = {k: v for k, v in seen["game_state"].items() if k not in NOT_FOLDED}
            known = {**page.game_state(), **page.private_data()}
            told = {**public, **seen["private_data"]}
            assert known.keys() == told.keys()
            assert [(k, known[k], told[k]) for k in told if known[k] != told[k]] == []
            assert cards_in(seen) <= self.open_cards | set(page.cards or ())

    def check_summary(self) -> None:
        """The summary says what a stranger's view says, and shows no card."""
        summary, (state, own) = self.mode.summary(self.state), self.view(None)
        timer = own["winners_award_timer"]
        paused = timer is not None and timer["is_winners_award_timer_paused"]
        assert cards_in(vars_of(summary)) == set()
        assert (
            summary.game_id, summary.game_type, summary.game_mode, list(summary.seats),
            summary.settings, summary.is_creator_away, summary.is_hand_running,
        ) == (
            state["game_id"], state["game_type"], state["game_mode"], state["seats"],
            own["state_config"], state["host_status"] == "AWAY",
            state["betting_round"] is not None,
        )
        assert summary.seated == sum(seat is not None for seat in state["seats"])
        running = state["players"] if summary.is_hand_running else []
        assert set(summary.dealt_in) == {one for one in running if one is not None}
        assert summary.waits_for_creator == (
            timer is not None and timer["show_next_game_button"] and not paused
        )
        for number, one in summary.players.items():
            key, seat = str(number), summary.seat_of(number)
            assert (one.bank, one.stack, one.delayed, one.status, one.join_status) == tuple(
                state[f"players_{name}"][key]
                for name in ("bank", "stack", "delayed_stack", "statuses", "join_statuses")
            )
            assert seat is None or state["seats"][seat] == number

    def check_refusal(self, op: str, refusal: Rejected) -> None:
        """A refusal can be answered on the wire."""
        context = FrameContext(ROOM, None, 0, self.now, self.mode.labels(self.state))
        CODEC.rejected(context, Request(op, {}, None), refusal, None)
