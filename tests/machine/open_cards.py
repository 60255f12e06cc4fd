"""Which cards everybody may know at a table, found from the deal itself and from who asked what.

Nothing here looks at what the host told anybody: it is the measure for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.table.state import Table

Key = tuple[str, int]
"""A hand: id of the game, number of the hand."""


@dataclass
class Wishes:
    """What players asked to open: own cards after a hand, the cards that did not come."""

    shown: dict[tuple[Key, str], set[str]] = field(default_factory=dict)
    rabbits: set[Key] = field(default_factory=set)

    def show(self, table: Table, user: str, cards: Iterable[str]) -> None:
        """Note that a user asked to show cards."""
        if (key := hand_key(table)) is not None:
            self.shown.setdefault((key, user), set()).update(cards)

    def hunt(self, table: Table) -> None:
        """Note that somebody asked for the cards that did not come."""
        if (key := hand_key(table)) is not None:
            self.rabbits.add(key)


def hand_key(table: Table) -> Key | None:
    """Return which hand lies on the table."""
    if table.game is None or table.deal is None:
        return None
    return table.game.id, table.deal.number


def public_cards(table: Table, wishes: Wishes) -> set[str]:
    """Return the cards of the hand on the table that everybody may know."""
    deal, key = table.deal, hand_key(table)
    if deal is None or key is None:
        return set()
    hand = deal.hand
    cards = set(wire_names(hand.board))
    live = [index for index, folded in enumerate(hand.folded) if not folded]
    hidden = () if deal.game_end is None else deal.game_end["can_show_cards"]
    if hand.is_over and len(live) > 1:
        for index in live:
            if deal.players[index] not in hidden:
                cards |= set(wire_names(hand.hole[index]))
    for index, player in enumerate(deal.players):
        wished = wishes.shown.get((key, table.players[player].user), set())
        if deal.stage == "over":
            cards |= wished & set(wire_names(hand.hole[index]))
    if key in wishes.rabbits and deal.stage == "over":
        top = hand.deck_position
        cards |= set(wire_names(hand.setup.deck[top:top + 5 - len(hand.board)]))
    return cards


def own_cards(table: Table, player: int | None) -> set[str]:
    """Return the pocket cards of a player of the hand on the table."""
    deal = table.deal
    index = None if deal is None or player is None else deal.index_of(player)
    if deal is None or index is None:
        return set()
    return set(wire_names(deal.hand.hole[index]))
