"""Starting a game and each of its hands."""

from __future__ import annotations

from hashlib import sha256

from vphost.rules.mode import Json, Rejected
from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.facts import HoleDealt, Posted
from vphost.rules.poker.table import events
from vphost.rules.poker.table.betting import tell_facts, tell_turn
from vphost.rules.poker.table.configuring import NOW, tell_config
from vphost.rules.poker.table.ending import conclude
from vphost.rules.poker.table.format import UNDEFINED
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.planning import could_deal
from vphost.rules.poker.table.state import ALLOWED, SEATS
from vphost.rules.poker.table.unfolding import Unfolding


def game_start(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The host starts a game.

    Refusals: not_the_host, table_expired, game_running, game_mode_not_chosen,
    game_type_not_allowed, draining, not_enough_players (the wire's `unable_to_start_game`).
    """
    table = unfolding.table
    if table.game is not None:
        return Rejected("game_running")
    if table.config["game_mode"] == UNDEFINED:
        return Rejected("game_mode_not_chosen")
    if args["game_type"] not in table.config["allowed_games"]:
        return Rejected("game_type_not_allowed")
    if unfolding.is_expired:
        return Rejected("table_expired")
    if table.drained:
        return Rejected("draining")
    unfolding.tell(events.GAME_OPENED, {
        "game_type": args["game_type"], "game_id": uuid_of(unfolding.command.seed),
    })
    refused = unfolding.table.format.may_start(unfolding.table)
    if refused is None:
        unfolding.table.format.open(unfolding)
        deal(unfolding)
    return refused


def next_hand(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The host starts a hand that the server did not start by itself.

    Refusals: not_the_host, no_game, hand_running, table_expired, draining, action_not_available
    (the server will start it), not_enough_players.
    """
    table = unfolding.table
    if table.game is None:
        return Rejected("no_game")
    if table.running is not None:
        return Rejected("hand_running")
    if unfolding.is_expired:
        return Rejected("table_expired")
    if table.drained:
        return Rejected("draining")
    award = table.game.award
    if award is None or not award.waits_for_host or table.game.ending:
        return Rejected("action_not_available")
    if not could_deal(table):
        return Rejected("not_enough_players")
    deal(unfolding)
    return None


def deal(unfolding: Unfolding) -> None:
    """Start a hand; `could_deal` has said that it can be."""
    if unfolding.table.format.takes_settings(unfolding.table):
        tell_config(unfolding, unfolding.table.coming, NOW)
    for player, status in unfolding.table.format.statuses_before_deal(unfolding.table).items():
        tell_join_status(unfolding, player, status)
    plan = unfolding.table.format.plan(unfolding.table, unfolding.command.seed)
    assert plan is not None, "could_deal was asked before"
    tell_start(unfolding, plan)
    unfolding.tell(events.HAND_STARTED, {}, hidden=plan.stored())
    for number in unfolding.deal.players:
        if unfolding.player(number).join_status != ALLOWED:
            tell_join_status(unfolding, number, ALLOWED)
    facts = unfolding.deal.facts
    tell_facts(unfolding, (fact for fact in facts if isinstance(fact, Posted)))
    for fact in facts:
        if isinstance(fact, HoleDealt):
            tell_pocket_cards(unfolding, fact)
    tell_facts(unfolding, (fact for fact in facts if not isinstance(fact, Posted | HoleDealt)))
    if unfolding.deal.hand.is_over:
        conclude(unfolding)
    else:
        tell_turn(unfolding, unfolding.now_ms)


def tell_start(unfolding: Unfolding, plan: HandPlan) -> None:
    """Say that the hand begins; delayed chips join the stacks, everybody's at the table."""
    table, game, entrants = unfolding.table, unfolding.game, plan.entrants
    places: list[int | None] = [None] * SEATS
    for one in entrants:
        places[one.seat] = one.player
    joining = [p for p in table.players.values() if p.delayed or p.id in places]
    small = plan.small_blind
    unfolding.tell(
        events.GAME_START,
        {
            "game_id": game.id, "game_type": game.type, "sequence": game.hands,
            "dealer_seat": entrants[plan.button].seat,
            "small_blind_seat": None if small is None else entrants[small].seat,
            "big_blind_seat": entrants[plan.big_blind].seat,
            "players": places,
            "players_stack": {str(p.id): p.chips for p in joining},
            "players_delayed_stack": {str(p.id): 0 for p in joining},
        },
        postings=tuple(
            posting for p in joining
            for posting in unfolding.move_chips(
                unfolding.delayed(p.id), unfolding.stack(p.id), p.delayed
            )
        ),
    )


def tell_pocket_cards(unfolding: Unfolding, fact: HoleDealt) -> None:
    """Tell a player their hole cards, and the others that the seat has some."""
    deal = unfolding.deal
    player = deal.players[fact.index]
    unfolding.tell(
        events.POCKET_CARDS,
        {
            "player": player, "seat": deal.seats[fact.index], "pocket_cards": None,
            "cards_count": len(fact.cards),
        },
        secret={player: {"pocket_cards": wire_names(fact.cards)}},
    )


def tell_join_status(unfolding: Unfolding, player: int, status: str, posts: bool = False) -> None:
    """Say how a player takes part from now on."""
    unfolding.tell(
        events.JOIN_STATUS_UPDATED, {"player": player, "join_status": status},
        hidden={"posts": posts},
    )


def uuid_of(seed: bytes) -> str:
    """Return a UUID (version 4 form) made from a seed, which it does not betray."""
    raw = bytearray(sha256(b"game" + seed).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
