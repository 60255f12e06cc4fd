"""The events of a poker table: their names, and one fold that tells a visitor what they say.

Names are those of the wire; those that begin with "_" are committed and never sent. Whoever reads
a table's commits from outside (statistics, reports, hand histories) is a `Visitor`, and gets the
payloads read, so that no name and no field is matched anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vphost.rules.mode import CREATED, Event, Json, Posting
from vphost.rules.poker.facts import ActionKind
from vphost.rules.poker.table.plan import HandPlan

PLAYER_CONNECTED, PLAYER_DISCONNECTED = "player_connected", "player_disconnected"
HOST_LEFT = "host_left"
PLAYER_SEATED, JITSI_ID_CHANGED = "player_seated", "jitsi_id_changed"
PLAYER_LEAVING, PLAYER_LEFT, PLAYER_KICKED = "player_leaving", "player_left", "player_kicked"
JOIN, SIT_OUT, JOIN_STATUS_UPDATED = "join", "sit_out", "player_join_status_updated"
BANKROLL = "bankroll"
CHAT_MESSAGE = "chat_message"
STATE_CONFIG_UPDATED, GAME_MODE_CHOSEN = "state_config_updated", "game_mode_chosen"
GAME_START = "game_start"
"""A hand begins, whatever its name says; a game opens with GAME_OPENED."""
POCKET_CARDS, COMMUNITY_CARDS = "pocket_cards", "community_cards"
ACTION_ACK, TURN = "action_ack", "turn"
HEADS_UP_SHOWDOWN, ALL_IN_SCENARIO = "heads_up_showdown", "all_in_scenario"
GAME_END = "game_end"
"""A hand is over; a game ends with CURRENT_GAME_ENDED."""
SHOW_POCKET_CARDS, OPEN_RABBIT_HUNT_CARDS = "show_pocket_cards", "open_rabbit_hunt_cards"
AWARD_TIMER, PAUSE_AWARD_TIMER = "winners_award_timer", "pause_winners_award_timer"
UNPAUSE_AWARD_TIMER = "unpause_winners_award_timer"
END_CURRENT_GAME, CURRENT_GAME_ENDED = "end_current_game", "current_game_ended"
GAME_OPENED, HAND_STARTED = "_game_opened", "_hand_started"
GOODBYE, CLOSED, DRAINED, RESUMED = "_goodbye", "_closed", "_drained", "_resumed"
LEAVING = "_leaving"
"""PLAYER_LEAVING in journals from before it was told."""

BETTING: Mapping[str, ActionKind] = {
    "action_fold": ActionKind.FOLD,
    "action_check": ActionKind.CHECK,
    "action_call": ActionKind.CALL,
    "action_bet": ActionKind.BET,
    "action_raise": ActionKind.RAISE,
}
"""`action` of an ACTION_ACK, and name of the operation -> one of the five betting actions."""


@dataclass(frozen=True, slots=True)
class HandStart:
    """A hand begins."""

    game_id: str
    game_type: str
    sequence: int
    #: Player id by seat.
    seats: Sequence[int | None]
    #: Player id -> chips before forced bets.
    stacks: Mapping[int, int]
    dealer_seat: int
    small_blind_seat: int | None
    big_blind_seat: int


@dataclass(frozen=True, slots=True)
class Ack:
    """Chips moved, or somebody acted.

    action: a key of BETTING, a kind of forced bet, or a kind of buying. amount: chips that it
    added, None for a fold or check. bet: the player's total of the street.
    """

    player: int
    action: str
    amount: int | None
    bet: int


@dataclass(frozen=True, slots=True)
class HandEnd:
    """A hand is over. stacks: player id -> chips. shown: player id -> hand that was shown."""

    stacks: Mapping[int, int]
    shown: Mapping[int, Sequence[str]]


class Visitor:
    """What one fold of a table's events tells; a reader overrides what it wants to know.

    Every moment is when the event was decided, epoch ms.
    """

    def on_postings(self, postings: Sequence[Posting]) -> None:
        """Money moved with the event that is told next."""

    def on_player(self, player: int, user: str, username: str) -> None:
        """Somebody came, or came back. user: "" where hidden fields were not read."""

    def on_created(self, config: Mapping[str, Json]) -> None:
        """The table was made, with these settings."""

    def on_config(self, config: Mapping[str, Json]) -> None:
        """Settings are in force, as they were told."""

    def on_game_opened(self, game_id: str, game_type: str, at_ms: int) -> None:
        """A game begins."""

    def on_hand_start(self, start: HandStart, at_ms: int) -> None:
        """A hand begins."""

    def on_plan(self, plan: HandPlan) -> None:
        """The hand was dealt: its plan, all cards included. Only where hidden fields are read."""

    def on_turn(self, player: int) -> None:
        """Somebody has to act."""

    def on_ack(self, ack: Ack) -> None:
        """Chips moved, or somebody acted."""

    def on_board(self, cards: Sequence[str]) -> None:
        """Cards were added to the board, in a hand that is still bet on or without a reveal."""

    def on_reveal(self, shown: Mapping[int, Sequence[str]], board: Sequence[str]) -> None:
        """Nobody can bet any more: hands lie open. board: the whole one, as it will be."""

    def on_hand_end(self, end: HandEnd) -> None:
        """A hand is over."""

    def on_game_end(self, at_ms: int) -> None:
        """The game is over, and all money went back."""


def visit(visitor: Visitor, event: Event, at_ms: int) -> None:
    """Tell a visitor what one committed event says; events that nobody reads say nothing."""
    if event.postings:
        visitor.on_postings(event.postings)
    read = READERS.get(event.name)
    if read is not None:
        read(visitor, event, at_ms)


def _read_player(visitor: Visitor, event: Event, at_ms: int) -> None:
    data = event.data
    visitor.on_player(int(data["player"]), event.hidden.get("user", ""), str(data["username"]))


def _read_created(visitor: Visitor, event: Event, at_ms: int) -> None:
    visitor.on_created(event.data["config"])


def _read_config(visitor: Visitor, event: Event, at_ms: int) -> None:
    """A change that waits is told again when it is in force; older journals only have these."""
    if event.data.get("takes_effect", "now") == "now":
        visitor.on_config(event.data["config"])


def _read_game_opened(visitor: Visitor, event: Event, at_ms: int) -> None:
    visitor.on_game_opened(event.data["game_id"], event.data["game_type"], at_ms)


def _read_hand_start(visitor: Visitor, event: Event, at_ms: int) -> None:
    data = event.data
    visitor.on_hand_start(HandStart(
        game_id=data["game_id"], game_type=data["game_type"], sequence=data["sequence"],
        seats=data["players"], stacks=_by_player(data["players_stack"]),
        dealer_seat=data["dealer_seat"], small_blind_seat=data["small_blind_seat"],
        big_blind_seat=data["big_blind_seat"],
    ), at_ms)


def _read_plan(visitor: Visitor, event: Event, at_ms: int) -> None:
    if event.hidden:  # Without the key a commit is read without its hidden fields.
        visitor.on_plan(HandPlan.load(event.hidden))


def _read_turn(visitor: Visitor, event: Event, at_ms: int) -> None:
    visitor.on_turn(event.data["player"])


def _read_ack(visitor: Visitor, event: Event, at_ms: int) -> None:
    data = event.data
    visitor.on_ack(Ack(data["player"], data["action"], data["amount"], data["bet"]))


def _read_board(visitor: Visitor, event: Event, at_ms: int) -> None:
    visitor.on_board(event.data["new_cards"])


def _read_reveal(visitor: Visitor, event: Event, at_ms: int) -> None:
    data = event.data
    visitor.on_reveal(_by_player(data["pocket_cards"]), data["final_community_cards"])


def _read_hand_end(visitor: Visitor, event: Event, at_ms: int) -> None:
    data = event.data
    visitor.on_hand_end(
        HandEnd(_by_player(data["players_stack"]), _by_player(data["pocket_cards"]))
    )


def _read_game_end(visitor: Visitor, event: Event, at_ms: int) -> None:
    visitor.on_game_end(at_ms)


def _by_player(values: Mapping[str, Json]) -> dict[int, Json]:
    return {int(player): value for player, value in values.items()}


READERS: Mapping[str, Callable[[Visitor, Event, int], None]] = {
    CREATED: _read_created,
    PLAYER_CONNECTED: _read_player,
    STATE_CONFIG_UPDATED: _read_config,
    GAME_OPENED: _read_game_opened,
    GAME_START: _read_hand_start,
    HAND_STARTED: _read_plan,
    TURN: _read_turn,
    ACTION_ACK: _read_ack,
    COMMUNITY_CARDS: _read_board,
    HEADS_UP_SHOWDOWN: _read_reveal,
    ALL_IN_SCENARIO: _read_reveal,
    GAME_END: _read_hand_end,
    CURRENT_GAME_ENDED: _read_game_end,
}
