"""Bomb pots: a whole game mode of the poker table in one file.

Everybody who is ready puts in the same ante, nobody posts a blind, and the first bets are made on
the flop. Seats, chips, clocks, cards, pots, chat, pages and recovery are the table's; what is left
for a game mode to say is below.
"""

from __future__ import annotations

from vphost.plugin_api import hookimpl
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.format import Format
from vphost.rules.poker.table.ring_game import RingGame
from vphost.rules.poker.table.state import Table

VPHOST_CONTRACT = 1
FLOP = 1
"""Streets are counted from 0."""
ANTE_BLINDS = 2
"""The ante of a bomb pot, in big blinds of the table's settings."""


class BombPot(RingGame):
    """The game mode. `RingGame` answers all that is not said here."""

    game_mode = "BOMB"

    def first_betting(self, table: Table) -> int:
        """Nobody bets before the flop."""
        return FLOP

    def stakes(self, table: Table) -> Stakes:
        """Everybody antes; the big blind is the smallest bet, and nobody posts it."""
        config = table.config
        return Stakes(
            small_blind=config["small_blind"], big_blind=config["big_blind"],
            ante=ANTE_BLINDS * config["big_blind"], ante_kind=AnteKind.ALL,
            small_bet=config["min_limit_size"], big_bet=config["max_limit_size"],
        )


@hookimpl
def register_table_formats() -> list[Format]:
    """Add the game mode `BOMB`."""
    return [BombPot()]
