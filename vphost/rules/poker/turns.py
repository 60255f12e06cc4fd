"""The limits that the event `turn` tells, in both forms: chips added, and totals of the street."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json
from vphost.rules.poker.facts import Options


def turn_limits(options: Options, bet: int) -> dict[str, int | None]:
    """Return what a call, bet or raise may add, and the totals that a bet or raise may make.

    bet: what the actor has put in on this street, blinds and straddles included, antes not.
    Returns: minor units; None where no bet or raise is possible.
    Source: table protocol, "Settled": amounts.
    """
    return {
        "call_amount": options.call,
        "min_amount": None if options.min_to is None else options.min_to - bet,
        "max_amount": None if options.max_to is None else options.max_to - bet,
        "min_total": options.min_to,
        "max_total": options.max_to,
    }


def in_added_chips(turn: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a stored `turn` as it is told today.

    In journals from before 2026-12 `min_amount` and `max_amount` are totals of the street; such an
    event has no `min_total`.
    """
    if "min_total" in turn:
        return turn
    least, most = turn["min_amount"], turn["max_amount"]
    return {**turn, **turn_limits(Options(
        turn["call_amount"] == 0, turn["call_amount"], least, most), turn["bet"])}
