"""All that decides a hand before its first action: who is dealt in, the bets, the deck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.poker.limits import Limit
from vphost.rules.poker.stakes import Stakes
from vphost.rules.poker.variants import Variant


@dataclass(frozen=True, slots=True)
class Entrant:
    """Someone who is dealt in.

    player: id that facts carry. seat_no: from 1, for people. stack: minor units before any
    forced bet. live_post, dead_post: what he posts besides a blind of his position (a returning
    player). straddle: street total of his straddle, 0 for none.
    """

    player: int
    seat_no: int
    stack: int
    live_post: int
    dead_post: int
    straddle: int


SHOW_ALL, LOSERS_MAY_MUCK = "show_all", "losers_may_muck"
"""Who shows at a showdown: all who compete, or the winners of contested pots and who is all-in
(poker-rules case 54)."""
SHOW_ALL_ONCE_ALL_IN = "show_all_once_all_in"
"""What was played before there was a choice: losers muck unless somebody is all-in."""


@dataclass(frozen=True, slots=True)
class HandSetup:
    """All that decides a hand before the first action.

    entrants: clockwise by seat; all other indexes refer to it.
    button: index of the button, or of the last entrant before an empty button seat.
    small_blind: index, None when nobody posts it (dead). big_blind: index.
    deck: card ids in the order they leave the deck; hole cards go one at a time from the
        small blind's side (heads-up: the big blind first), the board follows without burns.
    unit: the smallest chip, for odd chips, minor units.
    given_hole: index -> hole cards, where a hand history says who got which; these are not
        taken from the deck.
    muck: who shows at the showdown, one of the three above.
    first_betting: the street on which betting begins. Above 0 (a bomb pot) nobody posts a blind,
        and the streets before it are dealt without a word.
    """

    variant: Variant
    limit: Limit
    stakes: Stakes
    entrants: tuple[Entrant, ...]
    button: int
    small_blind: int | None
    big_blind: int
    deck: tuple[int, ...]
    unit: int
    given_hole: Mapping[int, tuple[int, ...]]
    muck: str = SHOW_ALL_ONCE_ALL_IN
    first_betting: int = 0
