"""Finished hands of a table as hand histories, from the events that every viewer got.

Only public events are read: a hand that was folded or mucked stays hidden here as it did at the
table, and of a running hand nothing is told. What comes out is played through the rules core once
more before it is given away; a history that would not end with the table's own stacks is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vphost.rules.mode import Event, Json

BETTING = {
    "action_fold": "f", "action_check": "cc", "action_call": "cc", "action_bet": "cbr",
    "action_raise": "cbr",
}
"""The wire's actions -> the format's verbs."""
FORCED = frozenset({"live_post", "dead_post", "straddle"})
"""Forced bets that the configuration does not tell."""
REVEALS = frozenset({"heads_up_showdown", "all_in_scenario"})


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that belongs into `actions`.

    kind: `bet`, `board` or `show`. player: who; None for the board. verb: of a bet. amount: the
    street total of a raise, minor units. cards: wire names. in_turn: False for somebody who left
    and was folded before it was his turn.
    """

    kind: str
    player: int | None = None
    verb: str = ""
    amount: int | None = None
    cards: tuple[str, ...] = ()
    in_turn: bool = True


@dataclass(slots=True)
class Record:
    """A hand as it was told. Money in minor units, players by id, seats from 0.

    number: counts the hands of the table from 1. order: players from the left of the button on.
    posts: (player, kind, amount) of FORCED. final: stacks afterwards, None while it runs.
    """

    number: int
    at_ms: int
    game_id: str
    game_type: str
    sequence: int
    config: Mapping[str, Json]
    order: tuple[int, ...]
    seats: tuple[int, ...]
    stacks: tuple[int, ...]
    small_blind: int | None
    big_blind: int
    names: tuple[str, ...]
    posts: list[tuple[int, str, int]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    board: list[str] = field(default_factory=list)
    turn: int | None = None
    final: tuple[int, ...] | None = None

    @property
    def live(self) -> list[int]:
        """Who has not folded, in order."""
        folded = {one.player for one in self.told if one.verb == "f"}
        return [player for player in self.order if player not in folded]


class Recorder:
    """Folds the events of one table; each finished hand comes out once."""

    def __init__(self) -> None:
        self.hands = 0
        """How many hands were started."""
        self.running: Record | None = None
        self._names: dict[int, str] = {}
        self._config: Mapping[str, Json] = {}

    def take(self, event: Event, at_ms: int) -> Record | None:
        """Take the next event; return the hand that it ended."""
        data = event.data
        if event.name == "player_connected":
            self._names[data["player"]] = str(data["username"])
        elif event.name == "state_config_updated":
            self._config = data["config"]
        elif event.name == "game_start":
            self.hands += 1
            self.running = self._begin(data, at_ms)
        elif self.running is not None:
            return self._in_hand(self.running, event)
        return None

    def _begin(self, data: Mapping[str, Json], at_ms: int) -> Record:
        places: list[int | None] = data["players"]
        count = len(places)
        clockwise = [(data["dealer_seat"] + step) % count for step in range(1, count + 1)]
        seats = tuple(seat for seat in clockwise if places[seat] is not None)
        order = tuple(player for seat in seats if (player := places[seat]) is not None)
        small = data["small_blind_seat"]
        return Record(
            number=self.hands, at_ms=at_ms, game_id=data["game_id"],
            game_type=data["game_type"], sequence=data["sequence"], config=self._config,
            order=order, seats=seats,
            stacks=tuple(int(data["players_stack"][str(player)]) for player in order),
            small_blind=None if small is None else seats.index(small),
            big_blind=seats.index(data["big_blind_seat"]),
            names=tuple(self._names.get(player, "") for player in order),
        )

    def _in_hand(self, hand: Record, event: Event) -> Record | None:
        data = event.data
        if event.name == "action_ack":
            _acted(hand, data)
        elif event.name == "turn":
            hand.turn = data["player"]
        elif event.name == "community_cards":
            _turned(hand, tuple(data["new_cards"]))
        elif event.name in REVEALS:
            _show(hand, data["pocket_cards"])
            rest = data["final_community_cards"][len(hand.board):]
            for street in (rest[:-2], rest[-2:-1], rest[-1:]):
                _turned(hand, tuple(street))
        elif event.name == "game_end":
            return self._end(hand, data)
        return None

    def _end(self, hand: Record, data: Mapping[str, Json]) -> Record:
        """Note who showed, who threw his hand away, and the stacks."""
        shown = {one.player for one in hand.told if one.kind == "show"}
        if len(hand.live) > 1 and not shown:
            _show(hand, data["pocket_cards"])
            for player in hand.live:
                if str(player) not in data["pocket_cards"]:
                    hand.told.append(Told("show", player))
        hand.final = tuple(int(data["players_stack"][str(player)]) for player in hand.order)
        self.running = None
        return hand


def _acted(hand: Record, data: Mapping[str, Json]) -> None:
    player, action = data["player"], data["action"]
    if player not in hand.order:
        return
    if action in FORCED:
        hand.posts.append((player, action, int(data["amount"])))
    verb = BETTING.get(action)
    if verb is not None:
        amount = int(data["bet"]) if verb == "cbr" else None
        in_turn = verb != "f" or hand.turn in (None, player)
        hand.told.append(Told("bet", player, verb, amount, in_turn=in_turn))


def _turned(hand: Record, cards: tuple[str, ...]) -> None:
    if cards:
        hand.board.extend(cards)
        hand.told.append(Told("board", cards=cards))


def _show(hand: Record, pocket_cards: Mapping[str, Json]) -> None:
    for player in hand.order:
        cards = pocket_cards.get(str(player))
        if cards:
            hand.told.append(Told("show", player, cards=tuple(cards)))
