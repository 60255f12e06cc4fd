"""The poker table as a `Mode`: who may ask for what, and where each operation is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from vphost.rules.mode import SYSTEM, Alarms, Command, Decision, Event, Json, Labels, Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.table import (
    after_hand, attendance, banking, betting, config as settings, configuring, dealing, hosting,
    storing, timing,
)
from vphost.rules.poker.table.arguments import wrong_argument
from vphost.rules.poker.table.events import BETTING
from vphost.rules.poker.table.evolve import evolve
from vphost.rules.poker.table.finished import HandReader
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.state import KICKED, LEFT, Player, Table
from vphost.rules.poker.table.summary import TableSummary, summarize
from vphost.rules.poker.table.unfolding import Unfolding
from vphost.rules.poker.table.view import view

BySystem: TypeAlias = Callable[[Unfolding, dict[str, Json]], Rejected | None]
ByPlayer: TypeAlias = Callable[[Unfolding, Player, dict[str, Json]], Rejected | None]
ByUser: TypeAlias = Callable[[Unfolding, str, dict[str, Json]], Rejected | None]
Operation: TypeAlias = Callable[[dict[str, Json]], Rejected | None]

OF_SYSTEM: Mapping[str, BySystem] = {
    "tick": timing.tick, "resume": timing.resume, "drain": timing.drain,
}
OF_USER: Mapping[str, ByUser] = {"connect": attendance.connect, "disconnect": attendance.disconnect}
OF_HOST: Mapping[str, BySystem] = {
    "game_start": dealing.game_start, "next_hand": dealing.next_hand,
    "update_bankroll": banking.update_bankroll, "kick_player_after_game": hosting.kick,
    "pause_next_hand": hosting.pause, "unpause_next_hand": hosting.unpause,
    "end_current_game": hosting.end_current_game,
}
OF_OWNER: Mapping[str, BySystem] = {
    "configure": configuring.configure, "choose_game_mode": configuring.choose_game_mode,
}
"""What the host may do, and the host process on their behalf."""
OF_PLAYER: Mapping[str, ByPlayer] = {
    "sit_player": attendance.sit, "update_jitsi_id": attendance.update_jitsi_id,
    "buy_in": banking.buy_in, "straddle": after_hand.straddle, "join": attendance.join,
    "sit_out": attendance.sit_out, "leave_player": hosting.leave,
    "send_chat_message": attendance.chat,
    "show_pocket_cards": after_hand.show_pocket_cards,
    "open_rabbit_hunt_cards": after_hand.open_rabbit_hunt,
}

ROOM_MODES = ("table", "cash")
"""Names under which the host knows this mode; rooms were called `cash` before there were formats.
"""
PARTED: Mapping[str, str] = {LEFT: "left", KICKED: "kicked"}


class TableMode:
    """Implements `vphost.rules.mode.Mode` for poker tables of all game modes."""

    name = "table"
    version = 2
    protocol = "table"
    heavy: frozenset[str] = frozenset()
    folds_stored = True

    def __init__(self, formats: Formats) -> None:
        """formats: the game modes that can be played."""
        self.formats = formats

    def check_config(
        self, config: Mapping[str, Json], currencies: Mapping[str, Currency]
    ) -> Mapping[str, Json] | Rejected:
        """Return a table's settings complete and in minor units, or which fields are wrong."""
        return settings.check_config(config, currencies, self.formats)

    def change_config(
        self, config: Mapping[str, Json], changes: Mapping[str, Json],
        currencies: Mapping[str, Currency],
    ) -> Mapping[str, Json] | Rejected:
        """Return checked settings with some changed, or which fields are wrong then."""
        return settings.changed_config(config, changes, currencies, self.formats)

    def create(self, room_id: str, config: Mapping[str, Json], now_ms: int) -> Table:
        """Return an empty table. config: as `check_config` returned it, with `host` (user id),
        `opened_at_ms` and `expires_at_ms` (None: never); `is_mode_chosen` where the game mode was
        chosen before the table opened."""
        return Table(
            room=room_id, config=dict(config), host=config["host"],
            expires_ms=config["expires_at_ms"], formats=self.formats, players={},
            is_mode_chosen=bool(config.get("is_mode_chosen")),
        )

    def decide(self, state: Table, command: Command, now_ms: int) -> Decision | Rejected:
        """Answer a command; see each operation for its refusals."""
        unfolding = Unfolding(state, command, now_ms)
        refused = answer(unfolding)
        if refused is not None:
            return refused
        return Decision(tuple(unfolding.events), tuple(unfolding.sends), state=unfolding.table)

    def evolve(self, state: Table, event: Event) -> Table:
        """Fold one committed event."""
        return evolve(state, event)

    def view(self, state: Table, player: int | None) -> Mapping[str, Json]:
        """Return what one viewer may see."""
        return view(state, player)

    def summary(self, state: Table) -> TableSummary:
        """Return what everybody may know at a glance."""
        return summarize(state)

    def player_of(self, state: Table, user: str) -> int | None:
        """Return a user's player id; None when they have left or were never here."""
        player = state.of_user(user)
        return None if player is None or player.gone else player.id

    def issues(self, state: Table) -> frozenset[str]:
        """Return the currencies that the table issues: chips, and money where it plays for none."""
        money, chips = state.currency, state.format.chips(state)
        is_wallet = state.config["funding"] == "wallet"
        return frozenset({chips} - {money} if is_wallet else {money, chips})

    def parted(self, state: Table, user: str) -> str:
        """Return how a user left: `left` or `kicked`; "" for one who is here or never was."""
        player = state.of_user(user)
        return "" if player is None else PARTED.get(player.gone, "")

    def hand_reader(self) -> HandReader:
        """Return what reads finished hands out of one room's events, for statistics."""
        return HandReader()

    def labels(self, state: Table) -> Labels:
        """Return what the codec needs beside an event."""
        config = state.config
        return Labels(config["decimals"], state.currency, config["game_mode"], state.closed)

    def wake_at(self, state: Table) -> int | None:
        """Return the next deadline."""
        return timing.wake_at(state)

    def alarms(self, state: Table) -> Alarms:
        """Return the next deadline of the game, and the table's expiry."""
        return timing.alarms(state)

    def dump(self, state: Table) -> Mapping[str, Json] | None:
        """Return the table as JSON between hands."""
        return storing.dump(state)

    def load(self, room_id: str, dumped: Mapping[str, Json]) -> Table:
        """Return the table that `dump` wrote."""
        return storing.load(room_id, dumped, self.formats)


def answer(unfolding: Unfolding) -> Rejected | None:
    """Let the operation decide, if this user may ask for it.

    Refusals beside the operation's own: unknown_action, forbidden (an operation of the host
    process), table_expired (the goodbye is over), not_the_host, not_a_player, and bad_message
    where an argument is missing or of a wrong kind (detail: `field`).
    """
    op, args = unfolding.command.op, dict(unfolding.command.args)
    operation = allowed(unfolding)
    if isinstance(operation, Rejected):
        return operation
    wrong = wrong_argument(op, args)
    return operation(args) if wrong is None else Rejected("bad_message", {"field": wrong})


def allowed(unfolding: Unfolding) -> Operation | Rejected:
    """Return the operation, ready for its arguments, or why this user may not ask for it."""
    command, table = unfolding.command, unfolding.table
    op, user = command.op, command.user
    if op in OF_SYSTEM:
        return partial(OF_SYSTEM[op], unfolding) if user == SYSTEM else Rejected("forbidden")
    if op in OF_USER:
        return partial(OF_USER[op], unfolding, user)
    if table.closed:
        return Rejected("table_expired")
    if (code := table.format.refusal(table, op, table.of_user(user))) is not None:
        return Rejected(code)
    if op in OF_OWNER:
        is_owner = user in (SYSTEM, table.host)
        return partial(OF_OWNER[op], unfolding) if is_owner else Rejected("not_the_host")
    if op in OF_HOST:
        is_host = user == table.host
        return partial(OF_HOST[op], unfolding) if is_host else Rejected("not_the_host")
    if op not in OF_PLAYER and op not in BETTING:
        return Rejected("unknown_action")
    player = table.of_user(user)
    if player is None or player.gone:
        return Rejected("not_a_player")
    if op in BETTING:
        return partial(betting.act, unfolding, player, op)
    return partial(OF_PLAYER[op], unfolding, player)
