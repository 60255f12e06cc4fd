"""How a hand ends: the reveal by the clock, the awards, the time before the next hand.

An all-in before the river is decided at once, but told in steps: the pots stay in the middle until
the clock has turned all cards. The final board is in the event (as the protocol has it); nothing
can be decided any more when it is sent.
"""

from __future__ import annotations

from vphost.rules.mode import Json
from vphost.rules.poker.cards import wire_names
from vphost.rules.poker.facts import PotAwarded, Shown, StreetDealt
from vphost.rules.poker.hand import pots_of
from vphost.rules.poker.hands import combination
from vphost.rules.poker.table import events
from vphost.rules.poker.table.config import SHORT_SECONDS
from vphost.rules.poker.table.configuring import take_over
from vphost.rules.poker.table.leaving import remove
from vphost.rules.poker.table.planning import could_deal
from vphost.rules.poker.table.state import (
    NEW, NEW_PARTICIPANT, NEW_PARTICIPANT_READY, NEW_READY, SIT_OUT, SIT_OUT_PARTICIPANT, Deal,
)
from vphost.rules.poker.table.unfolding import Unfolding

STREETS = {3: "flop", 4: "turn", 5: "river"}
AFTER_HAND = {
    SIT_OUT_PARTICIPANT: SIT_OUT, NEW_PARTICIPANT: NEW, NEW_PARTICIPANT_READY: NEW_READY,
}
"""Join status in a hand -> the same after it."""


def conclude(unfolding: Unfolding) -> None:
    """The machine has decided the hand: reveal by the clock, or end it at once."""
    run_out = [f for f in unfolding.deal.facts if isinstance(f, StreetDealt) and f.all_in]
    if not run_out:
        finish(unfolding)
    elif unfolding.table.config["video_showdown"]:
        tell_reveal(unfolding, run_out)
    else:
        for fact in run_out:
            unfolding.tell(events.COMMUNITY_CARDS, {
                "player": None, "new_cards": wire_names(fact.cards),
                "community_cards": wire_names(fact.board), "betting_round": fact.street,
                "pots": [pot.size for pot in pots_of(unfolding.deal.hand)],
            })
        finish(unfolding)


def shown_ms(unfolding: Unfolding, name: str) -> int:
    """Return how long pages show something, ms; tables from before the setting have its default."""
    seconds: float = unfolding.table.config.get(name, SHORT_SECONDS[name][0])
    return round(seconds * 1000)


def tell_reveal(unfolding: Unfolding, run_out: list[StreetDealt]) -> None:
    """Start the reveal: two players are a heads-up showdown, more an all-in scenario."""
    deal = unfolding.deal
    live = [index for index, folded in enumerate(deal.hand.folded) if not folded]
    announce = shown_ms(unfolding, "announce_time") if len(live) == 2 else 0
    reveal = shown_ms(unfolding, "card_reveal_time")
    best: dict[str, dict[str, str]] = {
        str(deal.players[index]): {
            STREETS[len(fact.board)]: combination(
                deal.hand.setup.variant.best_five(deal.hand.hole[index], fact.board)
            )
            for fact in run_out
        }
        for index in live
    }
    unfolding.tell(events.HEADS_UP_SHOWDOWN if len(live) == 2 else "all_in_scenario", {
        "player": None, "players": [deal.players[index] for index in live],
        "pocket_cards": {
            str(deal.players[index]): wire_names(deal.hand.hole[index]) for index in live
        },
        "announce_time": announce, "card_reveal_time": reveal, "best_hands": best,
        "final_community_cards": wire_names(deal.hand.board),
        "finish_time_expiration": unfolding.now_ms + announce + reveal * len(run_out),
        "pots": [pot.size for pot in pots_of(deal.hand)],
    })


def finish(unfolding: Unfolding) -> None:
    """End the hand: awards, players who leave, and the time before the next one."""
    tell_game_end(unfolding)
    for player in list(unfolding.table.players.values()):
        if player.leaving:
            remove(unfolding, player.id, player.leaving)
        elif player.join_status in AFTER_HAND:
            unfolding.tell(
                events.JOIN_STATUS_UPDATED,
                {"player": player.id, "join_status": AFTER_HAND[player.join_status]},
                hidden={"posts": player.posts},
            )
        elif player.seat is not None and player.absences > 1:
            tell_absence(unfolding, player.id)
    unfolding.table.format.review(unfolding)
    if unfolding.deal.settle_until_ms is None:
        tell_award_timer(unfolding)


def tell_absence(unfolding: Unfolding, number: int) -> None:
    """Say that somebody sits out from now on because they were absent."""
    if unfolding.table.format.sits_out(unfolding.table, unfolding.player(number)):
        unfolding.tell(
            events.JOIN_STATUS_UPDATED, {"player": number, "join_status": SIT_OUT},
            hidden={"posts": False},
        )


def tell_game_end(unfolding: Unfolding) -> None:
    """Tell who won what, showing only the cards that have to be shown."""
    deal = unfolding.deal
    awards = sorted(
        (fact for fact in deal.facts if isinstance(fact, PotAwarded)), key=lambda fact: fact.pot
    )
    shown = {fact.index: fact.cards for fact in deal.facts if isinstance(fact, Shown)}
    best = {
        index: deal.hand.setup.variant.best_five(cards, deal.hand.board)
        for index, cards in shown.items()
    }
    names = {index: combination(five) for index, five in best.items()}
    can_show = hidden_hands(deal)
    is_contested = any(award.contested for award in awards)
    side_pot = shown_ms(unfolding, "side_pot_time")
    is_settled = is_contested and deal.reveal is None and side_pot > 0
    settle = side_pot * len(awards) if is_settled else None
    won: dict[int, int] = {}
    for award in awards:
        for index, amount in award.shares.items():
            won[index] = won.get(index, 0) + amount
    unfolding.tell(
        events.GAME_END,
        {
            "player": None,
            "winners": [told_award(deal, award, names) for award in awards],
            "best_hands": {str(deal.players[i]): wire_names(five) for i, five in best.items()},
            "best_hands_combinations": {str(deal.players[i]): name for i, name in names.items()},
            "pocket_cards": {str(deal.players[i]): wire_names(c) for i, c in shown.items()},
            "can_show_cards": can_show,
            "can_call_rabbit_hunt": rabbit_hunters(unfolding, won),
            "side_pot_evaluation_time": side_pot if settle else 0,
            "side_pots_evaluation_expiration": (
                None if settle is None else unfolding.now_ms + settle
            ),
            "players_stack": {
                str(player): unfolding.player(player).stack + won.get(index, 0)
                for index, player in enumerate(deal.players)
            },
        },
        postings=tuple(
            posting for index, amount in won.items()
            for posting in unfolding.move_chips(
                unfolding.pot, unfolding.stack(deal.players[index]), amount
            )
        ),
    )


def told_award(deal: Deal, award: PotAwarded, names: dict[int, str]) -> dict[str, Json]:
    """Return one entry of `winners`; hands in words only where they were compared."""
    return {
        "pot_id": award.pot, "pot_size": award.size,
        "pot_chunks": list(award.shares.values()),
        "winners": [deal.players[index] for index in award.shares],
        "reason": [names[index] for index in award.shares] if award.contested else [],
    }


def hidden_hands(deal: Deal) -> list[int]:
    """Return who may show their cards: players who folded, mucked, or won without a showdown."""
    shown = {fact.index for fact in deal.facts if isinstance(fact, Shown)}
    return [player for index, player in enumerate(deal.players) if index not in shown]


def rabbit_hunters(unfolding: Unfolding, won: dict[int, int]) -> list[int]:
    """Return who may ask for the cards never dealt: players who folded, and the winner."""
    deal = unfolding.deal
    if not unfolding.table.config["rabbit_hunting"] or len(deal.hand.board) == 5:
        return []
    return [
        player for index, player in enumerate(deal.players)
        if deal.hand.folded[index] or index in won
    ]


def tell_award_timer(unfolding: Unfolding) -> None:
    """Start the time before the next hand; where none can be dealt the host has to start it."""
    is_ending = unfolding.game.ending
    if not is_ending and unfolding.is_expired:
        unfolding.tell(events.END_CURRENT_GAME, {"player": None})
        is_ending = True
    waits = not is_ending and not could_deal(unfolding.table)
    if waits:
        for player in list(unfolding.table.seated()):
            tell_absence(unfolding, player.id)
    pause_ms = unfolding.table.config["time_between_hands"] * 1000
    unfolding.tell(events.AWARD_TIMER, {
        "player": None,
        "winners_award_timer_expiration": None if waits else unfolding.now_ms + pause_ms,
        "is_winners_award_timer_paused": False, "show_next_game_button": waits,
        "end_after_current_game": is_ending,
        "post_event": "finalize_current_game" if is_ending else "game_start",
    })


def end_game(unfolding: Unfolding) -> None:
    """End the game: its format settles the money, and the lobby opens.

    Settings that waited for a next hand are in force now.
    """
    unfolding.table.format.settle(unfolding)
    take_over(unfolding)
