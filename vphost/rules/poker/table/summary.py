"""What everybody may know of a table at a glance: for lobbies, REST, operators and the demo.

Views are for sockets: they hold all that a page draws, under the wire's names. Whoever only asks
whether a game runs or who sits where gets this instead, which is made in O(seats) and has types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vphost.rules.mode import Json
from vphost.rules.poker.table.config import public_config
from vphost.rules.poker.table.state import KICKED, LEFT, SEATS, Table


class Standing(Protocol):
    """How a player, also one who has gone, stands at a table; money in minor units.

    seat: index from 0, None when they stand. status: the wire's letter (K, L, D, S, C).
    delayed: chips that come into play with the next hand. seated_ms: how long they had sat when
    they sat down last.
    """

    @property
    def id(self) -> int: ...

    @property
    def user(self) -> str: ...

    @property
    def username(self) -> str: ...

    @property
    def seat(self) -> int | None: ...

    @property
    def status(self) -> str: ...

    @property
    def join_status(self) -> str: ...

    @property
    def bank(self) -> int: ...

    @property
    def stack(self) -> int: ...

    @property
    def delayed(self) -> int: ...

    @property
    def seated_ms(self) -> int: ...

    def time_seated(self, now_ms: int) -> int:
        """Return how long they have sat at this table, ms. now_ms: game time."""
        ...


@dataclass(frozen=True, slots=True)
class TableSummary:
    """A table as everybody may know it."""

    #: The game that is played, None between games, and its type (`THD`, ...).
    game_id: str | None
    game_type: str | None
    #: What kind of game the table is for: `UNDEFINED`, `C`, ...
    game_mode: str
    #: What may be chosen for it, by name.
    game_modes: tuple[str, ...]
    #: Whether a hand is being played or revealed.
    is_hand_running: bool
    #: Who was dealt into that hand, player ids; () between hands.
    dealt_in: tuple[int, ...]
    #: Whether the next hand is dealt once the table's creator asks for it.
    waits_for_creator: bool
    #: Player id by seat, nine places whatever the table's size; None for a free one.
    seats: tuple[int | None, ...]
    #: Everybody who is or was a player, by player id.
    players: Mapping[int, Standing]
    #: Whether the table's creator is away while a game runs.
    is_creator_away: bool
    #: The settings of the next hand that everybody sees; money in minor units.
    settings: Mapping[str, Json]

    @property
    def seated(self) -> int:
        """How many sit."""
        return sum(1 for one in self.seats if one is not None)

    def seat_of(self, player: int | None) -> int | None:
        """Return where a player sits, index from 0; None when they stand."""
        standing = None if player is None else self.players.get(player)
        return None if standing is None else standing.seat

    def is_playing_game(self, player: int | None) -> bool:
        """Return whether a player sits at the table while a game is played."""
        return self.game_id is not None and self.seat_of(player) is not None

    def is_here(self, player: int) -> bool:
        """Return whether a player has neither left nor been kicked."""
        standing = self.players.get(player)
        return standing is not None and standing.status not in (LEFT, KICKED)


def summarize(table: Table) -> TableSummary:
    """Return a table's summary."""
    game, running = table.game, table.running
    award = None if game is None else game.award
    seats: list[int | None] = [None] * SEATS
    for player in table.seated():
        assert player.seat is not None
        seats[player.seat] = player.id
    return TableSummary(
        game_id=None if game is None else game.id, game_type=None if game is None else game.type,
        game_mode=str(table.config["game_mode"]), game_modes=table.game_modes,
        is_hand_running=running is not None,
        dealt_in=() if running is None else running.players,
        waits_for_creator=award is not None and award.waits_for_host,
        seats=tuple(seats), players=table.players, is_creator_away=table.host_away,
        settings=public_config(table.coming),
    )
