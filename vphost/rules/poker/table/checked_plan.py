"""Whether the plan of a hand can be played at a table; a format, a plugin's code, made it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import astuple

from vphost.rules.money import MAX_MINOR
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.plan import HandPlan, PlannedEntrant
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.variants import VARIANTS


def fault_of_plan(table: Table, plan: HandPlan, seed: bytes) -> str | None:
    """Return what is wrong with a plan, None when nothing is. seed: the one that was given."""
    if plan.seed != seed or type(plan.seed) is not bytes:
        return "with another seed than the given one"
    entrants = plan.entrants
    if type(entrants) is not tuple or len(entrants) < 2:
        return "with fewer than two entrants"
    if not all(_can_enter(table, one) for one in entrants):
        return "with an entrant who is not on that seat, has no chips, or posts no minor units"
    seats = [one.seat for one in entrants]
    turns = sum(one >= other for one, other in zip(seats, seats[1:] + seats[:1], strict=True))
    if turns != 1:
        return "whose entrants are not clockwise, each once"
    places = range(len(entrants))
    if not _is_in(plan.button, places) or not _is_in(plan.big_blind, places):
        return "whose button or big blind is no index of an entrant"
    if plan.small_blind is not None and not _is_in(plan.small_blind, places):
        return "whose small blind is no index of an entrant"
    return _fault_of_rest(table, plan)


def _fault_of_rest(table: Table, plan: HandPlan) -> str | None:
    assert table.game is not None, "a hand is planned in a game"
    if not _is_in(plan.first_betting, range(len(VARIANTS[table.game.type].streets))):
        return "whose first_betting is no street"
    if type(plan.unit) is not int or not 1 <= plan.unit <= MAX_MINOR:
        return "whose unit is no chip"
    for missed in (plan.missed_small, plan.missed_big):
        if type(missed) is not tuple or not all(_is_in(one, table.players) for one in missed):
            return "with missed blinds of who is no player"
    if plan.ahead is not None and not _is_count_of(plan.ahead, table):
        return "whose ahead is not players with numbers of hands"
    if plan.stakes is not None and not _are_stakes(plan.stakes):
        return "with stakes that are no minor units, or without a big blind"
    return None


def _can_enter(table: Table, one: PlannedEntrant) -> bool:
    return (
        type(one) is PlannedEntrant and _is_in(one.player, table.players)
        and type(one.seat) is int and table.players[one.player].seat == one.seat
        and table.players[one.player].chips > 0
        and all(_is_money(each) for each in (one.live_post, one.dead_post, one.straddle))
    )


def _are_stakes(stakes: Stakes) -> bool:
    return (
        type(stakes) is Stakes and type(stakes.ante_kind) is AnteKind
        and all(_is_money(each) for each in astuple(stakes) if type(each) is not AnteKind)
        and 0 < stakes.big_blind >= stakes.small_blind
    )


def _is_count_of(ahead: object, table: Table) -> bool:
    return isinstance(ahead, Mapping) and all(
        _is_in(player, table.players) and _is_money(hands) for player, hands in ahead.items()
    )


def _is_in(value: object, known: Collection[int]) -> bool:
    return type(value) is int and value in known


def _is_money(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_MINOR
