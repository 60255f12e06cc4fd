"""From the bank to the table, and the host's hand in the banks."""

from __future__ import annotations

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import MAX_MINOR
from vphost.rules.poker.table import events
from vphost.rules.poker.table.state import Player
from vphost.rules.poker.table.unfolding import Unfolding


def buy_in(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Move money from the bank to the stack, in a hand to the delayed stack.

    A player who kept their seat when the last game was cashed out gets a new bank with it.
    Refusals: not_seated, bad_amount, below_minimum (the first one), above_maximum (stack and
    delayed stack together), insufficient_funds (the bank).
    """
    amount, config = args["amount"], unfolding.table.config
    if player.seat is None:
        return Rejected("not_seated")
    if not isinstance(amount, int) or not 0 < amount <= MAX_MINOR:
        return Rejected("bad_amount")
    if not player.has_initial_buy_in and amount < config["min_buy_in"]:
        return Rejected("below_minimum", {"min_buy_in": config["min_buy_in"]})
    if player.chips + amount > config["max_buy_in"]:
        return Rejected("above_maximum", {"max_buy_in": config["max_buy_in"]})
    bank = player.bank if player.bank_open else unfolding.table.format.bank_at_seat(
        unfolding.table, player)
    if amount > bank:
        return Rejected("insufficient_funds", {"bank": bank})
    if not player.bank_open:
        open_bank(unfolding, player.id)
    tell_buy_in(unfolding, player.id, amount)
    tell_bankroll(unfolding, player.id)
    return None


def open_bank(unfolding: Unfolding, number: int) -> None:
    """Issue a player's bank for this game."""
    player = unfolding.player(number)
    issued = unfolding.table.format.bank_at_seat(unfolding.table, player)
    unfolding.tell(
        events.BANKROLL,
        {
            "player": number, "bank": player.bank + issued, "table_stack": player.stack,
            "delayed_table_stack": player.delayed, "bank_open": True,
        },
        hidden={"bank_open": True},
        postings=unfolding.move(unfolding.outside(number), unfolding.bank(number), issued),
    )


def tell_buy_in(unfolding: Unfolding, number: int, amount: int) -> None:
    """Tell the buy-in, to where it goes now."""
    player = unfolding.player(number)
    waits = unfolding.table.is_playing(number)
    target = unfolding.delayed(number) if waits else unfolding.stack(number)
    unfolding.tell(
        events.ACTION_ACK,
        banking_ack(
            unfolding, player, "buy_in", amount, bank=player.bank - amount,
            stack=player.stack + (0 if waits else amount),
            delayed=player.delayed + (amount if waits else 0), has_initial_buy_in=True,
        ),
        postings=unfolding.move(unfolding.bank(number), target, amount),
    )


def banking_ack(
    unfolding: Unfolding, player: Player, action: str, amount: int, *, bank: int, stack: int,
    delayed: int, has_initial_buy_in: bool,
) -> dict[str, Json]:
    """Return the fields of an acknowledgement that is no bet."""
    deal = unfolding.table.running
    bet = 0 if deal is None else deal.rounds[-1].get(player.id, 0)
    return {
        "player": player.id, "action": action, "amount": amount, "bet": bet,
        "table_stack": stack, "delayed_table_stack": delayed, "bank": bank,
        "seat": player.seat, "username": player.username,
        "has_initial_buy_in": has_initial_buy_in, "executed_by": "USER", "action_time": 0,
        "all_in": False,
    }


def tell_bankroll(unfolding: Unfolding, number: int) -> None:
    """Tell a player's money as it is now."""
    player = unfolding.player(number)
    unfolding.tell(
        events.BANKROLL,
        {
            "player": number, "bank": player.bank, "table_stack": player.stack,
            "delayed_table_stack": player.delayed, "bank_open": player.bank_open,
        },
        hidden={"bank_open": player.bank_open},
    )


def update_bankroll(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The host changes banks, all or none; one that was not issued yet for this game is, first.

    Refusals: not_the_host, disabled (banks come from wallets), bad_amount, no_such_player,
    not_seated, would_go_below_zero; the last three name the player.
    """
    if unfolding.table.config["funding"] == "wallet":
        return Rejected("disabled")
    for change in args["changes"]:
        number, amount = change["player"], change["amount"]
        if not isinstance(amount, int) or not 0 < abs(amount) <= MAX_MINOR:
            return Rejected("bad_amount")
        player = unfolding.table.players.get(number)
        if player is None:
            return Rejected("no_such_player", {"player": number})
        if player.seat is None:
            return Rejected("not_seated", {"player": number})
        if not player.bank_open:
            open_bank(unfolding, number)
            player = unfolding.player(number)
        bank = player.bank + amount
        if bank < 0:
            return Rejected("would_go_below_zero", {"player": number, "bank": player.bank})
        if bank > MAX_MINOR:
            return Rejected("bad_amount")
        tell_change(unfolding, player, amount)
    return None


def tell_change(unfolding: Unfolding, player: Player, amount: int) -> None:
    """Tell one change of a bank."""
    account, outside = unfolding.bank(player.id), unfolding.outside(player.id)
    source, target = (outside, account) if amount > 0 else (account, outside)
    unfolding.tell(
        events.ACTION_ACK,
        banking_ack(
            unfolding, player, "update_bankroll", amount, bank=player.bank + amount,
            stack=player.stack, delayed=player.delayed,
            has_initial_buy_in=player.has_initial_buy_in,
        ),
        postings=unfolding.move(source, target, abs(amount)),
    )
    tell_bankroll(unfolding, player.id)
