"""What people may still do with the cards of a hand that is over, and before the next one."""

from __future__ import annotations

from vphost.rules.changing import replace
from vphost.rules.mode import Json, Rejected
from vphost.rules.poker.cards import ID_OF_WIRE, wire_names
from vphost.rules.poker.hands import combination
from vphost.rules.poker.table import events
from vphost.rules.poker.table.planning import NO_SEED
from vphost.rules.poker.table.state import OVER, Player
from vphost.rules.poker.table.unfolding import Unfolding
from vphost.rules.poker.variants import board_size

FIVE = 5


def show_pocket_cards(
    unfolding: Unfolding, player: Player, args: dict[str, Json]
) -> Rejected | None:
    """Show a player's own cards that did not have to be shown; `best_hand` uses visible cards only.

    Refusals: no_hand, hand_running, cannot_show_cards, not_your_cards.
    """
    deal = unfolding.table.deal
    if deal is None:
        return Rejected("no_hand")
    if deal.stage != OVER:
        return Rejected("hand_running")
    index = deal.index_of(player.id)
    if index is None or player.id not in deal.can_show:
        return Rejected("cannot_show_cards")
    hole = deal.hand.hole[index]
    wished = {ID_OF_WIRE.get(name, -1) for name in args["cards"]}
    if not wished or wished - set(hole):
        return Rejected("not_your_cards")
    for earlier in deal.shown:
        if earlier["player"] == player.id:
            wished |= {ID_OF_WIRE[name] for name in earlier["visible_cards"] if name}
    visible = tuple(card for card in hole if card in wished)
    variant, board = deal.hand.setup.variant, tuple(ID_OF_WIRE[name] for name in deal.board)
    is_enough = len(visible) >= variant.fewest_own and len(visible + board) >= FIVE
    best = variant.best_five(visible, board) if is_enough else ()
    unfolding.tell(events.SHOW_POCKET_CARDS, {
        "player": player.id, "seat": deal.seats[index],
        "visible_cards": [wire_names([card])[0] if card in wished else None for card in hole],
        "best_hand": wire_names(best),
        "best_hand_combination": combination(best) if best else None,
    })
    return None


def open_rabbit_hunt(
    unfolding: Unfolding, player: Player, args: dict[str, Json]
) -> Rejected | None:
    """Show everybody the board cards that were never dealt, once a hand.

    Refusals: disabled, no_hand, action_not_available (nothing to open, or not for this player).
    """
    if not unfolding.table.config["rabbit_hunting"]:
        return Rejected("disabled")
    deal = unfolding.table.deal
    if deal is None:
        return Rejected("no_hand")
    if deal.stage != OVER or player.id not in deal.can_rabbit:
        return Rejected("action_not_available")
    top = deal.hand.deck_position
    missing = board_size(deal.hand.setup.variant) - len(deal.board)
    cards = wire_names(deal.hand.setup.deck[top:top + missing])
    unfolding.tell(events.OPEN_RABBIT_HUNT_CARDS, {
        "player": player.id, "community_cards": [*deal.board, *cards], "rabbit_hunt_cards": cards,
    })
    return None


def straddle(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Volunteer to straddle the next hand; the chips are put in when it is dealt.

    Whether they may is found by planning that hand: left of the big blind (or of another
    straddler), or on the button. If the places change before the deal, the wish is void.
    Refusals: disabled, no_game, hand_running, not_seated, action_not_available, bad_amount.
    """
    table = unfolding.table
    if not table.coming["straddles"]:
        return Rejected("disabled")
    if table.game is None:
        return Rejected("no_game")
    if table.running is not None:
        return Rejected("hand_running")
    if player.seat is None:
        return Rejected("not_seated")
    coming = replace(table, config=table.coming)
    plan = coming.format.plan(coming.change(player.id, straddles=True), NO_SEED)
    entrants = () if plan is None else plan.entrants
    total = sum(one.straddle for one in entrants if one.player == player.id)
    if not total or player.straddles:
        return Rejected("action_not_available")
    if args.get("amount") not in (None, total):
        return Rejected("bad_amount", {"amount": total})
    unfolding.tell(events.ACTION_ACK, {
        "player": player.id, "action": "straddle", "amount": total, "bet": total,
        "table_stack": player.stack, "delayed_table_stack": player.delayed,
        "bank": player.bank, "seat": player.seat, "username": player.username,
        "has_initial_buy_in": player.has_initial_buy_in, "executed_by": "USER",
        "action_time": 0, "all_in": False,
    })
    return None
