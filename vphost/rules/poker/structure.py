"""What a hand is made of before it starts: variant, limit, forced bets and who is dealt in.

A variant and a limit are small objects that answer questions of the one machine in `hand.py`;
a new game is a new object at the foot of this file, never a new engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from vphost.rules.poker import hands

if TYPE_CHECKING:
    from vphost.rules.poker.hand import Hand


class AnteKind(Enum):
    """Who pays the ante: everybody, the big blind for all, or the button for all."""

    ALL = "all"
    BIG_BLIND = "big_blind"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Street:
    """One betting round: cards dealt to each player (True is face up) and to the board before it.

    is_late: fixed limit plays the big bet on it.
    """

    name: str
    hole: tuple[bool, ...]
    board: int
    is_late: bool


class Variant(Protocol):
    """What kind of poker: which cards are dealt and how hands compare."""

    @property
    def code(self) -> str:
        """The game type on the wire."""
        ...

    @property
    def streets(self) -> tuple[Street, ...]:
        """The betting rounds in order."""
        ...

    @property
    def fewest_own(self) -> int:
        """How many of one's own cards a hand needs."""
        ...

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of a hand; larger wins. Needs at least five cards in all."""
        ...

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the five cards that make the hand, in the order of `hands.best_five`."""
        ...


class Limit(Protocol):
    """How much may be bet."""

    @property
    def code(self) -> str:
        """The limit on the wire."""
        ...

    def raise_range(self, hand: Hand, index: int) -> tuple[int, int] | None:
        """Return the smallest and largest street total that `index` may bet or raise to.

        Minor units, before the machine caps both by the whole stack. None when no further raise
        is allowed (the cap). Whether betting is open to this player, and whether anybody could
        call, the machine has asked before.
        """
        ...

    def full_raise(self, hand: Hand) -> int:
        """Return by how much the highest bet has to grow to be a raise that reopens betting."""
        ...


@dataclass(frozen=True, slots=True)
class Stakes:
    """The forced bets of one hand, minor units. small_bet and big_bet are for fixed limit."""

    small_blind: int
    big_blind: int
    ante: int
    ante_kind: AnteKind
    small_bet: int
    big_bet: int


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


_BOARD_STREETS = (
    ("preflop", 0, False),
    ("flop", 3, False),
    ("turn", 1, True),
    ("river", 1, True),
)


def _board_game(hole_cards: int) -> tuple[Street, ...]:
    """Return the streets of a game with so many hidden cards each and five on the board."""
    return tuple(
        Street(name, (False,) * hole_cards if name == "preflop" else (), board, is_late)
        for name, board, is_late in _BOARD_STREETS
    )


@dataclass(frozen=True, slots=True)
class Holdem:
    """Texas hold'em: two cards each, any five of the seven."""

    code: str = "THD"
    streets: tuple[Street, ...] = _board_game(2)
    fewest_own: int = 0

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of the best five of all; larger wins."""
        return hands.strength(hole + board)

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the best five of all, in reading order."""
        return hands.best_five(hole + board)


@dataclass(frozen=True, slots=True)
class Omaha:
    """Omaha high: four cards each, exactly two of them with three of the board (case 56)."""

    code: str = "OMH"
    streets: tuple[Street, ...] = _board_game(4)
    fewest_own: int = 2

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        """Return the strength of the best two and three; larger wins."""
        return hands.omaha_strength(hole, board)

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        """Return the best two and three, in reading order."""
        return hands.omaha_best_five(hole, board)


@dataclass(frozen=True, slots=True)
class NoLimit:
    """Any raise from the size of the last full one up to the whole stack."""

    code: str = "NL"

    def raise_range(self, hand: Hand, index: int) -> tuple[int, int] | None:
        """Return one more full raise, and the whole stack."""
        return hand.high + hand.last_raise, hand.bets[index] + hand.stacks[index]

    def full_raise(self, hand: Hand) -> int:
        """Return the size of the last full raise of the street (TDA 43, 47)."""
        return hand.last_raise


@dataclass(frozen=True, slots=True)
class PotLimit:
    """No limit, but at most the pot after one's own call (TDA 54; cases 20 to 24)."""

    code: str = "PL"

    def raise_range(self, hand: Hand, index: int) -> tuple[int, int] | None:
        """Return one more full raise, and the pot: bets to match, plus all there after calling."""
        pot = sum(hand.contributions) + (self._unpaid_blinds(hand) if hand.street == 0 else 0)
        return hand.high + hand.last_raise, hand.high + pot + hand.high - hand.bets[index]

    def full_raise(self, hand: Hand) -> int:
        """Return the size of the last full raise of the street."""
        return hand.last_raise

    @staticmethod
    def _unpaid_blinds(hand: Hand) -> int:
        """Return what full blinds would add before the flop, less an ante one paid for all."""
        stakes = hand.setup.stakes
        return stakes.small_blind + stakes.big_blind - hand.blinds_paid - hand.ante_for_all


@dataclass(frozen=True, slots=True)
class FixedLimit:
    """Bets of one size, a bet and three raises; no cap between two who began it (cases 17-19)."""

    code: str = "FL"
    most_raises: int = 4

    def raise_range(self, hand: Hand, index: int) -> tuple[int, int] | None:
        """Return the one size on top of the last full bet, None at the cap."""
        if hand.raises >= self.most_raises and hand.live_at_raise > 2:
            return None
        to = hand.full_to + self._size(hand)
        return to, to

    def full_raise(self, hand: Hand) -> int:
        """Return half a bet: an all-in of less does not reopen betting (RR BR6)."""
        return (self._size(hand) + 1) // 2

    @staticmethod
    def _size(hand: Hand) -> int:
        stakes = hand.setup.stakes
        late = hand.setup.variant.streets[hand.street].is_late
        return stakes.big_bet if late else stakes.small_bet


HOLDEM = Holdem()
OMAHA = Omaha()
NO_LIMIT = NoLimit()
POT_LIMIT = PotLimit()
FIXED_LIMIT = FixedLimit()
