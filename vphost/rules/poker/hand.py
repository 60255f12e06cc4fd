"""One poker hand at one moment, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from vphost.rules.poker import forced
from vphost.rules.poker.pots import Pot, side_pots
from vphost.rules.poker.setup import HandSetup
from vphost.rules.poker.stakes import Stakes


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand at one moment; all tuples run by entrant index, money in minor units."""

    setup: HandSetup
    street: int
    board: tuple[int, ...]
    deck_position: int
    hole: tuple[tuple[int, ...], ...]
    stacks: tuple[int, ...]
    """Chips behind; after the end, winnings included."""
    bets: tuple[int, ...]
    """Live chips of this street."""
    contributions: tuple[int, ...]
    """All chips put in this hand, antes and dead posts included, less what came back uncalled.
    They stay after the end, as a record; `pot` is then 0."""
    dead: tuple[int, ...]
    """The part of the contributions that belongs to the main pot whoever paid it: an ante paid
    for all, the dead part of a post."""
    folded: tuple[bool, ...]
    answered: tuple[int, ...]
    """The bet to match when each last acted on this street, -1 before they have."""
    high: int
    """The bet to match on this street; a blind or straddle counts in full even if posted short."""
    last_raise: int
    """By how much the last full bet or raise of the street went up; at first the big blind."""
    full_to: int
    """Street total of the last full bet or raise."""
    raises: int
    """Full bets and raises of the street; the big blind is one."""
    live_at_raise: int
    """How many had not folded when the last of them was made."""
    aggressor: int | None
    """Who made the last bet or raise of this street."""
    actor: int | None
    """Whose turn it is; None when the hand is over."""
    is_over: bool

    @property
    def pot(self) -> int:
        """All chips in the middle, bets of this street included; 0 when the hand is over."""
        return 0 if self.is_over else sum(self.contributions)

    @property
    def blinds_paid(self) -> int:
        """What the two blinds of the positions really were, minor units."""
        return forced.blinds_paid(self.setup)

    @property
    def ante_for_all(self) -> int:
        """The ante that one player paid for all, minor units; 0 where everybody pays their own."""
        return forced.ante_for_all(self.setup)

    @property
    def stakes(self) -> Stakes:
        """The forced bets of the hand."""
        return self.setup.stakes

    @property
    def is_late_street(self) -> bool:
        """Whether fixed limit plays the big bet on this street."""
        return self.setup.variant.streets[self.street].is_late


def pots_of(hand: Hand) -> tuple[Pot, ...]:
    """Return the pots without the bets of the running street, main pot first.

    After the end: the pots that were awarded.
    """
    bets = hand.bets if not hand.is_over else (0,) * len(hand.bets)
    layered = [
        chips - dead - bet for chips, dead, bet in zip(hand.contributions, hand.dead, bets)
    ]
    return side_pots(layered, hand.dead, hand.folded)
