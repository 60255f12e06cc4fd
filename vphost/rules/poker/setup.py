"""All that decides a hand before its first action: who is dealt in, the bets, the deck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.poker.limits import Limit
from vphost.rules.poker.stakes import Stakes
from vphost.rules.poker.variants import Variant


@dataclass(frozen=True, slots=True)
class Entrant:
    """A player who is dealt in; money in minor units."""

    #: The id that facts carry.
    player: int
    #: From 1, for people.
    seat_no: int
    #: Before any forced bet.
    stack: int
    #: What they post besides a blind of their position (a returning player), counted as a bet.
    live_post: int
    #: The same, but straight into the main pot.
    dead_post: int
    #: Street total of their straddle, 0 for none.
    straddle: int


SHOW_ALL, LOSERS_MAY_MUCK = "show_all", "losers_may_muck"
"""Who shows at a showdown: all who compete, or the winners of contested pots and who is all-in
(poker-rules case 54)."""
SHOW_ALL_ONCE_ALL_IN = "show_all_once_all_in"
"""What was played before there was a choice: losers muck unless somebody is all-in."""


@dataclass(frozen=True, slots=True)
class HandSetup:
    """All that decides a hand before the first action."""

    variant: Variant
    limit: Limit
    stakes: Stakes
    #: Clockwise by seat; all other indexes refer to it.
    entrants: tuple[Entrant, ...]
    #: Index of the button, or of the last entrant before an empty button seat.
    button: int
    #: None when nobody posts it (dead).
    small_blind: int | None
    big_blind: int
    #: Card ids in the order they leave the deck; hole cards go one at a time from the small blind's
    #: side (heads-up: the big blind first), the board follows without burns.
    deck: tuple[int, ...]
    #: The smallest chip, for odd chips, minor units.
    unit: int
    #: Index -> hole cards, where a hand history says who got which; these are not taken from the
    #: deck.
    given_hole: Mapping[int, tuple[int, ...]]
    #: Who shows at the showdown, one of the three above.
    muck: str = SHOW_ALL_ONCE_ALL_IN
    #: The street on which betting begins. Above 0 (a bomb pot) nobody posts a blind, and the
    #: streets before it are dealt without a betting round.
    first_betting: int = 0
