"""A hand while one step is worked out: mutable, made from a frozen `Hand` and frozen again.

Nothing here judges an action; `betting.py` has refused the illegal ones already.
"""

from __future__ import annotations

from vphost.rules.poker.betting import next_to_act
from vphost.rules.poker.facts import (
    Acted, Action, ActionKind, Fact, HoleDealt, Mucked, PotAwarded, Shown, StreetDealt, Uncalled,
)
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.pots import Pot, shares, side_pots, uncalled
from vphost.rules.poker.setup import LOSERS_MAY_MUCK, SHOW_ALL, SHOW_ALL_ONCE_ALL_IN, HandSetup
from vphost.rules.poker.showdown import showing_order, winners_of


class HandProgress:
    """The working copy of a hand; fields as in `Hand`, with lists where it has tuples."""

    __slots__ = (
        "setup", "street", "board", "deck_position", "hole", "stacks", "bets", "contributions",
        "dead", "folded", "answered", "high", "last_raise", "full_to", "raises", "live_at_raise",
        "aggressor", "actor", "facts",
    )

    def __init__(self, setup: HandSetup) -> None:
        count = len(setup.entrants)
        self.setup = setup
        self.street = 0
        self.board: tuple[int, ...] = ()
        self.deck_position = 0
        self.hole: list[tuple[int, ...]] = [()] * count
        self.stacks = [entrant.stack for entrant in setup.entrants]
        self.bets = [0] * count
        self.contributions = [0] * count
        self.dead = [0] * count
        self.folded = [False] * count
        self.answered = [-1] * count
        self.high = 0
        self.last_raise = setup.stakes.big_blind
        self.full_to = 0
        self.raises = 0
        self.live_at_raise = count
        self.aggressor: int | None = None
        self.actor: int | None = None
        self.facts: list[Fact] = []

    @classmethod
    def of_setup(cls, setup: HandSetup) -> HandProgress:
        """Begin a hand. The setup is checked: a wrong one is a bug of the mode."""
        count = len(setup.entrants)
        assert 2 <= count <= 10, "two to ten are dealt in"
        assert all(entrant.stack > 0 for entrant in setup.entrants), "everybody has chips"
        assert setup.small_blind != setup.big_blind, "the blinds are two players"
        assert setup.unit > 0 and setup.stakes.big_blind > 0, "chips and blinds are positive"
        return cls(setup)

    @classmethod
    def of_hand(cls, hand: Hand) -> HandProgress:
        """Copy a frozen hand."""
        self = cls.__new__(cls)
        self.setup = hand.setup
        self.street = hand.street
        self.board = hand.board
        self.deck_position = hand.deck_position
        self.hole = list(hand.hole)
        self.stacks = list(hand.stacks)
        self.bets = list(hand.bets)
        self.contributions = list(hand.contributions)
        self.dead = list(hand.dead)
        self.folded = list(hand.folded)
        self.answered = list(hand.answered)
        self.high = hand.high
        self.last_raise = hand.last_raise
        self.full_to = hand.full_to
        self.raises = hand.raises
        self.live_at_raise = hand.live_at_raise
        self.aggressor = hand.aggressor
        self.actor = hand.actor
        self.facts = []
        return self

    def freeze(self) -> Hand:
        """Return the hand as a value."""
        return Hand(
            self.setup, self.street, self.board, self.deck_position, tuple(self.hole),
            tuple(self.stacks), tuple(self.bets), tuple(self.contributions), tuple(self.dead),
            tuple(self.folded), tuple(self.answered), self.high, self.last_raise, self.full_to,
            self.raises, self.live_at_raise, self.aggressor, self.actor, self.actor is None,
        )

    # ---- the three steps

    def begin(self, last: int) -> None:
        """Deal, and run to the first decision. last: the index whose left acts first."""
        self.full_to = self.high
        self.raises = 1
        self._deal_hole()
        self._run(last)

    def act(self, index: int, action: Action, full_raise: int) -> None:
        """Do a legal action and run on to the next decision. full_raise: what reopens betting."""
        kind = action.kind
        added = 0
        if kind is ActionKind.FOLD:
            self.folded[index] = True
        elif kind is ActionKind.CALL:
            assert action.amount is not None
            added = action.amount
            self.bet(index, added)
        elif kind is not ActionKind.CHECK:
            assert action.amount is not None
            added = action.amount - self.bets[index]
            self.bet(index, added)
            self._raised(index, action.amount, full_raise)
        self.answered[index] = self.high
        all_in = self.stacks[index] == 0 and not self.folded[index]
        self.facts.append(Acted(index, kind, added, self.bets[index], all_in))
        self._run(index)

    def leave(self, index: int) -> None:
        """Fold somebody at any moment and look again whose turn it is."""
        self.folded[index] = True
        self.facts.append(Acted(index, ActionKind.FOLD, 0, self.bets[index], False))
        assert self.actor is not None
        self._run(self.actor - 1)

    # ---- chips

    def pay(self, index: int, amount: int) -> int:
        """Move at most `amount` from a stack to the middle; return what was paid."""
        paid = min(amount, self.stacks[index])
        self.stacks[index] -= paid
        self.contributions[index] += paid
        return paid

    def bet(self, index: int, amount: int) -> int:
        """Pay at most `amount` as live chips of this street; return what was paid."""
        paid = self.pay(index, amount)
        self.bets[index] += paid
        return paid

    def _raised(self, index: int, to: int, full_raise: int) -> None:
        """Note a bet or raise; only a full one counts as the measure of the next.

        Several short all-ins that are a full raise together count as one, and leave the size of
        the last raise as it was (cases 2, 4, 19).
        """
        step = to - self.high
        self.high = to
        self.aggressor = index
        if to - self.full_to >= full_raise:
            self.last_raise = max(self.last_raise, step)
            self.full_to = to
            self.raises += 1
            self.live_at_raise = self.folded.count(False)

    def after(self, index: int) -> list[int]:
        """Return all indexes clockwise, the one after `index` first and itself last."""
        count = len(self.stacks)
        return [(index + step) % count for step in range(1, count + 1)]

    # ---- cards

    def _deal_hole(self) -> None:
        """Deal the street's own cards, one at a time from the left of the button."""
        each = len(self.setup.variant.streets[self.street].hole)
        if not each:
            return
        given = self.setup.given_hole
        order = [index for index in self.after(self.setup.button) if not self.folded[index]]
        drawing = [index for index in order if index not in given]
        deck, top, step = self.setup.deck, self.deck_position, len(drawing)
        for index in order:
            if index in given:
                have = len(self.hole[index])
                cards = given[index][have:have + each]
            else:
                first = top + drawing.index(index)
                cards = tuple(deck[first:first + step * each:step])
            self.hole[index] += cards
            self.facts.append(HoleDealt(index, cards))
        self.deck_position = top + step * each

    def _deal_street(self, all_in: bool) -> None:
        """Go to the next street: its cards, no bets yet."""
        self.street += 1
        street = self.setup.variant.streets[self.street]
        self._deal_hole()
        if street.board:
            end = self.deck_position + street.board
            cards = self.setup.deck[self.deck_position:end]
            self.deck_position = end
            self.board += cards
            self.facts.append(StreetDealt(self.street, cards, self.board, all_in))

    def _new_round(self) -> None:
        count = len(self.stacks)
        self.bets = [0] * count
        self.answered = [-1] * count
        self.high = self.full_to = self.raises = 0
        self.last_raise = self.setup.stakes.big_blind
        self.live_at_raise = self.folded.count(False)
        self.aggressor = None

    # ---- running on

    def _run(self, after: int) -> None:
        """Run until somebody has to decide or the hand is over. after: the index before."""
        while self.folded.count(False) > 1:
            if self.street >= self.setup.first_betting:
                self.actor = next_to_act(
                    after, self.stacks, self.bets, self.folded, self.answered, self.high
                )
                if self.actor is not None:
                    return
            self._return_uncalled()
            if self.street + 1 == len(self.setup.variant.streets):
                self._show_down(False)
                return
            if self._with_chips() < 2:
                self._run_out()
                return
            self._new_round()
            self._deal_street(False)
            after = self.setup.button
        self._won_by_folds()

    def _with_chips(self) -> int:
        return sum(
            1 for stack, folded in zip(self.stacks, self.folded) if stack and not folded
        )

    def _layered(self) -> list[int]:
        return [chips - dead for chips, dead in zip(self.contributions, self.dead)]

    def _return_uncalled(self) -> None:
        back = uncalled(self._layered(), self.folded)
        if back is None:
            return
        index, amount = back
        self.stacks[index] += amount
        self.contributions[index] -= amount
        self.bets[index] -= amount
        self.facts.append(Uncalled(index, amount))

    # ---- the end

    def _won_by_folds(self) -> None:
        self._return_uncalled()
        self.actor = None
        pots = side_pots(self._layered(), self.dead, self.folded)
        self._award(pots, {})

    def _run_out(self) -> None:
        """The action is over before the river: all hands face up, then the rest of the board."""
        for index in self.after(self.setup.button):
            if not self.folded[index]:
                self.facts.append(Shown(index, self.hole[index]))
        while self.street + 1 < len(self.setup.variant.streets):
            self._new_round()
            self._deal_street(True)
        self._show_down(True)

    def _show_down(self, face_up: bool) -> None:
        """Compare, show or muck in order, award. face_up: all hands lie open already."""
        self.actor = None
        variant = self.setup.variant
        strengths = {
            index: variant.strength(self.hole[index], self.board)
            for index, folded in enumerate(self.folded)
            if not folded
        }
        pots = side_pots(self._layered(), self.dead, self.folded)
        if not face_up:
            self._show_or_muck(pots, strengths)
        self._award(pots, strengths)

    def _show_or_muck(self, pots: tuple[Pot, ...], strengths: dict[int, int]) -> None:
        """In showdown order, show the hands that have to be shown and muck the others."""
        first = self.setup.button + 1 if self.aggressor is None else self.aggressor
        showing = self._showing(pots, strengths)
        for index in showing_order(pots, first, len(self.stacks)):
            if index in showing:
                self.facts.append(Shown(index, self.hole[index]))
            else:
                self.facts.append(Mucked(index))

    def _showing(self, pots: tuple[Pot, ...], strengths: dict[int, int]) -> set[int]:
        """Return who has to show (poker-rules cases 52 and 54)."""
        all_in = {index for index in strengths if self.stacks[index] == 0}
        muck = self.setup.muck
        if muck == SHOW_ALL or muck == SHOW_ALL_ONCE_ALL_IN and all_in:
            return set(strengths)
        is_new = muck == LOSERS_MAY_MUCK
        return all_in | {
            winner for pot in pots if len(pot.eligible) > 1 or not is_new
            for winner in winners_of(pot, strengths)
        }

    def _award(self, pots: tuple[Pot, ...], strengths: dict[int, int]) -> None:
        """Pay the pots, the last formed first, each split by itself."""
        setup = self.setup
        for number in range(len(pots) - 1, -1, -1):
            pot = pots[number]
            contested = len(pot.eligible) > 1
            winners = winners_of(pot, strengths)
            parts = shares(pot.size, winners, setup.button, len(self.stacks), setup.unit)
            for index, amount in parts.items():
                self.stacks[index] += amount
            chunks = {index: chips for index, chips in enumerate(pot.chunks) if chips}
            self.facts.append(PotAwarded(number, pot.size, parts, contested, chunks))
