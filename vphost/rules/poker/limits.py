"""How much may be bet. One register of all limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vphost.rules.poker.stakes import Stakes


class BettingState(Protocol):
    """What a limit looks at of a `Hand`; the fields mean what they mean there."""

    @property
    def stakes(self) -> Stakes:
        """The forced bets of the hand."""
        ...

    @property
    def street(self) -> int:
        """The betting round, from 0."""
        ...

    @property
    def is_late_street(self) -> bool:
        """Whether fixed limit plays the big bet on this street."""
        ...

    @property
    def stacks(self) -> Sequence[int]:
        """Chips behind, by index."""
        ...

    @property
    def bets(self) -> Sequence[int]:
        """Live chips of this street, by index."""
        ...

    @property
    def contributions(self) -> Sequence[int]:
        """All chips put in this hand, by index."""
        ...

    @property
    def high(self) -> int:
        """The bet to match on this street."""
        ...

    @property
    def last_raise(self) -> int:
        """By how much the last full bet or raise went up."""
        ...

    @property
    def full_to(self) -> int:
        """Street total of the last full bet or raise."""
        ...

    @property
    def raises(self) -> int:
        """Full bets and raises of the street."""
        ...

    @property
    def live_at_raise(self) -> int:
        """How many had not folded when the last of them was made."""
        ...

    @property
    def blinds_paid(self) -> int:
        """What the two blinds really were, minor units."""
        ...

    @property
    def ante_for_all(self) -> int:
        """The ante that one player paid for all, minor units."""
        ...


class Limit(Protocol):
    """How much may be bet."""

    @property
    def code(self) -> str:
        """The limit on the wire."""
        ...

    def raise_range(self, hand: BettingState, index: int) -> tuple[int, int] | None:
        """Return the smallest and largest street total that `index` may bet or raise to.

        Minor units, before the machine caps both by the whole stack. None when no further raise
        is allowed (the cap). The machine has checked already that betting is open to this player
        and that somebody could call.
        """
        ...

    def full_raise(self, hand: BettingState) -> int:
        """Return by how much the highest bet has to grow to be a raise that reopens betting."""
        ...


class ListedLimit(Limit, Protocol):
    """A limit of the register."""

    @property
    def title(self) -> str:
        """How people call it."""
        ...


@dataclass(frozen=True, slots=True)
class NoLimit:
    """Any raise from the size of the last full one up to the whole stack."""

    code: str = "NL"
    title: str = "No-limit"

    def raise_range(self, hand: BettingState, index: int) -> tuple[int, int] | None:
        """Return one more full raise, and the whole stack."""
        return hand.high + hand.last_raise, hand.bets[index] + hand.stacks[index]

    def full_raise(self, hand: BettingState) -> int:
        """Return the size of the last full raise of the street (TDA 43, 47)."""
        return hand.last_raise


@dataclass(frozen=True, slots=True)
class PotLimit:
    """No limit, but at most the pot after one's own call (TDA 54; cases 20 to 24)."""

    code: str = "PL"
    title: str = "Pot-limit"

    def raise_range(self, hand: BettingState, index: int) -> tuple[int, int] | None:
        """Return one more full raise, and the pot: bets to match, plus all there after calling."""
        pot = sum(hand.contributions) + (self._unpaid_blinds(hand) if hand.street == 0 else 0)
        return hand.high + hand.last_raise, hand.high + pot + hand.high - hand.bets[index]

    def full_raise(self, hand: BettingState) -> int:
        """Return the size of the last full raise of the street."""
        return hand.last_raise

    @staticmethod
    def _unpaid_blinds(hand: BettingState) -> int:
        """Return what full blinds would add before the flop, less an ante one paid for all."""
        stakes = hand.stakes
        return stakes.small_blind + stakes.big_blind - hand.blinds_paid - hand.ante_for_all


@dataclass(frozen=True, slots=True)
class FixedLimit:
    """Bets of one size, a bet and three raises; no cap between two who began it (cases 17-19)."""

    code: str = "FL"
    title: str = "Fixed-limit"
    most_raises: int = 4

    def raise_range(self, hand: BettingState, index: int) -> tuple[int, int] | None:
        """Return the one size on top of the last full bet, None at the cap."""
        if hand.raises >= self.most_raises and hand.live_at_raise > 2:
            return None
        to = hand.full_to + self._size(hand)
        return to, to

    def full_raise(self, hand: BettingState) -> int:
        """Return half a bet: an all-in of less does not reopen betting (RR BR6)."""
        return (self._size(hand) + 1) // 2

    @staticmethod
    def _size(hand: BettingState) -> int:
        return hand.stakes.big_bet if hand.is_late_street else hand.stakes.small_bet


NO_LIMIT = NoLimit()
POT_LIMIT = PotLimit()
FIXED_LIMIT = FixedLimit()
LIMITS: Mapping[str, ListedLimit] = {
    limit.code: limit for limit in (NO_LIMIT, POT_LIMIT, FIXED_LIMIT)
}
"""Limit on the wire -> limit."""
