"""Who is out, in what place, and who is paid.

Who busts in one hand is placed by the chips with which they began it; equal stacks share places
and the sum of their prizes. Whoever leaves is out with the chips they had, which leave play. A
tournament that its host ends is ranked by chips.
Source: table protocol 1.0.73, 1.0.96; RP-8 (poker-rules cases 60, 61).
"""

from __future__ import annotations

from collections.abc import Iterable

from plugins.tournament.rules.keeping import alive, kept
from plugins.tournament.rules.levels import clear_level, settings
from vphost.rules import books
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.table.unfolding import Unfolding
from vphost.rules.poker.tournament.places import Across, Finisher, Placed, rank, share_prizes
from vphost.rules.poker.tournament.prizes import reckon_prizes
from vphost.rules.poker.tournament.settings import payout_of

PRIZE = "prize"


def prize_account(table: Table) -> str:
    """Return the account of the tournament's prize pool."""
    return f"{books.of_room(table.room)}{PRIZE}"


def review(unfolding: Unfolding) -> None:
    """Place who is out; end the tournament when one has all chips, or its host has ended it."""
    table = unfolding.table
    if kept(table)["winners"] is not None:
        return
    still = alive(table)
    out = [number for number in still if is_out(table, number)]
    rest = [number for number in still if number not in out]
    tell_out(unfolding, rank(finishers(table, out), len(rest), Across.TIE))
    if len(rest) <= 1 or unfolding.game.ending:
        tell_winners(unfolding)


def is_out(table: Table, number: int) -> bool:
    """Return whether somebody has no chips left, or has gone for good."""
    player = table.players[number]
    return not player.chips or bool(player.gone)


def finishers(table: Table, numbers: Iterable[int]) -> list[Finisher]:
    """Return players with the chips that decide between them, and their place at the table."""
    return [
        Finisher(entry=number, table=0, chips=chips_of(table, number),
                 position=position_of(table, number))
        for number in numbers
    ]


def chips_of(table: Table, number: int) -> int:
    """Return what somebody who is out began the hand with; what they have where no hand ran."""
    player, deal = table.players[number], table.deal
    index = None if deal is None else deal.index_of(number)
    if player.chips or deal is None or index is None:
        return player.chips
    return deal.hand.setup.entrants[index].stack


def position_of(table: Table, number: int) -> int:
    """Return how far somebody was left of the button when they were last dealt in, from 1."""
    deal = table.deal
    index = None if deal is None else deal.index_of(number)
    if deal is None or index is None:
        return 1
    return (index - deal.hand.setup.button - 1) % len(deal.players) + 1


def tell_out(unfolding: Unfolding, placed: Iterable[Placed]) -> None:
    """Tell who is out in which place, the worst first; their chips leave play."""
    table = unfolding.table
    for group in sorted(placed, key=lambda one: -one.first):
        unfolding.tell(
            "player_eliminated",
            {"player": None, "players": list(group.entries), "place": group.first},
            postings=tuple(
                posting for number in group.entries
                for posting in unfolding.move_chips(
                    unfolding.stack(number), books.WORLD, table.players[number].stack)
            ),
        )


def tell_winners(unfolding: Unfolding) -> None:
    """Rank who is left by chips, pay the prizes into the banks, and say who has won what."""
    table = unfolding.table
    ranked = rank(finishers_by_chips(table), 0, Across.TIE)
    earlier = [Placed(one["first"], tuple(one["entries"])) for one in kept(table)["out"]]
    paid = share_prizes([*ranked, *earlier], amounts(table))
    for number, amount in sorted(paid.items()):
        player = unfolding.player(number)
        unfolding.tell(
            "bankroll",
            {
                "player": number, "bank": player.bank + amount, "table_stack": player.stack,
                "delayed_table_stack": player.delayed, "bank_open": True,
            },
            hidden={"bank_open": True},
            postings=unfolding.move(prize_account(table), unfolding.bank(number), amount),
        )
    first = [number for group in ranked[:1] for number in group.entries]
    unfolding.tell("tournament_winners", {
        "player": None, "winners": {
            str(number): paid.get(number, 0) for number in sorted({*paid, *first})
        },
    })
    clear_level(unfolding)


def finishers_by_chips(table: Table) -> list[Finisher]:
    """Return who is left, with the chips that they have now."""
    return [
        Finisher(entry=number, table=0, chips=table.players[number].chips,
                 position=position_of(table, number))
        for number in alive(table)
    ]


def amounts(table: Table) -> tuple[int, ...]:
    """Return the prizes by place, minor units, as many as there were entrants."""
    entries = len(kept(table)["entrants"])
    found = reckon_prizes(payout_of(settings(table)), kept(table)["pool"], entries).amounts
    return (*found, *(0 for _ in range(entries - len(found))))
