"""The state of a cash table: frozen, small, and made by events alone.

A `Player` is never removed: their id, and while a game runs their bank and stack, wait for them.
What decides a hand is in the machine's `Hand`; what people see of it is in `Deal`, which stays
until the next hand, so that cards can be shown and a page that comes late sees the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vphost.rules.changing import replace
from vphost.rules.mode import Json
from vphost.rules.poker.facts import Fact
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.table.format import UNDEFINED

if TYPE_CHECKING:
    from vphost.rules.poker.table.format import Format, Formats

SEATS = 9
"""Places of `seats` on the wire, whatever the table's size; seats are indexed from 0 there."""
CHAT_KEPT = 50
"""Messages that a page which is loaded again is told."""
PLAYERS_MAX = 500
"""Users that one table remembers as players; later ones only watch."""

ALLOWED = "ALLOWED_TO_PLAY"
SIT_OUT = "SIT_OUT"
SIT_OUT_READY = "SIT_OUT_READY_TO_PLAY"
SIT_OUT_PARTICIPANT = "SIT_OUT_PARTICIPANT"
NEW = "NEW_PLAYER"
NEW_READY = "NEW_PLAYER_READY_TO_PLAY"
NEW_PARTICIPANT = "NEW_PLAYER_PARTICIPANT"
NEW_PARTICIPANT_READY = "NEW_PLAYER_PARTICIPANT_READY_TO_PLAY"
JOIN_STATUSES = frozenset({
    ALLOWED, SIT_OUT, SIT_OUT_READY, SIT_OUT_PARTICIPANT, NEW, NEW_READY, NEW_PARTICIPANT,
    NEW_PARTICIPANT_READY,
})

LEFT, KICKED = "L", "K"
BETTING, REVEAL, OVER = "betting", "reveal", "over"


@dataclass(frozen=True, slots=True)
class Player:
    """A user's membership of this table; money in minor units."""

    id: int
    user: str
    username: str
    #: From 0; None when they stand.
    seat: int | None = None
    connected: bool = False
    #: "" or how they last left (LEFT, KICKED).
    gone: str = ""
    #: "" or how they will leave when the hand is over.
    leaving: str = ""
    bank: int = 0
    stack: int = 0
    #: Chips bought during a hand, which join the stack at the next one.
    delayed: int = 0
    #: Whether their bank was issued for this game.
    bank_open: bool = False
    has_initial_buy_in: bool = False
    join_status: str = ALLOWED
    #: They want to post rather than to wait for the big blind.
    posts: bool = False
    #: A blind passed them while they sat out; so `missed_big`.
    missed_small: bool = False
    missed_big: bool = False
    #: What is left of it for this game.
    timebank_ms: int = 0
    #: Hands in a row in which the system had to act for them.
    absences: int = 0
    #: They volunteer to straddle the next hand.
    straddles: bool = False
    jitsi_id: str | None = None
    #: The seat that counted for them when a hand was last dealt in this game, also while they
    #: stand; None before their first hand.
    place: int | None = None
    #: How many active players they have moved past, away from the big blind, without paying for it.
    ahead: int = 0
    #: How long they sat here before `seated_since_ms`, game time.
    seated_ms: int = 0
    #: Since when they have sat; None while they stand, and where an older journal does not say it.
    seated_since_ms: int | None = None

    def time_seated(self, now_ms: int) -> int:
        """Return how long they have sat at this table, ms. now_ms: game time."""
        since = self.seated_since_ms
        return self.seated_ms + (0 if since is None else max(0, now_ms - since))

    def seated_from(self, now_ms: int | None, seat: int | None) -> Player:
        """Return the player with the time that they have sat until a moment added up.

        now_ms: None in journals from before it was told. seat: on which they sit from then on.
        """
        if now_ms is None:
            return replace(self, seated_since_ms=None)
        return replace(
            self, seated_ms=self.time_seated(now_ms),
            seated_since_ms=None if seat is None else now_ms,
        )

    @property
    def status(self) -> str:
        """The wire's letter: K kicked, L left, D disconnected, S seated, C connected."""
        if self.gone:
            return self.gone
        if not self.connected:
            return "D"
        return "C" if self.seat is None else "S"

    @property
    def chips(self) -> int:
        """What the player has on the table for the next hand."""
        return self.stack + self.delayed


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is. started_ms + interval is the end of the turn time; then the timebank."""

    player: int
    started_ms: int
    expires_ms: int
    total_expires_ms: int
    event: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Deal:
    """One hand as the table sees it."""

    #: Counts the hands of the game from 0.
    number: int
    hand: Hand
    #: What the machine said with the last action; when betting ends they hold the result.
    facts: tuple[Fact, ...]
    #: By entrant index, like `seats`; neither changes while the hand runs.
    players: tuple[int, ...]
    seats: tuple[int, ...]
    button_seat: int
    small_blind_seat: int | None
    big_blind_seat: int
    stage: str = BETTING
    #: Per street: player id -> street total.
    rounds: tuple[Mapping[int, int], ...] = ({},)
    #: The cards that are open.
    board: tuple[str, ...] = ()
    #: Players for whom the system acted because their time was over.
    absent: tuple[int, ...] = ()
    turn: Turn | None = None
    #: The event's fields once it was sent; so `game_end`.
    reveal: Mapping[str, Json] | None = None
    reveal_until_ms: int | None = None
    game_end: Mapping[str, Json] | None = None
    #: End of the time in which pages show the side pots.
    settle_until_ms: int | None = None
    can_show: tuple[int, ...] = ()
    can_rabbit: tuple[int, ...] = ()
    rabbit_cards: tuple[str, ...] = ()
    shown: tuple[Mapping[str, Json], ...] = ()
    #: (event name, fields) of this hand, oldest first.
    feed: tuple[tuple[str, Mapping[str, Json]], ...] = ()

    def index_of(self, player: int) -> int | None:
        """Return the entrant index of a player who was dealt in."""
        return self.players.index(player) if player in self.players else None


@dataclass(frozen=True, slots=True)
class Award:
    """The time between two hands. expires_ms: None while it waits for the host or is paused.

    remaining_ms: what is left while it is paused, else None. event: the fields last sent.
    """

    expires_ms: int | None
    remaining_ms: int | None
    waits_for_host: bool
    event: Mapping[str, Json]
    pause_event: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Game:
    """A cash game from `game_start` to `current_game_ended`: many hands. ending: after this one.

    id: a UUID. hands: how many were started.
    """

    id: str
    type: str
    hands: int = 0
    ending: bool = False
    award: Award | None = None

    @property
    def ends_by_itself(self) -> bool:
        """Whether it ends without anybody's doing; a paused one waits for its host."""
        return self.ending and (self.award is None or self.award.remaining_ms is None)


@dataclass(frozen=True, slots=True)
class Table:
    """The whole state; times are epoch ms, None for never."""

    room: str
    #: The checked one in force.
    config: Mapping[str, Json]
    host: str
    expires_ms: int | None
    #: The game modes of this host, which are not stored.
    formats: Formats = field(compare=False, repr=False)
    players: Mapping[int, Player]
    game: Game | None = None
    deal: Deal | None = None
    host_away: bool = False
    #: When the game ends because the host is away.
    host_due_ms: int | None = None
    #: Set once the table has expired and no game runs.
    goodbye_until_ms: int | None = None
    closed: bool = False
    #: No new hand until the host process is back.
    drained: bool = False
    #: A changed config that waits for the next hand.
    pending: Mapping[str, Json] | None = None
    #: What the format of the running game keeps, plain JSON; its `clocks` (name -> epoch ms or
    #: None) move with pauses.
    own: Mapping[str, Json] | None = None
    #: The newest messages, oldest first.
    chat: tuple[Mapping[str, Json], ...] = ()
    #: Whether the game mode was chosen at the table, which then waits for a choice again after the
    #: game. Otherwise the table was made with its mode and keeps it.
    is_mode_chosen: bool = False

    @property
    def game_modes(self) -> tuple[str, ...]:
        """What the table can be for: all that the host has, or the one for which it was made."""
        mode = str(self.config["game_mode"])
        is_open = mode == UNDEFINED or self.is_mode_chosen
        return tuple(sorted(self.formats)) if is_open else (mode,)

    @property
    def mode_after_game(self) -> str:
        """What the table is for when its game is over: both kinds are offered again (1.0.83)."""
        return UNDEFINED if self.is_mode_chosen else str(self.config["game_mode"])

    @property
    def format(self) -> Format:
        """What the table's game mode decides."""
        return self.formats.of(self.config["game_mode"])

    @property
    def coming(self) -> Mapping[str, Json]:
        """The configuration of the next hand."""
        return self.config if self.pending is None else self.pending

    @property
    def holds_money(self) -> bool:
        """Whether a bank was issued or any chips are at the table."""
        return any(p.bank_open or p.bank + p.chips for p in self.players.values())

    @property
    def currency(self) -> str:
        """The code of the table's currency."""
        return str(self.config["currency"])

    @property
    def running(self) -> Deal | None:
        """The hand that is being played or revealed; None between hands."""
        return self.deal if self.deal is not None and self.deal.stage != OVER else None

    def with_player(self, player: Player) -> Table:
        """Return the table with one player changed or added."""
        return replace(self, players={**self.players, player.id: player})

    def change(self, player: int, **fields: Json) -> Table:
        """Return the table with some fields of one player changed."""
        return self.with_player(replace(self.players[player], **fields))

    def of_user(self, user: str) -> Player | None:
        """Return the player of a user."""
        return next((p for p in self.players.values() if p.user == user), None)

    def seated(self) -> Iterator[Player]:
        """Yield the players who sit, clockwise from seat 0."""
        yield from sorted(
            (p for p in self.players.values() if p.seat is not None), key=lambda p: p.seat or 0
        )

    def at_seat(self, seat: int) -> Player | None:
        """Return who sits there."""
        return next((p for p in self.players.values() if p.seat == seat), None)

    def is_playing(self, player: int) -> bool:
        """Return whether a player was dealt into the running hand."""
        return self.running is not None and player in self.running.players
