"""What a game mode of a poker table decides; everything else is the table machine's.

The machine (seats, hands, clocks, reveal, feed, views, chat) is one for all poker game modes, and
asks a *format* where they differ: who is dealt in and who posts, what the stakes are, where a
player's money comes from and what becomes of it when the game is over. Formats come from plugins
by the hook `register_table_formats`; the format of a game is the one that the table's
`game_mode` names when it starts. A format is a pure object: what it answers follows from the
table alone, so that a replay of the journal asks the same questions and gets the same answers.

`ring_game.RingGame` has the plainest answers; a third party's format overrides what it does
otherwise (docs/plugins.md has one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from vphost.rules.mode import Event, Json, Rejected
from vphost.rules.poker.table.plan import HandPlan

if TYPE_CHECKING:
    from vphost.rules.poker.table.state import Player, Table
    from vphost.rules.poker.table.unfolding import Unfolding

Fold: TypeAlias = "Callable[[Table, Event], Table]"
UNDEFINED, CASH = "UNDEFINED", "C"
"""Game modes of a table before its creator has chosen, and of the cash game."""


class Format(Protocol):
    """A game mode of a poker table: `RingGame` with some answers of its own, or all of them."""

    @property
    def game_mode(self) -> str:
        """The name in `choose_game_mode` and in the table's configuration: 1 to 16 of A-Z."""
        ...

    @property
    def host_away_ms(self) -> int | None:
        """How long a game outlives its host's absence; None: for ever."""
        ...

    def may_start(self, table: Table) -> Rejected | None:
        """Say why a game may not start now, None when it may.

        table: as it is with the game open and no hand dealt. Asked after what every game needs:
        the host asks, no game runs, the game type is allowed, the table has not expired.
        """
        ...

    def sits_out(self, table: Table, player: Player) -> bool:
        """Say whether somebody who plays is left out of the next hand for being absent."""
        ...

    def statuses_before_deal(self, table: Table) -> dict[int, str]:
        """Return player id -> join status of those whose status changes as a hand is dealt."""
        ...

    def owes_for_move(self, table: Table, player: int) -> bool:
        """Say whether a player who has just changed seats has to post or wait for the blinds."""
        ...

    def plan(self, table: Table, seed: bytes) -> HandPlan | None:
        """Return the next hand as `planned` makes it, None when fewer than two can play.

        seed: 32 bytes from which the deck is shuffled; what else is drawn by lot comes from a
        hash of it. Also asked with a seed of zeros, to look ahead.
        """
        ...

    def bank_at_seat(self, table: Table, player: Player) -> int:
        """Return what is issued to the bank of somebody who takes a seat, minor units, >= 0."""
        ...

    def source_of_money(self, table: Table, player: Player) -> str:
        """Return the account from which a player's bank is filled and to which it goes back."""
        ...

    @property
    def folds(self) -> Mapping[str, Fold]:
        """Event name -> what this format folds of it, after the machine has."""
        ...

    def chips(self, table: Table) -> str:
        """Return the currency of stacks and pots; the table's own where chips are money."""
        ...

    def refusal(self, table: Table, op: str, player: Player | None) -> str | None:
        """Return the code with which an operation is refused now, None to let the operation decide.

        player: who asks, None for a user who is no player.
        """
        ...

    def may_return(self, table: Table, player: Player) -> bool:
        """Say whether somebody who left or was kicked is a player again when they come back."""
        ...

    def takes_settings(self, table: Table) -> bool:
        """Say whether settings that wait come into force with the next hand."""
        ...

    def turn_ms(self, table: Table, player: Player) -> tuple[int, int]:
        """Return turn time and timebank of somebody's turn, ms."""
        ...

    def open(self, unfolding: Unfolding) -> None:
        """Begin the game; its first hand is dealt next."""
        ...

    def review(self, unfolding: Unfolding) -> None:
        """Look at the table after a hand, and when somebody has gone between two hands."""
        ...

    def clock_over(self, unfolding: Unfolding, name: str) -> None:
        """Do what is due: a clock of `Table.own` has come to its end."""
        ...

    def retell_clocks(self, unfolding: Unfolding) -> None:
        """Tell the format's clocks again, which have moved."""
        ...

    def pause_fields(self, table: Table, now_ms: int, *, stops: bool) -> dict[str, Json]:
        """Return what the events that stop and start the time between hands say in addition."""
        ...

    def private_fields(self, table: Table) -> dict[str, Json]:
        """Return what `private_data` says of this game mode."""
        ...

    def settle(self, unfolding: Unfolding) -> None:
        """End the game: tell `current_game_ended` with all chips back where they belong."""
        ...


class Formats(Mapping[str, Format]):
    """The formats of a host by game mode. Falls back on one until a game mode is chosen."""

    def __init__(self, formats: Iterable[Format]) -> None:
        """formats: at least one; the cash game, else the first by name, is the one to fall back on.
        """
        self._formats = {one.game_mode: one for one in formats}
        assert self._formats, "a table needs a format"
        self.fallback = self._formats.get(CASH) or self._formats[min(self._formats)]

    def __getitem__(self, game_mode: str) -> Format:
        return self._formats[game_mode]

    def __iter__(self) -> Iterator[str]:
        return iter(self._formats)

    def __len__(self) -> int:
        return len(self._formats)

    def of(self, game_mode: str) -> Format:
        """Return the format of a game mode; UNDEFINED has the one to fall back on."""
        return self._formats.get(game_mode, self.fallback)
