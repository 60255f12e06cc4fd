"""The vocabulary between a game mode and its host.

A mode is a pure object. The host gives it a state and a command; it answers with events or a
refusal; the host commits the events and only then folds them into the state. Everything a mode
needs from outside (time, randomness, who asks) is an argument, so that a replay of the journal
gives the same state to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from vphost.rules.money import Currency

Json: TypeAlias = Any
"""None, bool, int (64 bits), str, list or dict with str keys; a float only for a wire time."""

SYSTEM = "system"
"""The user name of commands that the host itself gives (timers, recovery, sends)."""

EMPTY: Mapping[str, Json] = {}

HOST_OPERATIONS = frozenset({"create", "connect", "disconnect", "tick", "resume", "drain"})
"""Operations that only the host may give: no client, no schema and no send may name one."""

CREATED = "_created"
"""The first event of every room, written by the host: `mode`, `config` and `now_ms` as given to
`Mode.create`."""
REFUSED = "refused"
"""Field of a secret that is not part of the event's frame: `{"code", "action"}` of a refusal that
only its owner gets, after the event, once, and not again when events are replayed."""


@dataclass(frozen=True, slots=True)
class Command:
    """What someone asks of a room."""

    #: Unique in the room; a repeat of a committed id gets the first answer and acts once.
    id: str
    #: The account that asks, from the session, never from the body; or SYSTEM.
    user: str
    #: The name of the operation, as on the wire.
    op: str
    #: The decoded and schema-checked arguments; money already as integers of minor units.
    args: Mapping[str, Json] = field(default_factory=dict)
    #: 32 fresh bytes from the operating system, drawn by the room for each decision. A mode that
    #: uses them records what it needs in `Event.hidden`, and never reads them in `evolve`.
    seed: bytes = b""
    #: The wall clock when it is decided, epoch ms, for moments that are shown to people or compared
    #: with such; it may go back. 0 when it is unknown: then game time is used (`wall`).
    wall_ms: int = 0
    #: The same for what cannot be undone: a jump ahead counts only after an hour. 0: use `wall_ms`.
    sure_ms: int = 0

    def wall(self, now_ms: int) -> int:
        """Return the wall clock of the decision. now_ms: its game time."""
        return self.wall_ms or now_ms

    def sure(self, now_ms: int) -> int:
        """Return the wall clock of the decision without recent jumps ahead."""
        return self.sure_ms or self.wall(now_ms)


@dataclass(frozen=True, slots=True)
class Alarms:
    """When a room wants its next `tick`, epoch ms; None for never.

    game_ms: in game time, for the clocks of a game. wall_ms: by the wall clock, for calendar dates.
    """

    game_ms: int | None = None
    wall_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a movement of money: `amount` minor units of `currency` added to `account`.

    The postings of one commit sum to zero per currency.
    """

    account: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    name: past fact, the wire's event name where the wire has one. Names starting with "_" are
        committed and folded but never sent to a viewer.
    data: what every viewer may know, under the wire's field names; money as integers of minor
        units, moments as integer epoch ms, durations as integer ms, cards as wire names ("10D").
        The codec turns units into the wire's by the `x-unit` notes of the message's schema.
    secret: player id -> further fields that only this player may know (their pocket cards); they
        are merged over `data` in the player's own frame.
    hidden: what nobody may know while it matters (the deck's seed); for `evolve` only.
    postings: the money that moves with it.
    """

    name: str
    data: Mapping[str, Json]
    secret: Mapping[int, Mapping[str, Json]] = field(default_factory=dict)
    hidden: Mapping[str, Json] = field(default_factory=dict)
    postings: tuple[Posting, ...] = ()

    def own(self, player: int | None) -> Mapping[str, Json]:
        """Return the fields that only this player's frame has."""
        fields = {} if player is None else self.secret.get(player, {})
        return {name: value for name, value in fields.items() if name != REFUSED}


@dataclass(frozen=True, slots=True)
class Send:
    """A command for another room, or a job for an outside service, carried inside a commit.

    id: unique for ever; the target acts on it at most once.
    target: `room:<id>`, or `job:<service>` (mail, payment, reply).
    """

    id: str
    target: str
    op: str
    args: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An expected refusal; nothing changed.

    code: a key of `codes.CODES` or a code that the plugin registered with its mode.
    detail: JSON fields that help the caller (a limit, the name of a field); never a secret.
    """

    code: str
    detail: Mapping[str, Json] = field(default_factory=dict)


class PartFault(Exception):
    """What a part of a mode did wrong that another plugin brought, such as a format of tables.

    plugin: whose part it is. function: what gave the wrong answer. raised: it gave none, so that
    nothing has changed.
    """

    def __init__(
        self, what: str, plugin: str, function: object = None, raised: bool = False
    ) -> None:
        super().__init__(what)
        self.plugin, self.function, self.raised = plugin, function, raised


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command causes: events in order, sends, and an answer for the caller alone.

    answer: optional JSON for the caller alone, stored with the commit so that a repeat of the
        command gets it again.
    state: the state after these events, if the mode has folded them already in order to decide;
        None lets the host fold them. It is never stored, as a replay folds. It is used only when
        the mode declares `folds_stored = True`.
    A decision without events commits nothing.
    """

    events: tuple[Event, ...]
    sends: tuple[Send, ...] = ()
    answer: Mapping[str, Json] | None = None
    state: Any = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What a codec and the host need to know of a room beside its events (`Mode.labels`)."""

    #: Of the room's currency: how many decimals of a major unit a minor unit is.
    decimals: int
    currency: str = ""
    #: What is played, where the protocol tells it.
    game_mode: str = "UNDEFINED"
    #: Nothing will ever happen in the room again, and its money is gone: the host may unload it
    #: for good.
    is_over: bool = False
    #: JSON for a codec of the mode's own.
    more: Mapping[str, Json] = field(default_factory=dict)


NO_LABELS = Labels(decimals=2)
"""Where there is no room: a socket without one, a commit of the ledger."""


S = TypeVar("S")


class Mode(Protocol[S]):
    """A kind of game: pure functions over an immutable state.

    name: registry key, also in every commit. version: raised when `evolve` or `dump` change.
    A mode may also have `folds_stored`, `house_accounts`, `loads_versions`, `issues` and `upcast`:
    see docs/plugins.md.
    heavy: operations whose `decide` and `evolve` run on a worker thread while only its room waits.
    """

    name: str
    version: int
    heavy: frozenset[str]

    def check_config(
        self, config: Mapping[str, Json], currencies: Mapping[str, Currency]
    ) -> Mapping[str, Json] | Rejected:
        """Return a room's whole configuration with defaults, or `bad_config` naming the fields.

        config: as an owner wrote it, money in major units. currencies: those that the host knows.
        Returns: what `create` gets, money in minor units.
        """
        ...

    def create(self, room_id: str, config: Mapping[str, Json], now_ms: int) -> S:
        """Return the state of a new room.

        config: already checked against the mode's configuration schema, money in minor units.
        """
        ...

    def decide(self, state: S, command: Command, now_ms: int) -> Decision | Rejected:
        """Answer a command: what would happen, or why not. Never changes anything.

        Every mode answers these operations, given by the host as SYSTEM or by the session:
        `connect` / `disconnect` (user; args `connections`: how many sockets remain, `username`),
        `tick` (SYSTEM: some deadline of `wake_at` has come),
        `resume` (SYSTEM: args `paused_ms`: how long the process or its store was away; running
        game clocks move by it, calendar deadlines do not; `restarted`: it is a new process, so all
        sockets are gone and a drain is over; `clock_jumped`, if there: the wall clock jumped, so
        moments that were shown should be told again), `drain` (SYSTEM: the process
        is about to stop: end what runs, begin nothing). Returning no events is a fine answer, and
        any op that a mode does not know is `Rejected("unknown_action")`.
        """
        ...

    def evolve(self, state: S, event: Event) -> S:
        """Fold one committed event into the state. Cannot fail."""
        ...

    def view(self, state: S, player: int | None) -> Mapping[str, Json]:
        """Return all that one viewer may see: event name -> payload, in the order to send.

        player: the viewer's player id, None for a viewer who is not a player.
        """
        ...

    def player_of(self, state: S, user: str) -> int | None:
        """Return the player id of a user in this room, None when the user is not a player."""
        ...

    def labels(self, state: S) -> Labels:
        """Return what a codec needs beside an event. Cheap: asked once per commit."""
        ...

    def wake_at(self, state: S) -> int | None:
        """Return the next moment, epoch ms, at which `tick` has something to do.

        A mode with calendar dates also has `alarms(state) -> Alarms`, which the host asks instead:
        it says which of the moments are game time, as `now_ms` is, and which the wall clock's.
        """
        ...

    def dump(self, state: S) -> Mapping[str, Json] | None:
        """Return the state as JSON at a boundary (no hand running), None when not at one.

        It may run on a worker thread while the room goes on.
        """
        ...

    def load(self, room_id: str, dumped: Mapping[str, Json]) -> S:
        """Return the state that `dump` wrote."""
        ...
