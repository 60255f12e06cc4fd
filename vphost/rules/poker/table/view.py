"""What one viewer may see: `game_state`, the same for everybody, and their own
`private_data`.

Nothing here looks at the deck, at undealt cards, or at anybody's cards but the viewer's own; what
others have shown comes from events that everybody got.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.hand import pots_of
from vphost.rules.poker.table.config import public_config
from vphost.rules.poker.table.state import OVER, SEATS, Deal, Table


def view(table: Table, player: int | None) -> Mapping[str, Json]:
    """Return event name -> payload, in the order to send."""
    return {"game_state": game_state(table), "private_data": private_data(table, player)}


def game_state(table: Table) -> dict[str, Json]:
    """Return all that everybody may see."""
    game, deal = table.game, table.deal
    host = table.of_user(table.host)
    return {
        "game_id": None if game is None else game.id,
        "game_type": None if game is None else game.type,
        "sequence": 0 if deal is None else deal.number,
        **(hand_fields(table, deal) if deal is not None else NO_HAND),
        **player_fields(table),
        "end_after_current_game": game is not None and game.ending,
        "game_mode": table.config["game_mode"],
        "game_modes": list(table.game_modes),
        "host_status": "AWAY" if table.host_away else "HERE",
        "host_player": None if host is None else host.id,
        "game_end_expiration": table.host_due_ms,
        "table_expiration": table.expires_ms,
        "chat_messages": list(table.chat),
    }


NO_HAND: Mapping[str, Json] = {
    "betting_round": None, "dealer_seat": None, "turn_player_seat": None,
    "players": [None] * SEATS, "bets": [], "pots": [], "pots_players": [],
    "pots_participants": [], "pots_winners": [], "community_cards": [],
    "rabbit_hunt_cards": [], "folded_players": [], "feed_messages": [],
}


def hand_fields(table: Table, deal: Deal) -> dict[str, Json]:
    """Return what is to be seen of the running or last hand."""
    turn = deal.turn
    folded = [p for index, p in enumerate(deal.players) if deal.hand.folded[index]]
    return {
        "betting_round": None if deal.stage == OVER else len(deal.rounds) - 1,
        "dealer_seat": deal.button_seat,
        "turn_player_seat": None if turn is None else turn.event["seat"],
        "players": by_seat(deal, {player: player for player in deal.players}),
        "bets": [by_seat(deal, {p: bet or None for p, bet in one.items()}) for one in deal.rounds],
        **pot_fields(deal),
        "community_cards": list(deal.board),
        "rabbit_hunt_cards": list(deal.rabbit_cards),
        "folded_players": folded,
        "feed_messages": [{"event": name, "data": data} for name, data in deal.feed],
    }


def pot_fields(deal: Deal) -> dict[str, Json]:
    """Return the pots without the bets of the running round."""
    pots = pots_of(deal.hand)
    winners: dict[int, Json] = {}
    if deal.game_end is not None:
        winners = {one["pot_id"]: one["winners"] for one in deal.game_end["winners"]}
    return {
        "pots": [pot.size for pot in pots],
        "pots_players": [[deal.players[index] for index in pot.eligible] for pot in pots],
        "pots_participants": [
            {str(deal.players[index]): chips for index, chips in enumerate(pot.chunks) if chips}
            for pot in pots
        ],
        "pots_winners": [list(winners.get(number, [])) for number in range(len(pots))],
    }


def by_seat(deal: Deal, values: Mapping[int, Json]) -> list[Json]:
    """Return values of players as nine places."""
    places: list[Json] = [None] * SEATS
    for player, seat in zip(deal.players, deal.seats):
        places[seat] = values.get(player)
    return places


def player_fields(table: Table) -> dict[str, Json]:
    """Return the maps keyed by player id."""
    seats: list[int | None] = [None] * SEATS
    for player in table.seated():
        assert player.seat is not None
        seats[player.seat] = player.id
    players = {str(number): player for number, player in table.players.items()}
    return {
        "seats": seats,
        "players_username": {key: p.username for key, p in players.items()},
        "players_stack": {key: p.stack for key, p in players.items()},
        "players_delayed_stack": {key: p.delayed for key, p in players.items()},
        "players_bank": {key: p.bank for key, p in players.items()},
        "players_statuses": {key: p.status for key, p in players.items()},
        "players_join_statuses": {key: p.join_status for key, p in players.items()},
        "players_initial_buy_in": [
            number for number, p in table.players.items() if p.has_initial_buy_in
        ],
        "players_bank_open": [number for number, p in table.players.items() if p.bank_open],
        "players_jitsi_id": {key: p.jitsi_id for key, p in players.items()},
        "players_leaving": {key: p.leaving for key, p in players.items() if p.leaving},
    }


def private_data(table: Table, player: int | None) -> dict[str, Json]:
    """Return what else a page that has just been opened needs."""
    deal, award = table.deal, None if table.game is None else table.game.award
    index = None if deal is None or player is None else deal.index_of(player)
    cards = None if deal is None or index is None else wire_names(deal.hand.hole[index])
    is_over = deal is not None and deal.stage == OVER
    return {
        "pocket_cards": cards,
        "turn": None if deal is None or deal.turn is None else deal.turn.event,
        "show_pocket_cards": list(deal.shown) if deal is not None and is_over else None,
        "game_end": None if deal is None else current_game_end(deal),
        "timed_event_scenario": None if deal is None else current_reveal(deal),
        "winners_award_timer": None if award is None else award.event,
        "pause_winners_award_timer": None if award is None else award.pause_event,
        **table.format.private_fields(table),
        "state_config": public_config(table.coming),
    }


def current_reveal(deal: Deal) -> Mapping[str, Json] | None:
    """Return the reveal that is going on, without the name of its event."""
    if deal.reveal is None:
        return None
    return {name: value for name, value in deal.reveal.items() if name != "event"}


def current_game_end(deal: Deal) -> Mapping[str, Json] | None:
    """Return how the hand ended, and who may still show cards or ask for a rabbit hunt."""
    if deal.game_end is None:
        return None
    return {
        **deal.game_end, "can_show_cards": list(deal.can_show),
        "can_call_rabbit_hunt": list(deal.can_rabbit),
    }
