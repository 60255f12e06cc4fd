"""Leaving and being sent away: at once between hands, else when the hand is over."""

from __future__ import annotations

from vphost.rules.poker.table import events
from vphost.rules.poker.table.attendance import host_gone, info
from vphost.rules.poker.table.state import KICKED, LEFT
from vphost.rules.poker.table.unfolding import Unfolding

PARTINGS = frozenset({"player_left", "player_kicked"})
"""Events with which a player goes. A `reason` in `secret` is told to them alone, as
`force_disconnect_user` under the same seq, and then the host closes their sockets."""
REASONS = {LEFT: "You left the table", KICKED: "You were kicked by table creator"}
EXPIRED = "The table has expired"


def remove(unfolding: Unfolding, number: int, how: str, reason: str | None = None) -> None:
    """Free a player's seat and tell them why; without a game they are cashed out at once.

    how: LEFT or KICKED. The player hears `force_disconnect_user` with the reason, under the seq of
    the event that the others see.
    """
    game_runs = unfolding.table.game is not None
    if not game_runs:
        cash_out(unfolding, number)
    player = unfolding.player(number)
    unfolding.tell(
        events.PLAYER_KICKED if how == KICKED else "player_left",
        {
            **info(player), "seat": None, "status": how,
            "has_initial_buy_in": game_runs and player.has_initial_buy_in,
        },
        secret={number: {"reason": reason or REASONS[how]}}, hidden={"at_ms": unfolding.now_ms},
    )
    host_gone(unfolding, player)


def cash_out(unfolding: Unfolding, number: int) -> None:
    """Give a player's money back to where it came from."""
    player, outside = unfolding.player(number), unfolding.outside(number)
    if not player.bank_open and not player.bank + player.chips:
        return
    unfolding.tell(
        events.BANKROLL,
        {
            "player": number, "bank": 0, "table_stack": 0, "delayed_table_stack": 0,
            "bank_open": False,
        },
        hidden={"bank_open": False},
        postings=unfolding.move(unfolding.bank(number), outside, player.bank)
        + unfolding.move(unfolding.stack(number), outside, player.stack)
        + unfolding.move(unfolding.delayed(number), outside, player.delayed),
    )
