"""Fold the events of a hand: the machine is run again from the seed and the actions.

Chips on the table follow the events' own figures, which the decision took from the machine; the
tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vphost.rules.changing import replace
from vphost.rules.mode import Event, Json
from vphost.rules.poker import machine
from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.facts import Action, ActionKind, Fact
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.table import events
from vphost.rules.poker.table.events import BETTING
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.setup import hand_setup
from vphost.rules.poker.table.state import OVER, REVEAL, Deal, Player, Table, Turn
from vphost.rules.poker.turns import in_added_chips

Stepped: TypeAlias = tuple[Hand, tuple[Fact, ...]]
"""What one step of the machine gives."""
BANKING = frozenset({"buy_in", "update_bankroll"})
IN_FEED = frozenset({
    events.ACTION_ACK, events.GAME_END, events.PLAYER_SEATED, events.PLAYER_LEFT,
    events.PLAYER_KICKED, events.JOIN, events.SIT_OUT, events.SHOW_POCKET_CARDS,
    events.OPEN_RABBIT_HUNT_CARDS, events.HEADS_UP_SHOWDOWN, events.ALL_IN_SCENARIO,
    events.END_CURRENT_GAME, events.HOST_LEFT,
})
"""Events of a hand whose lines a page that is opened later is told too."""
FEED_MAX = 500


def remember(table: Table, event: Event) -> Table:
    """Keep what the feed of this hand shows; an `action_ack` has been kept as it was folded."""
    deal = table.deal
    if event.name not in IN_FEED or event.name == events.ACTION_ACK or deal is None:
        return table
    return with_deal(table, feed=fed(deal, event))


def fed(deal: Deal, event: Event) -> tuple[tuple[str, Mapping[str, Json]], ...]:
    """Return the feed of a hand with one more event, within its bound."""
    return deal.feed if len(deal.feed) >= FEED_MAX else (*deal.feed, (event.name, event.data))


def with_deal(table: Table, **fields: object) -> Table:
    """Return the table with some fields of its hand changed."""
    assert table.deal is not None
    return replace(table, deal=replace(table.deal, **fields))


def game_start(table: Table, event: Event) -> Table:
    """A hand begins: delayed chips have joined the stacks."""
    for player, stack in event.data["players_stack"].items():
        delayed = event.data["players_delayed_stack"][player]
        table = table.change(int(player), stack=stack, delayed=delayed)
    return table


def hand_started(table: Table, event: Event) -> Table:
    """Shuffle, post and deal; volunteers and posts are used up, missed blinds noted."""
    assert table.game is not None
    plan = HandPlan.load(event.hidden)
    hand, facts = machine.start(hand_setup(table, plan))
    dealt = tuple(one.player for one in plan.entrants)
    ahead = plan.ahead or {}
    players = {
        number: replace(
            player, straddles=False,
            missed_small=number not in dealt and (
                player.missed_small or number in plan.missed_small),
            missed_big=number not in dealt and (
                player.missed_big or number in plan.missed_big),
            place=place_after(player, number in dealt),
            ahead=ahead.get(number, player.ahead),
        )
        for number, player in table.players.items()
    }
    seats = tuple(one.seat for one in plan.entrants)
    small = plan.small_blind
    deal = Deal(
        number=table.game.hands, hand=hand, facts=facts, players=dealt, seats=seats,
        button_seat=seats[plan.button], big_blind_seat=seats[plan.big_blind],
        small_blind_seat=None if small is None else seats[small],
    )
    game = replace(table.game, hands=table.game.hands + 1, award=None)
    return replace(table, players=players, deal=deal, game=game)


def place_after(player: Player, is_dealt: bool) -> int | None:
    """Return the seat that counts for a player from this hand on; where they sat while standing."""
    if player.seat is not None and (is_dealt or player.place is not None):
        return player.seat
    return player.place


def action_ack(table: Table, event: Event, stepped: Stepped | None = None) -> Table:
    """Chips moved or a player acted. stepped: see `acted`.

    Most events at a table are acks, and every `replace` copies a whole frozen value. So the changes
    are first gathered in two dicts, `own` for the player and `of_hand` for the hand, and each of
    player, hand and table is copied once, at the end.
    """
    data, deal = event.data, table.deal
    player = table.players[data["player"]]
    own: dict[str, Json] = {
        "bank": data["bank"], "stack": data["table_stack"],
        "delayed": data["delayed_table_stack"], "has_initial_buy_in": data["has_initial_buy_in"],
    }
    of_hand: dict[str, object] = {} if deal is None else {"feed": fed(deal, event)}
    running = table.running
    if data["action"] in BANKING:
        own["bank_open"] = True
    elif running is None:
        own["straddles"] = True  # Between hands the only other ack is a wish to straddle.
    else:
        if data["action"] in BETTING:
            acted(running, player, data, stepped, own, of_hand)
        last = running.rounds[-1]
        of_hand["rounds"] = (*running.rounds[:-1], {**last, player.id: data["bet"]})
    players = {**table.players, player.id: replace(player, **own)}
    return replace(
        table, players=players, deal=None if deal is None else replace(deal, **of_hand)
    )


def acted(
    deal: Deal, player: Player, data: Mapping[str, Json], stepped: Stepped | None,
    own: dict[str, Json], of_hand: dict[str, object],
) -> None:
    """Add a betting action to the changes: the timebank is charged, the machine is one step on.

    stepped: the machine's step, which `decide` has taken already to learn what to tell; folding its
    own event would only take it again. None in a replay, where the machine runs here.
    own, of_hand: the changes of player and hand so far, to which this adds.
    """
    if stepped is None:
        stepped = step(
            deal.hand, deal.players.index(player.id), data["action"], data["amount"], data["bet"]
        )
    hand, facts = stepped
    turn = deal.turn
    if turn is not None and turn.player == player.id:
        charge(deal, player, turn, data, own, of_hand)
        turn = None
    of_hand |= {"hand": hand, "facts": facts, "turn": None if hand.is_over else turn}


def step(hand: Hand, index: int, action: str, amount: int | None, bet: int) -> Stepped:
    """Run the machine for a committed action; action, amount, bet as in its `action_ack`."""
    if hand.actor != index:
        return machine.fold_out_of_turn(hand, index)
    kind = BETTING[action]
    raises = kind in (ActionKind.BET, ActionKind.RAISE)
    stepped = machine.act(hand, index, Action(kind, bet if raises else amount))
    assert isinstance(stepped, tuple), "a committed action is legal"
    return stepped


def charge(
    deal: Deal, player: Player, turn: Turn, data: Mapping[str, Json],
    own: dict[str, Json], of_hand: dict[str, object],
) -> None:
    """Charge the timebank for the time beyond the turn time; note who was present."""
    beyond = max(0, data["action_time"] - (turn.expires_ms - turn.started_ms))
    own["timebank_ms"] = max(0, player.timebank_ms - beyond)
    absent = tuple(one for one in deal.absent if one != player.id)
    if data["executed_by"] == "SYSTEM":
        of_hand["absent"] = (*absent, player.id)
    else:
        of_hand["absent"] = absent
        own["absences"] = 0


def turn(table: Table, event: Event) -> Table:
    """It is a player's turn; told again with later deadlines after a pause."""
    data = in_added_chips(event.data)
    expires = data["timestamp_turn_expiration"]
    return with_deal(table, turn=Turn(
        data["player"], expires - data["interval"], expires,
        data["timestamp_total_expiration"], data,
    ))


def community_cards(table: Table, event: Event) -> Table:
    """Board cards were turned; a new round of bets begins."""
    assert table.deal is not None
    board = tuple(event.data["community_cards"])
    return with_deal(table, board=board, rounds=table.deal.rounds + ({},))


def reveal(table: Table, event: Event) -> Table:
    """All hands lie open and the rest of the board is turned by the clock."""
    return with_deal(
        table, stage=REVEAL, turn=None, reveal={"event": event.name, **event.data},
        reveal_until_ms=event.data["finish_time_expiration"],
    )


def game_end(table: Table, event: Event) -> Table:
    """The hand is over: winnings are in the stacks."""
    data, deal = event.data, table.deal
    assert deal is not None
    for player, stack in data["players_stack"].items():
        table = table.change(int(player), stack=stack)
    for player in deal.absent:
        table = table.change(player, absences=table.players[player].absences + 1)
    board = deal.board if deal.reveal is None else tuple(wire_names(deal.hand.board))
    return with_deal(
        table, stage=OVER, facts=(), game_end=data, turn=None, reveal=None, reveal_until_ms=None,
        board=board, can_show=tuple(data["can_show_cards"]),
        can_rabbit=tuple(data["can_call_rabbit_hunt"]),
        settle_until_ms=data["side_pots_evaluation_expiration"],
    )


def show_pocket_cards(table: Table, event: Event) -> Table:
    """A player showed cards; a later showing replaces their earlier one."""
    deal, player = table.deal, event.data["player"]
    assert deal is not None
    others = tuple(one for one in deal.shown if one["player"] != player)
    can_show = deal.can_show
    if None not in event.data["visible_cards"]:
        can_show = tuple(one for one in can_show if one != player)
    return with_deal(table, shown=others + (event.data,), can_show=can_show)


def rabbit_hunt(table: Table, event: Event) -> Table:
    """The cards that were never dealt were opened, once a hand."""
    cards = tuple(event.data["rabbit_hunt_cards"])
    return with_deal(table, rabbit_cards=cards, can_rabbit=())


FOLDS: Mapping[str, Callable[[Table, Event], Table]] = {
    events.GAME_START: game_start,
    events.HAND_STARTED: hand_started,
    events.ACTION_ACK: action_ack,
    events.TURN: turn,
    events.COMMUNITY_CARDS: community_cards,
    events.HEADS_UP_SHOWDOWN: reveal,
    events.ALL_IN_SCENARIO: reveal,
    events.GAME_END: game_end,
    events.SHOW_POCKET_CARDS: show_pocket_cards,
    events.OPEN_RABBIT_HUNT_CARDS: rabbit_hunt,
}
