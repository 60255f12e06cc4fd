"""Fold the events of the time between hands, and the pauses of the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vphost.rules.changing import replace
from vphost.rules.mode import EMPTY, Event
from vphost.rules.poker.table import events
from vphost.rules.poker.table.evolve_hand import with_deal
from vphost.rules.poker.table.state import Award, Table


def award_timer(table: Table, event: Event) -> Table:
    """The time before the next hand, or none of it while the host has to start it."""
    data = event.data
    table = with_deal(table, settle_until_ms=None)
    expires = data["winners_award_timer_expiration"]
    return with_award(table, Award(expires, None, data["show_next_game_button"], data))


def with_award(table: Table, award: Award) -> Table:
    """Return the table with another time between hands."""
    assert table.game is not None
    return replace(table, game=replace(table.game, award=award))


def paused(table: Table, event: Event) -> Table:
    """The time between hands stands still."""
    assert table.game is not None and table.game.award is not None
    award = table.game.award
    stopped = {
        **award.event, "winners_award_timer_expiration": None,
        "is_winners_award_timer_paused": True,
    }
    left = event.data["winners_award_timer_remaining_time"]
    return with_award(table, Award(None, left, False, stopped, event.data))


def unpaused(table: Table, event: Event) -> Table:
    """The time between hands runs on."""
    assert table.game is not None and table.game.award is not None
    expires = event.data["winners_award_timer_expiration"]
    running = {
        **table.game.award.event, "winners_award_timer_expiration": expires,
        "is_winners_award_timer_paused": False,
    }
    return with_award(table, Award(expires, None, False, running))


def shift(table: Table, paused_ms: int) -> Table:
    """Move the running clocks of the game; the events that show them are told again."""
    deal, game = table.deal, table.game
    if deal is not None:
        table = with_deal(
            table, turn=None if deal.turn is None else replace(
                deal.turn, started_ms=deal.turn.started_ms + paused_ms,
                expires_ms=deal.turn.expires_ms + paused_ms,
                total_expires_ms=deal.turn.total_expires_ms + paused_ms,
            ),
            reveal_until_ms=later(deal.reveal_until_ms, paused_ms),
            settle_until_ms=later(deal.settle_until_ms, paused_ms),
        )
    if table.own is not None:
        clocks = table.own.get("clocks", EMPTY)
        moved = {name: later(moment, paused_ms) for name, moment in clocks.items()}
        table = replace(table, own={**table.own, "clocks": moved})
    if game is not None and game.award is not None:
        award = replace(game.award, expires_ms=later(game.award.expires_ms, paused_ms))
        table = with_award(table, award)
    for player in table.seated():
        since = later(player.seated_since_ms, paused_ms)
        table = table.with_player(replace(player, seated_since_ms=since))
    return table


def later(moment: int | None, paused_ms: int) -> int | None:
    """Return a deadline moved by a pause; None stays None."""
    return None if moment is None else moment + paused_ms


FOLDS: Mapping[str, Callable[[Table, Event], Table]] = {
    events.AWARD_TIMER: award_timer, events.PAUSE_AWARD_TIMER: paused,
    events.UNPAUSE_AWARD_TIMER: unpaused,
}
