"""Forced bets: what each position owes. `posting` takes them."""

from __future__ import annotations

from vphost.rules.poker.setup import HandSetup
from vphost.rules.poker.stakes import AnteKind


def forced_for(setup: HandSetup, index: int) -> tuple[int, int, int]:
    """Return what a position costs: layered ante, blind, ante for all; as far as the stack goes.

    An ante that everybody pays comes before the blind. An ante that one player pays for all comes
    after their blind, so that a short stack pays the blind first (poker-rules case 42).
    """
    stakes = setup.stakes
    stack = setup.entrants[index].stack
    ante = min(stack, stakes.ante) if stakes.ante_kind is AnteKind.ALL else 0
    blind = 0
    if setup.first_betting:
        pass  # Nobody posts a blind.
    elif index == setup.big_blind:
        blind = stakes.big_blind
    elif index == setup.small_blind:
        blind = stakes.small_blind
    blind = min(blind, stack - ante)
    if index != _payer_for_all(setup):
        return ante, blind, 0
    return ante, blind, min(stakes.ante, stack - blind)


def _payer_for_all(setup: HandSetup) -> int | None:
    """Return who pays an ante for all, None where everybody pays their own."""
    kind = setup.stakes.ante_kind
    if kind is AnteKind.ALL:
        return None
    return setup.big_blind if kind is AnteKind.BIG_BLIND else setup.button


def blinds_paid(setup: HandSetup) -> int:
    """Return what the positions' blinds came to, short ones as posted, minor units."""
    small = 0 if setup.small_blind is None else forced_for(setup, setup.small_blind)[1]
    return small + forced_for(setup, setup.big_blind)[1]


def ante_for_all(setup: HandSetup) -> int:
    """Return the ante that one player paid for all, minor units."""
    payer = _payer_for_all(setup)
    return 0 if payer is None else forced_for(setup, payer)[2]
