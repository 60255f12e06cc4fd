"""The plainest answers of a format: chips for money, hand after hand until somebody ends the game.

Everybody who has chips and is ready is dealt in, the button moves to the next player, and all
money goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vphost.rules import books
from vphost.rules.mode import EMPTY, Json, Posting, Rejected, Send
from vphost.rules.poker.stakes import Stakes
from vphost.rules.poker.table import events
from vphost.rules.poker.table.format import Fold
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.planning import absences, could_deal, entrant, next_button, planned
from vphost.rules.poker.table.state import ALLOWED, NEW_READY, SIT_OUT_READY, Player, Table

if TYPE_CHECKING:
    from vphost.rules.poker.table.unfolding import Unfolding

HOST_AWAY_MS = 10 * 60_000
"""How long a game for money goes on after its host has left, unless they return (1.0.90)."""
ABSENCES_MAX = 2
"""Hands in a row in which the system acts for a player before they sit out."""
READY = frozenset({NEW_READY, SIT_OUT_READY})


class RingGame:
    """Chips for money, hand after hand until somebody ends the game. Implements `Format`."""

    game_mode = ""
    host_away_ms: int | None = HOST_AWAY_MS
    folds: Mapping[str, Fold] = EMPTY

    def may_start(self, table: Table) -> Rejected | None:
        """Refuse with not_enough_players unless two can be dealt in."""
        return None if could_deal(table) else Rejected("not_enough_players")

    def sits_out(self, table: Table, player: Player) -> bool:
        """Leave out players acted for in two hands running, and sooner those without a connection.

        Without one they are out at the first hand of a game and after one hand.
        """
        assert table.game is not None
        is_missing = not player.connected and (table.game.hands == 0 or player.absences >= 1)
        return player.join_status == ALLOWED and (is_missing or player.absences >= ABSENCES_MAX)

    def statuses_before_deal(self, table: Table) -> dict[int, str]:
        """Let the absent sit out."""
        return absences(table)

    def owes_for_move(self, table: Table, player: int) -> bool:
        """Nobody owes anything."""
        return False

    def plan(self, table: Table, seed: bytes) -> HandPlan | None:
        """Deal in everybody who has chips and is ready."""
        entrants = [
            entrant(player) for player in table.seated()
            if player.chips and not player.leaving and player.join_status in {ALLOWED, *READY}
        ]
        if len(entrants) < 2:
            return None
        places = next_button(table, seed, [one.seat for one in entrants])
        return planned(
            table, seed, places, entrants, self.stakes(table),
            first_betting=self.first_betting(table),
        )

    def stakes(self, table: Table) -> Stakes | None:
        """Return the forced bets of the next hand; None: those of the configuration."""
        return None

    def first_betting(self, table: Table) -> int:
        """Return the street on which betting begins; above 0 nobody posts a blind."""
        return 0

    def bank_at_seat(self, table: Table, player: Player) -> int:
        """Issue the table's default bank once in a game."""
        return 0 if player.bank_open else int(table.config["default_bank_value"])

    def source_of_money(self, table: Table, player: Player) -> str:
        """Return the world for play money, the user's account where wallets pay."""
        wallet = table.config["funding"] == "wallet"
        return books.user(player.user) if wallet else books.WORLD

    def chips(self, table: Table) -> str:
        """Chips are money."""
        return table.currency

    def refusal(self, table: Table, op: str, player: Player | None) -> str | None:
        """Refuse nothing."""
        return None

    def may_return(self, table: Table, player: Player) -> bool:
        """Everybody may, a kick is no ban (1.0.56)."""
        return True

    def takes_settings(self, table: Table) -> bool:
        """A change counts from the next hand on."""
        return True

    def turn_ms(self, table: Table, player: Player) -> tuple[int, int]:
        """Everybody has the configured turn time, then the rest of their timebank."""
        return int(table.config["turn_time_limit"]) * 1000, player.timebank_ms

    def open(self, unfolding: Unfolding) -> None:
        """There is nothing to do before the first hand."""

    def review(self, unfolding: Unfolding) -> None:
        """Nobody is ever out."""

    def clock_over(self, unfolding: Unfolding, name: str) -> None:
        """There are no clocks."""
        raise AssertionError(f"there is no clock {name}")

    def retell_clocks(self, unfolding: Unfolding) -> None:
        """There are no clocks."""

    def pause_fields(self, table: Table, now_ms: int, *, stops: bool) -> dict[str, Json]:
        """There is no blind clock."""
        name = "blind_scheduler_remaining_time" if stops else "blind_scheduler_expiration"
        return {name: None}

    def private_fields(self, table: Table) -> dict[str, Json]:
        """There are neither levels nor winners of a tournament."""
        return {"blind_level_data": None, "tournament_winners": None, "tournament": None}

    def settle(self, unfolding: Unfolding) -> None:
        """Give all money back to where it came from, and ask for the game's report."""
        table = unfolding.table
        unfolding.sends.append(Send(
            f"report:{table.room}:{unfolding.game.id}", "job:report", "game_ended",
            {"room": table.room},
        ))
        unfolding.tell(
            events.CURRENT_GAME_ENDED,
            {
                "player": None,
                **{
                    name: {str(number): 0 for number in table.players}
                    for name in ("players_bank", "players_stack", "players_delayed_stack")
                },
                "players_join_statuses": {str(number): ALLOWED for number in table.players},
            },
            postings=tuple(
                posting for player in table.players.values()
                for posting in self.given_back(unfolding, player)
            ),
        )

    def given_back(self, unfolding: Unfolding, player: Player) -> tuple[Posting, ...]:
        """Return the postings that empty a player's accounts at the end of a game."""
        number, outside = player.id, unfolding.outside(player.id)
        return (
            *unfolding.move(unfolding.bank(number), outside, player.bank),
            *unfolding.move(unfolding.stack(number), outside, player.stack),
            *unfolding.move(unfolding.delayed(number), outside, player.delayed),
        )
