"""The five betting actions, by players and by the system, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable

from vphost.rules.mode import REFUSED, Json, Rejected
from vphost.rules.poker import machine
from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.facts import (
    Acted, Action, ActionKind, Fact, Options, Posted, StreetDealt, Uncalled,
)
from vphost.rules.poker.hand import Hand, pots_of
from vphost.rules.poker.table import events
from vphost.rules.poker.table.ending import conclude
from vphost.rules.poker.table.events import BETTING
from vphost.rules.poker.table.evolve_hand import Stepped
from vphost.rules.poker.table.state import Player, Table
from vphost.rules.poker.table.unfolding import Unfolding
from vphost.rules.poker.turns import turn_limits

RAISES = frozenset({ActionKind.BET, ActionKind.RAISE})
FORCED = {"ante": "action_ante"}
"""Kinds of forced bets whose action has another name on the wire."""


def act(unfolding: Unfolding, player: Player, op: str, args: dict[str, Json]) -> Rejected | None:
    """A player acts.

    args: `amount`, the chips that a call, bet or raise adds; a bet or raise may name `total`, the
    street's total, in its place.
    Refusals: no_hand, not_your_turn, turn_expired (also before the tick has come), bad_message
    (both forms), and those of the machine with what is legal.
    """
    deal = unfolding.table.running
    if deal is None or deal.turn is None:
        return Rejected("turn_expired" if was_late(unfolding.table, player) else "no_hand")
    index = deal.index_of(player.id)
    if index is None or deal.hand.actor != index:
        return Rejected("turn_expired" if was_late(unfolding.table, player) else "not_your_turn")
    if unfolding.now_ms >= deal.turn.total_expires_ms:
        return Rejected("turn_expired")
    kind, amount, total = BETTING[op], args.get("amount"), args.get("total")
    if kind in RAISES and total is not None:
        if amount is not None:
            return Rejected("bad_message", {"field": "total"})
        amount = total
    elif kind in RAISES and amount is not None and amount > 0:
        amount += deal.hand.bets[index]
    return carry_out(unfolding, index, Action(kind, amount), "USER")


def was_late(table: Table, player: Player) -> bool:
    """Return whether a player's last turn ran out of time and has gone to somebody else."""
    in_hand = () if table.running is None else table.running.absent
    return not player.leaving and (player.id in in_hand or player.absences > 0)


def act_for(unfolding: Unfolding) -> None:
    """The time is over: the system checks, or folds when there is something to call."""
    hand = unfolding.deal.hand
    assert hand.actor is not None
    can_check = machine.options(hand).can_check
    kind = ActionKind.CHECK if can_check else ActionKind.FOLD
    refused = carry_out(unfolding, hand.actor, Action(kind, None), "SYSTEM")
    assert refused is None, "a check or a fold is legal"


def carry_out(
    unfolding: Unfolding, index: int, action: Action, executed_by: str
) -> Rejected | None:
    """Take the actor's action, tell what it caused, and ask the next one.

    A player whose time was over hears so beside the system's action (1.0.34).
    """
    turn = unfolding.deal.turn
    assert turn is not None
    stepped = machine.act(unfolding.deal.hand, index, action)
    if isinstance(stepped, Rejected):
        return wired(stepped, unfolding.deal.hand.bets[index])
    until = min(unfolding.now_ms, turn.total_expires_ms)
    is_late = executed_by == "SYSTEM"
    tell_step(unfolding, stepped, executed_by, max(0, until - turn.started_ms), is_late)
    go_on(unfolding, unfolding.now_ms)
    return None


def fold_away(unfolding: Unfolding, player: int) -> None:
    """Fold somebody who left in the middle of a hand; an all-in stays live."""
    deal = unfolding.table.running
    index = None if deal is None else deal.index_of(player)
    if deal is None or index is None or deal.hand.is_over:
        return
    hand, turn = deal.hand, deal.turn
    if hand.folded[index] or hand.stacks[index] == 0:
        return
    assert turn is not None
    if hand.actor == index:
        spent = min(unfolding.now_ms, turn.total_expires_ms) - turn.started_ms
        stepped = machine.act(hand, index, Action(ActionKind.FOLD, None))
        assert isinstance(stepped, tuple), "a fold is legal"
        tell_step(unfolding, stepped, "SYSTEM", max(0, spent))
        go_on(unfolding, unfolding.now_ms)
        return
    tell_step(unfolding, machine.fold_out_of_turn(hand, index), "SYSTEM", 0)
    go_on(unfolding, turn.started_ms)


def go_on(unfolding: Unfolding, started_ms: int) -> None:
    """End the hand or tell whose turn it is."""
    if unfolding.deal.hand.is_over:
        conclude(unfolding)
    else:
        tell_turn(unfolding, started_ms)


def tell_step(
    unfolding: Unfolding, stepped: Stepped, executed_by: str, action_time_ms: int,
    is_late: bool = False,
) -> None:
    """Tell an action, which is the first fact of its step, and what it caused.

    is_late: the system acts because a player's time is over.
    """
    acted, *rest = stepped[1]
    assert isinstance(acted, Acted), "a step begins with the action"
    has_amount = acted.kind not in (ActionKind.FOLD, ActionKind.CHECK)
    tell_ack(
        unfolding, unfolding.deal.players[acted.index], f"action_{acted.kind.value}",
        amount=acted.amount if has_amount else None, bet=acted.to, all_in=acted.all_in,
        executed_by=executed_by, action_time_ms=action_time_ms,
        refused="turn_expired" if is_late else None, stepped=stepped,
    )
    tell_facts(unfolding, rest)


def tell_facts(unfolding: Unfolding, facts: Iterable[Fact]) -> None:
    """Tell posts and turned cards; what belongs to the end of the hand waits for `conclude`."""
    for fact in facts:
        if isinstance(fact, Posted):
            tell_ack(
                unfolding, unfolding.deal.players[fact.index], FORCED.get(fact.kind, fact.kind),
                amount=fact.amount, bet=fact.to, all_in=None, executed_by="SYSTEM",
            )
        elif isinstance(fact, Uncalled):
            player = unfolding.deal.players[fact.index]
            bet = unfolding.deal.rounds[-1].get(player, 0) - fact.amount
            tell_ack(
                unfolding, player, "uncalled_bet", amount=-fact.amount, bet=max(0, bet),
                all_in=None, executed_by="SYSTEM",
            )
        elif isinstance(fact, StreetDealt) and not fact.all_in:
            tell_community_cards(unfolding, fact)


def tell_ack(
    unfolding: Unfolding, number: int, action: str, *, amount: int | None, bet: int,
    all_in: bool | None, executed_by: str, action_time_ms: int = 0, refused: str | None = None,
    stepped: Stepped | None = None,
) -> None:
    """Tell that chips went from a stack to the pot, or back when the amount is negative.

    refused: code of a refusal that the player alone hears beside it. stepped: where the machine
    went, when it is an action.
    """
    player, paid = unfolding.player(number), amount or 0
    source, target = unfolding.stack(number), unfolding.pot
    if paid < 0:
        source, target = target, source
    stack = player.stack - paid
    unfolding.tell(
        events.ACTION_ACK,
        {
            "player": number, "action": action, "amount": None if amount is None else abs(paid),
            "bet": bet, "table_stack": stack, "delayed_table_stack": player.delayed,
            "bank": player.bank, "seat": player.seat, "username": player.username,
            "has_initial_buy_in": player.has_initial_buy_in, "executed_by": executed_by,
            "action_time": action_time_ms, "all_in": stack == 0 if all_in is None else all_in,
        },
        secret={} if refused is None else {number: {REFUSED: {"code": refused, "action": action}}},
        postings=unfolding.move_chips(source, target, abs(paid)), stepped=stepped,
    )


def tell_community_cards(unfolding: Unfolding, fact: StreetDealt) -> None:
    """Tell the new cards of a street on which there is betting."""
    unfolding.tell(events.COMMUNITY_CARDS, {
        "player": None, "new_cards": wire_names(fact.cards),
        "community_cards": wire_names(fact.board), "betting_round": fact.street,
        "pots": pot_sizes(unfolding),
    })


def pot_sizes(unfolding: Unfolding) -> list[int]:
    """Return the pots without the bets of the running street."""
    return [pot.size for pot in pots_of(unfolding.deal.hand)]


def tell_turn(unfolding: Unfolding, started_ms: int) -> None:
    """Tell whose turn it is and what they may do. started_ms: when their time began."""
    deal = unfolding.deal
    index = deal.hand.actor
    assert index is not None
    if deal.turn is not None and deal.turn.player != deal.players[index]:
        started_ms = unfolding.now_ms
    options = machine.options(deal.hand)
    player = unfolding.player(deal.players[index])
    interval, timebank_ms = unfolding.table.format.turn_ms(unfolding.table, player)
    unfolding.tell(events.TURN, {
        "player": player.id, "seat": deal.seats[index],
        "available_actions": offered(deal.hand, options), "bet": deal.hand.bets[index],
        **turn_limits(options, deal.hand.bets[index]),
        "interval": interval, "timestamp_turn_expiration": started_ms + interval,
        "timestamp_total_expiration": started_ms + interval + timebank_ms,
        "pots": pot_sizes(unfolding),
    })


def offered(hand: Hand, options: Options) -> list[str]:
    """Return the names of the actions that are possible now."""
    names = ["action_fold", "action_check" if options.can_check else "action_call"]
    if options.min_to is not None:
        names.append("action_raise" if hand.high else "action_bet")
    return names


def wired(refused: Rejected, bet: int) -> Rejected:
    """Return the machine's refusal with the wire's names and forms for what is legal."""
    if "min_to" not in refused.detail:
        return refused
    rest = dict(refused.detail)
    limits = Options(False, rest.pop("call"), rest.pop("min_to"), rest.pop("max_to"))
    return Rejected(refused.code, {**rest, **turn_limits(limits, bet)})
