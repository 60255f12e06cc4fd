"""What a decision is told in: events one after the other, each folded at once.

So every later part of a decision sees the state that the earlier events have made, and nothing
that it needs can be missing from them.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules import books
from vphost.rules.mode import EMPTY, Command, Event, Json, Posting, Send
from vphost.rules.poker.table import events
from vphost.rules.poker.table.evolve import evolve
from vphost.rules.poker.table.evolve_hand import Stepped
from vphost.rules.poker.table.state import Deal, Game, Player, Table


class Unfolding:
    """The events of one command so far, and the table after them."""

    def __init__(self, table: Table, command: Command, now_ms: int) -> None:
        self.table = table
        self.command = command
        self.now_ms = now_ms
        self.sure_ms = command.sure(now_ms)
        self.events: list[Event] = []
        self.sends: list[Send] = []

    def tell(
        self, name: str, data: Mapping[str, Json] = EMPTY, *,
        secret: Mapping[int, Mapping[str, Json]] = EMPTY,  # type: ignore[assignment]
        hidden: Mapping[str, Json] = EMPTY, postings: tuple[Posting, ...] = (),
        stepped: Stepped | None = None,
    ) -> None:
        """Add an event and fold it. stepped: where the machine went with it, so that it runs once.

        A format tells `current_game_ended`; what the table is for after it is added here.
        """
        if name == events.CURRENT_GAME_ENDED:
            data = {**data, "game_mode": self.table.mode_after_game}
        event = Event(name, data, secret, hidden, postings)
        self.events.append(event)
        self.table = evolve(self.table, event, stepped)

    def player(self, player: int) -> Player:
        """Return a player as they are now."""
        return self.table.players[player]

    @property
    def deal(self) -> Deal:
        """The last or running hand; there has to be one."""
        assert self.table.deal is not None
        return self.table.deal

    @property
    def game(self) -> Game:
        """The running game; there has to be one."""
        assert self.table.game is not None
        return self.table.game

    @property
    def is_expired(self) -> bool:
        """Whether the table's time is over, a date of the outside world."""
        expires_ms = self.table.expires_ms
        return expires_ms is not None and self.sure_ms >= expires_ms

    def move(self, source: str, target: str, amount: int) -> tuple[Posting, ...]:
        """Return the postings that move an amount of the table's currency."""
        return books.move(source, target, self.table.currency, amount)

    def move_chips(self, source: str, target: str, amount: int) -> tuple[Posting, ...]:
        """Return the postings that move chips of the table, which may be no money."""
        return books.move(source, target, self.table.format.chips(self.table), amount)

    def bank(self, player: int) -> str:
        """Return the account of a player's bank."""
        return books.bank(self.table.room, player)

    def stack(self, player: int) -> str:
        """Return the account of a player's chips."""
        return books.stack(self.table.room, player)

    def delayed(self, player: int) -> str:
        """Return the account of a player's delayed chips."""
        return books.delayed(self.table.room, player)

    @property
    def pot(self) -> str:
        """The account of the chips in the middle."""
        return books.pot(self.table.room)

    def outside(self, player: int) -> str:
        """Return the account from which a player's bank is filled and to which it goes back."""
        return self.table.format.source_of_money(self.table, self.player(player))
