"""Finished hands of a table as hand histories, from the events that every viewer got.

Only public events are read: a hand that was folded or mucked stays hidden here as it did at the
table, and of a running hand nothing is told. What comes out is played through the rules core once
more before it is given away; a history that would not end with the table's own stacks is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vphost.rules.mode import Event, Json
from vphost.rules.poker.table.events import Ack, HandEnd, HandStart, Visitor, visit

VERBS = {
    "action_fold": "f", "action_check": "cc", "action_call": "cc", "action_bet": "cbr",
    "action_raise": "cbr",
}
"""The wire's actions -> the format's verbs."""
FORCED = frozenset({"live_post", "dead_post", "straddle"})
"""Forced bets that the configuration does not tell."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One entry of `actions`."""

    #: `bet`, `board` or `show`.
    kind: str
    #: None for the board.
    player: int | None = None
    #: Of a bet.
    verb: str = ""
    #: The street total of a raise, minor units.
    amount: int | None = None
    #: Wire names.
    cards: tuple[str, ...] = ()
    #: False for a player who left and was folded before it was their turn.
    in_turn: bool = True


@dataclass(slots=True)
class RecordedHand:
    """A hand as it was told. Money in minor units, players by id, seats from 0."""

    #: Counts the hands of the table from 1.
    number: int
    at_ms: int
    game_id: str
    game_type: str
    sequence: int
    config: Mapping[str, Json]
    #: Players from the left of the button on.
    order: tuple[int, ...]
    seats: tuple[int, ...]
    stacks: tuple[int, ...]
    small_blind: int | None
    big_blind: int
    names: tuple[str, ...]
    #: (player, kind, amount), with a kind of FORCED.
    posts: list[tuple[int, str, int]] = field(default_factory=list)
    told: list[RecordedStep] = field(default_factory=list)
    board: list[str] = field(default_factory=list)
    turn: int | None = None
    #: Stacks afterwards, None while the hand runs.
    final: tuple[int, ...] | None = None

    @property
    def live(self) -> list[int]:
        """The players who have not folded, in order."""
        folded = {one.player for one in self.told if one.verb == "f"}
        return [player for player in self.order if player not in folded]


class Recorder(Visitor):
    """Folds the events of one table; each finished hand comes out once."""

    def __init__(self) -> None:
        self.hands = 0
        """How many hands were started."""
        self.running: RecordedHand | None = None
        self._names: dict[int, str] = {}
        self._config: Mapping[str, Json] = {}
        self._ended: RecordedHand | None = None

    def read(self, event: Event, at_ms: int) -> RecordedHand | None:
        """Read the next event; return the hand that it ended."""
        self._ended = None
        visit(self, event, at_ms)
        return self._ended

    def on_player(self, player: int, user: str, username: str) -> None:
        """Learn a name; earlier hands keep the names of their time."""
        self._names[player] = username

    def on_config(self, config: Mapping[str, Json]) -> None:
        """Keep the settings for the hands that follow."""
        self._config = config

    def on_hand_start(self, start: HandStart, at_ms: int) -> None:
        """Begin a hand."""
        self.hands += 1
        count = len(start.seats)
        clockwise = [(start.dealer_seat + step) % count for step in range(1, count + 1)]
        seats = tuple(seat for seat in clockwise if start.seats[seat] is not None)
        order = tuple(player for seat in seats if (player := start.seats[seat]) is not None)
        small = start.small_blind_seat
        self.running = RecordedHand(
            number=self.hands, at_ms=at_ms, game_id=start.game_id,
            game_type=start.game_type, sequence=start.sequence, config=self._config,
            order=order, seats=seats, stacks=tuple(start.stacks[player] for player in order),
            small_blind=None if small is None else seats.index(small),
            big_blind=seats.index(start.big_blind_seat),
            names=tuple(self._names.get(player, "") for player in order),
        )

    def on_turn(self, player: int) -> None:
        """Note whose turn it is."""
        if self.running is not None:
            self.running.turn = player

    def on_ack(self, ack: Ack) -> None:
        """Note forced bets that the configuration does not tell, and the five actions."""
        hand = self.running
        if hand is None or ack.player not in hand.order:
            return
        if ack.action in FORCED:
            assert ack.amount is not None, "a forced bet has an amount"
            hand.posts.append((ack.player, ack.action, ack.amount))
        verb = VERBS.get(ack.action)
        if verb is not None:
            amount = ack.bet if verb == "cbr" else None
            in_turn = verb != "f" or hand.turn in (None, ack.player)
            hand.told.append(RecordedStep("bet", ack.player, verb, amount, in_turn=in_turn))

    def on_board(self, cards: Sequence[str]) -> None:
        """Note cards of the board."""
        if self.running is not None:
            _turned(self.running, tuple(cards))

    def on_reveal(self, shown: Mapping[int, Sequence[str]], board: Sequence[str]) -> None:
        """Note the hands that lie open, then the streets that are still to come."""
        hand = self.running
        if hand is None:
            return
        _show(hand, shown)
        rest = board[len(hand.board):]
        for street in (rest[:-2], rest[-2:-1], rest[-1:]):
            _turned(hand, tuple(street))

    def on_hand_end(self, end: HandEnd) -> None:
        """Note who showed, who mucked, and the stacks."""
        hand = self.running
        if hand is None:
            return
        has_shown = any(one.kind == "show" for one in hand.told)
        if len(hand.live) > 1 and not has_shown:
            _show(hand, end.shown)
            for player in hand.live:
                if player not in end.shown:
                    hand.told.append(RecordedStep("show", player))
        hand.final = tuple(end.stacks[player] for player in hand.order)
        self.running, self._ended = None, hand


def _turned(hand: RecordedHand, cards: tuple[str, ...]) -> None:
    if cards:
        hand.board.extend(cards)
        hand.told.append(RecordedStep("board", cards=cards))


def _show(hand: RecordedHand, shown: Mapping[int, Sequence[str]]) -> None:
    for player in hand.order:
        cards = shown.get(player)
        if cards:
            hand.told.append(RecordedStep("show", player, cards=tuple(cards)))
